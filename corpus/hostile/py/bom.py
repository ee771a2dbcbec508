import torch
torch.cuda.synchronize()
d = torch.device("cuda")
