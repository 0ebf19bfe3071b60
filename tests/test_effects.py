"""The effect chain against hand-worked values and, sample by sample, the program ``sox``."""

import math
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
import scipy.io.wavfile
import scipy.signal
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from course_utils.effects import EFFECTS, _allpass, apply_effects, reverb, tempo
from tests.hostile import INF, NAN, NOISE, NUMBER, POSITIVE, SAMPLE_RATE, SIGNAL, WHOLE_RATE, refusals
from tests.support import random_signal, refuses

RATE = 16000


def effect(x, *effects, sample_rate=RATE):
    """The signal alone, where the rate stays."""
    y, rate = apply_effects(x, list(effects), sample_rate=sample_rate)
    assert rate == sample_rate
    return y


def tones(seconds=1.5, rate=RATE):
    """A glide with harmonics over a little noise, up to 0.8 of the Nyquist frequency."""
    t = np.arange(round(seconds * rate)) / rate
    voice = sum(np.sin(2 * np.pi * k * (150 * t + 20 * t**2)) / k for k in range(1, 11))
    low = scipy.signal.cheby2(14, 150, 0.88, output="sos")
    return 0.1 * scipy.signal.sosfilt(low, voice + 0.3 * np.random.default_rng(0).standard_normal(len(t)))


# ------------------------------------------------------------------------ closed form, hand-worked

X = np.array([1.0, -2, 3, -4, 5, -6, 7, -8])


def test_no_effect_leaves_everything_as_it_is():
    y, rate = apply_effects(X, [], sample_rate=8)
    assert_array_equal(y, X)
    assert rate == 8


def test_minus_20_db_is_a_tenth():
    assert_allclose(effect(X, ("gain", -20)), X / 10, rtol=1e-15)
    assert_array_equal(effect(X, ("gain",)), X)


def test_silence_goes_before_and_after():
    assert_array_equal(effect(X, ("pad", 0.25, 0.5), sample_rate=8), [0, 0, *X, 0, 0, 0, 0])
    assert_array_equal(effect(X, ("pad", 0.25), sample_rate=8), [0, 0, *X])


def test_a_trim_names_its_start_and_its_duration():
    assert_array_equal(effect(X, ("trim", 0.25, 0.5), sample_rate=8), X[2:6])
    assert_array_equal(effect(X, ("trim", 0.25), sample_rate=8), X[2:])
    assert_array_equal(effect(X, ("trim", 0, 9), sample_rate=8), X)


def test_a_linear_fade_worked_by_hand():
    ones = np.ones(8)
    assert_allclose(effect(ones, ("fade", "t", 0.5), sample_rate=8), [0, 0.25, 0.5, 0.75, 1, 1, 1, 1])
    faded = effect(ones, ("fade", "t", 0.25, 0.75), sample_rate=8)  # it ends at 0.75 s, out as long as in
    assert_allclose(faded, [0, 0.5, 1, 1, 1, 0.5])
    assert_allclose(effect(ones, ("fade", "t", 0, 0, 0.5), sample_rate=8), [1, 1, 1, 1, 1, 0.75, 0.5, 0.25])
    assert_allclose(effect(ones, ("fade", "t", 0, 1.25, 0.5), sample_rate=8), [1, 1, 1, 1, 1, 1, 1, 0.75, 0, 0])


def test_shapes_of_fades_at_a_quarter_half_and_three_quarters():
    def shape(name):
        return effect(np.ones(8), ("fade", name, 0.5), sample_rate=8)[:4]

    assert_allclose(shape("q"), np.sin(np.pi / 8 * np.arange(4)))
    assert_allclose(shape("h"), [0, (1 - math.sqrt(0.5)) / 2, 0.5, (1 + math.sqrt(0.5)) / 2], atol=1e-15)
    assert_allclose(shape("p"), [0, 7 / 16, 12 / 16, 15 / 16])
    assert_allclose(20 * np.log10(shape("l")), [-100, -75, -50, -25])
    assert_array_equal(shape("l"), effect(np.ones(8), ("fade", 0.5), sample_rate=8)[:4])


