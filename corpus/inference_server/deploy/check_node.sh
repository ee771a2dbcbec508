#!/bin/sh
# Refuse a node whose GPUs are in a bad state.
set -eu

if ! command -v nvidia-smi >/dev/null; then
    echo "no NVIDIA driver on this node" >&2
    exit 1
fi
errors=$(nvidia-smi --query-gpu=ecc.errors.uncorrected.volatile.total --format=csv,noheader | grep -vc '^0$' || true)
[ "$errors" -eq 0 ] || exit 1
CUDA_VISIBLE_DEVICES=0 python3 -c 'import torch; assert torch.cuda.is_available()'
docker run --rm --gpus '"device=0"' nvidia/cuda:12.1.1-base-ubuntu22.04 nvidia-smi
