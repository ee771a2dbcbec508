"""Generated images: each class is a colour with noise."""

import torch
from torch.utils.data import DataLoader, Dataset, DistributedSampler


class ColouredNoise(Dataset):
    """``samples`` images of 3 x 16 x 16, the same ones in every process."""

    def __init__(self, samples: int, classes: int, seed: int = 0) -> None:
        generator = torch.Generator().manual_seed(seed)
        self.colours = torch.randn(classes, 3, 1, 1, generator=generator)
        self.labels = torch.randint(classes, (samples,), generator=generator)
        self.seed = seed

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        label = self.labels[index]
        noise = torch.randn(3, 16, 16, generator=torch.Generator().manual_seed(self.seed + index))
        return self.colours[label] + 0.5 * noise, label


def loader(dataset: Dataset, batch_size: int, workers: int, device: torch.device, distributed: bool) -> DataLoader:
    sampler = DistributedSampler(dataset) if distributed else None
    return DataLoader(
        dataset,
        batch_size=batch_size,
        shuffle=sampler is None,
        sampler=sampler,
        num_workers=workers,
        pin_memory=device.type == "cuda",
        drop_last=True,
    )
