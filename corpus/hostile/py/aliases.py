"""Every way to say the same thing."""
import torch as th
import torch.cuda.nccl as nccl
from torch import cuda as C, device as dev
from torch.cuda import (
    Stream as S,
    amp as mixed,
)
from torch.nn import Module

sync = C.synchronize
available = th.cuda.is_available
half = mixed.autocast


def f(x):
    import torch.backends.cudnn as dnn

    dnn.benchmark = True
    with half(), C.stream(S()):
        sync()
        return x.to(dev("cuda", 0))


def g(m: Module):
    if available():
        m = m.cuda()
        m.to("cuda:1")
    return nccl.version() if available() else None


def shadowed(th, C):
    C.synchronize()
    return th.cuda.thing()


class Trainer:
    def __init__(self):
        self.device = th.device(f"cuda:{0}" if available() else "cpu")
        self.net = th.nn.Linear(2, 2).to(self.device)

    def run(self):
        x = th.ones(1, 2).to(self.device)
        if self.device.type == "cuda":
            return self.net(x).cuda(non_blocking=True)
        return self.net(x)
