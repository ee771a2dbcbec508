"""A small residual network."""

import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(width)
        self.second = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu(self.first_norm(self.first(x)))
        return F.relu(x + self.second_norm(self.second(y)))


class SmallResNet(nn.Module):
    def __init__(self, hidden: int, classes: int, blocks: int = 2) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, hidden, 3, padding=1)
        self.blocks = nn.Sequential(*(Block(hidden) for _ in range(blocks)))
        self.head = nn.Linear(hidden, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.blocks(self.stem(x)).mean(dim=(2, 3)))


def build(hidden: int, classes: int, device: torch.device) -> nn.Module:
    model = SmallResNet(hidden, classes).to(device)
    if device.type == "cuda":
        # Tensor cores prefer this layout.
        model = model.to(memory_format=torch.channels_last)
    return model
