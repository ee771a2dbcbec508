# -*- coding: gbk -*-
# 在 GPU 上训练:先同步
import torch

说明 = "使用 cuda 设备"; torch.cuda.synchronize()  # 同步
设备 = torch.device("cuda:0")
