"""MONAI's UNet learns to segment a ball in a volume, then a sliding window finds it again."""

import sys

import torch
from monai.inferers import SlidingWindowInferer
from monai.losses import DiceCELoss
from monai.metrics import DiceMetric
from monai.networks.nets import UNet
from monai.utils import set_determinism

set_determinism(0)
device = torch.device(sys.argv[1] if len(sys.argv) > 1 else "cuda:0")
net = UNet(3, 1, 2, channels=(4, 8), strides=(2,), num_res_units=1).to(device)
axis = torch.linspace(-1, 1, 16)
ball = (torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij")).square().sum(0) < 0.4).float()[None, None]
image, label = (ball + torch.randn(ball.shape) * 0.1).to(device), ball.to(device)
criterion = DiceCELoss(to_onehot_y=True, softmax=True)
optimizer = torch.optim.Adam(net.parameters(), 1e-2)
for step in range(5):
    optimizer.zero_grad()
    loss = criterion(net(image), label)
    loss.backward()
    optimizer.step()
    print(f"step {step} loss {loss.item():.6f}")
net.eval()
with torch.no_grad():
    found = SlidingWindowInferer(roi_size=(8, 8, 8), overlap=0.25)(image, net).argmax(1, keepdim=True)
metric = DiceMetric()
metric(found, label)
print(f"dice {metric.aggregate().item():.5f}")
print("device", loss.device.type)
