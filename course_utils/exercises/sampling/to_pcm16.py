import math

import numpy as np

from ... import sampling as package
from ...practice.model import Case, Exercise, Function, Wrong, case


def _pcm16_by_definition(signal):
    def level(x):
        return min(max(math.floor(x * 32_768 + 0.5), -32_768), 32_767)

    return np.vectorize(level, otypes=[np.int64])(signal)


def _sounds_to_write() -> list[Case]:
    rng = np.random.default_rng(6)
    return [
        case(np.array([0.0, 0.5, -0.5]), says="silence, and half of full scale", gives=[0, 16_384, -16_384]),
        case(np.array([1.0, -1.0]), says="both ends", gives=[32_767, -32_768]),
        case(np.array([1.7, 1e-5, -1e-5, -1.2]), says="samples outside ±1", gives=[32_767, 0, 0, -32_768]),
        case([0.7 / 32_768, 1.2 / 32_768, -2.8 / 32_768], says="a list of samples near zero", gives=[1, 1, -3]),
        case(
            np.array([0.99999, -0.99999, 32_767.4 / 32_768, -32_768.4 / 32_768, 1.00001, 32_766.6 / 32_768]),
            says="samples just inside and just outside ±1",
            gives=[32_767, -32_768, 32_767, -32_768, 32_767, 32_767],
        ),
        case(rng.uniform(-1, 1, (2, 50)), says="two channels"),
        case(rng.uniform(-1, 1, 40).astype(np.float32), says="float32 samples"),
        case(np.array([1e6, -1e6, 3e4]), says="samples far outside ±1", gives=[32_767, -32_768, 32_767]),
        case([[0.25, -1.0], [0.5, 1.0]], says="two channels as lists", gives=[[8192, -32_768], [16_384, 32_767]]),
        case(np.array([[0.25, -0.5, 2]]), says="a batch of one", gives=[[8192, -16_384, 32_767]]),
    ]


def to_pcm16(signal):
    levels = np.round(np.asarray(signal) * 32_768)
    return np.clip(levels, -32_768, 32_767).astype(np.int16)


def _wrapped(levels):
    """What two bytes keep of an integer."""
    return (np.asarray(levels).astype(np.int64) + 32_768) % 65_536 - 32_768


def _clip_below(signal):
    return np.maximum(np.round(np.asarray(signal) * 32_768), -32_768)


def _pcm16_in_bytes(signal):
    import struct

    flat = [int(max(-32_768, min(32_767, round(float(x) * 2**15)))) for x in np.ravel(signal)]
    return np.frombuffer(struct.pack(f"<{len(flat)}h", *flat), "<i2").reshape(np.shape(signal))


UNSIGNED = "Silence still becomes 32,768, which a reader takes for −1 of full scale. Signed numbers have their zero in the middle."


def _unsigned(signal):
    return np.round((np.asarray(signal) + 1) / 2 * 65_535).astype(np.int64)


