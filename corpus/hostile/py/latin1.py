# -*- coding: latin-1 -*-
import torch

name = "Straße"; torch.cuda.synchronize()
print("äöü", torch.cuda.device_count())
