"""What holds for every network: lengths of any kind, half precision, padding without influence, and what is refused."""

import copy
import inspect

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from course_utils.models import classification, layers, recurrent
from tests.networks import normal, seeded  # noqa: F401
from tests.support import assert_one_sentence
from tests.test_devices import INSIDE, LENGTHS, MEL, NETWORKS, VALID

NAN = float("nan")
ROW = torch.arange(24) < torch.tensor([[12], [24]])  # which frames of MEL are sound
LSTM = torch.nn.LSTM(8, 3, batch_first=True, bidirectional=True)
WEIGHTS = normal(12, 8), normal(12, 3), normal(12)
FUNCTIONS = {
    "valid_frames": (lambda lengths: layers.valid_frames(lengths, 24), {"lengths": LENGTHS}),
    "silenced": (layers.silenced, {"hidden": MEL, "lengths": LENGTHS}),
    "masked_mean": (layers.masked_mean, {"hidden": INSIDE, "valid": VALID}),
    "finite_padding": (layers.finite_padding, {"x": INSIDE, "valid": VALID}),
    "attention": (
        lambda x, valid: layers.attention(INSIDE, x, x, valid[:, None])[0],
        {"x": INSIDE, "valid": VALID},
    ),
    "turned": (recurrent.turned, {"x": INSIDE, "valid": VALID}),
    "lstm": (lambda x, valid: recurrent.lstm(x, *WEIGHTS, valid=valid), {"x": INSIDE, "valid": VALID}),
    "run_lstm": (lambda x, valid: recurrent.run_lstm(LSTM, x, valid), {"x": INSIDE, "valid": VALID}),
    "frame_loss": (
        lambda logits, lengths: classification.frame_loss(logits, (MEL > 0).float(), lengths),
        {"logits": MEL, "lengths": LENGTHS},
    ),
    "frame_f1": (
        lambda target, lengths: torch.tensor(classification.frame_f1(MEL, target, lengths)),
        {"target": (MEL > 0).float(), "lengths": LENGTHS},
    ),
}


def arguments_of(network):
    """A network in evaluation mode and what it is called with, by name; all that tells of padding is among it."""
    make, inputs = NETWORKS[network]
    torch.manual_seed(0)
    module = make().eval()
    names = inspect.signature(module.forward).parameters
    told = {name: VALID for name in names if name.endswith("valid")}
    return module, told | dict(zip(names, inputs, strict=False))


def case_of(name):
    if isinstance(name, str):
        function, arguments = FUNCTIONS[name]
        return function, dict(arguments)
    return arguments_of(name)


def first(result):
    return result[0] if isinstance(result, tuple) else result


CASES = [*NETWORKS, *FUNCTIONS]
PADDED = [case for case in CASES if {"lengths", "valid"} & set(case_of(case)[1])]
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: getattr(case, "__name__", case))
each_padded = pytest.mark.parametrize("case", PADDED, ids=lambda case: getattr(case, "__name__", case))


# -------------------------------------------------------------------------------------- kinds of lengths


def other_kinds(whole):
    """The same whole numbers in other types, orders and containers."""
    array = whole.numpy()
    for dtype in ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"):
        if whole.max() <= np.iinfo(dtype).max:
            yield torch.from_numpy(array.astype(dtype))
            yield array.astype(dtype)
    yield from (array.astype(">i4"), array[::-1].copy()[::-1], array.tolist(), tuple(array.tolist()), list(array))


@each_padded
def test_lengths_of_any_kind_give_the_same(case):
    call, arguments = case_of(case)
    if "lengths" not in arguments:
        return
    expected = first(call(**arguments))
    for lengths in other_kinds(arguments["lengths"]):
        if case is classification.FitFrames and not isinstance(lengths, torch.Tensor):
            continue  # fractions, which are computed, in a tensor
        result = first(call(**arguments | {"lengths": lengths}))
        assert torch.equal(result, expected), repr(lengths)


def test_lengths_beyond_all_integers_of_torch_are_refused():
    with pytest.raises(ValueError, match="lengths must be below 2\\^63, got one above in torch.uint64"):
        layers.valid_frames(np.array([2**63 + 3], np.uint64), 6)


# ---------------------------------------------------------------------------------------- half precision


@pytest.mark.parametrize("dtype", [torch.half, torch.bfloat16])
@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.__name__)
def test_every_network_computes_in_half_precision(network, dtype):
    """A signal stays in single precision, which a logarithm needs; what else goes in follows the weights."""
    module, arguments = arguments_of(network)
    expected = first(module(**arguments)).detach()
    cast = {
        name: x.to(dtype) if x.is_floating_point() and name not in ("signal", "share") else x
        for name, x in arguments.items()
    }
    result = first(module.to(dtype)(**cast))
    has_weights_behind = any(hasattr(module, name) for name in ("network", "model", "score", "embedding"))
    is_signal = "signal" in arguments and not has_weights_behind
    assert result.dtype == (torch.float32 if is_signal else dtype)
    spread = expected.std(correction=0) + expected.abs().mean()
    assert (result.float() - expected).abs().mean() < 0.05 * spread  # eight bits, and layers that add their errors up
    if result.requires_grad:
        result.float().square().mean().backward()
        assert all(weight.grad.isfinite().all() for weight in module.parameters() if weight.grad is not None)