EXERCISE = Exercise(
    title="sixteen bits, mended",
    stars=1,
    kind="repair",
    task=r"""
“16 bits are 65,536 values, so they go from 0 to 65,535.” Whoever writes that into a file with 16-bit samples gets what the cell below plays: every reader takes the two bytes for a **signed** number.

**Mend it**: floats, for which full scale is ±1, a list or an array `(…, time)`, become **integers** of the same shape, of an integer type (128 and not 128.0),

$$\text{level} = \mathrm{round}(32{,}768\,x), \qquad -32{,}768 \le \text{level} \le 32{,}767$$

Round to the nearest level (no sample of a check lies exactly between two). What leaves the range, +1 included, is held at its ends. Silence is 0.
""",
    given='''import numpy as np

import course_utils as cu


def published_pcm16(signal):
    """As published: 65,536 values, from 0 to 65535."""
    return np.round((np.asarray(signal) + 1) / 2 * 65535).astype(np.uint16)


words, sample_rate = cu.audio.load("speech/digits")
in_the_file = published_pcm16(words[: 2 * sample_rate]).tobytes()
heard = np.frombuffer(in_the_file, "<i2") / 32768  # as every reader of 16-bit files takes it
print("in the pause before the first word:", np.round(heard[100:108], 3))
cu.audio.play(0.1 * heard, sample_rate, caption="Turned down by 20 dB. What is loudest now?")''',
    form="Floats (full scale is ±1) in, whole numbers from -32768 to 32767 out, in the same shape.",
    answer="to_pcm16",
    spec=Function(cases=_sounds_to_write, expected=_pcm16_by_definition, integers=True),
    reference=to_pcm16,
    hints=(
        "Which integer must silence become? And −1?",
        "One multiplication puts ±1 on ±32,768. One of the two ends does not exist.",
        "Multiply, round, clip to the range, and only then convert to int16: a conversion of 32,768 wraps round, "
        "and a conversion without rounding cuts the digits off.",
    ),
    wrongs=(
        Wrong("still unsigned", UNSIGNED, lambda signal: _unsigned(signal) % 65_536),
        Wrong("still unsigned, clipped", UNSIGNED, lambda signal: np.clip(_unsigned(signal), 0, 65_535)),
        Wrong(
            "unsigned, called signed",
            "These are the published numbers under another name: converted to int16, the upper half wraps to below zero, "
            "and silence becomes −32,768. The zero must lie in the middle before the conversion.",
            lambda signal: _wrapped(_unsigned(signal)),
        ),
        Wrong(
            "shifted down",
            "Shifting 0 … 65,535 down by 32,768 makes it signed, but the step is not 1/32,768: 65,535 of them "
            "are stretched over the range, and half of full scale comes out one level off.",
            lambda signal: np.clip(
                np.floor((np.asarray(signal, float) + 1) / 2 * 65_535 + 0.5) - 32_768, -32_768, 32_767
            ).astype(int),
        ),
        Wrong(
            "times 32,767",
            "The step is 1/32,768. With 32,767 nothing clips at +1, and loud samples come out one level short: "
            "−1 does not reach the lowest.",
            lambda signal: np.clip(np.round(np.asarray(signal) * 32_767), -32_768, 32_767).astype(int),
        ),
        Wrong(
            "times 32,767, within ±1",
            "The step is 1/32,768. Clipping to ±1 and multiplying by 32,767 makes loud samples one level too short, "
            "and −1 does not reach the lowest.",
            lambda signal: np.round(np.clip(np.asarray(signal), -1, 1) * 32_767).astype(int),
        ),
        Wrong(
            "times 32,767, cut off",
            "Two things: the step is 1/32,768, not 1/32,767, and a conversion to integers cuts the digits off "
            "where rounding is asked.",
            lambda signal: (np.clip(np.asarray(signal), -1, 1) * 32_767).astype(int),
        ),
        Wrong(
            "cut off",
            "The digits after the point are cut off, towards zero: `astype` and `int` do not round. The error is twice "
            "as large, and it follows the sign of the signal.",
            lambda signal: np.clip(np.asarray(signal) * 32_768, -32_768, 32_767).astype(int),
        ),
        Wrong(
            "rounded down",
            "All is rounded down: the error is half a step on average, a constant offset. Round to the nearest level.",
            lambda signal: np.clip(np.floor(np.asarray(signal) * 32_768), -32_768, 32_767).astype(int),
        ),
        Wrong(
            "wraps",
            "+1 becomes −32,768: there is no level 32,768, and a conversion to int16 wraps round without a word. "
            "Clip before you convert.",
            lambda signal: _wrapped(np.round(np.asarray(signal) * 32_768)),
        ),
        Wrong(
            "held from 1 upwards",
            "+1 is held, and a sample just below it wraps: 0.99999 rounds to 32,768, too, and becomes −32,768. Hold the "
            "rounded level at the ends and not the sample.",
            (
                lambda signal: np.where(np.greater_equal(signal, 1), 32_767, _wrapped(_clip_below(signal))),
                lambda signal: np.where(np.greater(signal, 1), 32_767, _wrapped(_clip_below(signal))),
            ),
        ),
        Wrong(
            "ends for 1 only",
            "+1 is held, and a sample just below it is not: 0.99999 rounds to 32,768, too, and 16 bits have no such level. Hold "
            "the rounded level at the ends and not the sample.",
            lambda signal: np.where(np.greater_equal(signal, 1), 32_767, _clip_below(signal)).astype(int),
        ),
        Wrong(
            "wraps and cuts off",
            "Two things: +1 wraps round to −32,768, since there is no level 32,768; and a conversion to int16 cuts "
            "the digits off where rounding is asked.",
            lambda signal: _wrapped(np.asarray(signal) * 32_768),
        ),
        Wrong(
            "clipped before scaling",
            "The signal is clipped to ±1, and +1 times 32,768 still wraps round to −32,768: "
            "the highest level is 32,767.",
            lambda signal: _wrapped(np.round(np.clip(np.asarray(signal), -1, 1) * 32_768)),
        ),
        Wrong(
            "floats",
            "The values are right, and they are floats: `np.round` and `np.clip` return what they get. A file of 16-bit samples takes integers, so convert at the end.",
            lambda signal: np.clip(np.round(np.asarray(signal) * 32_768), -32_768, 32_767),
        ),
        Wrong(
            "lowest level missing",
            "−1 becomes −32,767: the range has one level more below zero than above, and −32,768 is used.",
            lambda signal: np.clip(_pcm16_by_definition(signal), -32_767, 32_767),
        ),
        Wrong(
            "upper end not held",
            "+1 becomes 32,768, which 16 bits cannot hold: the highest level is 32,767.",
            (
                lambda signal: np.clip(np.round(np.asarray(signal) * 32_768), -32_768, 32_768).astype(int),
                lambda signal: np.maximum(np.round(np.asarray(signal) * 32_768), -32_768).astype(int),
            ),
        ),
        Wrong(
            "not clipped",
            "Nothing is held at the ends: what leaves ±1 gets a level that 16 bits do not have.",
            lambda signal: np.round(np.asarray(signal) * 32_768).astype(np.int64),
        ),
        Wrong(
            "rounded up",
            "Everything is rounded up, half a step too high on average: the nearest level is asked.",
            lambda signal: np.clip(np.ceil(np.asarray(signal) * 32_768), -32_768, 32_767).astype(int),
        ),
        Wrong(
            "half added, then cut off",
            "½ is added and the digits are cut off towards zero: that rounds what is positive and lifts what is negative. Round, or take the floor.",
            (
                lambda signal: np.clip(np.trunc(np.asarray(signal) * 32_768 + 0.5), -32_768, 32_767).astype(int),
                lambda signal: np.clip((np.asarray(signal) * 32_768 + 0.5).astype(np.int32), -32_768, 32_767),
                lambda signal: (np.clip(signal, -1, 32_767 / 32_768) * 32_768 + 0.5).astype(int),
            ),
        ),
        Wrong(
            "two scales",
            "Positive samples are multiplied by 32,767 and negative ones by 32,768: a wave with two scales is distorted. One scale, and clip what does not fit.",
            lambda signal: np.clip(
                np.round(np.where(np.less(signal, 0), 32_768, 32_767) * signal), -32_768, 32_767
            ).astype(int),
        ),
        Wrong(
            "turned down",
            "What exceeds ±1 turns the whole signal down: only the samples outside are to be held at the ends.",
            lambda signal: _pcm16_by_definition(np.asarray(signal) / max(np.abs(signal).max(), 1)),
        ),
        Wrong(
            "silenced outside",
            "Samples outside the range become 0, a click: hold them at its ends.",
            lambda signal: np.where(np.abs(signal) > 1, 0, _pcm16_by_definition(signal)),
        ),
        Wrong(
            "another number of bits",
            "The step is that of another number of bits: ±1 is to lie on ±32,768 = 2¹⁵.",
            tuple(
                lambda signal, full=full: np.clip(np.round(np.asarray(signal) * full), -32_768, 32_767).astype(int)
                for full in (128, 2**14, 65_535, 65_536)
            ),
        ),
        Wrong(
            "sign lost",
            "Negative samples have lost their sign.",
            lambda signal: np.clip(np.abs(_pcm16_by_definition(signal)), 0, 32_767),
        ),
    ),
    after="Divided by 32,768 again, each sample is off by at most half a step, 2⁻¹⁶ or −96 dB re full scale, unless it was clipped.",
    also_right=(
        _pcm16_in_bytes,
        lambda signal: np.rint(np.clip(np.asarray(signal, float), -1, 32_767 / 32_768) * 32_768).astype(int).tolist(),
        lambda signal: (package.quantize(np.asarray(signal, float), n_bits=16) * 32_768).astype(np.int32),
    ),
)
