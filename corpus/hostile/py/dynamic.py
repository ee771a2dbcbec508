import importlib
import os
import sys
import torch

backend = getattr(torch, "cuda")
count = getattr(torch.cuda, "device_count")()
memory = getattr(torch.cuda, "memory_allocated", None)
if hasattr(torch, "cuda") and hasattr(torch.cuda, "amp"):
    pass
module = importlib.import_module("torch.cuda")
nccl = __import__("torch.cuda.nccl")

name = "cuda" if torch.cuda.is_available() else "cpu"
index = 0
device = torch.device("{}:{}".format(name, index))
other = torch.zeros(1, device="cpu" if not torch.cuda.is_available() else "cuda:%d" % index)
third = torch.zeros(1).to(device=name)
where = "cuda:" + str(index)
fourth = torch.empty(0, device=where) if torch.cuda.is_available() else None

os.environ["CUDA_VISIBLE_DEVICES"] = "0"
os.putenv("NCCL_P2P_DISABLE", "1")
env = dict(os.environ, CUDA_LAUNCH_BLOCKING="1")
if "--profile" in sys.argv:
    os.system("nsys profile -o out python train.py")
