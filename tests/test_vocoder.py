"""From the mel to the wave: pulses and noise by hand, the inverse STFT by other libraries, and what was learned."""

import math
import time

import librosa
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from course_utils.models import checkpoints, datasets, vocoder
from course_utils.models.features import LogMel
from course_utils.models.speech_features import mel_to_signal, pitch_hz, speech_mel
from course_utils.models.vocoder import (
    Resynthesis,
    Vocoder,
    VocoderClips,
    clip_batch,
    inverse_stft,
    pulses,
    read_pitch,
    smeared,
    vocode,
    vocoder_loss,
)
from tests.hostile import COUNT, INF, LENGTHS, MODULE, NAME, NAN, NO_TENSORS, NUMBER, REAL, SHARE, refusals
from tests.networks import normal, seeded, shuffled  # noqa: F401
from tests.support import refuses

SILENT = math.log(1e-5)  # the floor of the mel
VOICE = datasets.DigitStrings("test", 4, seed=3, n_digits=(3, 3), whole_words=True)


def small(**options):
    return shuffled(Vocoder(**{"width": 8, "n_layers": 2, "n_refine": 2} | options))


def voice(n):
    """A string of a test voice, of whole hops."""
    signal = VOICE[n][0]
    return signal[: len(signal) // 128 * 128]


def mel_of(signal):
    return speech_mel()(torch.as_tensor(signal))


def spectrum_of(signal, n_fft=512):
    window = torch.hann_window(n_fft)
    return torch.stft(signal, n_fft, n_fft // 4, window=window, pad_mode="constant", return_complex=True)


# ------------------------------------------------------------------------------------- what learns nothing


def test_the_inverse_is_that_of_librosa_for_any_spectrum():
    spectrum = torch.complex(normal(2, 257, 9), normal(2, 257, 9, seed=1))
    expected = librosa.istft(spectrum.numpy(), hop_length=128, length=1024)
    assert_close(inverse_stft(spectrum), torch.from_numpy(expected), rtol=1e-4, atol=1e-6)


def test_the_inverse_ends_each_clip_as_if_it_stood_alone():
    spectrum, lengths = torch.complex(normal(3, 257, 9), normal(3, 257, 9, seed=1)), [9, 5, 2]
    signal = inverse_stft(spectrum, lengths)
    for row, n in zip(range(3), lengths, strict=True):
        expected = librosa.istft(spectrum[row, :, :n].numpy(), hop_length=128, length=128 * (n - 1))
        assert_close(signal[row, : len(expected)], torch.from_numpy(expected), rtol=1e-4, atol=1e-6)
        assert not signal[row, len(expected) :].any()


@settings(max_examples=20, deadline=None)
@given(n_hops=st.integers(1, 30), seed=st.integers(0, 99))
def test_there_and_back_is_nothing_lost(n_hops, seed):
    signal = normal(2, 128 * n_hops, seed=seed)
    assert_close(inverse_stft(spectrum_of(signal)), signal, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("f0", [61.0, 100.0, 125.0, 333.3, 500.0])
def test_pulses_of_a_constant_pitch_are_the_sum_of_their_harmonics(f0):
    n, n_harmonics = np.arange(1, 1281), math.floor(4000 / f0)
    expected = sum(np.cos(2 * np.pi * k * f0 / 8000 * n) for k in range(1, n_harmonics + 1))
    expected *= math.sqrt(2 * 8 / (3 * 512) / n_harmonics)
    found = pulses(torch.full((1, 11), f0))[0].numpy()
    assert np.abs(found - expected).max() < 2e-3 * expected.max()  # of 0.16 s in single precision


def test_pulses_and_noise_have_the_mean_power_1():
    for f0 in (80.0, 220.0):
        power = spectrum_of(pulses(torch.full((1, 126), f0))).abs().square()[..., 4:-4].mean()
        assert power == pytest.approx(1, rel=0.08)  # the sum ends where the last harmonic does
    assert spectrum_of(vocoder._noise()[None]).abs().square()[..., 4:-4].mean() == pytest.approx(1, rel=0.02)


def test_a_pitch_that_glides_is_followed_and_its_phase_never_jumps():
    f0 = torch.linspace(100, 200, 126)[None]
    signal = pulses(f0)[0]
    middle = signal[1:-1]
    is_peak = (middle > signal[:-2]) & (middle >= signal[2:]) & (middle > 0.3 * signal.max())
    peaks = 1 + torch.nonzero(is_peak)[:, 0]
    expected = 8000 / (100 + 100 * (peaks[1:] + peaks[:-1]) / 2 / 16000)
    assert len(peaks) > 290 and (peaks.diff() - expected).abs().max() <= 1.1  # samples


def test_after_a_minute_a_phase_is_still_exact():
    signal = pulses(torch.full((1, 3751), 200.0))[0]  # 40 samples a period
    assert_close(signal[-400:], signal[:400], rtol=0, atol=0.05 * float(signal.max()))


def test_scores_say_a_pitch_between_two_steps():
    scale = np.geomspace(60, 500, 120)
    scores = torch.full((3, 120), -50.0)
    scores[0, 0] = scores[1, 60] = scores[2, 60] = scores[2, 61] = 0
    expected = [60, scale[60], math.sqrt(scale[60] * scale[61])]
    assert read_pitch(scores).tolist() == pytest.approx(expected, rel=1e-5)


def test_a_smeared_mel_is_worked_by_hand():
    mel = torch.zeros(1, 4, 4)
    mel[0, 1, 2] = 16
    expected = torch.tensor([[0, 1, 2, 1], [0, 2, 4, 2], [0, 1, 2, 1], [0, 0, 0, 0.0]])
    assert_close(smeared(mel)[0], expected)
    assert_close(smeared(torch.full((2, 3, 5), -2.5)), torch.full((2, 3, 5), -2.5))  # to the very edge


# --------------------------------------------------------------------------------------------- the network


def test_a_clip_is_the_same_whatever_stands_beside_it_and_silent_behind_its_end():
    model, lengths = small(n_refine=2), torch.tensor([40, 23, 2])
    mel = torch.stack([mel_of(voice(n))[:, 10:50] for n in range(3)])
    together = model(mel, lengths)
    assert together.shape == (3, 128 * 39)
    for row, n in enumerate(lengths):
        alone = model(mel[row : row + 1, :, :n])[0]
        assert (together[row, : 128 * (n - 1)] - alone).abs().max() < 5e-3 * alone.abs().max()  # the pitch is summed
        assert not together[row, 128 * (n - 1) :].any()


@pytest.mark.parametrize("source", [True, False])
def test_silence_stays_silence(source):
    assert not small(source=source)(torch.full((1, 64, 20), SILENT)).any()


def test_the_reader_chooses_the_pitch():
    model, mel = Vocoder(width=8, n_layers=1, n_refine=0).eval(), torch.full((1, 64, 60), -2.0)
    with torch.no_grad():
        model.shape.bias[-257:] = -3  # little noise
    for f0 in (100.0, 250.0):  # whole samples: YIN finds no better match at twice the period
        heard = pitch_hz(model(mel, pitch_hz=torch.full((1, 60), f0))[0].detach().numpy())
        assert np.nanmedian(heard) == pytest.approx(f0, rel=0.01)


def test_a_pitch_of_0_is_left_to_the_network():
    model, mel = small(), mel_of(voice(0))[None, :, :20]
    assert_close(model(mel, pitch_hz=torch.zeros(1, 20)), model(mel))


def test_each_refinement_comes_nearer_to_the_mel_that_was_asked_for():
    model, mel = small(), mel_of(voice(0))[None]
    missed = []
    for model.n_refine in (0, 1, 4):
        found = model(mel)
        missed.append(float((mel_of(found) - mel).abs().mean()))
    assert missed[1] < 0.8 * missed[0] and missed[2] < 0.8 * missed[1]
    model.n_refine = 0
    assert_close(model(mel), model.spoken(mel)[0])


def test_what_fits_already_is_not_changed_by_a_refinement():
    signal = torch.from_numpy(voice(1))[None]
    found = Vocoder(width=8, n_layers=1, n_refine=3).refined(signal, mel_of(signal))
    assert_close(found, signal, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("dtype", [torch.half, torch.bfloat16])
def test_the_source_in_half_precision_gives_about_the_same_mel(dtype):
    """Not the same wave: a pitch of eleven bits runs away from the other, and its phases with it."""
    model, mel = small(), mel_of(voice(2))[None]
    expected = mel_of(model(mel))
    found = model.to(dtype)(mel.to(dtype))
    assert found.dtype == dtype
    assert (mel_of(found.float()) - expected).abs().mean() < 0.3


def test_arrays_of_any_axes_become_waves():
    model, mel = small(), np.stack([mel_of(voice(n))[:, :30].numpy() for n in range(2)])
    expected = vocode(model, mel)
    assert expected.shape == (2, 128 * 29) and expected.dtype == np.float32
    assert vocode(model, mel[:, None].astype(float))[1, 0] == pytest.approx(expected[1], abs=1e-4)
    model.train()
    assert vocode(model, mel[0]) == pytest.approx(expected[0], abs=1e-4) and model.training


def test_what_is_no_mel_is_refused():
    model, mel = small(), torch.full((1, 64, 20), -3.0)
    with refuses("mel must be finite and lie below 13.8"):
        model(mel.where(torch.arange(20) != 3, NAN))
    with refuses("natural logarithm of a power, not decibels"):
        model(mel + 40)
    with refuses(r"mel must have the shape \(batch, 64, frames\), got \(1, 80, 20\)"):
        model(torch.zeros(1, 80, 20))
    with refuses("lengths must lie in 2…20, the frames of the batch, got 1 for clip 0"):
        model(mel, [1])
    with refuses("pitch_hz must be 0 or lie from 1 to below 4000 Hz, got 4100"):
        model(mel, pitch_hz=torch.full((1, 20), 4100.0))


# ------------------------------------------------------------------------------------------- how it learns


def test_the_loss_of_the_same_wave_is_nothing_but_the_width_of_the_bell():
    signal, pitch = torch.from_numpy(voice(0))[None], torch.full((1, 1 + len(voice(0)) // 128), 60.0)
    bell = -0.5 * torch.arange(120.0).square()
    same = vocoder_loss((signal, bell.expand(*pitch.shape, -1)), signal, pitch)
    p = np.exp(bell.numpy()) / np.exp(bell.numpy()).sum()
    entropy = -np.sum(p[:10] * np.log(p[:10]))
    expected = {"log": 0, "convergence": 0, "mel": 0, "pitch": 0.2 * entropy}
    assert {name: float(x) for name, x in same.items()} == pytest.approx(expected, abs=2e-3)
    other = vocoder_loss((signal, torch.zeros(*pitch.shape, 120)), signal, pitch)
    assert float(other["pitch"]) == pytest.approx(0.2 * math.log(120), rel=1e-4)
    assert not vocoder_loss((signal, bell.expand(*pitch.shape, -1)), signal, 0 * pitch)["pitch"]


def test_twice_the_wave_is_a_logarithm_and_a_whole_apart():
    signal, n_frames = normal(1, 6400), 51
    loss = vocoder_loss((2 * signal, torch.zeros(1, n_frames, 120)), signal, torch.zeros(1, n_frames))
    assert float(loss["log"]) == pytest.approx(math.log(2), rel=0.01)
    assert float(loss["convergence"]) == pytest.approx(0.5, rel=0.01)
    assert float(loss["mel"]) == pytest.approx(math.log(4), rel=0.01)


def test_the_loss_has_no_ear_for_the_sign_of_a_wave():
    signal, scores, pitch = normal(2, 2560), normal(2, 21, 120), torch.full((2, 21), 100.0)
    one, other = (vocoder_loss((x, scores), signal, pitch) for x in (0.5 * signal, -0.5 * signal))
    assert {name: float(x) for name, x in one.items()} == pytest.approx({name: float(x) for name, x in other.items()})


def test_pieces_belong_to_a_string_and_carry_its_pitch():
    clips = VocoderClips("valid", 3, seed=1, n_frames=30)
    signal, pitch = clips[1]
    assert signal.shape == (128 * 29,) and pitch.shape == (30,) and signal.dtype == pitch.dtype == np.float32
    whole = clips.strings[1][0]
    fits = np.correlate(np.pad(whole, 4000).astype(float), signal, "valid")
    there = np.pad(whole, 4000)[fits.argmax() :][: len(signal)].astype(float)
    assert fits.max() ** 2 == pytest.approx(np.square(signal).sum() * np.square(there).sum(), rel=1e-3)
    assert np.array_equal(clips[1][0], signal) and np.array_equal(clips[-2][0], signal)
    assert ((pitch == 0) | ((pitch >= 60) & (pitch <= 500))).all() and (pitch > 0).any()
    clips.epoch = 1
    assert not np.array_equal(clips[1][0], signal)


def test_a_string_that_is_too_short_ends_in_silence():
    signal, pitch = VocoderClips("valid", 1, n_frames=2000)[0]
    assert len(signal) == 128 * 1999 and not signal[-100_000:].any() and not pitch[-700:].any()


def test_the_learner_hears_the_mel_of_the_signal_and_smears_it_in_training_alone():
    model = small()
    (signal, pitch), _ = clip_batch([VocoderClips("valid", 2)[n] for n in range(2)])
    for learner, change in (
        (Resynthesis(model, smear=1.0).train(), smeared),
        (Resynthesis(model, smear=1.0).eval(), None),
    ):
        mel = mel_of(signal)
        expected, scores = model.spoken(mel if change is None else change(mel), None, pitch)
        found = learner(signal, pitch)
        assert_close(found[0], expected)
        assert_close(found[1], scores)


# ------------------------------------------------------------------------------------ what was learned


def shipped():
    return checkpoints.load(Vocoder(), "tts/vocoder")


def test_the_shipped_vocoder_is_nearer_to_unheard_voices_than_griffin_lim():
    model, other = (
        shipped(),
        LogMel(sample_rate=8000, n_fft=400, hop_length=100, n_mels=50, f_min=40, f_max=4000, floor=1e-5),
    )
    apart = {"ours": [], "griffin_lim": []}
    for n in range(len(VOICE)):
        mel = mel_of(voice(n)).numpy()
        for name, signal in (("ours", vocode(model, mel)), ("griffin_lim", mel_to_signal(mel, n_iter=60))):
            apart[name].append(np.abs(other(torch.from_numpy(signal)) - other(torch.from_numpy(voice(n)))).mean())
    assert np.mean(apart["ours"]) < np.mean(apart["griffin_lim"])


def test_the_shipped_vocoder_is_small_and_keeps_up_with_the_sound():
    model, mel = shipped(), mel_of(np.tile(voice(0), 4)).numpy()
    assert (checkpoints.FOLDER / "tts" / "vocoder.safetensors").stat().st_size <= 2e6
    vocode(model, mel)
    started = time.process_time()
    vocode(model, mel)
    assert time.process_time() - started < 0.3 * mel.shape[1] * 128 / 8000


def test_the_shipped_vocoder_reads_the_pitch():
    apart = []
    for n in range(4):
        signal = voice(n)
        with torch.no_grad():
            found = read_pitch(shipped().spoken(mel_of(signal)[None])[1])[0].numpy()
        apart.append(np.nanmedian(np.abs(12 * np.log2(found / pitch_hz(signal)))))
    assert np.nanmedian(apart) < 0.4  # semitones


# --------------------------------------------------------------------------------------- hostile input

MEL = torch.full((2, 64, 6), -3.0)
LOUD_MELS = [MEL + 40, MEL * NAN, MEL * INF, MEL[:, :8], MEL[0], MEL[:0], MEL.double()]
CLIP = (np.float32(0.1) * np.ones(256, np.float32), np.full(3, 100, np.float32))
SIGNAL = normal(2, 256)
OUTPUT = (SIGNAL, torch.zeros(2, 3, 120))
PITCH = torch.full((2, 3), 100.0)
CALLS = {
    inverse_stft: {
        "spectrum": (torch.complex(normal(2, 257, 6), normal(2, 257, 6)), [*NO_TENSORS, normal(2, 257, 6)]),
        "lengths": ([6, 4], LENGTHS),
    },
    pulses: {"f0_hz": (PITCH, [*NO_TENSORS, 0 * PITCH, PITCH * NAN, PITCH * 100, PITCH[0], PITCH[:, :1]])},
    read_pitch: {"scores": (normal(2, 120), [*NO_TENSORS, normal(2, 80), normal(2, 120) * NAN])},
    Vocoder: {"width": (8, COUNT), "n_layers": (1, COUNT), "n_refine": (1, [*NUMBER, -1, 1.5, 10**12])},
    small(n_refine=1).forward: {
        "mel": (MEL, [*NO_TENSORS, *LOUD_MELS]),
        "lengths": ([6, 4], [*LENGTHS, [1, 6]]),
        "pitch_hz": (torch.full((2, 6), 100.0), [5, "x", PITCH, torch.full((2, 6), 5000.0)]),
    },
    vocode: {"model": (small(), MODULE), "log_mel": (MEL.numpy(), [*REAL, np.zeros((80, 5)), np.full((64, 5), 40.0)])},
    VocoderClips: {
        "split": ("valid", NAME),
        "n_clips": (2, COUNT),
        "seed": (0, [*NUMBER, -1, 1.5]),
        "n_frames": (10, [*COUNT, 4]),
    },
    clip_batch: {"items": ([CLIP, CLIP], [None, 5, "x", {}, [], [5], [CLIP[::-1]], [CLIP, (CLIP[0][:200], CLIP[1])]])},
    Resynthesis: {"model": (small(), MODULE), "smear": (0.5, SHARE)},
    Resynthesis(small()).eval().forward: {
        "signal": (SIGNAL, [*NO_TENSORS, SIGNAL[:, :200], SIGNAL[0], SIGNAL * NAN]),
        "pitch_hz": (PITCH, [*NO_TENSORS, PITCH[:, :2], PITCH * 100]),
    },
    smeared: {"mel": (MEL, [*NO_TENSORS, MEL[0]])},
    vocoder_loss: {
        "output": (OUTPUT, [None, 5, "xy", OUTPUT[:1], OUTPUT[::-1], (SIGNAL, OUTPUT[1] * NAN)]),
        "signal": (SIGNAL, [*NO_TENSORS, SIGNAL[:, :128], SIGNAL[0]]),
        "pitch_hz": (PITCH, [*NO_TENSORS, PITCH[:, :2]]),
    },
}

test_hostile_input_is_refused_in_one_sentence = refusals("models.vocoder", CALLS)
