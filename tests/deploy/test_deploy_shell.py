"""Shell and Slurm scripts: source in, uses out, and text that only looks like a use."""

from __future__ import annotations

import pytest
from support import read, uses


def shell(code: str | bytes) -> list[str]:
    """The uses in a script."""
    return uses(code, "shell", "run.sh")


@pytest.mark.parametrize(
    "code",
    [
        "nvidia-smi",
        "sudo nvidia-smi -L",
        "sudo -u root nvidia-smi",
        "env A=1 nvidia-smi",
        "time nvidia-smi",
        "exec nvidia-smi",
        "timeout 5 nvidia-smi",
        "watch -n 1 nvidia-smi",
        "cd /x && nvidia-smi",
        "ls | nvidia-smi",
        "true; nvidia-smi",
        "x=$(nvidia-smi -L | wc -l)",
        "x=`nvidia-smi -L`",
        'x="a $(nvidia-smi)"',
        "if ! command -v nvidia-smi >/dev/null; then :; fi",
        "which nvidia-smi",
        "if nvidia-smi; then :; fi",
        "f() { nvidia-smi; }",
        "( nvidia-smi )",
        "/usr/bin/nvidia-smi",
        "bash -c 'nvidia-smi -L'",
        'ssh host "nvidia-smi -L"',
        "srun -N 1 nvidia-smi",
        "docker exec box nvidia-smi",
        "case $1 in a) nvidia-smi ;; esac",
        "bash <<EOF\nnvidia-smi\nEOF",
        "cat > check.sh <<'EOF'\nnvidia-smi\nEOF",
        "nvidia-smi 2>/dev/null",
        "A=1 nvidia-smi",
    ],
)
def test_a_tool_is_found_where_it_is_run(code: str) -> None:
    assert [line.partition(" ")[2] for line in shell(code)] == ["command:nvidia-smi command"]


@pytest.mark.parametrize(
    "code",
    [
        "echo nvidia-smi",
        'echo "run nvidia-smi --gpus all with -arch=sm_80"',
        'printf "%s" "CUDA_HOME=/usr/local/cuda"',
        "# nvidia-smi",
        "true # nvidia-smi",
        "cat nvidia-smi.log",
        "grep nvcc log.txt",
        "case $1 in nvcc|nvidia-smi) true ;; esac",
        "cat > notes.txt <<'EOF'\nnvidia-smi\nCUDA_HOME=1\nEOF",
        "python - <<'EOF'\nnvcc = 1\nEOF",
        "pip uninstall barracuda",
        "python train.py --theme cuda --name nccl",
        "python train.py --device cpu",
        "cmake -DUSE_CUDA=OFF ..",
        "x='a # nvidia-smi'",
        'sed "s/ #.*//" a',
        "git commit -m 'device cuda'",
    ],
)
def test_look_alikes(code: str) -> None:
    assert shell(code) == []


def test_variables_are_set_exported_and_read() -> None:
    code = """
    export CUDA_VISIBLE_DEVICES=0,1 NCCL_DEBUG=INFO
    NCCL_IB_HCA=mlx5 python train.py
    unset CUDA_LAUNCH_BLOCKING
    echo "$CUDA_HOME" "${CUDNN_PATH:-/x}" '$CUDA_PATH'
    docker run -e NVIDIA_VISIBLE_DEVICES -e NCCL_P2P_DISABLE=1 box
    mpirun -x NCCL_ALGO python a.py
    """
    assert shell(code) == [
        "1 env:CUDA_VISIBLE_DEVICES config",
        "1 env:NCCL_DEBUG config",
        "2 env:NCCL_IB_HCA config",
        "3 env:CUDA_LAUNCH_BLOCKING name",
        "4 env:CUDA_HOME name",
        "4 env:CUDNN_PATH name",
        "5 env:NVIDIA_VISIBLE_DEVICES name",
        "5 env:NCCL_P2P_DISABLE config",
        "6 env:NCCL_ALGO name",
    ]


def test_settings_written_to_a_file_that_is_read_later() -> None:
    code = """
    echo "CUDA_HOME=/opt/x" >> $GITHUB_ENV
    echo 'export NCCL_DEBUG=INFO' >> ~/.bashrc
    echo "NCCL_DEBUG=INFO" >> log.txt
    """
    assert shell(code) == ["1 env:CUDA_HOME config", "2 env:NCCL_DEBUG config"]


def test_a_variable_of_the_script_itself_is_none_of_ours() -> None:
    assert shell('CUDA_FILE=a.run\nexport CUDA_URL=x\ncurl "$CUDA_URL/$CUDA_FILE"\n') == []
    assert shell("export NCCL_SOMETHING_NEW=1\n") == ["1 env:NCCL_SOMETHING_NEW config"]
    assert len(shell('export NCCL_SOMETHING_NEW="${NCCL_SOMETHING_NEW:-1}"\n')) == 2


