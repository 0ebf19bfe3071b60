"""Everything runs on another device: no network mixes devices, or makes double precision, which Apple's has not."""

import ast
import importlib
import inspect
import json
import re
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from course_utils import models
from course_utils.models import (
    attention_asr,
    classification,
    codec,
    ctc,
    datasets,
    encoders,
    features,
    layers,
    music_generation,
    parallel_speech,
    recipes,
    recogniser,
    sequence_models,
    small_whisper,
    speakers,
    text_to_speech,
    training,
    vocoder,
    whisper,
)
from tests.card import CARD, OnCard, card
from tests.networks import normal

MEL, SOUND, INSIDE = normal(2, 8, 24), 0.1 * normal(2, 4000), normal(2, 6, 8)
SPEECH = normal(2, 64, 24) - 3
LENGTHS, VALID = torch.tensor([12, 24]), torch.tensor([[True] * 6, [True] * 4 + [False] * 2])
SMALL = {"sample_rate": 8000, "n_fft": 256, "n_mels": 8}
WHISPER = whisper.WhisperConfig(width=8, n_heads=2, n_encoder_layers=1, n_decoder_layers=1, n_mels=8, n_frames=12)
TOKENS = torch.tensor([[11, 12, 4, 10]] * 2)
PIECE = torch.tensor([[0, 4, 5, 0], [0, 6, 0, -1]])


def small_verifier():
    return speakers.SpeakerVerifier(channels=(2, 3), width=8, n_outputs=5)


def small_model():
    return small_whisper.SmallWhisper(recogniser.DigitRecogniser(width=8, n_layers=1), width=8, n_heads=2, n_hidden=8)


