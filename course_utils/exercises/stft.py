"""From sound to frames, and back again.

The lecture's functions may be used where an exercise does not ask for them; some exercises need ears, some need eyes, none needs a network.
"""

import cmath
import math

import numpy as np

from .. import stft as package
from ..dft import window
from ..practice.exercise import Case, Design, Exercise, Function, Property, Question, Value, Wrong, case, right, wrong

# ------------------------------------------------------------------------------------------- frames


def _frames_one_by_one(signal, *, frame_length, hop_length):
    pieces, start = [], 0
    while start + frame_length <= np.shape(signal)[-1]:
        pieces.append([np.asarray(signal)[..., start + n] for n in range(frame_length)])
        start += hop_length
    return np.moveaxis(np.array(pieces), (0, 1), (-1, -2))


def _signals() -> list[Case]:
    rng = np.random.default_rng(41)
    six = np.arange(6.0)
    return [
        case(six, frame_length=4, hop_length=2, says="six samples, the last one used", gives=[[0, 2], [1, 3], [2, 4], [3, 5]]),
        case(six, frame_length=3, hop_length=2, says="six samples, the last one left over", gives=[[0, 2], [1, 3], [2, 4]]),
        case(rng.standard_normal(50), frame_length=16, hop_length=4, says="50 random samples"),
        case(rng.standard_normal(20), frame_length=3, hop_length=5, says="a hop longer than the frame"),
        case(rng.standard_normal(7), frame_length=7, hop_length=3, says="a frame as long as the signal"),
        case(rng.standard_normal(4), frame_length=1, hop_length=1, says="frames of a single sample"),
        case(rng.standard_normal((2, 3, 11)), frame_length=4, hop_length=3, says="a batch of two by three signals"),
    ]  # fmt: skip


def _starting_at(first, frame_length, signal):
    """Frames that begin at the given samples; zeros follow the signal."""
    missing = max(int(np.max(first, initial=0)) + frame_length - np.shape(signal)[-1], 0)
    padded = np.pad(signal, [(0, 0)] * (np.ndim(signal) - 1) + [(0, missing)])
    return padded[..., np.arange(frame_length)[:, np.newaxis] + first]


def _frames_without_rest(signal, *, frame_length, hop_length):
    return _starting_at(np.arange(0, np.shape(signal)[-1] - frame_length + 1, hop_length), frame_length, signal)


def _frames_to_the_rest(signal, *, frame_length, hop_length):
    n_frames = 1 + math.ceil((np.shape(signal)[-1] - frame_length) / hop_length)
    return _starting_at(hop_length * np.arange(n_frames), frame_length, signal)


def _frame_every_hop(signal, *, frame_length, hop_length):
    return _starting_at(np.arange(0, np.shape(signal)[-1], hop_length), frame_length, signal)


def _frames_without_last(signal, *, frame_length, hop_length):
    return _starting_at(np.arange(0, np.shape(signal)[-1] - frame_length, hop_length), frame_length, signal)


