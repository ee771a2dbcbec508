# coding: no-such-codec
import torch
torch.cuda.init()
