"""The encoder without labels: its loss by hand, views, padding, a linear classifier, and a published one made small."""

import math
import sys

import numpy as np
import pytest
import torch
from torch import nn
from torch.testing import assert_close

from course_utils._checks import NotInstalledError
from course_utils._checks import encoders as checks
from course_utils.models import training
from course_utils.models.encoders import ClipEncoder, RandomView, TwoViews, contrastive_loss, linear_probe, published
from tests.hostile import COUNT, LENGTHS, MODULE, NO_TENSORS, POSITIVE, SHARE, refusals
from tests.networks import SINGLE, normal, seeded, shuffled  # noqa: F401
from tests.support import random_signal, refuses

SMALL = {"channels": (2, 2, 2), "n_frames": 16}

# ---------------------------------------------------------------------------------- the loss


def test_the_loss_by_hand():
    """Views at right angles to those of the other clip: −ln(e^(1/τ) / (e^(1/τ) + 2)) for each of the four."""
    pairs = torch.tensor([[[2.0, 0.0], [3.0, 0.0]], [[0.0, 1.0], [0.0, 5.0]]])
    for temperature in (0.5, 1.0):
        expected = math.log(1 + 2 * math.exp(-1 / temperature))
        assert float(contrastive_loss(pairs, temperature=temperature)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("n_clips", [2, 3, 8])
def test_views_all_alike_cost_ln_of_the_others(n_clips):
    assert float(contrastive_loss(torch.ones(n_clips, 2, 5))) == pytest.approx(math.log(2 * n_clips - 1), rel=1e-6)


def test_the_loss_is_the_mean_of_its_definition():
    pairs, temperature = normal(5, 2, 7).double(), 0.3
    views = [v / v.norm() for v in (*pairs[:, 0], *pairs[:, 1])]
    total = 0.0
    for i, view in enumerate(views):
        others = [math.exp(float(view @ v) / temperature) for k, v in enumerate(views) if k != i]
        total -= math.log(math.exp(float(view @ views[(i + 5) % 10]) / temperature) / sum(others))
    assert float(contrastive_loss(pairs, temperature=temperature)) == pytest.approx(total / 10, rel=1e-9)


def test_the_order_of_clips_and_the_length_of_vectors_do_not_count():
    pairs = normal(6, 2, 4)
    expected = contrastive_loss(pairs)
    assert_close(contrastive_loss(pairs.flip(0)), expected)
    assert_close(contrastive_loss(pairs.flip(1)), expected)
    assert_close(contrastive_loss(pairs * torch.rand(6, 2, 1).add(0.1)), expected)


# ---------------------------------------------------------------------------------- the encoder


def test_a_clip_gives_the_same_alone_and_beside_a_longer_one():
    model = shuffled(ClipEncoder(12, 5, **SMALL))
    for n_frames in (1, 7, 16, 30):
        clip = normal(1, 12, n_frames, seed=n_frames)
        alone = model(clip)[0]
        for filling in (0.0, 50.0, float("nan")):
            batch = torch.full((2, 12, 41), filling)
            batch[0, :, :n_frames], batch[1] = clip[0], 100 * normal(12, 41)
            assert_close(model(batch, torch.tensor([n_frames, 41]))[0], alone, **SINGLE)


def test_level_does_not_count_and_order_does():
    model, clip = shuffled(ClipEncoder(12, 5, **SMALL)), normal(1, 12, 30)
    assert_close(model(3 * clip - 7), model(clip), rtol=1e-3, atol=1e-4)
    assert (model(clip.flip(-1)) - model(clip)).abs().max() > 0.01


def test_a_view_keeps_shape_and_moves_what_is_seen():
    features = normal(200, 40, 48)
    view = RandomView().train()(features)
    assert view.shape == features.shape and view.isfinite().all()
    assert (view != features).flatten(1).any(dim=1).all() and not torch.equal(view[0], view[1])
    assert RandomView().eval()(features) is features and RandomView(strength=0).train()(features) is features
    weak = RandomView(strength=0.01).train()(features)
    assert (weak - features).square().mean() < (view - features).square().mean() / 10


def test_two_views_are_the_clip_itself_when_it_is_not_trained():
    model = shuffled(TwoViews(ClipEncoder(12, 5, **SMALL), n_outputs=3))
    pairs = model(normal(4, 12, 20))
    assert pairs.shape == (4, 2, 3) and torch.equal(pairs[:, 0], pairs[:, 1])


def test_it_learns_to_tell_clips_apart_without_labels():
    """16 clips: knowing nothing costs ln 31 = 3.4 nats."""
    clips = nn.functional.interpolate(normal(16, 1, 3, 4), size=(12, 20), mode="bilinear")[:, 0]
    model = TwoViews(ClipEncoder(12, 8, channels=(4, 8), n_frames=20), n_outputs=8)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    options = {"loss": contrastive_loss, "metric": None, "optimizer": optimizer, "progress": False}
    history = training.fit(model, [((clips,), ())], n_epochs=60, **options)
    assert history.column("train_loss")[-1] < 2 < 3 < history.column("train_loss")[0]


# ---------------------------------------------------------------------------------- the linear classifier


def test_the_linear_classifier_parts_what_a_plane_parts():
    x = normal(90, 4)
    labels = (x[:, 1] > 0.3).long() + (x[:, 1] > 1.2).long()
    layer = linear_probe(x * torch.tensor([1.0, 50, 1e-2, 3]) + 7, labels, 3, decay=1e-6)
    assert training.accuracy(layer(x * torch.tensor([1.0, 50, 1e-2, 3]) + 7), labels) > 0.97
    assert not layer.weight.requires_grad


def test_it_is_where_the_gradient_of_its_loss_vanishes():
    x, labels = normal(30, 3).double(), torch.arange(30) % 2
    layer = linear_probe(x, labels, 2, decay=0.1)
    scale = x.std(dim=0, correction=0) * math.sqrt(3)
    weight, bias = (layer.weight * scale).requires_grad_(), (layer.bias + layer.weight @ x.mean(dim=0)).requires_grad_()
    logits = ((x - x.mean(dim=0)) / scale) @ weight.T + bias
    loss = nn.functional.cross_entropy(logits, labels) + 0.1 * weight.square().sum()
    for gradient in torch.autograd.grad(loss, (weight, bias)):
        assert gradient.abs().max() < 1e-4  # where LBFGS stops; at 0 it is 0.1


def test_a_class_without_a_clip_is_never_the_answer():
    layer = linear_probe(normal(20, 3), torch.arange(20) % 2, 4)
    assert set(layer(normal(50, 3, seed=1)).argmax(dim=1).tolist()) == {0, 1}


# ---------------------------------------------------------------------------------- a published one

TINY = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16}
TINY |= {"conv_dim": [8] * 7, "num_conv_pos_embeddings": 4, "num_conv_pos_embedding_groups": 2}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """wav2vec 2.0 with two small layers and random weights, as transformers writes it."""
    from transformers import Wav2Vec2Config, Wav2Vec2Model

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("published") / "tiny"
    Wav2Vec2Model(Wav2Vec2Config(**TINY)).save_pretrained(folder)
    return folder


