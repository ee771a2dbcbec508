#!/usr/bin/env bash
# Train on the GPUs of one machine: ./launch.sh [number of GPUs]
set -euo pipefail
cd "$(dirname "$0")"

gpus="${1:-$(nvidia-smi --list-gpus | wc -l)}"

export CUDA_DEVICE_MAX_CONNECTIONS=1
export NCCL_DEBUG="${NCCL_DEBUG:-WARN}"
export OMP_NUM_THREADS=8

echo "training on ${gpus} CUDA devices"
exec torchrun --standalone --nproc_per_node="${gpus}" -m trainer.train --config configs/base.yaml "${@:2}"
