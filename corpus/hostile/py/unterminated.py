import torch

torch.cuda.init()
TEXT = """this string never ends
torch.cuda.synchronize()