def test_the_first_echoes_of_a_reverb_are_at_the_lengths_of_its_combs():
    # Through each all-pass the direct path is −1; four of them leave the sign. The shortest all-pass is 225 samples.
    x = np.zeros(1340)
    x[0] = 1
    y = reverb(x, sample_rate=44100, wet_only=True)
    assert_array_equal(np.flatnonzero(y[: 1116 + 225]), [1116, 1188, 1277])
    assert_allclose(y[[1116, 1188, 1277]], 0.015, rtol=1e-12)


def test_a_comb_returns_with_feedback_and_damping():
    # The 1116-sample comb comes back at 2232 with g (1 − d), 0.35 for d; 50 % lies half-way on the exponential curve.
    x = np.zeros(2240)
    x[0] = 1
    dry = reverb(x, sample_rate=44100, wet_only=True, reverberance=0, hf_damping=100)
    damped = reverb(x, sample_rate=44100, wet_only=True, reverberance=100, hf_damping=100)
    echo = damped[2232] - dry[2232]  # all that is left of the feedback: 0.98 − 0.3, of it one half
    assert_allclose(echo, 0.015 * (0.98 - 0.3) * 0.5, rtol=1e-9)


def test_speed_changes_pitch_and_duration_and_tempo_only_duration():
    t = np.arange(2 * RATE) / RATE
    x = np.sin(2 * np.pi * 500 * t)

    def pitch_hz(y):
        spectrum = np.abs(np.fft.rfft(y[4000:20000] * np.hanning(16000)))
        return spectrum.argmax()  # bins of 1 Hz

    slow = effect(x, ("speed", 0.8))
    assert len(slow) == 2.5 * RATE and pitch_hz(slow) == 400
    calm = effect(x, ("tempo", 0.8))
    assert len(calm) == 2.5 * RATE and pitch_hz(calm) == 500
    fast = effect(x, ("tempo", 1.25))
    assert len(fast) == 1.6 * RATE and pitch_hz(fast) == 500


def test_tempo_1_and_speed_1_change_nothing():
    x = tones()
    assert_array_equal(tempo(x, factor=1, sample_rate=RATE), x)
    assert_array_equal(effect(x, ("speed", 1)), x)


def test_rate_keeps_a_tone():
    tone = {rate: np.sin(2 * np.pi * 440 * np.arange(rate) / rate) for rate in (16000, 44100)}
    y, rate = apply_effects(tone[16000], [("rate", 44100)], sample_rate=16000)
    assert rate == 44100 and len(y) == 44100
    assert_allclose(y[2000:-2000], tone[44100][2000:-2000], rtol=0, atol=1e-6)  # ripple of the pass band


# -------------------------------------------------------------------------- independent oracle: sox


@pytest.fixture(scope="module")
def sox(tmp_path_factory):
    """The command as a function: signal, sampling rate, list of effects to signal, sampling rate."""
    program = shutil.which("sox")
    if program is None:
        reason = "the program sox is not installed (Debian: apt install sox); the effects were not compared with it"
        if os.environ.get("CI") and sys.platform == "linux":  # there CI installs it
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("sox")

    def run(x, rate, effects):
        scipy.io.wavfile.write(folder / "in.wav", rate, np.asarray(x, np.float32).T)
        words = [str(word) for effect in effects for word in effect]
        command = [program, "-D", folder / "in.wav", "-e", "float", "-b", "32", folder / "out.wav", *words]
        process = subprocess.run(command, capture_output=True, text=True, check=True)
        assert "clipped" not in process.stderr
        rate, y = scipy.io.wavfile.read(folder / "out.wav")
        return y.T.astype(float), rate

    return run


def agree(sox, x, effects, *, rate=RATE, within):
    """Both results, if they have one shape and rate and differ by at most ``within`` re full scale."""
    x = np.asarray(x, np.float32).astype(float)  # what the file holds
    ours, our_rate = apply_effects(x, effects, sample_rate=rate)
    theirs, their_rate = sox(x, rate, effects)
    assert our_rate == their_rate and ours.shape == theirs.shape
    assert np.abs(theirs).max() > 1e-3
    assert np.abs(ours - theirs).max() <= within
    return ours, theirs