def _frames_of_one(signal, *, frame_length, hop_length):
    first = hop_length * np.arange(1 + (len(signal) - frame_length) // hop_length)
    return signal[first + np.arange(frame_length)[:, np.newaxis]]


def _frames_centred(signal, *, frame_length, hop_length):
    ends = (frame_length // 2, frame_length // 2)
    padded = np.pad(signal, [(0, 0)] * (np.ndim(signal) - 1) + [ends])
    return _frames_without_rest(padded, frame_length=frame_length, hop_length=hop_length)


def _frames_end_to_end(signal, *, frame_length, hop_length):
    return _starting_at(np.arange(0, np.shape(signal)[-1] - frame_length + 1, frame_length), frame_length, signal)


def _frames_by_slices(signal, *, frame_length, hop_length):
    signal = np.asarray(signal, np.float32)
    starts = range(0, signal.shape[-1] - frame_length + 1, hop_length)
    return np.stack([signal[..., start : start + frame_length] for start in starts], axis=-1)


FRAME = Exercise(
    name="stft/frame",
    title="cut into frames",
    stars=1,
    kind="implement",
    task=r"""
Cut signals into overlapping pieces,

$$x_m[n] = x[mH + n], \qquad n = 0 \dots N-1$$

with $N$ = `frame_length` and $H$ = `hop_length`, in samples. Frame 0 begins at sample 0. Only whole frames count: what is left over at the end, and too short for a frame, is dropped.

Signals are `(…, time)`, one axis or several, and no signal is shorter than a frame; the frames come out as `(…, frame_length, n_frames)`. The hop may be longer than the frame.
""",
    start='''def frame(signal, *, frame_length, hop_length):
    """Signals (…, time) in, frames (…, frame_length, n_frames) out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="frame",
    spec=Function(cases=_signals, expected=_frames_one_by_one),
    reference=package.frame,
    hints=(
        "Where does the last whole frame of 3 samples begin in a signal of 6, if the hop is 2? And in one of 7?",
        "Frame m needs the samples mH to mH + N − 1, so the largest m is the last with mH + N ≤ T, T being the length "
        "of the signal.",
        "There are 1 + (T − N) // H frames. An array of places, n down and mH across, picks all of them in one go: "
        "x[..., places].",
    ),
    wrongs=(
        Wrong(
            "frames first",
            "The values are right and their axes exchanged: in this course, as in librosa, the samples of a frame run "
            "down the last axis but one and the frames along the last.",
            lambda signal, **lengths: np.swapaxes(_frames_one_by_one(signal, **lengths), -1, -2),
        ),
        Wrong(
            "last frame missing",
            "A frame that ends exactly on the last sample is missing: range(0, T − N, H) stops before T − N, "
            "and a frame that begins at T − N is still whole.",
            _frames_without_last,
        ),
        Wrong(
            "rest filled with zeros",
            "The rest at the end is filled up with zeros and kept: its frame shows an end that the sound does not have. "
            "Here only whole frames count.",
            _frames_to_the_rest,
        ),
        Wrong(
            "a frame for every hop",
            "There is a frame for every hop, T / H of them, and the last ones reach past the end of the signal: "
            "the first sample of a whole frame is at most T − N.",
            _frame_every_hop,
        ),
        Wrong(
            "one signal only",
            "It is right for one signal. The len(…) of a batch is the number of its signals, and x[places] picks among "
            "these: the time is the last axis, so take x.shape[-1] and x[..., places].",
            _frames_of_one,
        ),
        Wrong(
            "centred",
            "Half a frame of zeros has been put in front and behind, as a centred STFT does. Here frame 0 begins at "
            "sample 0 of the signal.",
            _frames_centred,
        ),
        Wrong(
            "end to end",
            "The frames lie end to end: they advance by their own length and not by the hop.",
            _frames_end_to_end,
        ),
    ),
    also_right=(
        _frames_by_slices,
        lambda signal, **lengths: _frames_without_rest(signal, **lengths).tolist(),
    ),
)

# --------------------------------------------------------------------------------- where is the click


def _click_truth():
    """Windows laid over a click, by hand; the frame that shows it strongest."""
    n_fft, hop_length, weights = 1024, 160, window("hann", 1024)
    found = []
    for n_padded in (0, n_fft // 2):
        signal = np.zeros(16_000 + 2 * n_padded)
        signal[n_padded + 8100] = 1
        starts = range(0, len(signal) - n_fft + 1, hop_length)
        found.append(int(np.argmax([np.abs(signal[start : start + n_fft] * weights).sum() for start in starts])))
    return found


def click_frames():
    click, n_fft, hop_length = 8100, 1024, 160
    plain = round((click - n_fft / 2) / hop_length)  # the window is highest in the middle of the frame
    centred = round(click / hop_length)  # padding has moved the middle of frame m to m · hop
    return [plain, centred]


CLICK = Exercise(
    name="stft/click_frames",
    title="in which frame is the click?",
    stars=1,
    kind="predict",
    task="""
A label file says: a click at sample 8,100. The recording has 16,000 samples, 1 s, and the front end makes an STFT with `n_fft=1024`, `hop_length=160` and a periodic Hann window. **In which frame is the click strongest**, with `center=False`, and with `center=True`? Give a list of two numbers; frames are counted from 0.
""",
    start="""### BEGIN SOLUTION
click_frames = ...  # [center=False, center=True]
### END SOLUTION""",
    answer="click_frames",
    spec=Value(truth=_click_truth, absolute=0.01),  # whole numbers are asked
    reference=click_frames,
    hints=(
        "At which of its samples is a Hann window highest?",
        "Without padding frame m begins at sample m · 160. Where is its middle?",
        "The middle lies 512 samples after the beginning; with center=True, 512 zeros in front make up for it.",
    ),
    wrongs=(
        Wrong(
            "as if both were centred",
            "The second is right. Without padding, frame 51 begins at sample 8,160, after the click: it does not see it "
            "at all.",
            lambda: [51, 51],
        ),
        Wrong(
            "exchanged",
            "These are the right frames, exchanged: the padding of center=True is what moves the middle of frame m "
            "to sample m · 160.",
            lambda: [51, 47],
        ),
        Wrong(
            "padding counted on top",
            "The padding moves the click by 512 samples, and the middle of each frame lies 512 samples after its "
            "beginning: with center=True the two cancel, and with center=False only the second is there.",
            lambda: [51, 54],
        ),
        Wrong(
            "first frame that reaches it",
            "Frame 45 is the first that reaches the click, with its last samples, where the window is almost zero. "
            "The strongest has the click near its middle.",
            lambda: [45, 51],
        ),
        Wrong(
            "rounded down",
            "With padding the click lies 50.6 hops after the middle of frame 0. Rounded down that is a frame whose middle "
            "is 100 samples away; that of the next is 60 samples away.",
            lambda: [47, 50],
        ),
        Wrong(
            "not rounded",
            "Frames are whole: which one has its middle nearest to the click?",
            lambda: [(8100 - 512) / 160, 8100 / 160],
        ),
    ),
    also_right=(lambda: (47, 51), lambda: np.array([(8100 - 512 + 80) // 160, (8100 + 80) // 160], np.float32)),
)

# ---------------------------------------------------------------------------------- reading a picture


def two_clicks():
    """Two clicks under one window: level in dB re its highest, (freq, time), and the rate of the sound."""
    sample_rate, n_fft, first, distance = 16_000, 1024, 3200, 128
    signal = np.zeros(6400)
    signal[[first, first + distance]] = 1
    power = package.spectrogram(signal, n_fft=n_fft, hop_length=16)
    return 10 * np.log10(np.maximum(power / power.max(), 1e-8)), sample_rate


def _clicks_truth():
    """From the picture alone: how long the block is, and how far its dark stripes are apart."""
    level_db, sample_rate = two_clicks()
    seen_ms = np.flatnonzero(level_db.max(axis=0) > -79)  # a frame a millisecond
    lasts_ms = seen_ms[-1] - seen_ms[0] + 2  # the next ones on both sides have a click under the zero of the window
    middle = level_db[:, int(seen_ms.mean())]
    dark = [k for k in range(1, len(middle) - 1) if middle[k] < min(middle[k - 1], middle[k + 1], -20)]
    spacing_hz = np.diff(dark).mean() * sample_rate / (2 * len(middle) - 2)
    distance_ms = 1000 / spacing_hz
    return [lasts_ms - distance_ms, distance_ms]


def window_and_distance():
    block_begins_ms, block_ends_ms = 168, 240  # read from the picture
    stripes_hz = 125
    distance = 1000 / stripes_hz  # in ms: they cancel where the later is half a period late
    return [block_ends_ms - block_begins_ms - distance, distance]  # the second click's windows end later


READ = Exercise(
    name="stft/two_clicks",
    title="two clicks in one block",
    stars=2,
    kind="read",
    task="""
Two equal clicks were closer together than the window is long, so the spectrogram shows one block. It was made with a Hann window and a hop of 1 ms, and frame m is drawn at m · 1 ms, where its middle is. **How long was the window, and how far apart are the clicks?** A list of two numbers in ms. (Within 8 %.)
""",
    given="""import course_utils as cu
from course_utils.exercises.stft import two_clicks

level_db, sample_rate = two_clicks()
picture = cu.plotting.Picture(height_in=3.4)
grid = {"sample_rate": sample_rate, "hop_length": sample_rate // 1000}
cu.plotting.draw_spectrogram(picture.axes[0], level_db, **grid, floor_db=-80, max_hz=1000)
picture.axes[0].set(xlim=(150, 260), xticks=range(150, 261, 10), yticks=range(0, 1001, 125))
picture.show("A block of sound lasts from 168 ms to 240 ms. Dark stripes cross it at 63, 188, 313 Hz "
             "and so on, the last below 1 kHz at 938 Hz.")""",
    start="""### BEGIN SOLUTION
window_and_distance = ...  # [window in ms, distance in ms]
### END SOLUTION""",
    answer="window_and_distance",
    spec=Value(truth=_clicks_truth, unit="ms", tolerance=0.08),  # a reading of the edges within 2 or 3 ms
    reference=window_and_distance,
    hints=(
        "Two equal clicks cancel at the frequencies at which the second comes half a period after the first, or one "
        "and a half, or two and a half. How far apart are these frequencies?",
        "The stripes are 1 / (distance) apart: section 3 of the lecture has them every 200 Hz for 5 ms.",
        "The block begins when the first click enters the window and ends when the second leaves it: it lasts as "
        "long as the window and the distance together.",
    ),
    wrongs=(
        Wrong(
            "length of the block",
            "The distance is right. The block is longer than the window: it begins when the first click comes in "
            "and ends when the second has gone out.",
            lambda: [72, 8],
        ),
        Wrong(
            "subtracted twice",
            "The distance is right, and subtracted twice: each click is seen for the length of the window, and the "
            "second later by one distance.",
            lambda: [56, 8],
        ),
        Wrong(
            "first stripe taken for the spacing",
            "The first stripe is at half a period, 62.5 Hz: what counts is how far the stripes are apart.",
            lambda: [56, 16],
        ),
        Wrong(
            "first stripe and block",
            "Neither is right: the stripes are 125 Hz apart (the first is at half of that), and the block is longer than the "
            "window by the distance of the clicks.",
            lambda: [72, 16],
        ),
        Wrong(
            "exchanged",
            "These are the right numbers, exchanged: the window comes first, the distance second.",
            lambda: [8, 64],
        ),
        Wrong(
            "stripes in hertz",
            "The window is right. 125 Hz is how far the stripes are apart; the clicks are 1 / 125 s apart.",
            lambda: [64, 125],
        ),
        Wrong(
            "half a window",
            "That is the time from an edge to the middle of a click's part of the block: a click is seen from half a "
            "window before it to half a window after it.",
            lambda: [32, 8],
        ),
        Wrong(
            "samples",
            "The first is in samples and the second is too: at 16 kHz a millisecond has 16 of them.",
            lambda: [1024, 128],
        ),
    ),
    also_right=(lambda: (63, 8.0), lambda: np.array([240 - 168 - 8, 1000 / 125])),
)

# ------------------------------------------------------------------------------- overlap-add, mended


def _each_sample_by_itself(spectrum, window, *, hop_length):
    """Sample by sample: the average of what the frames say, weighted by their windows."""
    spectrum, n_fft = np.asarray(spectrum), len(window)
    n_frames = spectrum.shape[-1]
    found = np.zeros((*spectrum.shape[:-2], (n_frames - 1) * hop_length + n_fft))
    for place in range(found.shape[-1]):
        total, seen = 0.0, 0.0
        for m in range(n_frames):
            n = place - m * hop_length
            if 0 <= n < n_fft:
                turns = [cmath.exp(2j * cmath.pi * k * n / n_fft) / n_fft for k in range(n_fft // 2 + 1)]
                sides = [1 if 2 * k in (0, n_fft) else 2 for k in range(n_fft // 2 + 1)]
                said = sum(side * (spectrum[..., k, m] * turns[k]).real for k, side in enumerate(sides))
                total, seen = total + window[n] * said, seen + window[n] ** 2
        if seen > 0:
            found[..., place] = total / seen
    return found


def _spectra() -> list[Case]:
    rng = np.random.default_rng(43)

    def random(*shape):
        return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)

    hann = window("hann", 16)
    x = rng.standard_normal((2, 3, 40))
    frames = _frames_one_by_one(x, frame_length=16, hop_length=4)
    exact = np.fft.rfft(frames * hann[:, np.newaxis], axis=-2)
    lopsided = np.array([1, 3, 2, 0.5, 4, 1, 2])
    return [
        case(np.array([[2.0, 6], [0, 0]]), np.ones(2), hop_length=1, says="two frames of two samples", gives=[1, 2, 3]),
        case(exact[0, 0], hann, hop_length=4, says="the STFT of a signal"),
        case(random(9, 5), hann, hop_length=8, says="an edited STFT, hop of half a window"),
        case(random(5, 4), np.hanning(11)[1:-1], hop_length=3, says="frames of an odd length"),
        case(random(4, 3), lopsided, hop_length=7, says="a lopsided window, end to end"),
        case(random(5, 1), np.ones(8), hop_length=2, says="a single frame"),
        case(exact, hann, hop_length=4, says="a batch of two by three"),
        case(np.zeros((9, 3), complex), hann, hop_length=4, says="silence"),
    ]


def _adding_up(spectrum, window, hop_length, *, synthesis, divisor):
    """Overlap-add with weights after, divided by what other weights have added up to."""
    n_fft, n_frames = len(window), np.shape(spectrum)[-1]
    pieces = np.fft.irfft(spectrum, n_fft, axis=-2)
    total = np.zeros((*np.shape(spectrum)[:-2], (n_frames - 1) * hop_length + n_fft))
    seen = np.zeros(total.shape[-1])
    for m in range(n_frames):
        here = slice(m * hop_length, m * hop_length + n_fft)
        total[..., here] += synthesis * pieces[..., m]
        seen[here] += divisor
    return total, seen


def resynthesise(spectrum, window, *, hop_length):
    n_fft, n_frames = len(window), spectrum.shape[-1]
    pieces = np.fft.irfft(spectrum, n_fft, axis=-2)
    total = np.zeros((*spectrum.shape[:-2], (n_frames - 1) * hop_length + n_fft))
    seen = np.zeros(total.shape[-1])
    for m in range(n_frames):
        here = slice(m * hop_length, m * hop_length + n_fft)
        total[..., here] += window * pieces[..., m]
        seen[here] += window**2
    return total / np.where(seen == 0, np.inf, seen)


def _not_divided(spectrum, window, *, hop_length):
    return _adding_up(spectrum, window, hop_length, synthesis=window, divisor=0)[0]


def _divided_by_windows(spectrum, window, *, hop_length):
    total, seen = _adding_up(spectrum, window, hop_length, synthesis=window, divisor=window)
    return total / np.where(seen == 0, np.inf, seen)


def _without_second_window(spectrum, window, *, hop_length):
    total, seen = _adding_up(spectrum, window, hop_length, synthesis=1, divisor=window)
    return total / np.where(seen == 0, np.inf, seen)


def _first_window_divided(spectrum, window, *, hop_length):
    total, seen = _adding_up(spectrum, window, hop_length, synthesis=1, divisor=window**2)
    return total / np.where(seen == 0, np.inf, seen)


def _one_signal_only(spectrum, window, *, hop_length):
    x = np.zeros((np.shape(spectrum)[-1] - 1) * hop_length + len(window))
    seen = np.full_like(x, 1e-300)
    for m in range(np.shape(spectrum)[-1]):
        here = slice(m * hop_length, m * hop_length + len(window))
        x[here] += window * np.fft.irfft(spectrum[:, m], len(window))
        seen[here] += window**2
    return x / seen


def _dual_window_for_all(spectrum, window, *, hop_length):
    dual = package.dual_window(window, hop_length=hop_length)
    return _adding_up(spectrum, window, hop_length, synthesis=dual, divisor=0)[0]


def _one_factor_for_all(spectrum, window, *, hop_length):
    return _not_divided(spectrum, window, hop_length=hop_length) * hop_length / np.sum(np.square(window))


def _divided_by_zero(spectrum, window, *, hop_length):
    total, seen = _adding_up(spectrum, window, hop_length, synthesis=window, divisor=window**2)
    with np.errstate(all="ignore"):
        return total / seen


def _even_only(spectrum, window, *, hop_length):
    pieces = np.fft.irfft(spectrum, axis=-2)
    total = np.zeros((*np.shape(spectrum)[:-2], (np.shape(spectrum)[-1] - 1) * hop_length + len(window)))
    seen = np.full(total.shape[-1], 1e-300)
    for m in range(np.shape(spectrum)[-1]):
        here = slice(m * hop_length, m * hop_length + len(window))
        total[..., here] += window * pieces[..., m]
        seen[here] += window**2
    return total / seen


def _by_dual_windows(spectrum, window, *, hop_length):
    """Every frame with the weights that belong to its place, then added."""
    n_fft, (n_frames,) = len(window), np.shape(spectrum)[-1:]
    laid = np.zeros((n_frames, (n_frames - 1) * hop_length + n_fft))
    for m, row in enumerate(laid):
        row[m * hop_length : m * hop_length + n_fft] = window
    weights = laid / np.maximum((laid**2).sum(axis=0), 1e-12)
    pieces = np.fft.irfft(np.swapaxes(spectrum, -1, -2), n=n_fft)
    said = np.zeros((*pieces.shape[:-1], laid.shape[-1]))
    for m in range(n_frames):
        said[..., m, m * hop_length : m * hop_length + n_fft] = pieces[..., m, :]
    return (weights * said).sum(axis=-2)


def _guarded_by_epsilon(spectrum, window, *, hop_length):
    total, seen = _adding_up(spectrum, window, hop_length, synthesis=window, divisor=window**2)
    return (total / (seen + 1e-9)).tolist()


REPAIR = Exercise(
    name="stft/resynthesise",
    title="overlap-add, mended",
    stars=2,
    kind="repair",
    task=r"""
The function below goes back from an STFT to sound, with a mistake of the lecture's section 10: it windows twice and divides by nothing. At a hop of half a window its level beats at the rate of the frames. **Mend it**, so that it returns the signal whose STFT is nearest,

$$x[n] = \frac{\sum_m w[n - mH]\; x_m[n - mH]}{\sum_m w^2[n - mH]}$$

where $x_m$ is the inverse DFT of frame $m$. Samples at which the sum below is 0 become 0.

Spectra are `(…, freq, time)`, one-sided, without centring: frame 0 begins at sample 0, and `(n_frames − 1) · hop_length + n_fft` samples come out. `n_fft` is `len(window)`, even **or odd**. The hop is at most `n_fft`. Not every array that comes is the STFT of a signal: it may have been edited.
""",
    given='''import numpy as np

import course_utils as cu


def published_resynthesis(spectrum, window, *, hop_length):
    """As published: transform each frame back, window it, add it where it came from."""
    n_frames = spectrum.shape[1]
    n_fft = 2 * (len(spectrum) - 1)
    x = np.zeros((n_frames - 1) * hop_length + n_fft)
    for m in range(n_frames):
        x[m * hop_length : m * hop_length + n_fft] += window * np.fft.irfft(spectrum[:, m])
    return x


hann = cu.dft.window("hann", 512)
ones = cu.stft.stft(np.ones(4096), n_fft=512, hop_length=256, center=False)
out = published_resynthesis(ones, hann, hop_length=256)[512:-512]  # without the ends
print(f"ones in; out comes something between {out.min():.2f} and {out.max():.2f}")''',
    start='''def resynthesise(spectrum, window, *, hop_length):
    """Spectra (…, freq, time) and a window (n_fft,) in, signals (…, time) out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="resynthesise",
    spec=Function(
        cases=_spectra,
        expected=_each_sample_by_itself,
        tolerance=1e-5,  # an epsilon of 1e-9 in the divisor is no mistake
    ),
    reference=resynthesise,
    hints=(
        "Put ones in. What have the windows of all frames added up to at a sample, when each was applied twice?",
        "Keep a second array of the same length: add the squared window to it wherever a frame is added, and divide "
        "at the end.",
        "For odd lengths tell irfft the length: np.fft.irfft(…, n=len(window)). For batches the frames are "
        "spectrum[..., m]. Where the divisor is 0, divide by anything else.",
    ),
    wrongs=(
        Wrong(
            "not divided",
            "Nothing is divided yet: each sample is multiplied by the sum of the squared windows that lie over it, "
            "and that sum ripples with the hop.",
            _not_divided,
        ),
        Wrong(
            "divided by the sum of the windows",
            "It is divided by the sum of the windows. Each frame was windowed twice, once before and once after, so the squares "
            "must be summed.",
            _divided_by_windows,
        ),
        Wrong(
            "not windowed again",
            "An STFT that nobody has edited comes back exactly; one that was edited does not come back as the signal "
            "whose STFT is nearest: for that each frame is windowed once more, and the squares are summed.",
            _without_second_window,
        ),
        Wrong(
            "second window missing",
            "The squares are summed below, but above the frames are added without the second window.",
            _first_window_divided,
        ),
        Wrong(
            "one factor for all samples",
            "It is divided by one number, the mean of the summed squares. That is right where their sum is constant; "
            "at the ends, where fewer frames overlap, and at hops where the sum ripples, it is not.",
            _one_factor_for_all,
        ),
        Wrong(
            "dual window at the ends",
            "With the dual window it is right in the middle. The dual window counts on as many frames as overlap there; at the "
            "ends there are fewer: divide by what has been added up at each sample.",
            _dual_window_for_all,
        ),
        Wrong(
            "one signal only",
            "It is right for one signal. In a batch the second axis is not that of the frames: frame m is spectrum[..., m], "
            "and the leading axes stay.",
            _one_signal_only,
        ),
        Wrong(
            "0 divided by 0",
            "The first sample lies under a zero of the Hann window only: 0 divided by 0 is not a number, "
            "and 0 is asked there.",
            _divided_by_zero,
        ),
        Wrong(
            "even lengths only",
            "It is right for even lengths. From five bins alone irfft cannot know whether the frame had 8 samples or 9, and "
            "takes 8: tell it the length.",
            _even_only,
        ),
    ),
    also_right=(_by_dual_windows, _guarded_by_epsilon),
)

# ------------------------------------------------------------------------------------------ listening

HEARD = ("right", "zero", "random", "hop")


def _sentence():
    from .. import audio

    words, sample_rate = audio.load("speech/sentence_slt", dtype=np.float64)
    return words[: int(2.2 * sample_rate)], sample_rate


def four_ways_back():
    """One sentence, brought back from its STFT in four ways of which one is right: A, B, C, D and the sampling rate."""
    words, sample_rate = _sentence()
    spectrum = package.stft(words, n_fft=1024, hop_length=160)
    turns = np.random.default_rng(45).random(spectrum.shape)
    dice, flat = np.abs(spectrum) * np.exp(2j * np.pi * turns), np.abs(spectrum)
    versions = [package.istft(s, hop_length=160, length=len(words)) for s in (dice, spectrum, flat)]
    versions.insert(2, package.istft(spectrum, hop_length=256, length=len(words)))
    return [0.1 * version / np.sqrt(np.mean(version**2)) for version in versions], sample_rate


def _ways_truth():
    """By what is left of the waveform, of the pulses at the hop, and of the words' places in time."""
    words, sample_rate = _sentence()
    versions, _ = four_ways_back()

    def levels(signal):
        return np.sqrt(np.mean(np.square(signal[: len(signal) // 160 * 160]).reshape(-1, 160), axis=1))

    original = levels(words)
    stretched = np.interp(np.arange(len(original)) * 160 / 256, np.arange(len(original)), original)
    found = []
    for version in versions:
        if np.corrcoef(version, words)[0, 1] > 0.99:
            found.append("right")
        elif np.corrcoef(version[160:], version[:-160])[0, 1] > 0.7:  # repeats itself with every hop
            found.append("zero")
        else:
            slow, same = (np.corrcoef(levels(version), place)[0, 1] for place in (stretched, original))
            found.append("hop" if slow > same else "random")
    return found


def ways_back():
    a, b, c, d = "random", "right", "hop", "zero"
    return [a, b, c, d]


def _ways_as(*words):
    return lambda: list(words)


LISTEN = Exercise(
    name="stft/ways_back",
    title="which one lost its phase?",
    stars=1,
    kind="listen",
    task="""
A sentence went through an STFT (window 64 ms, hop 10 ms) and came back four times, at the same level. Once everything was done **right**. Once all phases were set to **zero**, once they were **random**. And once the phases were right, but the way back was taken with a longer **hop** than the way there. Listen, then give a list of four words, for A, B, C and D.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.stft import four_ways_back

versions, sample_rate = four_ways_back()
gap = np.zeros(sample_rate // 2)
one_after_the_other = np.concatenate([np.append(version, gap) for version in versions])
cu.audio.play(one_after_the_other, sample_rate, caption="A, B, C and D, half a second apart. What happens to the pitch, and to the tempo?")""",
    start="""### BEGIN SOLUTION
ways_back = ...  # four of "right", "zero", "random", "hop"
### END SOLUTION""",
    answer="ways_back",
    spec=Value(truth=_ways_truth, options=HEARD),
    reference=ways_back,
    hints=(
        "One of the four keeps the speaker's voice but not her tempo. Where a phase is lost, the tempo stays.",
        "With all phases zero every frame has its one pulse at the same place. How many frames are there in a second?",
        "Zero phases: a machine that hums one note of 100 Hz. Random phases: her melody, in a murmuring hall.",
    ),
    wrongs=(
        Wrong(
            "random taken for zero",
            "Two are exchanged, the ones without phase: zeros leave one pulse a frame, a steady hum of 100 Hz; random "
            "phases blur, and hum nothing.",
            _ways_as("zero", "right", "hop", "random"),
        ),
        Wrong(
            "random taken for right",
            "A is not right: its consonants are smeared, as in a hall. Compare it with B.",
            _ways_as("right", "random", "hop", "zero"),
        ),
        Wrong(
            "slow taken for random",
            "A and C are exchanged: a lost phase does not change the tempo, and C speaks more slowly than the others.",
            _ways_as("hop", "right", "random", "zero"),
        ),
        Wrong(
            "slow taken for zero",
            "C and D are exchanged: C rattles too, but it is slower than the others. With zero phases the tempo stays, "
            "and her melody is gone.",
            _ways_as("random", "right", "zero", "hop"),
        ),
        Wrong(
            "three exchanged",
            "B is right. Of the other three, only one has another tempo, and only one is on a single note.",
            _ways_as("hop", "right", "zero", "random"),
        ),
    ),
    also_right=(lambda: ("Random", "Right", "Hop", "Zero"), lambda: np.array(["random", "right", "hop", "zero"])),
)

# ---------------------------------------------------------------------------------------- Griffin–Lim


def _round_trip_by_frames(spectrum, n_fft, hop_length):
    """There and back, frame by frame."""
    weights, n_frames = np.sin(np.pi * np.arange(n_fft) / n_fft) ** 2, spectrum.shape[-1]
    laid = np.zeros((*spectrum.shape[:-2], (n_frames - 1) * hop_length + n_fft))
    seen = np.zeros(laid.shape[-1])
    for m in range(n_frames):
        here = slice(m * hop_length, m * hop_length + n_fft)
        laid[..., here] += weights * np.fft.irfft(spectrum[..., m], n_fft)
        seen[here] += weights**2
    laid /= np.maximum(seen, 1e-300)
    laid[..., : n_fft // 2] = laid[..., laid.shape[-1] - n_fft // 2 :] = 0  # the signal ends; zeros are around it
    starts = hop_length * np.arange(n_frames)
    return np.stack([np.fft.rfft(weights * laid[..., start : start + n_fft]) for start in starts], axis=-1)


def _step_by_definition(spectrum, magnitude, *, n_fft, hop_length):
    returned = _round_trip_by_frames(np.asarray(spectrum), n_fft, hop_length)
    size = np.abs(returned)
    return np.where(size > 0, magnitude * returned / np.where(size > 0, size, 1), magnitude)


def _guesses() -> list[Case]:
    rng = np.random.default_rng(46)

    def guess(n_fft, n_frames, batch=()):
        magnitude = rng.uniform(0.2, 1, (*batch, n_fft // 2 + 1, n_frames))
        return magnitude * np.exp(2j * np.pi * rng.random(magnitude.shape)), magnitude

    x = np.cos(2 * np.pi * 0.11 * np.arange(60) ** 1.1 + 1)
    real = package.stft(x, n_fft=16, hop_length=4)
    return [
        case(*guess(16, 9), n_fft=16, hop_length=4, says="random phases"),
        case(*guess(16, 7), n_fft=16, hop_length=5, says="a hop that does not divide the window"),
        case(*guess(12, 6), n_fft=12, hop_length=6, says="a hop of half a window"),
        case(*guess(16, 5, (2, 3)), n_fft=16, hop_length=3, says="a batch of two by three"),
        case(1j * real, 2 * np.abs(real), n_fft=16, hop_length=4, says="the STFT of a sound, turned and too weak"),
    ]


def griffin_lim_step(spectrum, magnitude, *, n_fft, hop_length):
    sound = package.istft(spectrum, n_fft=n_fft, hop_length=hop_length)
    consistent = package.stft(sound, n_fft=n_fft, hop_length=hop_length)
    return magnitude * np.exp(1j * np.angle(consistent))


def _there_and_back(spectrum, n_fft, hop_length):
    return package.stft(package.istft(spectrum, n_fft=n_fft, hop_length=hop_length), n_fft=n_fft, hop_length=hop_length)


def _step_not_centred(spectrum, magnitude, *, n_fft, hop_length):
    sound = package.istft(spectrum, n_fft=n_fft, hop_length=hop_length, center=False)
    return magnitude * np.exp(1j * np.angle(package.stft(sound, n_fft=n_fft, hop_length=hop_length, center=False)))


def _step_by_division(spectrum, magnitude, *, n_fft, hop_length):
    returned = _there_and_back(spectrum, n_fft, hop_length)
    return (returned * magnitude / np.maximum(abs(returned), 1e-12)).astype(np.complex64)


def _step_by_librosa_names(spectrum, magnitude, *, n_fft, hop_length):
    sound = package.istft(spectrum, hop_length=hop_length, window="hann", center=True)
    phase = np.angle(package.stft(sound, n_fft=n_fft, hop_length=hop_length))
    return magnitude * (np.cos(phase) + 1j * np.sin(phase))


STEP = Exercise(
    name="stft/griffin_lim_step",
    title="one step of Griffin–Lim",
    stars=2,
    kind="implement",
    task=r"""
A network has written magnitudes $S$, and a guess at their phases makes them a spectrum $X = S\,e^{i\varphi}$, which is in all likelihood that of no sound. Take **one step** of the classic method, without momentum: from $X$ to sound and back, $C = \mathrm{stft}(\mathrm{istft}(X))$; keep the phase of $C$, put the wanted magnitudes in again. The next $X$ comes out.

Arrays are `(…, freq, time)`, `n_fft` is even, the window is the periodic Hann of `n_fft` samples, and the frames are centred between zeros: all of that is what `cu.stft.stft` and `cu.stft.istft` do unasked. The hop is `hop_length`, and not always a quarter of the window. Magnitudes are amplitudes, not powers. Where $C$ is 0, any phase will do.
""",
    start='''import numpy as np

import course_utils as cu


def griffin_lim_step(spectrum, magnitude, *, n_fft, hop_length):
    """A spectrum (…, freq, time) and the wanted magnitudes in, the next spectrum out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="griffin_lim_step",
    spec=Function(cases=_guesses, expected=_step_by_definition),
    reference=griffin_lim_step,
    hints=(
        "Two things come back from the round trip. Which of them do you keep, and which do you already know better?",
        "A complex number of length 1 in the direction of C is C / |C|, or e to the power of i times its angle.",
        "Three lines: sound = istft of the spectrum, C = stft of the sound, both with n_fft and hop_length; then the "
        "magnitudes times np.exp(1j * np.angle(C)).",
    ),
    wrongs=(
        Wrong(
            "magnitudes of the round trip",
            "This is what came back, with its own magnitudes: the wanted ones have to be put in again.",
            lambda spectrum, magnitude, *, n_fft, hop_length: _there_and_back(spectrum, n_fft, hop_length),
        ),
        Wrong(
            "length not divided out",
            "The wanted magnitudes are multiplied by all of C. Only its direction counts: C has a length of its own, "
            "which must be divided out first.",
            lambda spectrum, magnitude, *, n_fft, hop_length: magnitude * _there_and_back(spectrum, n_fft, hop_length),
        ),
        Wrong(
            "phases of before",
            "The phases are those of the guess: the sound that was made has no influence on the result.",
            lambda spectrum, magnitude, *, n_fft, hop_length: magnitude * np.exp(1j * np.angle(spectrum)),
        ),
        Wrong(
            "the forgotten hop",
            "The hop is not passed on, so stft and istft take a quarter of the window. For that hop it is right, "
            "for any other the frames are laid where they do not belong.",
            lambda spectrum, magnitude, *, n_fft, hop_length: (
                magnitude * np.exp(1j * np.angle(_there_and_back(spectrum, n_fft, n_fft // 4)))
            ),
        ),
        Wrong(
            "angle without phasor",
            "The magnitudes are multiplied by an angle in radians: the result is real, and a phase is a direction, "
            "a complex number of length 1.",
            lambda spectrum, magnitude, *, n_fft, hop_length: (
                magnitude * np.angle(_there_and_back(spectrum, n_fft, hop_length))
            ),
        ),
        Wrong(
            "squared",
            "The magnitudes come out squared: they are amplitudes already, as the task says, and go in as they are.",
            lambda spectrum, magnitude, *, n_fft, hop_length: (
                magnitude**2 * np.exp(1j * np.angle(_there_and_back(spectrum, n_fft, hop_length)))
            ),
        ),
        Wrong(
            "not centred",
            "Only frames near the ends are wrong: with center=False the half frame before the first sample and after the last "
            "is taken for sound, and a centred STFT has silence there.",
            _step_not_centred,
        ),
        Wrong(
            "guess not used",
            "The way to sound begins at the magnitudes alone, with all phases zero: the guess is in `spectrum`.",
            lambda spectrum, magnitude, *, n_fft, hop_length: (
                magnitude * np.exp(1j * np.angle(_there_and_back(magnitude, n_fft, hop_length)))
            ),
        ),
    ),
    also_right=(_step_by_division, _step_by_librosa_names),
)

# -------------------------------------------------------------------------------------- phase vocoder


def _frequency_one_by_one(spectrum, *, n_fft, hop_length, sample_rate):
    """Every cell alone: its turn, and the whole turns that bring it nearest to what the bin's centre would make."""
    spectrum = np.asarray(spectrum)
    found = np.zeros((*spectrum.shape[:-1], spectrum.shape[-1] - 1))
    for *cell, k, m in np.ndindex(found.shape):
        before, after = (cmath.phase(spectrum[(*cell, k, m + step)]) for step in (0, 1))
        turns = (after - before) / (2 * cmath.pi)  # measured, but for whole turns
        expected = k * hop_length / n_fft
        nearest = min((turns + whole for whole in range(-2 * n_fft, 2 * n_fft)), key=lambda t: abs(t - expected))
        found[(*cell, k, m)] = nearest * sample_rate / hop_length
    return found


def _turning() -> list[Case]:
    rng = np.random.default_rng(47)

    def random(*shape):
        return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)

    phasors = np.array([[1, 1], [1, 1j], [2, 3 * cmath.exp(-0.8j * cmath.pi)]])
    tone = np.exp(2j * np.pi * 1234 * (8 * np.arange(9) + np.arange(32)[:, np.newaxis]) / 8000)
    tone = np.fft.fft(tone * window("hann", 32)[:, np.newaxis], axis=0)[:17]  # one phasor: bin 0 turns as well
    grid = {"n_fft": 16, "hop_length": 4, "sample_rate": 16_000}
    return [
        case(phasors, n_fft=4, hop_length=1, sample_rate=4, says="three bins, worked by hand", gives=[[0], [1], [2.4]]),
        case(tone, n_fft=32, hop_length=8, sample_rate=8000, says="the STFT of a phasor of 1,234 Hz"),
        case(random(9, 6), **grid, says="random phases"),
        case(random(4, 5), n_fft=7, hop_length=5, sample_rate=22_050, says="an odd length and a long hop"),
        case(random(2, 3, 5, 4), n_fft=8, hop_length=3, sample_rate=8000, says="a batch of two by three"),
    ]


def bin_frequency_hz(spectrum, *, n_fft, hop_length, sample_rate):
    expected = 2 * np.pi * hop_length / n_fft * np.arange(spectrum.shape[-2])[:, np.newaxis]
    rest = np.diff(np.angle(spectrum), axis=-1) - expected
    rest -= 2 * np.pi * np.round(rest / (2 * np.pi))
    return (expected + rest) / hop_length * sample_rate / (2 * np.pi)


def _turned_by(rest_of, *, centre=True, over="hop_length", unit=1.0):
    """The formula with one of its parts made in another way."""

    def frequency_hz(spectrum, *, n_fft, hop_length, sample_rate):
        bins = np.arange(np.shape(spectrum)[-2])[:, np.newaxis]
        rest = rest_of(np.diff(np.angle(spectrum), axis=-1), 2 * np.pi * hop_length / n_fft * bins)
        length = {"hop_length": hop_length, "n_fft": n_fft}[over]
        return centre * bins * sample_rate / n_fft + unit * rest * sample_rate / length / (2 * np.pi)

    return frequency_hz


def _wrapped(angle):
    return (angle + np.pi) % (2 * np.pi) - np.pi


def _with_even_n_fft(spectrum, *, n_fft, hop_length, sample_rate):
    exact = _turned_by(lambda turn, expected: _wrapped(turn - expected))
    return exact(spectrum, n_fft=2 * (np.shape(spectrum)[-2] - 1), hop_length=hop_length, sample_rate=sample_rate)


def _by_products(spectrum, *, n_fft, hop_length, sample_rate):
    """The turn as the angle of a product: nothing has to be wrapped."""
    spectrum, bins = np.asarray(spectrum), np.arange(np.shape(spectrum)[-2])[:, np.newaxis]
    back = np.exp(-2j * np.pi * bins * hop_length / n_fft)
    rest = np.angle(spectrum[..., 1:] * spectrum[..., :-1].conj() * back)
    return bins * sample_rate / n_fft + rest * sample_rate / (2 * np.pi * hop_length)


FREQUENCY = Exercise(
    name="stft/bin_frequency_hz",
    title="the frequency inside a bin",
    stars=2,
    kind="implement",
    task=r"""
Bins are $f_s/N$ apart, and a phase vocoder knows a partial's frequency far better than that, from how far the phase has turned between two frames:

$$f_{k,m} = \frac{f_s}{2\pi}\left(\frac{2\pi k}{N} + \frac{1}{H}\Big[\varphi_{k,m+1} - \varphi_{k,m} - \frac{2\pi k H}{N}\Big]_{\pm\pi}\right)$$

The bracket is wrapped to half a turn: whole turns are added or taken away until it lies between −π and π. Write `bin_frequency_hz`: spectra `(…, freq, time)` with $N/2+1$ bins (rounded down, $N$ = `n_fft` may be odd) and two frames or more in, frequencies in **Hz**, `(…, freq, time − 1)`, out. $H$ = `hop_length` is in samples. No cell is 0, and none lies exactly on the edge of ±π.
""",
    start='''def bin_frequency_hz(spectrum, *, n_fft, hop_length, sample_rate):
    """Spectra (…, freq, time) in, frequencies in Hz (…, freq, time - 1) out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="bin_frequency_hz",
    spec=Function(cases=_turning, expected=_frequency_one_by_one),
    reference=bin_frequency_hz,
    hints=(
        "A tone in the middle of bin k turns by 2π k H / N from frame to frame. What does a phase tell you that has "
        "turned by a little more?",
        "k runs down the last axis but one: np.arange(n_bins)[:, np.newaxis] stands beside every frame and every "
        "batch.",
        "Wrap with r − 2π · round(r / 2π). Radians a hop become radians a sample by dividing by H, and hertz by the "
        "factor f_s / 2π.",
    ),
    wrongs=(
        Wrong(
            "not wrapped",
            "The bracket is not wrapped: phases are known but for whole turns, and each turn too many or too few moves "
            "the result by f_s / H.",
            _turned_by(lambda turn, expected: turn - expected),
        ),
        Wrong(
            "wrapped to a whole turn",
            "The bracket is wrapped to 0 … 2π: a partial just below the centre of its bin is then read f_s / H "
            "too high. Wrap it to −π … π.",
            _turned_by(lambda turn, expected: (turn - expected) % (2 * np.pi)),
        ),
        Wrong(
            "expected turn not subtracted",
            "The wrapped turn is added to the bin's centre with the turn of the centre still in it: subtract 2πkH/N "
            "before wrapping.",
            _turned_by(lambda turn, expected: _wrapped(turn)),
        ),
        Wrong(
            "wrapped before the subtraction",
            "The difference of the phases is wrapped with the turn of the bin's centre still in it (np.unwrap along time "
            "does the same): whole turns are missing where a bin makes more than half a turn a hop. Subtract 2πkH/N first, "
            "then wrap.",
            _turned_by(lambda turn, expected: _wrapped(turn) - expected),
        ),
        Wrong(
            "N from the bins",
            "It is right for even N. From four bins alone N could be 6 or 7, and 2 (n_bins − 1) takes it for even: "
            "use n_fft.",
            _with_even_n_fft,
        ),
        Wrong(
            "earlier less later",
            "The phases are subtracted the other way round: a phase that has grown means a partial above the centre of "
            "its bin.",
            _turned_by(lambda turn, expected: _wrapped(-turn - expected)),
        ),
        Wrong(
            "rest divided by N",
            "The rest is divided by N. It has grown from one frame to the next, and these are H samples apart.",
            _turned_by(lambda turn, expected: _wrapped(turn - expected), over="n_fft"),
        ),
        Wrong(
            "centre missing",
            "This is how far the partial lies from the centre of its bin: add the centre, k f_s / N.",
            _turned_by(lambda turn, expected: _wrapped(turn - expected), centre=False),
        ),
        Wrong(
            "rest in radians",
            "The centre is in hertz and the rest, added to it, in radians a second: divide it by 2π too.",
            _turned_by(lambda turn, expected: _wrapped(turn - expected), unit=2 * np.pi),
        ),
    ),
    also_right=(
        _by_products,
        lambda spectrum, **grid: _turned_by(lambda turn, expected: _wrapped(turn - expected))(spectrum, **grid).astype(
            np.float32
        ),
    ),
)

# --------------------------------------------------------------------------------------------- design

N_FRAME, HOP, RATE = 512, 64, 16_000


def _latency_ms(weights):
    """How long a sample waits for the end of the last frame that adds to it."""
    weights = np.abs(np.asarray(weights, float))
    first = np.flatnonzero(weights > 1e-6 * weights.max())[0]
    return 1000 * (N_FRAME - first) / RATE


def _noise_db(weights):
    """Error out re signal, for white error in the spectra that is as strong as they are."""
    energies = np.sum(window("hann", N_FRAME) ** 2) * np.sum(np.square(weights, dtype=float))
    return 10 * np.log10(energies / (N_FRAME * HOP))


def _not_weights(weights):
    weights = np.asarray(weights)
    if weights.shape != (N_FRAME,) or weights.dtype.kind not in "iuf":
        return f"{N_FRAME} real weights are asked, got shape {weights.shape} and dtype {weights.dtype}."
    return None if np.isfinite(weights).all() and weights.any() else "The weights must be finite, and not all 0."


def _not_inverse(weights):
    total = (window("hann", N_FRAME) * weights).reshape(-1, HOP).sum(axis=0)
    worst = np.abs(total - 1).max()
    if worst > 1e-6:
        return (
            "The sound does not come back: the products of the two windows, summed over all frames, are between "
            f"{total.min():.7g} and {total.max():.7g}, and 1 is needed at each of the 64 places of a hop."
        )
    return None


def _too_late(weights):
    latency_ms = _latency_ms(weights)
    if latency_ms > 16:
        return f"A sample waits {latency_ms:.4g} ms; at most 16 ms are accepted: which weights must then be 0?"
    return None


def _too_noisy(weights):
    noise_db = _noise_db(weights)
    if noise_db > 0:
        return f"An error in the spectra comes out {noise_db:.1f} dB stronger than it went in; at most 0 dB is asked."
    return None


def _least_noise(n_kept):
    """For the last ``n_kept`` weights: Cauchy and Schwarz, at each place of the hop by itself.

    From Σ w v = 1 follows Σ v² ≥ 1 / Σ w², with equality where v is proportional to w.
    """
    energy = np.where(np.arange(N_FRAME) >= N_FRAME - n_kept, window("hann", N_FRAME) ** 2, 0)
    needed = np.sum(1 / energy.reshape(-1, HOP).sum(axis=0))
    return 10 * np.log10(np.sum(window("hann", N_FRAME) ** 2) * needed / (N_FRAME * HOP))


SHORTEST_MS = 1000 / RATE * next(n for n in range(HOP, N_FRAME + 1) if _least_noise(n) <= 0)


def early_window():
    hann = window("hann", N_FRAME)
    for n_kept in range(HOP, N_FRAME):
        late = np.where(np.arange(N_FRAME) < N_FRAME - n_kept, 0, hann)
        folded = (late**2).reshape(N_FRAME // HOP, HOP).sum(axis=0)
        weights = late / np.resize(folded, N_FRAME)  # the dual window of the part that is kept
        if np.sum(hann**2) * np.sum(weights**2) <= N_FRAME * HOP:  # noise comes out no stronger than it went in
            break
    return weights


def _normalised(n_kept, power):
    """Weights of some shape on the last samples, divided so that the sound comes back."""
    shape = np.where(np.arange(N_FRAME) >= N_FRAME - n_kept, window("hann", N_FRAME) ** power, 0)
    return shape / np.tile((shape * window("hann", N_FRAME)).reshape(-1, HOP).sum(axis=0), N_FRAME // HOP)


DESIGN = Exercise(
    name="stft/early_window",
    title="a way back for a hearing aid",
    stars=3,
    kind="design",
    task=r"""
A hearing aid works at 16 kHz: frames of 512 samples under a periodic Hann window $w$, a hop of 64, an edit of each spectrum, the way back. The dual window returns the sound exactly, and too late. A sample can be played when the last frame that adds something to it has been recorded to its end; with the dual window that takes 31.9 ms.

The dual is not the only window $v$ that undoes $w$: all that is needed is $\sum_m w[n-mH]\,v[n-mH] = 1$ for every $n$. So design 512 real weights $v$, applied after the inverse DFT and added up without a division,

- that return an unedited sound **exactly** (the sum is 1 within $10^{-6}$);
- that do not make errors larger: white noise in the spectra comes out, re the signal, by $10 \log_{10} \frac{\sum w^2 \sum v^2}{N H}$ dB stronger than it went in, and that is **at most 0 dB** (the dual has −9 dB);
- with a **latency** as low as you can make it. If the first weight that is not 0 is number $n_0$, it is $(512 - n_0) / 16$ ms; at most 16 ms are accepted. (Not 0: more than a millionth of the largest.)
""",
    given='''import numpy as np

import course_utils as cu

hann = cu.dft.window("hann", 512)


def describe(weights):
    """How far the sum is from 1, what becomes of noise, and the latency."""
    worst = np.abs((hann * weights).reshape(-1, 64).sum(axis=0) - 1).max()
    noise_db = 10 * np.log10(np.sum(hann**2) * np.sum(weights**2) / (512 * 64))
    first = np.flatnonzero(np.abs(weights) > 1e-6 * np.abs(weights).max())[0]
    return f"sum off by {worst:.1e}, noise {noise_db:+.1f} dB, latency {(512 - first) / 16:.4g} ms"


dual = cu.stft.dual_window(hann, hop_length=64)
print("dual window:                ", describe(dual))
print("its second half, nothing else:", describe(np.where(np.arange(512) < 256, 0, dual)))''',
    start="""### BEGIN SOLUTION
early_window = ...
### END SOLUTION""",
    answer="early_window",
    spec=Design(
        properties=(
            Property("512 real weights", _not_weights),
            Property("sound does not come back", _not_inverse),
            Property("noise amplified", _too_noisy),
            Property("too late", _too_late),
        ),
        score=_latency_ms,
        unit="ms of latency",
        best=SHORTEST_MS,  # derived in _least_noise
    ),
    reference=early_window,
    hints=(
        "Only the last weights of a frame may differ from 0. What do products of w and v have to add up to, at each of "
        "the 64 places of a hop?",
        "Take any shape on the last L samples, fold its product with w into 64 sums, and divide each weight by the sum "
        "at its place: the sound comes back. Now L can shrink until the noise is at 0 dB.",
        "For a given L the shape with the least noise is w itself, cut off: the dual window of the part that is kept "
        "(Cauchy and Schwarz, at each of the 64 places).",
    ),
    wrongs=(
        Wrong("too late", "", lambda: package.dual_window(window("hann", N_FRAME), hop_length=HOP)),
        Wrong("noise amplified", "", lambda: _normalised(HOP, 0)),
        Wrong(
            "sound does not come back",
            "",
            lambda: package.dual_window(window("hann", N_FRAME), hop_length=HOP) * (np.arange(N_FRAME) >= 256),
        ),
        Wrong("512 real weights", "", lambda: _normalised(256, 1)[256:]),
    ),
    also_right=(lambda: _normalised(256, 1), lambda: _normalised(200, 0).tolist()),
)

EXERCISES = (FRAME, CLICK, READ, REPAIR, LISTEN, STEP, FREQUENCY, DESIGN)

# ------------------------------------------------------------------------------------------ questions


def _clip(name, seconds):
    from .. import audio

    signal, sample_rate = audio.load(name, dtype=np.float64)
    return signal[..., : int(seconds * sample_rate)], sample_rate


def _db(ratio):
    return 20 * np.log10(ratio)


def _proof_backwards():
    x = np.random.default_rng(0).standard_normal(1000)
    assert np.allclose(np.abs(np.fft.rfft(x)), np.abs(np.fft.rfft(x[::-1])))


def _proof_stereo_shape():
    spectra = package.stft(np.zeros((2, 44_100)), n_fft=2048, hop_length=512)
    assert spectra.shape == (2, 1025, 87) and round(2 * spectra.size / (2 * 44_100)) == 4


def _valley_db(length):
    """How far 1,010 Hz lies below the weaker of two tones at 1,000 and 1,020 Hz, at worst, wherever the window is laid."""
    n, hz = np.arange(length), np.array([1000, 1010, 1020])[:, np.newaxis]
    phasors = np.exp(-2j * np.pi * hz * n / 44_100) * window("hann", length)
    starts = 49 * np.arange(45)[:, np.newaxis]  # one beat, every millisecond
    pieces = sum(np.cos(2 * np.pi * tone * (starts + n) / 44_100) for tone in (1000, 1020))
    low, valley, high = np.abs(phasors @ pieces.T)
    return _db((valley / np.minimum(low, high)).max())


def _proof_rescue():
    assert _valley_db(2048) > 0 and _valley_db(8192) < -20


def _share_above(signal, below_own_maximum_db):
    power = package.spectrogram(signal, n_fft=1024)
    return (10 * np.log10(power / power.max() + 1e-12) > -below_own_maximum_db).mean()


def _proof_silence():
    rng = np.random.default_rng(0)
    dithered = np.round(rng.random(60_000) - rng.random(60_000))
    piano, _ = _clip("music/piano_scale", 3)
    assert _share_above(dithered, 40) > 0.99 and 0.05 < _share_above(piano, 40) < 0.1


def _begins_hz(hiss):
    """Where the lowest tenth of a hiss's energy above 345 Hz ends."""
    energy = hiss[4:].sum(axis=1)
    return 22_050 / 256 * (4 + np.searchsorted(np.cumsum(energy), 0.1 * energy.sum()))


def _proof_s_and_sh():
    power = package.spectrogram(_clip("speech/pair_see_she", 2)[0], n_fft=256, hop_length=64)
    assert 4000 < _begins_hz(power[:, 10:28]) < 5000 and 2000 < _begins_hz(power[:, 355:373]) < 3000


def _round_trip(signal, n_fft, hop_length, name):
    layout = {"n_fft": n_fft, "hop_length": hop_length, "window": name}
    return package.istft(package.stft(signal, **layout), **layout)


def _proof_layouts():
    x = np.random.default_rng(0).standard_normal(20 * 1024)
    for name, hop_length in (("rectangular", 1024), ("hann", 768)):
        undone = _round_trip(x, 1024, hop_length, name)
        assert np.allclose(undone, x[: len(undone)])
    assert package.cola_error(window("hann", 1024), hop_length=768) > 0.5
    try:
        _round_trip(x, 1024, 1024, "hann")
    except ValueError:
        return
    raise AssertionError("Hann end to end came back")


def _erased_db(spectrum, erased, looked_at):
    edited = spectrum.copy()
    edited[erased] = 0
    returned = package.stft(package.istft(edited), n_fft=2048)
    return _db(np.linalg.norm(returned[looked_at]) / np.linalg.norm(spectrum[looked_at]))


def _proof_hole():
    spectrum = package.stft(_clip("music/piano_scale", 2)[0], n_fft=2048)
    hole, middle = np.ix_(range(24, 93), range(103, 121)), np.ix_(range(29, 88), range(107, 117))
    frame = np.ix_(range(1025), [100])
    assert _erased_db(spectrum, hole, hole) > -25 and _erased_db(spectrum, hole, middle) < -55
    assert 4 < -_erased_db(spectrum, frame, frame) < 6


def _speech_magnitude(seconds):
    speech, _ = _clip("speech/sentence_awb", seconds)
    return speech, package.spectrogram(speech, n_fft=1024, power=1)


def _distance_db(signal, magnitude):
    error = package.spectrogram(signal, n_fft=1024, power=1) - magnitude
    return _db(np.linalg.norm(error) / np.linalg.norm(magnitude))


def _proof_zero_or_random():
    speech, magnitude = _speech_magnitude(3)
    turns = np.random.default_rng(0).random(magnitude.shape)
    zero, dice = (package.istft(magnitude * np.exp(2j * np.pi * t), length=len(speech)) for t in (0 * turns, turns))
    assert -2 < _distance_db(zero, magnitude) < 0 and _distance_db(dice, magnitude) < -3


def _proof_steps():
    speech, magnitude = _speech_magnitude(1)
    rebuilt = {}
    for momentum, n_iter in ((0.0, 64), (0.99, 25)):
        rebuilt[momentum] = package.griffin_lim(
            magnitude, n_iter=n_iter, momentum=momentum, rng=np.random.default_rng(1), length=len(speech)
        )
    n_steps = 1 + int(np.argmax(rebuilt[0.99][1] <= rebuilt[0.0][1][-1]))
    assert 15 <= n_steps <= 25
    assert np.linalg.norm(rebuilt[0.99][0] - speech) > np.linalg.norm(speech)


def _before_the_hit_db(signal, hit):
    before, after = signal[hit - 2200 : hit - 100], signal[hit : hit + 2200]
    return _db(np.sqrt(np.mean(before**2) / np.mean(after**2)))


def _proof_slow_drums():
    drums, _ = _clip("music/drums", 2)
    slow = package.istft(package.phase_vocoder(package.stft(drums, n_fft=2048), rate=0.5))
    assert _before_the_hit_db(drums, 24_167) < -50
    assert -20 < _before_the_hit_db(slow, 2 * 24_167) < -12


def _proof_speech_shape():
    assert package.stft(np.zeros(16_000), n_fft=400, hop_length=160).shape == (201, 101)


def _proof_flutes():
    assert round(1000 * 32_768 / 44_100) == 743 and round(4 * 44_100 / 32_768, 1) == 5.4
    assert 0.743 * 6 > 4 and round(1000 / 6) == 167 and round(1000 * 8192 / 44_100) == 186


def _proof_three_quarters():
    hann = window("hann", 1024)
    assert package.cola_error(hann, hop_length=768) > 0.5
    assert np.isclose(package.dual_window(hann, hop_length=768).max(), 4, rtol=0.01)


def _proof_erased_frame():
    test_sound = np.random.default_rng(0).standard_normal(40_000)
    spectrum = package.stft(test_sound, n_fft=2048)
    frame = np.ix_(range(1025), [40])
    assert 4 < -_erased_db(spectrum, frame, frame) < 6


def _proof_other_hop():
    spectrum = package.stft(np.zeros(3 * 16_000), n_fft=512, hop_length=192)
    assert round(len(package.istft(spectrum)) / 16_000, 1) == 2.0


QUESTIONS = (
    Question(
        name="backwards",
        kind="predict",
        text="Where do the magnitude spectra of the recording forwards and backwards differ?",
        options=(
            wrong("everywhere", "The same phasors stand on the same samples in another order: each sum is as long."),
            wrong(
                "at high frequencies, where the strokes are",
                "A stroke that comes at the end of its note has the same frequencies, as strongly; only the phases "
                "know where it stands.",
            ),
            right("nowhere", "Reversing time conjugates the spectrum and turns its phases: no length changes."),
        ),
        proof=_proof_backwards,
    ),
    Question(
        name="stereo_shape",
        kind="predict",
        text="Which shape comes out, and how many real numbers for each sample that went in?",
        options=(
            wrong("(2, 87, 1025), about 4", "The count is right; the axes are channels, frequency, time."),
            right(
                "(2, 1025, 87), about 4",
                "2,048 / 2 + 1 bins of two real numbers each, and every sample lies in four frames.",
            ),
            wrong(
                "(2, 1025, 87), as many",
                "Each frame alone has as many numbers as samples. But every sample lies in four frames.",
            ),
            wrong(
                "(2, 2048, 87), about 8",
                "The upper half of the bins mirrors the lower: for real signals 1,025 are kept.",
            ),
        ),
        proof=_proof_stereo_shape,
    ),
    Question(
        name="rescue",
        kind="predict",
        text="What parts the two tones under a window of 46 ms?",
        options=(
            wrong(
                "zero-padding", "There is a bin at every hertz now, on the same blurred curve: 1,010 Hz stays filled."
            ),
            wrong("a hop of 1 ms", "That looks more often, each time for 46 ms: less than one beat of 50 ms."),
            wrong("only both together", "Finer paper in both directions, and the same picture on it."),
            right("none of these", "The window has not seen one whole beat. Only listening longer parts the tones."),
        ),
        proof=_proof_rescue,
    ),
    Question(
        name="silence",
        kind="predict",
        text="Drawn with its own maximum as 0 dB: how does the silence look?",
        options=(
            wrong("black", "It would with a fixed reference. Here the loudest of its cells becomes 0 dB."),
            wrong(
                "nearly black", "The noise of the dither is far below the piano, and is not compared with the piano."
            ),
            wrong(
                "as bright as the piano",
                "The maxima are alike, the rest is not: most cells of music are far below its maximum.",
            ),
            right(
                "brighter than the piano",
                "All cells of a noise lie near its maximum; most cells of the piano lie more than 40 dB below theirs.",
            ),
        ),
        proof=_proof_silence,
    ),
    Question(
        name="s_and_sh",
        kind="predict",
        text="Where does the hiss of sh begin, compared with that of s?",
        options=(
            wrong("higher, at about 6 kHz", "A larger cavity resonates lower, as a larger bottle does."),
            right(
                "lower, at about 2.5 kHz",
                "The cavity in front of the tongue has grown, and its resonance has come down.",
            ),
            wrong(
                "lower, at about 500 Hz", "That is where the first formants of vowels are; the whole mouth makes them."
            ),
        ),
        proof=_proof_s_and_sh,
    ),
    Question(
        name="hardest_pair",
        kind="predict",
        text="Which pair is hardest to tell apart by eye, and where do p and b differ?",
        options=(
            wrong("pat and bat; in the burst", "Both have a burst. After that of p there is breath, for some 40 ms."),
            wrong(
                "bit and beat; in what follows the burst",
                "Their bands stand at other places: 120 Hz apart in the first formant, over 300 Hz in the second.",
            ),
            wrong(
                "thin and fin; in the burst",
                "The pair is right. But p and b close the lips alike; what differs is when the voice sets in.",
            ),
            right(
                "thin and fin; in what follows the burst",
                "They differ in a faint hiss only. And after p the voice sets in later than after b.",
            ),
        ),
    ),
    Question(
        name="whisper",
        kind="predict",
        text="By what will you know the one who whispers?",
        options=(
            right(
                "there are formants and no lines",
                "Breath replaces the voice: no pitch, no harmonics. The mouth still shapes it.",
            ),
            wrong(
                "there are lines and no formants",
                "It is the other way round: the mouth moves as ever, the vocal folds do not.",
            ),
            wrong(
                "the lines are closer together", "Close lines are a deep voice. A whisper has no pitch, deep or high."
            ),
        ),
    ),
    Question(
        name="waving_lines",
        kind="predict",
        text="In one of the six, lines wave several times a second, higher ones more widely. Which?",
        options=(
            wrong("the siren", "Its lines rise and fall together too, but slowly: once in about three seconds."),
            wrong("the flute", "Its lines are equally spaced and move in steps, from note to note."),
            wrong("the birds", "Their notes are nearly pure tones: one line, without higher ones above it."),
            right("the violin", "That is vibrato. Harmonic k swings k times as far in hertz as the first."),
        ),
    ),
    Question(
        name="layouts",
        kind="predict",
        text="Which of the three can be undone?",
        options=(
            wrong("rectangular only", "A rippling sum can be divided out, as long as it is nowhere zero."),
            wrong(
                "rectangular, and Hann end to end",
                "End to end, the first sample of each Hann window is multiplied by zero, "
                "and no other window covers it.",
            ),
            right(
                "rectangular, and Hann with hop 768",
                "Every sample is seen by a window that is not zero there; the ripple is divided out.",
            ),
            wrong("all three", "What is multiplied by zero in every frame cannot be divided back."),
        ),
        proof=_proof_layouts,
    ),
    Question(
        name="hole",
        kind="predict",
        text="What stands in the hole afterwards, and how far below its old level does one erased frame come back?",
        options=(
            wrong(
                "zeros, and 60 dB", "The samples of the hole lie in the frames beside it too, and these still speak."
            ),
            wrong(
                "a trace everywhere, and 20 dB",
                "An edit reaches as far as a window lasts. The hole is longer: its middle stays empty.",
            ),
            right(
                "something near its rim, and 5 dB",
                "Frames beside the rim hold the same samples, and all samples of a single frame.",
            ),
        ),
        proof=_proof_hole,
    ),
    Question(
        name="zero_or_random",
        kind="predict",
        text="Which phases keep more of the magnitudes?",
        options=(
            wrong(
                "zero",
                "All cosines of a frame then agree at its first sample, where the window is zero, and nowhere else.",
            ),
            right(
                "random",
                "They spread each frame's energy over the whole of it, so that more of it passes the second window.",
            ),
            wrong("both the same", "Neither knows anything of the sound, but they put the energy in different places."),
        ),
        proof=_proof_zero_or_random,
    ),
    Question(
        name="traded_phases",
        kind="predict",
        text="Magnitudes of the sentence, phases of the music: what will you recognise?",
        options=(
            wrong(
                "the sentence, with both windows",
                "Over four seconds the magnitudes say which frequencies, and no longer when.",
            ),
            wrong(
                "the music, with both windows",
                "In windows of 64 ms the magnitudes alone say, to within 64 ms, when each sound comes.",
            ),
            wrong(
                "the music with 64 ms, the sentence with 4 s",
                "It is the other way round: the longer the window, the more of the when is in the phases.",
            ),
            right(
                "the sentence with 64 ms, the music with 4 s",
                "What the window cannot resolve in time is in the phases, and with 4 s that is nearly all.",
            ),
        ),
    ),
    Question(
        name="steps",
        kind="predict",
        text="How many steps with momentum do the work of 64, and how close is the waveform then?",
        options=(
            wrong("60, and close", "Overshooting saves far more; and many waveforms share nearly the same magnitudes."),
            wrong(
                "20, and close",
                "The count is right. The magnitudes agree, the waveform does not: its error has more power "
                "than the sentence.",
            ),
            right(
                "20, and not at all close",
                "The method finds a waveform with these magnitudes, not the one they were taken from.",
            ),
        ),
        proof=_proof_steps,
    ),
    Question(
        name="laid_apart",
        kind="predict",
        text="Frames cut with a hop of 256 are laid out with 366. What goes wrong?",
        options=(
            right(
                "the waves of neighbouring frames no longer fit",
                "A partial must turn further over the longer way, and does not: it cancels in part where frames meet.",
            ),
            wrong(
                "there are gaps of silence between the frames",
                "The frames have 1,024 samples: at a hop of 366 they still "
                "overlap, and istft divides by what they add up to.",
            ),
            wrong(
                "the speaker sounds like a child", "The pitch is inside the frames, and the frames are as they were."
            ),
        ),
    ),
    Question(
        name="slow_drums",
        kind="predict",
        text="What does the phase vocoder do to the drums at half speed?",
        options=(
            wrong("they sound an octave lower", "That is the tape. The phase vocoder keeps every frequency."),
            right(
                "their hits are smeared",
                "A hit is an agreement of all bins on one instant, and each is advanced on its own.",
            ),
            wrong("nothing, as they have no pitch", "It has no pitch to spoil, but an attack: that is what is lost."),
        ),
        proof=_proof_slow_drums,
    ),
    Question(
        name="speech_shape",
        text="Speech at 16 kHz, n_fft=400, hop_length=160, centred. Which shape has the STFT of one second?",
        options=(
            wrong(
                "(400, 100)",
                "Real input has 400 / 2 + 1 bins that are not mirror images, and a centred STFT has one frame more than "
                "hops.",
            ),
            right("(201, 101)", "400 / 2 + 1 bins, and 1 + 16,000 / 160 frames."),
            wrong("(101, 201)", "Frequency stands before time here, in librosa and in torch."),
        ),
        proof=_proof_speech_shape,
    ),
    Question(
        name="two_flutes",
        text="Two flutes play 440 Hz and 446 Hz. At 44.1 kHz, which n_fft with a Hann window parts them at any moment?",
        options=(
            wrong("2,048", "That is 46 ms, a quarter of one beat of 167 ms. You will see one line."),
            wrong("2,048, zero-padded to 32,768", "Padding draws the same main lobe with more points."),
            wrong(
                "8,192 with a hop of 1",
                "186 ms are about one beat, and the hop changes how often you look, not how long.",
            ),
            right(
                "32,768",
                "743 ms hold more than four beats, and the main lobes are 5.4 Hz wide. In the hook, tones 20 Hz apart "
                "asked for 131 ms; 6 Hz ask for 20 / 6 times as much.",
            ),
        ),
        proof=_proof_flutes,
    ),
    Question(
        name="which_is_louder",
        text="Clips A and B were each drawn with ref=np.max. A is brighter. Which clip is louder?",
        options=(
            wrong("clip A", "Brightness was measured against each clip's own maximum."),
            wrong("clip B", "Nothing in the pictures points there either."),
            right(
                "it cannot be said",
                "The level of each clip has been subtracted. A noise looks brighter than music, because its cells are all "
                "near their maximum.",
            ),
        ),
    ),
    Question(
        name="three_quarters",
        text="Hann window, hop = 3/4 of its length. What holds?",
        options=(
            right(
                "NOLA only: it can be undone, and errors of an edit come back enlarged",
                "No sample is seen by zeros only, and the dual window reaches 4.",
            ),
            wrong("COLA and NOLA", "The summed windows ripple by more than half."),
            wrong("COLA only", "A constant sum that is not zero implies NOLA, so this case does not exist."),
        ),
        proof=_proof_three_quarters,
    ),
    Question(
        name="erased_frame",
        text="A mask sets one frame to exactly zero; the hop is a quarter. What does stft(istft(X)) have there?",
        options=(
            wrong("zeros", "Its samples also lie in the neighbouring frames, and they were not erased."),
            right(
                "sound, some 5 dB below what stood there",
                "The edited array was inconsistent, and the round trip has moved it to the nearest consistent one.",
            ),
            wrong(
                "an error",
                "Any array of the right shape has an inverse STFT. That is what makes Griffin–Lim possible.",
            ),
        ),
        proof=_proof_erased_frame,
    ),
    Question(
        name="promise",
        text="Griffin–Lim ends at −30 dB spectral convergence. What does that promise about the waveform?",
        options=(
            wrong(
                "it agrees with the original to −30 dB",
                "In section 8 the difference had more energy than the original.",
            ),
            wrong(
                "it agrees up to a shift in time",
                "Frames fix the time to within a window. What differs are the phases of the partials, each by its own "
                "angle.",
            ),
            right("nothing: only the magnitudes agree", "Many waveforms share nearly the same magnitudes."),
        ),
    ),
    Question(
        name="other_hop",
        text="stft with n_fft=512, hop_length=192; istft is not told the hop. What becomes of 3 s of speech?",
        options=(
            right(
                "2 s, faster at the same pitch",
                "The default is a quarter of the window, 128: frames that were 192 samples apart are laid 128 apart.",
            ),
            wrong(
                "4.5 s, slower at the same pitch",
                "It would if the frames were laid 288 apart: 192 is the longer hop here.",
            ),
            wrong("2 s, faster and higher", "The pitch is inside the frames, and each frame is as it was."),
            wrong(
                "an error, as the hops differ",
                "An array does not know with which hop it was made, and 128 is a legal way back.",
            ),
        ),
        proof=_proof_other_hop,
    ),
)
