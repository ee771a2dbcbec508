"""A tiny U-Net learns to remove noise, then a pipeline draws pictures with it."""

import sys

import torch
from diffusers import DDPMPipeline, DDPMScheduler, UNet2DModel

device = sys.argv[1] if len(sys.argv) > 1 else "cuda"
torch.manual_seed(0)
net = UNet2DModel(
    sample_size=8,
    block_out_channels=(8, 16),
    layers_per_block=1,
    norm_num_groups=4,
    down_block_types=("DownBlock2D", "AttnDownBlock2D"),
    up_block_types=("AttnUpBlock2D", "UpBlock2D"),
).to(device)
scheduler = DDPMScheduler(num_train_timesteps=20)
optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)
images, noise = torch.rand(4, 3, 8, 8).to(device), torch.randn(4, 3, 8, 8).to(device)
times = torch.tensor([1, 7, 13, 19]).to(device)
for step in range(5):
    noisy = scheduler.add_noise(images, noise, times)
    loss = torch.nn.functional.mse_loss(net(noisy, times).sample, noise)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    print(f"step {step} loss {loss.item():.6f}")
pipeline = DDPMPipeline(unet=net.eval(), scheduler=scheduler)
pipeline.set_progress_bar_config(disable=True)
drawn = pipeline(batch_size=2, generator=torch.Generator("cpu").manual_seed(1), num_inference_steps=4, output_type="np")
print(f"drawn {drawn.images.mean():.5f}")
print("device", loss.device.type)
