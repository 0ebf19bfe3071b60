import math

import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case

RATE = 16_000
TONES = ((300, 0.3, 1.0), (1100, 0.25, 0.0), (2600, 0.2, 2.0))  # Hz, amplitude, phase


def _utterance(sample_rate: int, parts_s, *, whistle_hz: int = 0):
    """Three tones that swell and fade in each of the parts (start, end); a whistle beside them on demand."""
    t = np.arange(round(parts_s[-1][1] * sample_rate)) / sample_rate
    sound = np.zeros(len(t))
    for start, end in parts_s:
        swell = np.sin(np.pi / 2 * np.clip(np.minimum(t - start - 0.02, end - 0.02 - t) / 0.06, 0, 1)) ** 2
        for hz, amplitude, phase in (*TONES, *([(whistle_hz, 0.3, 0.0)] if whistle_hz else [])):
            sound += swell * amplitude * np.sin(2 * np.pi * hz * t + phase)
    return sound


def _fitted(signal, window_s, n_frames):
    n = round(RATE * window_s)
    return np.pad(signal[:n], (0, max(0, n - len(signal)))), n_frames


def _recordings() -> list[Case]:
    def one(sample_rate, end_s, n_frames, window_s=0.75, *, whistle_hz=0, says):
        """The truth is the same formula at 16 kHz, without the whistle, which lies above 8 kHz."""
        made = _utterance(sample_rate, [(0.0, end_s)], whistle_hz=whistle_hz)
        truth = _fitted(_utterance(RATE, [(0.0, end_s)]), window_s, n_frames)
        return case(made, sample_rate, window_s=window_s, says=says, gives=truth)

    def two_parts(sample_rate, says):
        made = _utterance(sample_rate, [(0.0, 0.5), (0.5, 0.93)])
        return case(made, sample_rate, window_s=0.5, says=says, gives=(_utterance(RATE, [(0.0, 0.5)]), 50))

    whole = _utterance(RATE, [(0.0, 0.437)])
    return [
        one(16_000, 0.437, 44, says="16 kHz, 0.437 s"),
        one(8_000, 0.437, 44, says="8 kHz, 0.437 s"),
        one(44_100, 0.52, 52, says="44.1 kHz, 0.52 s"),
        one(11_025, 0.44, 44, says="11.025 kHz, 0.44 s"),
        one(22_050, 0.48, 48, whistle_hz=10_000, says="22.05 kHz, and a whistle of 10 kHz"),
        one(48_000, 0.335, 34, whistle_hz=12_100, says="48 kHz, and a whistle of 12.1 kHz"),
        one(44_100, 0.36, 36, whistle_hz=13_500, says="44.1 kHz, and a whistle of 13.5 kHz"),
        two_parts(16_000, "16 kHz, longer than the window"),
        two_parts(8_000, "8 kHz, longer than the window"),
        two_parts(48_000, "48 kHz, longer than the window"),
        one(16_000, 6401 / 16_000, 41, says="16 kHz, one sample more than 40 frames"),
        one(16_000, 0.5, 50, window_s=0.5, says="as long as the window"),
        case(whole, 16_000, says="the window of 30 s", gives=_fitted(whole, 30.0, 44)),
    ]


def window_at_16_khz(signal, sample_rate, *, window_s=30.0):
    from scipy.signal import resample_poly

    sound = resample_poly(signal, 16_000, sample_rate)
    n_frames = min(math.ceil(len(sound) / 160), round(100 * window_s))
    window = np.zeros(round(16_000 * window_s))
    window[: len(sound)] = sound[: len(window)]
    return window, n_frames


