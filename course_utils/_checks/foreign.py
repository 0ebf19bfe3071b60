"""Arrays of other kinds that numpy could read, but not without a loss: a mask, a gradient."""

import sys
from collections.abc import Mapping, Set

import numpy as np


def as_code(name: str) -> str:
    """What stands for the value in a line to be typed, where its name is a description."""
    return "x" if " " in name else name


def nothing_masked(x, name: str) -> None:
    """An array, or a list of them, of which no value is masked: numpy would forget that it is."""
    rows = x if isinstance(x, list | tuple) else [x]
    n_masked = sum(int(np.ma.getmaskarray(row).sum()) for row in rows if isinstance(row, np.ma.MaskedArray))
    if n_masked:
        raise TypeError(
            f"{name} must have no masked values, got {n_masked}, and their mask would be lost: "
            f"say what stands there with {as_code(name)}.filled(0), or leave them out with {as_code(name)}.compressed()"
        )


def plain_tensor(tensor, name: str) -> None:
    """A tensor that numpy can read; anything else is a numpy array, or a number, in a list."""
    torch = sys.modules["torch"]
    if not isinstance(tensor, torch.Tensor):
        return
    if tensor.device.type == "meta":
        raise TypeError(f"{name} must hold numbers, got a tensor on meta, which has a shape only: make it on the cpu")
    is_rare = (tensor.is_floating_point() or tensor.is_complex()) and not tensor.is_quantized
    is_rare &= tensor.dtype not in (torch.half, torch.float, torch.double, torch.cfloat, torch.cdouble)
    ways = {
        ".detach()": tensor.requires_grad,
        ".to_dense()": tensor.layout != torch.strided,
        ".dequantize()": tensor.is_quantized,
        ".cpu()": tensor.device.type != "cpu",
        ".to(torch.cfloat)" if tensor.is_complex() else ".float()": is_rare,
        ".resolve_conj()": tensor.is_conj(),
    }
    if any(ways.values()):
        way = "".join(step for step, is_needed in ways.items() if is_needed)
        gradient = " that requires a gradient" if tensor.requires_grad else ""
        raise TypeError(
            f"{name} must be an array, or a tensor that numpy can read, got one of {tensor.dtype}, {tensor.layout}, "
            f"on {tensor.device}{gradient}: pass {as_code(name)}{way}"
        )


def is_row(given) -> bool:
    """Whether something has entries in one row, in an order that counts."""
    if isinstance(given, str | bytes | bytearray | memoryview | Mapping | Set) or not hasattr(given, "__iter__"):
        return False
    return getattr(given, "ndim", 1) == 1


def entries(row, name: str) -> list:
    """What stands in a row; of an array or a tensor, as numbers of Python."""
    if "torch" in sys.modules:
        plain_tensor(row, name)
    return row.tolist() if hasattr(row, "tolist") else list(row)
