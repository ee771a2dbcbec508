"""Gaussian process regression, as gpytorch's first example does it on a GPU."""

import sys

import gpytorch
import torch


class Regression(gpytorch.models.ExactGP):
    def __init__(self, x, y, likelihood):
        super().__init__(x, y, likelihood)
        self.mean_module = gpytorch.means.ConstantMean()
        self.covar_module = gpytorch.kernels.ScaleKernel(gpytorch.kernels.RBFKernel())

    def forward(self, x):
        return gpytorch.distributions.MultivariateNormal(self.mean_module(x), self.covar_module(x))


torch.manual_seed(0)
x = torch.linspace(0, 1, 24)
y = torch.sin(x * 6.28) + torch.randn(24) * 0.1
likelihood = gpytorch.likelihoods.GaussianLikelihood()
if len(sys.argv) == 1:
    x, y, likelihood = x.cuda(), y.cuda(), likelihood.cuda()
model = Regression(x, y, likelihood).to(x.device)
optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
marginal = gpytorch.mlls.ExactMarginalLogLikelihood(likelihood, model)
model.train()
for step in range(10):
    optimizer.zero_grad()
    loss = -marginal(model(x), y)
    loss.backward()
    optimizer.step()
    print(f"step {step} loss {loss.item():.5f}")
model.eval()
with torch.no_grad(), gpytorch.settings.fast_pred_var():
    print(f"mean {model(torch.linspace(0, 1, 5).to(x.device)).mean.cpu().abs().sum().item():.4f}")
print("device", loss.device.type)