def test_hubert_is_the_network_of_wav2vec(folder, tmp_path):
    """Its weights fit, and give the same: the two differ in what they were trained to answer."""
    from transformers import HubertConfig, HubertModel, Wav2Vec2Model

    theirs = Wav2Vec2Model.from_pretrained(folder)
    hubert = HubertModel(HubertConfig.from_dict(theirs.config.to_dict() | {"model_type": "hubert"}))
    hubert.load_state_dict(theirs.state_dict())
    hubert.save_pretrained(tmp_path)
    signals = [random_signal(2000), random_signal(700)]
    assert_close(published(tmp_path)(signals), published(folder)(signals), rtol=0, atol=0)


def test_a_sound_one_stride_later_gives_its_frames_one_later():
    """The strides of wav2vec 2.0 and HuBERT multiply to 320 samples, 20 ms; a frame hears 400 of them."""
    from transformers import HubertConfig, HubertModel

    config = HubertConfig(**TINY, feat_extract_norm="layer")  # no norm over the whole clip
    hear, sound = HubertModel(config).eval().feature_extractor, torch.from_numpy(random_signal(4000)).float()[None]
    assert math.prod(config.conv_stride) == 320 and hear(sound).shape[2] == 1 + (4000 - 400) // 320
    assert_close(hear(sound)[:, :, 1:], hear(sound[:, 320:]))
    assert not torch.allclose(hear(sound)[:, :, 1:], hear(sound[:, 310:])[:, :, :11], atol=1e-3)


def test_what_is_masked_does_not_reach_the_network():
    """So its cluster must be guessed from what stands around it."""
    from transformers import HubertConfig, HubertModel

    torch.manual_seed(0)
    model, sound = HubertModel(HubertConfig(**TINY)).eval(), torch.from_numpy(random_signal(6000)).float()[None]
    masked = torch.zeros(1, 18, dtype=torch.bool)
    masked[:, 4:9] = True
    with torch.no_grad():
        found, seen = model(sound, mask_time_indices=masked)[0], model(sound)[0]
        model.feature_extractor.register_forward_hook(lambda _, __, x: torch.where(masked[:, None], 9.0, x))
        assert_close(model(sound, mask_time_indices=masked)[0], found)
        assert not torch.allclose(model(sound)[0], seen, atol=1e-3)  # where it is not masked it does


def test_what_is_masked_alone_is_asked():
    """The contrastive loss of wav2vec 2.0 teaches nothing at a frame that was not masked."""
    from transformers import Wav2Vec2Config, Wav2Vec2ForPreTraining
    from transformers.models.wav2vec2.modeling_wav2vec2 import _sample_negative_indices

    torch.manual_seed(0)
    model = Wav2Vec2ForPreTraining(Wav2Vec2Config(**TINY, layerdrop=0.0))
    sound, masked = torch.from_numpy(random_signal(6000)).float()[None], np.zeros((1, 18), bool)
    masked[:, 4:9] = True
    others = torch.from_numpy(_sample_negative_indices((1, 18), 4, masked))
    asked = []
    model.project_hid.register_forward_hook(lambda _, __, x: asked.append(x) or x.retain_grad())
    model(sound, mask_time_indices=torch.from_numpy(masked), sampled_negative_indices=others).loss.backward()
    assert (asked[0].grad.abs().sum(dim=2) > 0).tolist() == masked.tolist()