# sox writes float32 samples below 1 (half a step: 3e-8) and holds 32-bit integers between effects (5e-10 each).
ROUNDING = 4e-8


@pytest.mark.parametrize(
    "effects",
    [
        [("lowpass", 300)],
        [("lowpass", 3000, 2.5)],
        [("highpass", 300)],
        [("highpass", 5000, 0.4)],
        [("gain", -3)],
        [("gain", 4.5)],
        [("pad", 0.1, 0.2)],
        [("pad", 0.12345)],
        [("trim", 0.3, 0.2)],
        [("trim", 0.33333)],
        [("fade", 0.1)],
        [("fade", 0.1, 0.5)],
        [("fade", "t", 0.1, 0.5)],
        [("fade", "q", 0.1, 0, 0.3)],
        [("fade", "h", 0, 3, 0.3)],
        [("fade", "p", 0.2, 1, 0.3)],
        [("fade", "l", 0.3, 1.2, 0.7)],
        [("fade", "t", 3)],
        [("trim", 0.1, 1), ("highpass", 100), ("lowpass", 900), ("gain", -2), ("fade", "h", 0.1, 0, 0.1), ("pad", 0.1)],
    ],
    ids=lambda effects: " ".join(str(word) for effect in effects for word in effect),
)
def test_sample_by_sample_as_sox(sox, effects):
    agree(sox, tones(), effects, within=ROUNDING)
    agree(sox, [tones(), random_signal(24000) / 4], effects, within=ROUNDING)


