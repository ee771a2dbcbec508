"""A tiny Llama learns a sequence with mixed precision switched off, then continues it."""

import sys

import torch
from torch.cuda.amp import GradScaler, autocast
from transformers import LlamaConfig, LlamaForCausalLM, get_linear_schedule_with_warmup

device = torch.device(sys.argv[1] if len(sys.argv) > 1 else "cuda")
torch.manual_seed(0)
config = LlamaConfig(
    vocab_size=64,
    hidden_size=32,
    intermediate_size=64,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=64,
)
model = LlamaForCausalLM(config).to(device)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
schedule = get_linear_schedule_with_warmup(optimizer, 2, 10)
scaler = GradScaler(enabled=False)
tokens = torch.arange(48).remainder(7).view(2, 24).to(device)
for step in range(10):
    optimizer.zero_grad()
    with autocast(enabled=False):
        loss = model(input_ids=tokens, labels=tokens).loss
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    scaler.step(optimizer)
    scaler.update()
    schedule.step()
    print(f"step {step} loss {loss.item():.6f}")
model.eval()
print("continued", model.generate(tokens[:1, :8], max_new_tokens=8, do_sample=False, pad_token_id=0)[0].tolist())
print("device", loss.device.type)
