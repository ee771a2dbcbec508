"""Nothing here depends on CUDA: torch.cuda.synchronize() in a docstring does not count."""
# device = torch.device("cuda"); x.cuda()  (a comment)
import logging

log = logging.getLogger("cuda")

LABELS = {"cuda": "NVIDIA", "npu": "Ascend"}
TEXT = "set CUDA_VISIBLE_DEVICES, then call torch.cuda.init()"
MODES = ["eager", "cuda-like", "barracuda"]


class cuda:
    """A class of our own."""

    version = "cuda"

    def cuda(self):
        return self

    def to(self, other):
        return other


class Fish:
    kind = "barracuda"
    is_cuda = False


def choose(style="cuda"):
    log.info("using cuda style for %s", style)
    return style == "cuda"


thing = cuda().cuda()
place = thing.to("cuda")
fish = Fish()
if fish.is_cuda or LABELS["cuda"] == fish.kind:
    raise SystemExit(f"cuda:{place}")
url = "https://example.com/cuda/nccl/index.html"