def _by_the_package(signal, sample_rate, *, window_s=30.0):
    """The course's own resampling, and frames counted at the rate of the file."""
    from ...filters import resample

    sound = resample(signal, from_rate=sample_rate, to_rate=RATE, lowpass_filter_width=16)
    return _fitted(sound, window_s, min(-(-len(signal) * 100 // sample_rate), round(100 * window_s)))


def _by_the_spectrum(signal, sample_rate, *, window_s=30.0):
    """The spectrum, cut or filled up to the new length."""
    n = round(len(signal) * RATE / sample_rate)
    spectrum, found = np.fft.rfft(signal), np.zeros(n // 2 + 1, complex)
    kept = min(len(spectrum), len(found))
    found[:kept] = spectrum[:kept]
    sound = np.fft.irfft(found, n) * n / len(signal)
    return _fitted(sound, window_s, min(math.ceil(n / 160), round(100 * window_s)))


def _to(rate):
    """Resampling to another rate than 16 kHz."""

    def resample(signal, sample_rate):
        from scipy.signal import resample_poly

        return resample_poly(signal, rate(sample_rate), sample_rate)

    return resample


_right = _to(lambda sample_rate: RATE)


def _frames(signal, sound, sample_rate, window_s):
    return min(math.ceil(len(sound) / 160), round(100 * window_s))


def _window_with(resample=_right, fit=_fitted, frames=_frames):
    def window(signal, sample_rate, *, window_s=30.0):
        sound = resample(signal, sample_rate)
        return fit(sound, window_s, frames(signal, sound, sample_rate, window_s))

    return window


def _from_16_khz(signal, sample_rate):
    """The two rates exchanged: from 16 kHz to that of the file."""
    from scipy.signal import resample_poly

    return resample_poly(signal, sample_rate, RATE)


def _from_16_khz_by_its_spectrum(signal, sample_rate):
    from scipy.signal import resample

    return resample(signal, math.ceil(len(signal) * sample_rate / RATE))


def _frames_of_the_file(signal, sound, sample_rate, window_s):
    return min(math.ceil(len(signal) * 100 / sample_rate), round(100 * window_s))


def _cut_first(frames):
    def window(signal, sample_rate, *, window_s=30.0):
        sound = _right(signal[: round(RATE * window_s)], sample_rate)
        return _fitted(sound, window_s, frames(signal, sound, sample_rate, window_s))

    return window


def _comes_late(trials) -> str | None:
    """The sound is right when it is moved back by a number of samples, in a case that says so."""
    for trial in trials:
        if trial.right or trial.error is not None or not isinstance(trial.got, tuple) or not len(trial.got):
            continue
        found, asked = np.asarray(trial.got[0]), np.asarray(trial.expected[0])
        late = _late_by(found, asked) if found.shape == asked.shape and found.dtype.kind == "f" else 0
        if late:
            return (
                f"Moved back by {late} samples, the sound of the case “{trial.case.says}” is right within 1 %. A filter that looks "
                "back only, as `lfilter` does, makes a sound late: is there one?"
            )
    return None


def _late_by(found, asked, most=400) -> int:
    """By how many samples what came is late, if it is right then to 1 % of its peak; else 0."""
    peak = np.abs(asked).max()
    for late in range(1, min(most, len(asked) - 1)):
        is_quiet = np.abs(found[:late]).max() < 0.01 * peak
        if is_quiet and np.abs(found[late:] - asked[:-late]).max() < 0.01 * peak:
            return late
    return 0


def _as_it_is(signal, sample_rate):
    return signal


def _straight_lines(signal, sample_rate):
    n = round(len(signal) * RATE / sample_rate)
    return np.interp(np.arange(n) / RATE, np.arange(len(signal)) / sample_rate, signal)


def _nearest(signal, sample_rate):
    n = round(len(signal) * RATE / sample_rate)
    return signal[np.minimum(np.round(np.arange(n) * sample_rate / RATE).astype(int), len(signal) - 1)]


def _at_or_before(signal, sample_rate):
    n = round(len(signal) * RATE / sample_rate)
    return signal[np.arange(n) * sample_rate // RATE]


def _every_kth(signal, sample_rate):
    return signal[:: max(1, round(sample_rate / RATE))]


def _end_to_end(signal, sample_rate):
    """The first sample on the first, the last on the last."""
    n = round(len(signal) * RATE / sample_rate)
    return np.interp(np.linspace(0, len(signal) - 1, n), np.arange(len(signal)), signal)


def _in_front(sound, window_s, n_frames):
    n = round(RATE * window_s)
    return np.pad(sound[:n], (max(0, n - len(sound)), 0)), n_frames


def _end_kept(sound, window_s, n_frames):
    n = round(RATE * window_s)
    return np.pad(sound[-n:], (0, max(0, n - len(sound)))), n_frames


def _not_cut(sound, window_s, n_frames):
    return np.pad(sound, (0, max(0, round(RATE * window_s) - len(sound)))), n_frames


def _repeated(sound, window_s, n_frames):
    n = round(RATE * window_s)
    return np.resize(sound, n), n_frames


def _in_the_middle(sound, window_s, n_frames):
    n = round(RATE * window_s)
    spare = max(0, n - len(sound))
    return np.pad(sound[:n], (spare // 2, spare - spare // 2)), n_frames


EXERCISE = Exercise(
    title="whatever the rate of the file",
    stars=2,
    kind="repair",
    task="""
Whisper was trained at 16 kHz, on windows of 30 s. The published code takes the samples as the file holds them. A recording at 44.1 kHz then plays 2.76 times too slowly, about an octave and a half too low, and no line of it raises an error.

**Mend it.** `signal` `(time,)` comes at `sample_rate`, a whole number between 8,000 and 48,000 Hz. The result is a tuple: the window, which holds `window_s` seconds **at 16 kHz**, `16000 · window_s` samples, the sound at its start and zeros behind it, or its beginning where it is longer; and how many of the window's frames of 10 ms hold sound, the last one where it has only begun, as a whole number (`int`).

The sound must be right within 1 % of its peak below 3 kHz, and what lies above 8 kHz must not come back at another frequency. Any library may help.
""",
    given='''import numpy as np


def published_window(signal, sample_rate, *, window_s=30.0):
    """As published: cut or padded to 30 s of 16 kHz, whatever the rate is."""
    n = int(16_000 * window_s)
    window = np.zeros(n)
    window[: len(signal)] = signal[:n]
    return window, min(-(-len(signal) // 160), n // 160)


for rate in (8000, 16_000, 44_100):
    tone = np.sin(2 * np.pi * 440 * np.arange(2 * rate) / rate)
    window, n_frames = published_window(tone, rate)
    heard_hz = np.abs(np.fft.rfft(window)).argmax() / 30
    print(f"2 s of 440 Hz at {rate:6,} Hz: heard as {heard_hz:6.1f} Hz, {n_frames / 100:.2f} s long")''',
    form="Signal (time,), its rate in Hz; a tuple out: window (16000 · window_s,), n of frames.",
    answer="window_at_16_khz",
    spec=Function(cases=_recordings, tolerance=0.01, integers=True, sees=_comes_late),
    reference=window_at_16_khz,
    start='''def window_at_16_khz(signal, sample_rate, *, window_s=30.0):
    """Signal (time,), its rate in Hz; a tuple out: window (16000 · window_s,), n of frames."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    hints=(
        "How many samples does 0.437 s have at 16 kHz? And what must happen to 10 kHz before the rate is lowered?",
        "`scipy.signal.resample_poly(x, up, down)` filters and resamples; `librosa.resample` and the course's `filters.resample` do so, too.",
        "up is 16000 and down the rate of the file. Count the frames after resampling: "
        "160 samples each, rounded up, and no more than the window has.",
    ),
    wrongs=(
        Wrong(
            "never resampled",
            "The samples are taken as they are: at any other rate than 16 kHz the sound is too fast or too slow, and its pitch is wrong.",
            (
                _window_with(_as_it_is),
                _window_with(
                    _as_it_is,
                    frames=lambda signal, sound, rate, window_s: min(
                        math.ceil(len(signal) * 100 / rate), round(100 * window_s)
                    ),
                ),
            ),
        ),
        Wrong(
            "straight lines",
            "Between the samples of the file straight lines are drawn. They bend the high tones, and lower the rate without a "
            "filter, so that what lies above 8 kHz comes back below it.",
            (_window_with(_straight_lines), _window_with(_end_to_end)),
        ),
        Wrong(
            "nearest samples",
            "Samples are picked or repeated as they stand nearest in time: nothing filters, and what lies above 8 kHz comes back below it.",
            (_window_with(_nearest), _window_with(_at_or_before)),
        ),
        Wrong(
            "every k-th sample",
            "Every k-th sample is kept, k a whole number: that fits no rate but multiples of 16 kHz, and there it lets what lies "
            "above 8 kHz come back below it.",
            _window_with(_every_kth),
        ),
        Wrong(
            "the wrong way round",
            "The ratio of the rates is turned round: 16 kHz belongs above, the rate of the file below.",
            (
                _window_with(_to(lambda rate: max(1, round(rate * rate / RATE)))),
                _window_with(_from_16_khz),
                _window_with(_from_16_khz_by_its_spectrum),
            ),
        ),
        Wrong(
            "cut before resampling",
            "The samples of the file are cut to the number that the window has at 16 kHz, and resampled then: of a file at a higher rate "
            "too little is left. Cut after resampling.",
            (_cut_first(_frames), _cut_first(_frames_of_the_file)),
        ),
        Wrong(
            "another target",
            "It is resampled to another rate than 16 kHz.",
            tuple(_window_with(_to(lambda rate, target=target: target)) for target in (8_000, 22_050, 44_100, 48_000)),
        ),
        Wrong(
            "silence in front",
            "The zeros stand in front of the sound, or on both sides: it belongs at the start of the window, where the timestamps begin.",
            (_window_with(fit=_in_front), _window_with(fit=_in_the_middle)),
        ),
        Wrong(
            "the end kept",
            "Of a sound that is longer than the window its end is kept: the window holds its beginning.",
            _window_with(fit=_end_kept),
        ),
        Wrong(
            "not cut",
            "A sound that is longer than the window is not cut.",
            (
                _window_with(fit=_not_cut),
                _window_with(fit=_not_cut, frames=lambda signal, sound, rate, window_s: math.ceil(len(sound) / 160)),
            ),
        ),
        Wrong(
            "not padded",
            "A sound that is shorter than the window is not filled up with zeros.",
            _window_with(fit=lambda sound, window_s, n_frames: (sound[: round(RATE * window_s)], n_frames)),
        ),
        Wrong(
            "played again",
            "A sound that is shorter than the window is repeated until it is full: zeros belong there.",
            _window_with(fit=_repeated),
        ),
        Wrong(
            "all frames counted",
            "The window is right. All its frames are counted, the padding too.",
            _window_with(frames=lambda signal, sound, rate, window_s: round(100 * window_s)),
        ),
        Wrong(
            "always 3000",
            "The window is right. 3,000 frames are those of 30 s, and not those that hold sound.",
            _window_with(frames=lambda signal, sound, rate, window_s: 3000),
        ),
        Wrong(
            "frames of the file's rate",
            "The window is right. The frames are counted in the samples of the file, 160 each: that is 10 ms at 16 kHz only.",
            (
                _window_with(
                    frames=lambda signal, sound, rate, window_s: min(
                        math.ceil(len(signal) / 160), round(100 * window_s)
                    )
                ),
                _window_with(frames=lambda signal, sound, rate, window_s: math.ceil(len(signal) / 160)),
            ),
        ),
        Wrong(
            "last frame not counted",
            "The window is right. The last frame is not counted, which the sound has only begun to fill: round up.",
            _window_with(frames=lambda signal, sound, rate, window_s: min(len(sound) // 160, round(100 * window_s))),
        ),
        Wrong(
            "to the nearest frame",
            "The window is right. The frames are rounded to the nearest whole number: one that the sound has only begun counts, too.",
            _window_with(
                frames=lambda signal, sound, rate, window_s: min(round(len(sound) / 160), round(100 * window_s))
            ),
        ),
        Wrong(
            "no whole number",
            "The window is right. The number of frames is a float: a whole number is asked for, rounded up.",
            (
                _window_with(frames=lambda signal, sound, rate, window_s: min(len(sound) / 160, 100 * window_s)),
                _window_with(frames=lambda signal, sound, rate, window_s: 100 * len(sound) / RATE),
                _window_with(
                    frames=lambda signal, sound, rate, window_s: float(min(-(-len(sound) // 160), 100 * window_s))
                ),
            ),
        ),
        Wrong(
            "one frame more",
            "The window is right. One frame is counted that has no sound: where the sound ends with a frame, the next one has none.",
            (
                _window_with(
                    frames=lambda signal, sound, rate, window_s: min(1 + len(sound) // 160, round(100 * window_s))
                ),
                _window_with(frames=lambda signal, sound, rate, window_s: 1 + len(sound) // 160),
            ),
        ),
        Wrong(
            "frames beyond the window",
            "The window is right. More frames are counted than it has: what lies after its end is in the next window.",
            _window_with(frames=lambda signal, sound, rate, window_s: math.ceil(len(sound) / 160)),
        ),
        Wrong(
            "samples counted",
            "The window is right. Its samples with sound are counted, and frames of 10 ms are asked for, 160 samples each.",
            _window_with(
                frames=lambda signal, sound, rate, window_s: min(len(sound), round(RATE * window_s)),
            ),
        ),
        Wrong(
            "frames of the encoder",
            "The window is right. The frames counted last 20 ms, as those of the encoder's output do; here they last 10 ms.",
            _window_with(
                frames=lambda signal, sound, rate, window_s: min(math.ceil(len(sound) / 320), round(50 * window_s))
            ),
        ),
    ),
    after="Where a loader gives you a rate, pass it on or raise an error: a recogniser that is fed at the wrong rate writes nonsense and says nothing.",
    also_right=(_by_the_package, _by_the_spectrum),
)