def test_a_published_encoder_is_read_from_disk(folder):
    """The same as transformers gives for one clip; each clip by itself, whatever its level."""
    from transformers import Wav2Vec2Model

    signals = [random_signal(2000), random_signal(400)]
    found = published(folder)(signals)
    assert found.shape == (2, 16)
    x = torch.from_numpy(signals[0] / signals[0].std() - signals[0].mean() / signals[0].std()).float()[None]
    with torch.no_grad():
        states = Wav2Vec2Model.from_pretrained(folder).eval()(x, output_hidden_states=True).hidden_states
    assert_close(found[0], states[-1].mean(dim=1)[0], rtol=1e-3, atol=1e-4)
    assert_close(published(str(folder), layer=0)(signals)[0], states[0].mean(dim=1)[0], rtol=1e-3, atol=1e-4)
    assert_close(published(folder)([0.1 * signals[0]])[0], found[0], rtol=1e-3, atol=1e-4)
    with refuses(r"signals\[1\] must have at least 400 samples, got 399"):
        published(folder)([signals[0], signals[0][:399]])


def test_what_is_not_on_disk_is_said_with_the_place_and_without_an_import(monkeypatch, tmp_path):
    before = set(sys.modules)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="must be a folder with config.json and weights, or be kept in"):
        published("nobody/nothing")
    assert "transformers" not in sys.modules or "transformers" in before


def test_without_the_library_it_says_what_to_install(monkeypatch, tmp_path):
    (tmp_path / "config.json").write_text("{}")
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    with pytest.raises(NotInstalledError, match="published needs transformers, .*: pip install transformers"):
        published(tmp_path)


def test_weights_that_cannot_be_read_are_said_so(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "wav2vec2"}')
    with pytest.raises(FileNotFoundError, match="which could not be read there"):
        published(tmp_path)


class StandIn(nn.Module):
    """What ``published`` asks of a network of others: settings, and hidden states."""

    class config:
        conv_kernel, conv_stride, num_hidden_layers = (10, 3), (5, 2), 1

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor([1.0, 2.0]))

    def forward(self, x, output_hidden_states):
        states = tuple(k + x[..., None] * self.scale for k in range(2))
        return type("Output", (), {"hidden_states": states})


def test_the_vector_is_the_mean_over_the_frames_of_a_layer():
    signal = np.array([1.0, -1.0] * 20, np.float32)
    assert_close(published(StandIn())([signal]), torch.tensor([[1.0, 1.0]]))
    assert_close(published(StandIn(), layer=0)([signal + 3]), torch.tensor([[0.0, 0.0]]), rtol=0, atol=1e-5)


# ---------------------------------------------------------------------------------- what is refused

MEL = normal(2, 8, 24)
PAIRS = normal(3, 2, 4)
TUPLES = [None, "x", 5, (), (0, 1), (1.5,), (10**9,), ["a"]]
CALLS = {
    ClipEncoder: {
        "n_mels": (8, [*COUNT, 7]),
        "n_outputs": (3, COUNT),
        "channels": ((2, 2, 2), TUPLES),
        "n_frames": (16, [*COUNT, 7]),
    },
    ClipEncoder(8, 3, **SMALL).eval().forward: {"features": (MEL, NO_TENSORS), "lengths": ([9, 24], LENGTHS)},
    RandomView: {"strength": (0.5, SHARE)},
    RandomView().eval().forward: {"features": (MEL, NO_TENSORS)},
    TwoViews: {"encoder": (ClipEncoder(8, 3, **SMALL), MODULE), "n_outputs": (3, COUNT)},
    TwoViews(ClipEncoder(8, 3, **SMALL)).eval().forward: {
        "features": (MEL, NO_TENSORS),
        "lengths": ([9, 24], LENGTHS),
    },
    contrastive_loss: {
        "pairs": (PAIRS, [*NO_TENSORS, PAIRS[:1], PAIRS[:, :1], normal(3, 3, 4)]),
        "temperature": (0.2, [*POSITIVE, 1e-9]),
    },
    linear_probe: {
        "embeddings": (normal(6, 3), NO_TENSORS),
        "labels": (torch.arange(6) % 2, ["x", 0.5, object(), [0.5] * 6, [True] * 6, [0, 1], [-1] * 6, [2] * 6]),
        "n_classes": (2, [*COUNT, 1]),
        "decay": (1e-3, POSITIVE),
    },
    published: {
        "source": (StandIn(), [None, 5, True, "", [], object(), "missing/model", nn.Linear(2, 2)]),
        "layer": (-1, [None, "x", 1.5, True, 2, -3, 10**12, [0]]),
    },
}

test_hostile_input_is_refused_in_one_sentence = refusals("models.encoders", CALLS)
