import torch

GRÜßE = "für die GPU"
torch.cuda.synchronize()
x = torch.zeros(1, device="cuda")  # für später
