"""A LightningModule under Trainer.fit and Trainer.validate."""

import sys

import pytorch_lightning as pl
import torch


class Regression(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1))

    def training_step(self, batch, index):
        x, y = batch
        loss = torch.nn.functional.mse_loss(self.net(x), y)
        print(f"step {index} loss {loss.item():.6f}")
        return loss

    def validation_step(self, batch, index):
        x, y = batch
        print(f"batch {index} error {torch.nn.functional.l1_loss(self.net(x), y).item():.6f}")
        print("device", x.device.type)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.05)


pl.seed_everything(0)
x = torch.randn(64, 8)
data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, x.sum(1, keepdim=True)), batch_size=16)
trainer = pl.Trainer(
    accelerator="cpu" if len(sys.argv) > 1 else "gpu",
    devices=1,
    max_epochs=2,
    logger=False,
    enable_checkpointing=False,
    enable_progress_bar=False,
    enable_model_summary=False,
)
model = Regression()
trainer.fit(model, data)
trainer.validate(model, data, verbose=False)
