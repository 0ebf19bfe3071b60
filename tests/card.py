"""A graphics card where there is none: like Apple's it refuses mixed devices and double precision."""

from contextlib import contextmanager

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves, tree_map

CARD = torch.device("mps")
HERE = torch.device("cpu")
MAY_MIX = {torch.Tensor.to, torch.Tensor.copy_, torch.Tensor.cpu}
MAY_MIX |= {torch._has_compatible_shallow_copy_type, torch.Tensor.module_load}  # when weights are moved or loaded
NOT_THERE = {torch.Tensor.numpy, torch.Tensor.__array__}


class OnCard(torch.Tensor):
    """A tensor of which is said that it lies on the card."""

    __torch_function__ = torch._C._disabled_torch_function_impl
    device = property(lambda self: CARD)

    def __deepcopy__(self, memo):
        copied = torch.Tensor.clone(torch.Tensor.detach(self)).requires_grad_(self.requires_grad)
        if getattr(self, "_is_param", False):
            copied._is_param = True
        memo[id(self)] = copied
        return copied


def as_device(value):
    """The device that an argument names; None for all that is none."""
    try:
        return torch.device(value) if isinstance(value, str | torch.device) else None
    except RuntimeError:
        return None


class Card(TorchFunctionMode):
    """Every function of torch is looked at: where its tensors lie, and where its result does."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
        is_on_card = any(isinstance(tensor, OnCard) for tensor in tensors)
        if function in NOT_THERE and is_on_card:
            raise TypeError("can't convert a tensor of the card to numpy: use Tensor.cpu() first")
        is_indexed = function is torch.Tensor.__getitem__ and isinstance(args[0], OnCard)  # by an index from here, too
        if is_on_card and not is_indexed and function not in MAY_MIX:
            if any(tensor.ndim and not isinstance(tensor, OnCard) for tensor in tensors):
                raise RuntimeError(f"{function.__name__}: expected all tensors to be on the same device")
        wanted = as_device(kwargs.get("device"))
        if function is torch.Tensor.to:
            named = [as_device(value) for value in args[1:]]
            others = [value.device for value in args[1:] if isinstance(value, torch.Tensor)]
            wanted = next(filter(None, [*named, *others]), wanted)
            args = [args[0], *(HERE if as_device(value) else value for value in args[1:])]
        if function is torch.Tensor.cpu:
            wanted = HERE
        if wanted is not None and "device" in kwargs:
            kwargs["device"] = HERE
        result = function(*args, **kwargs)
        return placed(result, on_card=is_on_card if wanted is None else wanted.type == CARD.type)


def placed(result, *, on_card):
    """The tensors of a result, on the card or here; double precision is refused there."""

    def put(leaf):
        if not isinstance(leaf, torch.Tensor) or isinstance(leaf, OnCard) == on_card:
            return leaf
        if on_card and leaf.dtype in (torch.double, torch.cdouble):
            raise TypeError("the card has no float64, use float32 instead")
        return leaf.as_subclass(OnCard if on_card else torch.Tensor)

    return tree_map(put, result)


@contextmanager
def card():
    """Within it ``device="mps"`` is a device of this machine."""
    before = torch.__future__.get_swap_module_params_on_conversion()
    torch.__future__.set_swap_module_params_on_conversion(True)  # the optimiser has the weights that are moved
    try:
        with Card():
            yield
    finally:
        torch.__future__.set_swap_module_params_on_conversion(before)
