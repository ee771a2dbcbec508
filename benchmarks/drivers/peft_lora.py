"""LoRA on a tiny GPT-2: only the adapters learn; merged into the weights they answer the same."""

import sys

import torch
from peft import LoraConfig, get_peft_model
from transformers import GPT2Config, GPT2LMHeadModel

torch.manual_seed(0)
model = GPT2LMHeadModel(GPT2Config(vocab_size=50, n_positions=32, n_embd=32, n_layer=2, n_head=2, resid_pdrop=0.0))
model = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", r=4, lora_dropout=0.0, init_lora_weights="gaussian"))
if len(sys.argv) == 1:
    torch.cuda.set_device(0)
    model = model.cuda()
where = next(model.parameters()).device
optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.5)
tokens = torch.randint(0, 50, (2, 16)).to(where)
model.eval()
for step in range(5):
    loss = model(input_ids=tokens, labels=tokens).loss
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(f"step {step} loss {loss.item():.6f}")
with torch.no_grad():
    before = model(input_ids=tokens).logits
    merged = model.merge_and_unload()
    print(f"merged {torch.allclose(before, merged(input_ids=tokens).logits, atol=1e-4)}")
print("device", loss.device.type)
