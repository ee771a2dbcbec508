"""The training loop of accelerate's own examples: it picks the device, accumulates and gathers."""

import sys

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed

set_seed(0)
accelerator = Accelerator(cpu=len(sys.argv) > 1, gradient_accumulation_steps=2)
net = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
x = torch.randn(64, 8)
data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, x.sum(1, keepdim=True)), batch_size=16)
net, optimizer, data = accelerator.prepare(net, optimizer, data)
for epoch in range(3):
    for inputs, wanted in data:
        with accelerator.accumulate(net):
            loss = torch.nn.functional.mse_loss(net(inputs), wanted)
            accelerator.backward(loss)
            accelerator.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
    print(f"epoch {epoch} loss {accelerator.gather(loss.detach()).mean().item():.6f}")
print("device", accelerator.device.type)