def test_packages_and_where_they_come_from() -> None:
    code = """
    pip3 install "flash-attn>=2.5" torch==2.1.0+cu118 numpy --index-url https://download.pytorch.org/whl/cu118
    python -m pip install cupy-cuda12x==13.0
    uv pip install xformers
    conda install -y -c nvidia -c conda-forge pytorch-cuda=12.1 cuda-nvcc
    sudo apt-get install -y libnccl2=2.18 libcudnn8 curl
    module load cuda/12.4 gcc
    """
    assert shell(code) == [
        "1 package:flash-attn requirement",
        "1 package:torch+cuda requirement",
        "1 index:download.pytorch.org/whl/cu* requirement",
        "2 package:cupy-cuda12x requirement",
        "3 package:xformers requirement",
        "4 index:conda:nvidia requirement",
        "4 package:pytorch-cuda requirement",
        "4 package:cuda-nvcc requirement",
        "5 package:libnccl2 requirement",
        "5 package:libcudnn8 requirement",
        "6 package:cuda requirement",
    ]


def test_versions_are_kept() -> None:
    details = [dict(use.details) for use in read("sudo apt install libnccl2=2.18.3-1\n", "shell").uses]
    assert details == [{"manager": "apt", "version": "=2.18.3-1"}]


def test_containers() -> None:
    code = """
    docker run --rm --gpus all --runtime=nvidia -v /a:/b nvcr.io/nvidia/pytorch:24.01-py3 python a.py --device cuda:1
    docker pull nvidia/cuda:12.1.0-base-ubuntu22.04
    docker run ubuntu:22.04 true
    srun --container-image=nvcr.io#nvidia/pytorch:24.01-py3 true
    """
    assert shell(code) == [
        "1 flag:--gpus flag",
        "1 flag:--runtime=nvidia flag",
        "1 image:nvcr.io/nvidia/pytorch image",
        "1 device:cuda argument",
        "2 image:nvidia/cuda image",
        "4 image:nvcr.io/nvidia/pytorch image",
    ]


def test_slurm_asks_for_gpus() -> None:
    code = """
    #!/bin/bash
    #SBATCH --gres=gpu:8
    #SBATCH --gpus-per-node=8
    #SBATCH --gres=lscratch:10
    # #SBATCH --gres=gpu:8
    srun --gpus=4 python a.py
    """
    assert shell(code) == [
        "2 resource:gres:gpu flag",
        "3 resource:gres:gpu flag",
        "6 resource:gres:gpu flag",
    ]


def test_compilers_and_toolkit() -> None:
    code = """
    nvcc -gencode arch=compute_80,code=sm_80 -Xcompiler -fPIC a.cu -o a -lcublas
    export LD_LIBRARY_PATH=/usr/local/cuda-12.1/lib64:$LD_LIBRARY_PATH
    export TORCH_CUDA_ARCH_LIST="8.0;9.0+PTX"
    cmake -DCMAKE_CUDA_ARCHITECTURES="80;90" -DUSE_NCCL=ON ..
    """
    assert shell(code) == [
        "1 command:nvcc command",
        "1 flag:-gencode flag",
        "1 arch:compute_80 flag",
        "1 arch:sm_80 flag",
        "1 flag:-Xcompiler flag",
        "1 lib:libcublas.so flag",
        "2 flag:/usr/local/cuda string",
        "3 env:TORCH_CUDA_ARCH_LIST config",
        "3 arch:sm_80 config",
        "3 arch:sm_90 config",
        "4 cmake:CMAKE_CUDA_ARCHITECTURES flag",
        "4 arch:sm_80 config",
        "4 arch:sm_90 config",
        "4 cmake:USE_NCCL flag",
    ]


def test_launcher_options() -> None:
    code = """
    torchrun train.py --device cuda --dist-backend nccl
    python train.py trainer.accelerator=gpu device=cuda:0 --backend=nccl
    DEVICE=cuda ./run
    """
    assert shell(code) == [
        "1 device:cuda argument",
        "1 backend:nccl argument",
        "2 param:lightning.accelerator=gpu argument",
        "2 device:cuda config",
        "2 backend:nccl argument",
        "3 device:cuda config",
    ]


def test_spans_are_places_in_the_file() -> None:
    code = b"\xef\xbb\xbfexport X=1\r\nexport CUDA_HOME='/usr/local/cuda'\r\n"
    found = read(code, "shell").uses
    assert [code[use.start : use.end] for use in found] == [b"CUDA_HOME", b"/usr/local/cuda"]


@pytest.mark.parametrize(
    "code",
    [
        b"$(" * 100_000,
        b"`" * 99_999,
        b"(" * 100_000,
        b'"${' * 50_000,
        b"<<A\n" * 20_000,
        b"\xff\xfe'\"\\",
        b"case " * 9_999,
    ],
)
def test_broken_text_is_read_to_its_end(code: bytes) -> None:
    assert read(code, "shell").uses == []


@pytest.mark.parametrize(
    "code",
    [
        "python3 -c 'import torch; print(torch.cuda.device_count())'",
        'A=1 python -u -c "import torch; print(torch.cuda.device_count())" || exit 1',
        "/usr/bin/python3.11 - <<'EOF'\nimport torch\nprint(torch.cuda.device_count())\nEOF",
        "docker run x python -c 'import torch; print(torch.cuda.device_count())'",
    ],
)
def test_python_code_in_a_command_is_read(code: str) -> None:
    assert "py:torch.cuda.device_count" in " ".join(shell(code))


def test_words_beside_python_code_are_no_uses() -> None:
    assert shell("python -c 'print(\"torch.cuda.synchronize\")'\npython run.py -c 'torch.cuda.synchronize()'") == []
