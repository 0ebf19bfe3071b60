"""Weights in files: what is written is read, and what does not fit is refused before a weight is changed."""

import numpy as np
import pytest
import torch
from torch import nn

from course_utils.models import checkpoints
from course_utils.models.features import StoredScale
from tests.hostile import MODULE, PATHS, refusals
from tests.support import refuses


def small(width=3, seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(2, width), nn.BatchNorm1d(width))


def test_what_is_written_is_read_to_half_precision(tmp_path):
    model = small()
    model(torch.randn(8, 2))  # running means, and how many batches they saw
    checkpoints.save(model, tmp_path / "a.safetensors")
    again = checkpoints.load(small(seed=1), tmp_path / "a.safetensors")
    for name, value in model.state_dict().items():
        read = again.state_dict()[name]
        assert read.dtype == value.dtype
        assert np.allclose(read, value, rtol=2**-11, atol=1e-7), name
    assert not again.training and sorted(path.name for path in tmp_path.iterdir()) == ["a.safetensors"]


def test_weights_that_come_with_the_course_go_by_their_name(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "FOLDER", tmp_path)
    (tmp_path / "task").mkdir()
    checkpoints.save(small(), tmp_path / "task" / "small one.safetensors")
    assert torch.equal(checkpoints.load(small(seed=1), "task/small one")[0].bias, small()[0].bias.half().float())
    with refuses("such as 'task/small one', got 'task/small', which is neither"):
        checkpoints.load(small(), "task/small")


def test_weights_of_another_model_are_refused_and_nothing_is_changed(tmp_path):
    path = tmp_path / "a.safetensors"
    checkpoints.save(small(4), path)
    model = small(seed=1)
    with refuses(r"'0.weight' is of shape \(4, 2\) and in the model of shape \(3, 2\)"):
        checkpoints.load(model, path)
    with refuses("is of shape .* and in the model absent"):
        checkpoints.load(nn.Sequential(nn.Linear(2, 4)), path)
    assert torch.equal(model[0].weight, small(seed=1)[0].weight)


def test_what_is_no_safetensors_file_is_refused(tmp_path):
    path = tmp_path / "a.safetensors"
    path.write_bytes(b"version https://git-lfs.github.com/spec/v1")
    with refuses("must be a safetensors file, got .* which cannot be read"):
        checkpoints.load(small(), path)


def test_buffers_are_kept_as_they_are(tmp_path):
    """Half precision rounds 1e-8 to 0, by which features cannot be divided."""
    model, again = StoredScale(), StoredScale()
    model.measure([torch.randn(4, 9) * 1e-8])
    checkpoints.save(model, tmp_path / "a.safetensors")
    checkpoints.load(again, tmp_path / "a.safetensors")
    assert again.spread == model.spread > 0 and again.mean == model.mean


@pytest.mark.parametrize("dtype", [torch.float32, torch.half, torch.double])
def test_weights_and_buffers_that_share_memory_are_written_one_by_one(dtype, tmp_path):
    def tied():
        model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3)).to(dtype)
        model[1].weight = model[0].weight
        for name, kind in (("number", torch.long), ("value", dtype)):
            model.register_buffer(name, torch.arange(4).to(kind))
            model.register_buffer(name + "s", getattr(model, name)[1:])
        return model

    model, again = tied(), tied()
    checkpoints.save(model, tmp_path / "a.safetensors")
    checkpoints.load(again, tmp_path / "a.safetensors")
    assert torch.equal(again[1].weight, model[0].weight.half().to(dtype)) and torch.equal(again.numbers, model.numbers)


@pytest.mark.parametrize("value", [float("nan"), 1e6])
def test_what_half_precision_cannot_hold_is_not_written(value, tmp_path):
    model = small()
    nn.init.constant_(model[0].bias, value)
    with refuses("below 65,504.*got others in '0.bias'"):
        checkpoints.save(model, tmp_path / "a.safetensors")
    assert not list(tmp_path.iterdir())


CALLS = {
    checkpoints.save: {"model": (small(), MODULE), "path": ("a.safetensors", [None, *PATHS])},
    checkpoints.load: {"model": (small(), MODULE), "source": ("a.safetensors", [None, *PATHS, ""])},
}


@pytest.fixture(autouse=True)
def _a_file_that_works(tmp_path, monkeypatch, request):
    if "hostile" in request.node.name:
        checkpoints.save(small(), tmp_path / "a.safetensors")


test_hostile_input_is_refused_in_one_sentence = refusals("models.checkpoints", CALLS)


@pytest.mark.parametrize(
    ("name", "change", "match"),
    [
        ("0.weight", lambda w: w * torch.nan, "numbers that are not finite, or too large for torch.float32"),
        ("0.weight", lambda w: w.double() + 1e300, "numbers that are not finite, or too large for torch.float32"),
        ("0.weight", lambda w: w.to(torch.int8), "torch.int8 in place of torch.float32"),
        ("0.weight", lambda w: w.to(torch.cfloat), "torch.complex64 in place of torch.float32"),
        ("1.running_var", lambda w: -w, "a variance of -1"),
        ("1.num_batches_tracked", lambda w: w.float(), "torch.float32 in place of torch.int64"),
    ],
)
def test_weights_that_cannot_be_computed_with_are_refused(name, change, match, tmp_path):
    from safetensors.torch import save_file

    weights = small().state_dict()
    save_file(weights | {name: change(weights[name])}, tmp_path / "a.safetensors")
    model = small(seed=1)
    with refuses(f"must hold weights that can be computed with, got .* with {match}"):
        checkpoints.load(model, tmp_path / "a.safetensors")
    assert torch.equal(model[0].weight, small(seed=1)[0].weight)


class Mirrored(nn.Linear):
    """A model whose weights do not tell what they are for."""

    not_in_shapes = ("is_mirrored",)

    def __init__(self, is_mirrored):
        super().__init__(2, 2)
        self.is_mirrored = is_mirrored


def test_options_that_no_shape_tells_are_compared(tmp_path):
    checkpoints.save(Mirrored(True), tmp_path / "a.safetensors")
    checkpoints.load(Mirrored(True), tmp_path / "a.safetensors")
    with refuses("trained with is_mirrored=True and not False: make the model with the options of that run"):
        checkpoints.load(Mirrored(False), tmp_path / "a.safetensors")
    checkpoints.save(nn.Linear(2, 2), tmp_path / "b.safetensors")  # a file that tells nothing fits both
    checkpoints.load(Mirrored(False), tmp_path / "b.safetensors")