NETWORKS = {
    features.LogMel: (lambda: features.LogMel(**SMALL), (SOUND,)),
    features.MFCC: (lambda: features.MFCC(**SMALL, n_mfcc=4), (SOUND,)),
    features.Standardize: (features.Standardize, (MEL, LENGTHS)),
    features.SpecAugment: (lambda: features.SpecAugment(max_freq_width=3), (MEL, LENGTHS)),
    features.StoredScale: (features.StoredScale, (MEL,)),
    layers.MultiHeadAttention: (lambda: layers.MultiHeadAttention(8, 2), (INSIDE,)),
    layers.LearnedPositions: (lambda: layers.LearnedPositions(9, 8), (VALID,)),
    layers.TransformerEncoderLayer: (lambda: layers.TransformerEncoderLayer(8, 2, 4), (INSIDE, VALID)),
    layers.TransformerDecoderLayer: (lambda: layers.TransformerDecoderLayer(8, 2, 4), (INSIDE, INSIDE)),
    layers.ConvolutionBlock: (lambda: layers.ConvolutionBlock(2, 3), (normal(2, 2, 8, 24), LENGTHS)),
    classification.FitFrames: (lambda: classification.FitFrames(9), (MEL, LENGTHS)),
    classification.DigitFeatures: (lambda: classification.DigitFeatures(n_mels=8), (SOUND, torch.tensor([3000, 4000]))),
    classification.MelCNN: (lambda: classification.MelCNN(8, 3), (MEL, LENGTHS)),
    classification.DigitNet: (classification.DigitNet, (SOUND, torch.tensor([3000, 4000]))),
    classification.HarderDigits: (
        lambda: classification.HarderDigits(classification.DigitNet(), spec_augment=True),
        (SOUND, torch.tensor([3000, 4000]), torch.tensor([1, 0]), torch.full((2, 1, 1), 0.7)),
    ),
    classification.EventCNN: (lambda: classification.EventCNN(3), (MEL, LENGTHS)),
    classification.EventDetector: (lambda: classification.EventDetector(8, 3), (MEL, LENGTHS)),
    encoders.ClipEncoder: (lambda: encoders.ClipEncoder(8, 3), (MEL, LENGTHS)),
    encoders.RandomView: (encoders.RandomView, (MEL,)),
    encoders.TwoViews: (lambda: encoders.TwoViews(encoders.ClipEncoder(8, 3)), (MEL, LENGTHS)),
    sequence_models.ConformerBlock: (lambda: sequence_models.ConformerBlock(8, 2, 8), (INSIDE, VALID)),
    recogniser.StringFeatures: (lambda: recogniser.StringFeatures(n_mels=8, decay_db=6.0), (MEL.abs(),)),
    recogniser.DigitRecogniser: (
        lambda: recogniser.DigitRecogniser(width=8, n_layers=1, causal=True),
        (SOUND, torch.tensor([3000, 4000])),
    ),
    recogniser.HarderStrings: (
        lambda: recogniser.HarderStrings(recogniser.DigitRecogniser(width=8, n_layers=1)),
        (SOUND, torch.tensor([3000, 4000])),
    ),
    small_whisper.SmallWhisper: (small_model, (SOUND, torch.tensor([3000, 4000]), TOKENS)),
    small_whisper.Transcription: (
        lambda: small_whisper.Transcription(small_model()),
        (normal(2, 6, 8), torch.tensor([6, 4]), TOKENS),
    ),
    small_whisper.TranscriptLoss: (
        lambda: small_whisper.TranscriptLoss(small_whisper.SmallTokens()),
        (normal(2, 3, small_whisper.SmallTokens().vocabulary), TOKENS),
    ),
    codec.LearnedQuantiser: (lambda: codec.LearnedQuantiser(8, 2, 4), (MEL,)),
    codec.FrameCodec: (
        lambda: codec.FrameCodec(n_bins=8, width=8, latent=8, n_stages=2, n_codes=4, dilations=(1,)),
        (MEL,),
    ),
    music_generation.MelodyRNN: (
        lambda: music_generation.MelodyRNN(width=8, n_tokens=9, n_kinds=2),
        (PIECE, torch.tensor([1, 0])),
    ),
    music_generation.MelodyTransformer: (
        lambda: music_generation.MelodyTransformer(width=8, n_heads=2, n_hidden=8, n_layers=1, n_tokens=9, n_kinds=2),
        (PIECE, torch.tensor([1, 0])),
    ),
    attention_asr.AdditiveAttention: (
        lambda: attention_asr.AdditiveAttention(8, 8, 4, kernel_size=3),
        (INSIDE, INSIDE),
    ),
    attention_asr.DotAttention: (lambda: attention_asr.DotAttention(8, 8, 4), (INSIDE, INSIDE)),
    attention_asr.ListenAttendSpell: (
        lambda: attention_asr.ListenAttendSpell(width=8, n_layers=1, attention="location"),
        (SOUND, torch.tensor([3000, 4000]), torch.tensor([[11, 3], [11, 0]])),
    ),
    attention_asr.HarderSpelling: (
        lambda: attention_asr.HarderSpelling(attention_asr.ListenAttendSpell(width=8, n_layers=1), sampling=0.5),
        (SOUND, torch.tensor([3000, 4000]), torch.tensor([[11, 3], [11, 0]])),
    ),
    speakers.AttentivePooling: (lambda: speakers.AttentivePooling(8), (MEL, LENGTHS)),
    speakers.SpeakerVerifier: (small_verifier, (SOUND, torch.tensor([3000, 4000]))),
    speakers.HarderVoices: (
        lambda: speakers.HarderVoices(small_verifier(), world=1.0),
        (SOUND, torch.tensor([3000, 4000]), torch.tensor([0.9, 1.1])),
    ),
    parallel_speech.HarmonicComb: (parallel_speech.HarmonicComb, (INSIDE,)),
    parallel_speech.ParallelSpeech: (
        lambda: parallel_speech.ParallelSpeech(2, width=8, n_hidden=8, voice_size=4, n_layers=(1, 1)),
        (
            torch.tensor([[3, 4, 5], [6, 7, 0]]),
            torch.tensor([3, 2]),
            torch.tensor([0, 1]),
            torch.tensor([[2, 1, 3], [4, 1, 0]]),
        )
        + (normal(2, 3), normal(2, 3)),
    ),
    text_to_speech.Tacotron: (
        lambda: text_to_speech.Tacotron(width=8, n_cells=8, n_hidden=4, n_prenet=4, n_postnet=4),
        (torch.tensor([[3, 4, 5], [6, 7, 0]]), torch.tensor([3, 2]), normal(2, 64, 8), torch.tensor([8, 5])),
    ),
    # A pitch in half precision is another, and so is its wave: tests/test_vocoder.py compares their mels.
    vocoder.Vocoder: (lambda: vocoder.Vocoder(width=8, n_layers=1, source=False, n_refine=1), (SPEECH, LENGTHS)),
    vocoder.Resynthesis: (
        lambda: vocoder.Resynthesis(vocoder.Vocoder(width=8, n_layers=1, source=False)),
        (SOUND[:, :3072], torch.full((2, 25), 100.0)),
    ),
    whisper.AudioEncoder: (lambda: whisper.AudioEncoder(WHISPER), (MEL,)),
    whisper.TextDecoder: (lambda: whisper.TextDecoder(WHISPER), (torch.tensor([[3, 4], [5, 6]]), normal(2, 12, 8))),
    whisper.Whisper: (lambda: whisper.Whisper(WHISPER), (MEL, torch.tensor([[3, 4], [5, 6]]))),
    **{network: (lambda n=network: n(8, 3), (MEL, LENGTHS)) for network in sequence_models.MODELS.values()},
}


