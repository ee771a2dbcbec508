"""Static word embeddings learn which sentences belong together, then encode some."""

import sys

import torch
from sentence_transformers import SentenceTransformer, losses, util
from sentence_transformers.models import StaticEmbedding
from tokenizers import Tokenizer, models, pre_tokenizers

WORDS = "a the cat dog sat ran on mat road bird sings flies".split()

torch.manual_seed(0)
tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(["[UNK]", *WORDS])}, "[UNK]"))
tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
device = sys.argv[1] if len(sys.argv) > 1 else "cuda"
model = SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=16)], device=device)
pairs = ["the cat sat on the mat", "a bird sings"], ["a cat on a mat", "the bird flies"]
loss = losses.MultipleNegativesRankingLoss(model)
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
for step in range(5):
    features = [util.batch_to_device(model.tokenize(sentences), model.device) for sentences in pairs]
    value = loss(features, None)
    optimizer.zero_grad()
    value.backward()
    optimizer.step()
    print(f"step {step} loss {value.item():.6f}")
found = model.encode(["the dog ran on the road", *pairs[0]], convert_to_tensor=True)
print(f"alike {util.cos_sim(found[:1], found[1:]).cpu().sum().item():.5f}")
print("device", found.device.type)
