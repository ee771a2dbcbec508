import torch

if torch.cuda.is_available():
    torch.cuda.empty_cache()
x = torch.ones(1) \
    .to("cuda:0")