class NoDouble(TorchDispatchMode):
    """Every operation of torch is looked at: none may give double precision."""

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        for part in result if isinstance(result, tuple | list) else [result]:
            if isinstance(part, torch.Tensor) and part.dtype in (torch.double, torch.cdouble):
                raise AssertionError(f"{function} gives {part.dtype}, which Apple's device has not")
        return result


def held(module):
    """Every tensor that a module and its parts hold: weights, buffers, and what stands in plain attributes."""
    for part in module.modules():
        yield from part.named_parameters(recurse=False)
        yield from part.named_buffers(recurse=False)
        yield from ((name, value) for name, value in vars(part).items() if isinstance(value, torch.Tensor))


def test_every_network_is_looked_at():
    found = set()
    for name in models._SUBMODULES:
        module = importlib.import_module(f"course_utils.models.{name}")
        classes = [c for _, c in inspect.getmembers(module, inspect.isclass) if c.__module__ == module.__name__]
        found |= {c for c in classes if issubclass(c, nn.Module) and not c.__name__.startswith("_")}
    assert found - {sequence_models.SequenceModel, ctc.CTCLoss, music_generation.TokenModel} == set(
        NETWORKS
    )  # a loss holds no tensors


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.__name__)
def test_no_network_holds_or_makes_double_precision(network):
    make, inputs = NETWORKS[network]
    module = make()
    with NoDouble():
        result = module(*inputs)
        first = result[0] if isinstance(result, tuple) else result
        if first.requires_grad:
            first.square().mean().backward()
    assert [name for name, value in held(module) if value.dtype in (torch.double, torch.cdouble)] == []


def test_a_double_buffer_and_a_double_operation_would_be_found():
    module = nn.Module()
    module.register_buffer("window", torch.ones(3, dtype=torch.double))
    module.plain = torch.ones(3, dtype=torch.cdouble)
    assert [name for name, value in held(module) if value.dtype != torch.float32] == ["window", "plain"]
    with pytest.raises(AssertionError, match="which Apple's device has not"), NoDouble():
        torch.ones(3).double()


def test_training_and_its_numbers_need_no_double_precision():
    clips = [(normal(8, 20, seed=n), n % 2) for n in range(8)]
    model = sequence_models.ConvNet(8, 2, width=4, dilations=(1,))
    words = [(np.sin(np.arange(3000) / (2 + n)).astype(np.float32), n) for n in range(10)]
    with NoDouble():
        recipes.train_on(model, clips, n_epochs=1, seed=0)
        assert 0 <= recipes.accuracy_on(model, clips) <= 1
        recipes.train_digits(words, mixup_alpha=0.2, valid=words, n_epochs=1, batch_size=5, progress=False)
        training.evaluate(model, [datasets.pad_batch(clips)], loss=nn.functional.cross_entropy)
        classification.detect_events(normal(1, 3, 20), hop_s=0.1)


def test_features_of_a_double_signal_are_exact_and_those_of_a_half_network_single():
    """What is built anew for double precision is not kept; a network in half precision has its filters in single."""
    layer = features.LogMel(**SMALL)
    expected = layer(SOUND.double())
    assert expected.dtype == torch.double and layer.bank.dtype == layer.window.dtype == torch.float32
    for other in (layer.half(), layer.double()):
        torch.testing.assert_close(other(SOUND).double(), expected, rtol=1e-4, atol=1e-4)


