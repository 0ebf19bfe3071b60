"""What the tests of networks share: random inputs, weights away from their first values, a tolerance."""

import pytest
import torch

SINGLE = {"rtol": 1e-5, "atol": 1e-5}  # what the course promises for float32 and the same weights


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def shuffled(module):
    """Every weight and bias away from the special values that an initialisation gives it."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return module.eval()


@pytest.fixture(autouse=True)
def seeded():
    """Imported into a module, it seeds each test there."""
    torch.manual_seed(0)