@pytest.mark.parametrize(
    ("parameters", "rate"),
    [
        ((), 44100),
        ((), 16000),
        (("-w",), 22050),
        ((80, 20, 60, 0, 30, 3), 44100),
        (("-w", 100, 0, 100, 100, 500, -10), 48000),
        ((0, 100, 0, 50, 10), 8000),
    ],
    ids=str,
)
def test_reverb_is_soxs(sox, parameters, rate):
    # The tail is summed over a second in 32-bit floats by sox: a few steps of 6e-8, times the gain of 0.02.
    x = np.r_[tones(0.4, rate), np.zeros(rate // 2)]
    ours, theirs = agree(sox, x, [("reverb", *parameters)], rate=rate, within=3e-7)
    if "-w" not in parameters:
        theirs, ours = theirs - x, ours - x
    decay = [10 * np.log10(np.cumsum(y[::-1] ** 2)[::-1][::500] + 1e-6) for y in (ours, theirs)]
    assert_allclose(decay[0], decay[1], atol=0.02)  # dB, Schroeder's energy decay
    spectra = [10 * np.log10(scipy.signal.welch(y, nperseg=1024)[1][1:400]) for y in (ours, theirs)]
    assert_allclose(spectra[0], spectra[1], atol=0.05)  # dB
    agree(sox, [x, x[::-1]], [("reverb", *parameters)], rate=rate, within=3e-7)


def test_a_reverb_after_a_reverb_is_stereo_inside(sox):
    agree(sox, tones(), [("reverb",), ("reverb", 30), ("tempo", 1.1)], within=3e-7)


def test_three_channels_are_reverberated_alike(sox):
    x = [tones(), tones()[::-1], random_signal(24000) / 8]
    agree(sox, x, [("reverb", 50, 50, 100, 0)], within=3e-7)
    assert_allclose(effect(x, ("reverb",)), effect(x, ("reverb", 50, 50, 100, 0)))  # sox warns and does the same


@pytest.mark.parametrize("factor", [0.5, 0.77, 0.99, 1.2, 1.9, 3.3])
@pytest.mark.parametrize("rate", [8000, 16000, 44100])
def test_tempo_is_soxs(sox, factor, rate):
    # The same segments joined at the same places, or the difference would be as large as the signal.
    agree(sox, tones(1.5, rate), [("tempo", factor)], rate=rate, within=2e-7)
    agree(sox, [tones(0.8, rate), 0.5 * tones(0.8, rate)[::-1]], [("tempo", factor)], rate=rate, within=2e-7)


@pytest.mark.parametrize(
    ("effects", "rate"),
    [
        ([("rate", 44100)], 16000),
        ([("rate", 48000)], 44100),
        ([("rate", 44100)], 48000),
        ([("rate", 15000)], 16000),
        ([("speed", 0.8)], 16000),
        ([("speed", 1.05)], 16000),
        ([("speed", 0.93)], 44100),
        ([("speed", 0.9), ("rate", 22050)], 16000),
        ([("lowpass", 300), ("speed", 0.8), ("reverb",)], 16000),
        ([("speed", 0.9), ("highpass", 200), ("tempo", 1.2), ("pad", 0, 0.2), ("fade", 0.1, 0, 0.1)], 16000),
    ],
    ids=str,
)
def test_rate_and_speed_agree_with_sox_in_the_pass_band(sox, effects, rate):
    # Below 0.91 of the lower Nyquist frequency both converters are flat: ours to 2e-7, sox's stages, which it designs
    # for 20 bits, to 1e-6 of a sine each. The signal ends at 0.88 of its own Nyquist frequency, and peaks at 0.4.
    ours, theirs = agree(sox, tones(1.5, rate), effects, rate=rate, within=2e-5)
    assert np.linalg.norm(ours - theirs) < 1e-5 * np.linalg.norm(theirs)  # −100 dB


def test_rate_and_speed_agree_with_sox_where_they_must_cut(sox):
    # In the transition, from 0.91 to 1, sox's two stages and our one differ; nothing passes above.
    x = 0.2 * random_signal(24000)
    for effects in ([("rate", 8000)], [("rate", 11025)], [("speed", 1.3)]):
        ours, _ = apply_effects(x, effects, sample_rate=RATE)
        theirs, _ = sox(x, RATE, effects)
        assert len(ours) == len(theirs)
        spectra = np.fft.rfft([ours * np.hanning(len(ours)), theirs * np.hanning(len(ours))])
        kept = spectra[:, : int(0.9 * spectra.shape[1])]
        assert np.linalg.norm(kept[0] - kept[1]) < 1e-4 * np.linalg.norm(kept[1])  # −80 dB
        assert np.linalg.norm(spectra[0] - spectra[1]) < 2e-2 * np.linalg.norm(spectra[1])  # −34 dB with it


def test_lengths_are_soxs(sox):
    for n in (4999, 5000, 5001):
        x = tones()[:n]
        for effects in ([("rate", 44100)], [("rate", 6400)], [("speed", 0.7)], [("speed", 1.3)], [("tempo", 1.7)]):
            assert len(apply_effects(x, effects, sample_rate=RATE)[0]) == len(sox(x, RATE, effects)[0])


# ----------------------------------------------------------------------------------------- properties


@given(st.floats(0.3, 3), st.integers(1, 8000))
def test_tempo_has_the_length_that_the_factor_says_and_no_new_peaks(factor, n):
    x = random_signal(n, seed=n)
    if n / factor < 1:
        return
    y = tempo(x, factor=factor, sample_rate=8000)
    assert len(y) == math.floor(n / factor + 0.5)
    assert np.abs(y).max() <= np.abs(x).max()  # a cross-fade is an average


@given(
    st.floats(-2, 2), st.sampled_from([("reverb",), ("lowpass", 500), ("speed", 0.9), ("rate", 11025), ("pad", 0.1)])
)
def test_effects_without_decisions_are_linear(weight, step):
    x, z = random_signal(2000, seed=1), random_signal(2000, seed=2)
    mixed, x, z = (apply_effects(s, [step], sample_rate=8000)[0] for s in (x + weight * z, x, z))
    assert_allclose(mixed, x + weight * z, rtol=0, atol=1e-12)


def test_freeverbs_allpass_is_one_nearly():
    # (1.5 z^−D − 1) / (1 − 0.5 z^−D): gain 1 at 0 Hz and at multiples of 1/D, 5/3 half-way between them.
    impulse = np.zeros(8000)
    impulse[0] = 1
    gain = np.abs(np.fft.rfft(_allpass(impulse, 8)))
    assert_allclose(gain[::1000], 1, rtol=1e-12)
    assert_allclose(gain[500::1000], 5 / 3, rtol=1e-12)


# -------------------------------------------------------------------------------------------- edges


def test_float32_stays_float32_and_the_input_is_not_changed():
    x = tones().astype(np.float32)
    before = x.copy()
    chain = [("lowpass", 3000), ("speed", 0.9), ("reverb",), ("tempo", 1.1), ("gain", -3), ("fade", 0.1, 0, 0.1)]
    exact = effect(x.astype(float), *chain)
    y = effect(x, *chain)
    assert y.dtype == np.float32
    assert_allclose(y, exact, rtol=0, atol=2e-6)  # six effects, some hundred terms each
    assert_array_equal(x, before)
    assert effect([0.1, 0.2], ("gain", 0)).dtype == np.float64


def test_every_effect_takes_one_channel_and_several():
    steps = {
        "lowpass": (300,), "highpass": (300,), "gain": (1,), "speed": (1.1,), "rate": (8000,), "tempo": (1.1,),
        "pad": (0.1,), "trim": (0.1,), "fade": (0.1,), "reverb": (50, 50, 100, 0),
    }  # fmt: skip
    assert set(steps) == set(EFFECTS)
    x = tones(0.5)
    for name, parameters in steps.items():
        one, _ = apply_effects(x, [(name, *parameters)], sample_rate=RATE)
        two, _ = apply_effects([x, x], [(name, *parameters)], sample_rate=RATE)
        assert_allclose(two, [one, one], rtol=0, atol=1e-12)


def test_a_reverb_by_itself_makes_stereo_of_mono_only_when_asked():
    x = random_signal(3, 4000)
    assert reverb(x, sample_rate=8000).shape == x.shape
    assert_allclose(reverb(x, sample_rate=8000)[1], reverb(x[1], sample_rate=8000))
    pair = reverb(x[0], sample_rate=8000, stereo_depth=100)
    assert pair.shape == (2, 4000)
    assert_allclose(pair[0], reverb(x[0], sample_rate=8000))
    assert np.abs(pair[0] - pair[1]).max() > 0.01


def test_a_pre_delay_moves_the_wet_sound():
    x = random_signal(4000)
    late = reverb(x, sample_rate=8000, pre_delay_s=0.01, wet_only=True)
    assert_allclose(late[80:], reverb(x, sample_rate=8000, wet_only=True)[:-80], rtol=0, atol=1e-15)
    assert_array_equal(reverb(x[:40], sample_rate=8000, pre_delay_s=0.5), x[:40])


def test_a_chain_as_lists_is_a_chain():
    assert_array_equal(effect(X, ["gain", -3]), effect(X, ("gain", -3)))


def test_beyond_full_scale_nothing_is_cut_off():
    assert np.abs(effect(X / 8, ("gain", 20))).max() == 10


def test_the_import_stays_light():
    code = "import sys, course_utils.effects; sys.exit('scipy.signal' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


# ------------------------------------------------------------------------------------------- errors


def test_an_unknown_effect_is_refused_with_the_list_of_the_known():
    known = "'lowpass', 'highpass', 'gain', 'speed', 'rate', 'tempo', 'pad', 'trim', 'fade', 'reverb'"
    with refuses(f"the name of an effect must be one of {known}, got 'echo': choose one of them"):
        effect(X, ("echo", 1))


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (("lowpass",), r'lowpass must have 1 to 2 numbers, got 0: write \("lowpass", frequency_hz, q\)'),
        (("speed", 1, 2), r'speed must have 1 number, got 2: write \("speed", factor\)'),
        (("gain", 1, 2), "gain must have 0 to 1 numbers, got 2"),
        (("fade", "t"), "fade must have 1 to 3 numbers, got 0"),
        (("fade", 1, 1, 1, 1), "fade must have 1 to 3 numbers, got 4"),
        (("reverb", 1, 2, 3, 4, 5, 6, 7), "reverb must have 0 to 6 numbers, got 7"),
    ],
)
def test_a_wrong_number_of_parameters_is_refused_with_the_right_one(step, message):
    with refuses(message):
        effect(X, step)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (("lowpass", 0), "frequency_hz=0 must lie between 0 and the Nyquist frequency 8000 Hz"),
        (("highpass", 8000), "frequency_hz=8000 must lie between 0 and the Nyquist frequency 8000 Hz"),
        (("speed", 0), "the factor of speed must be at least 0.01, got 0"),
        (("tempo", -1), "factor must be at least 0.1, got -1"),
        (("rate", 0), "the rate must be at least 1, got 0"),
        (("pad", -1), "before_s must be at least 0, got -1"),
        (("trim", 2), "trim must leave at least one sample, got none: change its times"),
        (("trim", 0, 0), "trim must leave at least one sample"),
        (("fade", 0.2, 0.3), "fade must end its fade-in before its fade-out begins, got samples 3200 and 1600"),
        (("fade", "x", 1), "the option of fade must be one of 'q', 'h', 't', 'l', 'p', got 'x'"),
        (("reverb", "--dry"), "the option of reverb must be one of '-w', got '--dry'"),
        (("reverb", 101), "reverberance must be at most 100, got 101"),
        (("reverb", 50, 50, 100, 100, 501), "pre_delay_ms must be at most 500, got 501"),
        (("gain", float("nan")), "gain_db must be finite, got nan"),
    ],
)
def test_parameters_out_of_range_are_refused(step, message):
    with refuses(message):
        effect(tones(1), step)