def test_a_network_in_double_or_half_precision_takes_the_same_sound():
    torch.manual_seed(0)
    network = classification.DigitNet().eval()
    lengths = torch.tensor([3000, 4000])
    expected = network(SOUND, lengths)
    torch.testing.assert_close(network(SOUND.double(), lengths), expected, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(network.double()(SOUND, lengths).float(), expected, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(network.half()(SOUND, lengths).float(), expected, rtol=0.05, atol=0.05)


def test_half_precision_does_not_overflow_in_a_mean():
    loud = torch.full((1, 80, 4000), -20.0, dtype=torch.half)
    loud[..., ::2] = -19
    assert features.Standardize()(loud, torch.tensor([3000])).isfinite().all()
    hidden = torch.full((1, 5000, 2), 30.0, dtype=torch.half)
    assert layers.masked_mean(hidden, torch.ones(1, 5000, dtype=torch.bool)).tolist() == [[30, 30]]


# ------------------------------------------------------------------------- on a card, where there is none


MIXED = [
    lambda x: x + torch.ones(3),
    lambda x: nn.functional.linear(torch.ones(2, 3), x),
    lambda x: torch.ones(3)[x > 0],
]


@pytest.mark.parametrize("mixed", MIXED)
def test_the_card_refuses_mixed_devices(mixed):
    with card(), pytest.raises(RuntimeError, match="expected all tensors to be on the same device"):
        mixed(torch.ones(3, device="mps"))


def test_the_card_refuses_double_precision_and_numpy_and_gives_back_what_it_holds():
    with card():
        x = torch.arange(3.0, device=CARD)
        with pytest.raises(TypeError, match="no float64"):
            x.double()
        with pytest.raises(TypeError, match="no float64"):
            torch.zeros(3).double().to("mps")
        with pytest.raises(TypeError, match="use Tensor.cpu"):
            x.numpy()
        assert x.device == CARD and x.cpu().numpy().tolist() == [0, 1, 2] and x.to(torch.ones(1)).device.type == "cpu"


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.__name__)
def test_every_network_runs_on_a_card(network):
    make, inputs = NETWORKS[network]
    with card():
        module = make().to("mps")
        result = module(*[part.to("mps") for part in inputs])
        first = result[0] if isinstance(result, tuple) else result
        assert isinstance(first, OnCard)
        if first.requires_grad:
            first.square().mean().backward()


def test_training_on_a_card_gives_what_it_gives_here():
    clips = [(normal(8, 20, seed=n), n % 2) for n in range(8)]
    words = [(np.sin(np.arange(3000) / (2 + n)).astype(np.float32), n) for n in range(10)]
    options = {"mixup_alpha": 0.2, "spec_augment": True, "valid": words, "batch_size": 5, "progress": False}

    def trained(device):
        torch.manual_seed(0)
        model = sequence_models.ConvNet(8, 2, width=4, dilations=(1,))
        history = recipes.train_on(model, clips, n_epochs=2, seed=0, device=device)
        network, other = recipes.train_digits(words, n_epochs=2, device=device, **options)
        assert training.home_of(model).type == training.home_of(network).type == device
        losses = [*history.column("train_loss"), *other.column("train_loss"), *other.column("valid_loss")]
        return [*losses, recipes.accuracy_on(model, clips)]

    here = trained("cpu")
    with card():
        assert trained("mps") == here


def code_for_the_card(stem):
    """What a lecture computes, with device = "mps", on a tenth of its clips; no assertion on how well it learns."""
    path = Path(__file__).parents[1] / "notebooks" / f"{stem}.ipynb"
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        tags = set(cell["metadata"].get("tags", ()))
        if cell["cell_type"] != "code" or tags & {"figure", "live", "checkpoint"}:
            continue
        source = "".join(cell["source"]).replace('device = "cpu"', 'device = "mps"')
        source = re.sub(
            r'((?:SoundEvents|EventScenes)\("\w+", |range\()(\d+)00\b', lambda found: f"{found[1]}{found[2]}0", source
        )
        source = source.replace('"n_epochs": 10', '"n_epochs": 1')
        tree = ast.parse(source)
        tree.body = [part for part in tree.body if not isinstance(part, ast.Assert)]
        yield ast.unparse(tree)


def test_lecture_11_runs_on_a_card(monkeypatch):
    mpl.use("agg")
    names = {}
    with card():
        for source in code_for_the_card("11_classification"):
            exec(source, names)
        networks = [value for value in names.values() if isinstance(value, nn.Module) and list(value.parameters())]
        there = [type(network).__name__ for network in networks if training.home_of(network) == CARD]
    assert {"DigitNet", "EventCNN", "EventDetector"} <= set(there)