@pytest.mark.parametrize("dtype", [torch.half, torch.bfloat16])
def test_scores_in_half_precision_overflow_no_sooner_than_in_torch(dtype):
    query = torch.full((1, 2, 64), 200.0, dtype=dtype)
    output, weights = layers.attention(query, query, query)
    assert output.dtype == weights.dtype == dtype
    assert_close(output, torch.nn.functional.scaled_dot_product_attention(query, query, query))


def test_long_clips_in_half_precision_are_fitted_and_masked_as_in_single():
    """Half precision counts to 2048 and holds sums up to 65,504."""
    ramp = torch.arange(3000.0)[None, None] / 3000
    exact, half = (classification.FitFrames(50)(x, torch.tensor([2900])) for x in (ramp, ramp.half()))
    assert_close(half.float(), exact, rtol=0, atol=2e-3)
    loud = torch.full((1, 80, 3000), -20.0)
    mask = NETWORKS[next(n for n in NETWORKS if n.__name__ == "SpecAugment")][0]().train()
    assert (mask(loud.half()) == -20).all()


# ------------------------------------------------------------------------------------- NaN in the padding


def sound_of(result, valid):
    """What of a result belongs to frames of sound, where it has as many frames as the input; else all of it."""
    for axis in (1, -1):
        if result.ndim > 2 and result.shape[axis] == valid.shape[1]:
            return result.movedim(axis, 1)[valid]
    return result


def padded_with(arguments, value):
    """Floating-point arguments with a value in their padding, each with a gradient."""
    found, lengths = {}, arguments.get("lengths")
    for name, x in arguments.items():
        valid = arguments["memory_valid" if name == "memory" else "valid"] if lengths is None else None
        if x.is_floating_point() and name not in ("share", "tract"):
            n_frames = x.shape[-1] if lengths is not None else x.shape[1]
            valid = torch.arange(n_frames) < lengths[:, None] if valid is None else valid
            shape = (len(x), *[1] * (x.ndim - 2), -1) if lengths is not None else (len(x), -1, 1)
            x = x.masked_fill(~valid.reshape(shape), value).requires_grad_()
        found[name] = x
    return found


@pytest.mark.parametrize("value", [NAN, float("inf")])
@each_padded
def test_what_stands_in_the_padding_has_no_influence(case, value):
    results = []
    for padding in (0.0, value):
        call, arguments = case_of(case)
        arguments, module = padded_with(arguments, padding), call if isinstance(call, torch.nn.Module) else LSTM
        valid = arguments["valid"] if "valid" in arguments else ROW
        module.zero_grad()
        result = sound_of(first(call(**arguments)), valid)
        inputs = [x for x in (*arguments.values(), *module.parameters()) if x.requires_grad]
        gradients = ()
        if result.requires_grad:
            gradients = torch.autograd.grad(result.square().sum(), inputs, allow_unused=True)
        results.append((result, *(g for g in gradients if g is not None)))
    for result, expected in zip(*reversed(results), strict=True):
        assert result.isfinite().all() or not result.is_floating_point()
        assert_close(result, expected)


@pytest.mark.parametrize("is_fused", [False, True])
def test_what_a_mask_hides_has_no_influence_on_those_who_may_not_see_it(is_fused):
    x = normal(1, 4, 8)
    attend = layers.MultiHeadAttention(8, 2, fused=is_fused).eval()
    expected = attend(x, mask=layers.causal_mask(4))[0]
    x[0, 3] = NAN
    result = attend(x, mask=layers.causal_mask(4))[0]
    assert_close(result[0, :3], expected[0, :3])
    assert result[0, 3].isnan().all()
    query, value = torch.ones(1, 2, 1), torch.tensor([[[1.0], [NAN]]])
    mask = torch.tensor([[True, False], [True, True]])
    assert layers.attention(query, query, value, mask)[0].flatten().tolist() == pytest.approx([1, NAN], nan_ok=True)


# ------------------------------------------------------------------------------------- after a refusal


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.__name__)
def test_a_refusal_leaves_a_network_as_it_was(network):
    module, arguments = arguments_of(network)
    module.train()
    before = copy.deepcopy(module.state_dict())
    name, x = next((name, x) for name, x in arguments.items() if name != "lengths")
    wrong = [{name: bad} for bad in (None, x.numpy(), x[0, 0], x[:0], x.to_sparse(), x.to("meta"))]
    wrong += [{"lengths": bad} for bad in ([0, 5], [10**6, 3], [3], "x") if "lengths" in arguments]
    wrong += [{"valid": bad} for bad in (VALID[:1], VALID.float(), ~VALID & VALID) if "valid" in arguments]
    for bad in wrong:
        try:
            module(**arguments | bad)
        except (TypeError, ValueError) as error:
            assert_one_sentence(error)
    assert module.training
    for key, value in module.state_dict().items():
        assert torch.equal(value, before[key]), key