def test_what_is_no_chain_is_refused():
    with refuses(
        "effects must be a list of tuples such as .*, got .*: put each effect into a tuple of its own", TypeError
    ):
        effect_list = ("gain", -3)
        apply_effects(X, effect_list, sample_rate=RATE)
    with refuses("an effect must be a tuple such as .*, got 5: write a name and numbers", TypeError):
        apply_effects(X, [5], sample_rate=RATE)
    with refuses("gain_db must be a number, got '3': pass an int or a float", TypeError):
        effect(X, ("gain", "3"))


def test_more_axes_than_a_sound_has_are_refused():
    with refuses(r"signal must have shape \(time,\) or \(channels, time\), got \(2, 2, 9\): pass one at a time"):
        apply_effects(np.ones((2, 2, 9)), [], sample_rate=RATE)
    with refuses(
        r"signal must have shape \(time,\) or \(2, time\) for a stereo effect, got \(3, 9\): use stereo_depth=0"
    ):
        reverb(np.ones((3, 9)), sample_rate=RATE, stereo_depth=50)


# ------------------------------------------------------------------------------------ hostile input

STEPS = [None, 5, "gain", ("gain", 1), [()], [None], [5], [("echo", 1)], [(5, 1)], [("lowpass",)], [("gain", 1, 2)]]
STEPS += [[(name, value)] for name in EFFECTS for value in ([None], "x", NAN, INF, object(), 1j)]
STEPS += [[(name, -1)] for name in EFFECTS if name != "gain"]
STEPS += [[("lowpass", 4000)], [("speed", 1e9)], [("rate", 0.5)], [("tempo", 0)], [("trim", 9)], [("pad", 1e9)]]
CALLS = {
    reverb: {
        "signal": (NOISE, SIGNAL), **SAMPLE_RATE, "stereo_depth": (0, [*NUMBER, -1, 101]),
        **{name: (50, [*NUMBER, -1, 101]) for name in ("reverberance", "hf_damping", "room_scale")},
        "pre_delay_s": (0, [*NUMBER, -1, 1]), "wet_gain_db": (0, [*NUMBER, -11, 11]),
    },
    tempo: {
        "signal": (NOISE, [*SIGNAL, np.ones((2, 2, 9))]), "factor": (2, [*POSITIVE, 101, 0.01]),
        "sample_rate": (8000, [*POSITIVE, 10]),
    },
    apply_effects: {
        "signal": (NOISE, [*SIGNAL, np.ones((2, 2, 9))]), "effects": ([("gain", -3)], STEPS), **WHOLE_RATE,
    },
}  # fmt: skip

test_hostile_input_is_refused_in_one_sentence = refusals("effects", CALLS)
