import math

import numpy as np

from ... import stft as package
from ...practice.model import Case, Exercise, Function, Wrong, case
from ._shared import _frames_one_by_one


def _signals() -> list[Case]:
    rng = np.random.default_rng(41)
    six = np.arange(6.0)
    return [
        case(six, frame_length=4, hop_length=2, says="six samples, the last one used", gives=[[0, 2], [1, 3], [2, 4], [3, 5]]),
        case(six, frame_length=3, hop_length=2, says="six samples, the last one left over", gives=[[0, 2], [1, 3], [2, 4]]),
        case(rng.standard_normal(50), frame_length=16, hop_length=4, says="50 random samples"),
        case(rng.standard_normal(20), frame_length=3, hop_length=5, says="a hop longer than the frame"),
        case(np.arange(13.0), frame_length=3, hop_length=5, says="a hop longer than the frame, the last sample used", gives=[[0, 5, 10], [1, 6, 11], [2, 7, 12]]),
        case(rng.standard_normal(7), frame_length=7, hop_length=3, says="a frame as long as the signal"),
        case(rng.standard_normal(4), frame_length=1, hop_length=1, says="frames of a single sample"),
        case(rng.standard_normal((2, 3, 17)), frame_length=4, hop_length=3, says="a batch of two by three signals"),
        case(rng.standard_normal((1, 9)), frame_length=5, hop_length=6, says="a batch of one, and a rest shorter than the hop"),
        case(np.array([0.0, 1, 2, 0, 0, 0]), frame_length=2, hop_length=2, says="a signal that ends in zeros", gives=[[0, 2, 0], [1, 0, 0]]),
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


def _counted(n_frames_of):
    """As many frames as another count says; zeros follow the signal."""

    def frames(signal, *, frame_length, hop_length):
        n_frames = max(n_frames_of(np.shape(signal)[-1], frame_length, hop_length), 0)
        return _starting_at(hop_length * np.arange(n_frames), frame_length, signal)

    return frames


def _frames_reflected(signal, *, frame_length, hop_length):
    ends = [(0, 0)] * (np.ndim(signal) - 1) + [(frame_length // 2, frame_length // 2)]
    return _frames_without_rest(np.pad(signal, ends, "reflect"), frame_length=frame_length, hop_length=hop_length)


def _counted_from_one(signal, *, frame_length, hop_length):
    return _starting_at(
        np.arange(hop_length, np.shape(signal)[-1] - frame_length + 1, hop_length), frame_length, signal
    )


def _last_moved_back(signal, *, frame_length, hop_length):
    whole = np.arange(0, np.shape(signal)[-1] - frame_length + 1, hop_length)
    return _starting_at(np.unique(np.append(whole, np.shape(signal)[-1] - frame_length)), frame_length, signal)


def _frames_from_rows(signal, *, frame_length, hop_length):
    n_time = np.shape(signal)[-1]
    used = n_time if hop_length <= frame_length else n_time // hop_length * hop_length
    return _frames_without_rest(signal[..., :used], frame_length=frame_length, hop_length=hop_length)


def _frames_listed_by_len(signal, *, frame_length, hop_length):
    starts = range(0, len(signal) - frame_length + 1, hop_length)
    return np.array([signal[start : start + frame_length] for start in starts]).T


def _frames_of_sound(signal, *, frame_length, hop_length):
    sounds = np.flatnonzero(np.any(np.reshape(signal, (-1, np.shape(signal)[-1])) != 0, axis=0))
    kept = signal[..., : max(sounds.max(initial=0) + 1, frame_length)]
    return _frames_without_rest(kept, frame_length=frame_length, hop_length=hop_length)


EXERCISE = Exercise(
    title="cut into frames",
    stars=1,
    kind="implement",
    task=r"""
Cut signals into overlapping pieces,

$$x_m[n] = x[mH + n], \qquad n = 0 \dots N-1$$

with $N$ = `frame_length` and $H$ = `hop_length`, in samples. Frame 0 begins at sample 0. Only whole frames count: what is left over at the end, and too short for a frame, is dropped.

Signals are `(…, time)`, one axis or several, and no signal is shorter than a frame; the frames come out as `(…, frame_length, n_frames)`. The hop may be longer than the frame.
""",
    form="Signals (…, time) in, frames (…, frame_length, n_frames) out.",
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
            "A frame that ends exactly on the last sample is missing: one that begins at T − N is still whole, and "
            "range(0, T − N, H) stops before it.",
            _frames_without_last,
        ),
        Wrong(
            "one frame too few",
            "There is one frame too few: (T − N) // H hops fit behind frame 0, and frame 0 itself counts too.",
            _counted(lambda n_time, frame_length, hop_length: (n_time - frame_length) // hop_length),
        ),
        Wrong(
            "rest filled with zeros",
            "The rest at the end is filled up with zeros and kept: its frame shows an end that the sound does not have. "
            "Here only whole frames count.",
            _frames_to_the_rest,
        ),
        Wrong(
            "frames rounded",
            "The number of frames is rounded to the nearest: where more than half a hop is left over, there is a frame that "
            "is not whole. Round down.",
            _counted(lambda n_time, frame_length, hop_length: 1 + round((n_time - frame_length) / hop_length)),
        ),
        Wrong(
            "one sample too far",
            "A last frame that lacks one sample is counted as a whole one: a whole frame begins at T − N at the latest, "
            "not at T − N + 1.",
            _counted(lambda n_time, frame_length, hop_length: 1 + (n_time - frame_length + 1) // hop_length),
        ),
        Wrong(
            "a frame for every hop",
            "There is a frame for every hop that begins in the signal or at its end, and the last ones reach past the end of the signal: "
            "the first sample of a whole frame is at most T − N.",
            (
                _frame_every_hop,
                _counted(lambda n_time, frame_length, hop_length: 1 + n_time // hop_length),
            ),
        ),
        Wrong(
            "a frame for every whole hop",
            "The whole hops are counted, T // H, and not the whole frames: with a short hop that is too many, "
            "and with a hop longer than the frame the last frame may be lost.",
            _counted(lambda n_time, frame_length, hop_length: n_time // hop_length),
        ),
        Wrong(
            "long hops cut to rows",
            "It is right up to a hop as long as the frame. With a longer one only whole hops are kept, "
            "and a last frame that has no whole hop for itself is lost.",
            _frames_from_rows,
        ),
        Wrong(
            "one signal only",
            "It is right for one signal. Of a batch the len(…) and what is picked with x[places] are its signals: "
            "the time is the last axis, so take x.shape[-1] and x[..., places].",
            _frames_of_one,
        ),
        Wrong(
            "length of a batch",
            "It is right for one signal. The len(…) of a batch is the number of its signals, so it finds too few frames "
            "or none: the time is the last axis, and x.shape[-1] long.",
            _frames_listed_by_len,
        ),
        Wrong(
            "all axes turned round",
            "It is right for one signal. `.T` turns round all axes, those of the batch too: exchange the last two only, "
            "with np.swapaxes(…, -1, -2).",
            (
                lambda signal, **lengths: np.moveaxis(_frames_one_by_one(signal, **lengths), -1, 0).T,
                lambda signal, **lengths: np.swapaxes(_frames_one_by_one(signal, **lengths), -1, -2).T,
            ),
        ),
        Wrong(
            "axes 1 and 2",
            "It is right for one signal and for one leading axis. With two the axes 1 and 2 are exchanged, which are not the last "
            "two there: count from the end, −1 and −2.",
            lambda signal, **lengths: np.swapaxes(
                np.swapaxes(_frames_one_by_one(signal, **lengths), -1, -2),
                *((-1, -2) if np.ndim(signal) == 1 else (1, 2)),
            ),
        ),
        Wrong(
            "centred",
            "Half a frame of zeros has been put in front and behind, as a centred STFT does. Here frame 0 begins at "
            "sample 0 of the signal.",
            _frames_centred,
        ),
        Wrong(
            "centred by reflection",
            "The signal is reflected at both ends for half a frame, as some centred STFTs do. Here frame 0 begins at "
            "sample 0 of the signal.",
            _frames_reflected,
        ),
        Wrong(
            "end to end",
            "The frames lie end to end: they advance by their own length and not by the hop.",
            _frames_end_to_end,
        ),
        Wrong(
            "reshaped for transposed",
            "The values are right and stand in the wrong places: `reshape` reads them on in one row, and rows and columns have to be exchanged.",
            lambda signal, **lengths: np.swapaxes(_frames_one_by_one(signal, **lengths), -1, -2).reshape(
                _frames_one_by_one(signal, **lengths).shape
            ),
        ),
        Wrong(
            "windowed",
            "The frames are weighted with a window: they are to be cut out as they are.",
            lambda signal, *, frame_length, hop_length: (
                _frames_without_rest(signal, frame_length=frame_length, hop_length=hop_length)
                * np.hanning(frame_length + 1)[:-1, np.newaxis]
            ),
        ),
        Wrong(
            "overlap for hop",
            "`hop_length` is how far frames are apart; here it is how much they share.",
            lambda signal, *, frame_length, hop_length: _frames_without_rest(
                signal, frame_length=frame_length, hop_length=max(frame_length - hop_length, 1)
            ),
        ),
        Wrong(
            "hop no longer than the frame",
            "A hop longer than the frame is cut down to it: samples between two frames may be left out.",
            lambda signal, *, frame_length, hop_length: _frames_without_rest(
                signal, frame_length=frame_length, hop_length=min(hop_length, frame_length)
            ),
        ),
        Wrong(
            "first frame missing",
            "The first frame is missing: frame 0 begins at sample 0.",
            (lambda signal, **lengths: _frames_without_rest(signal, **lengths)[..., 1:], _counted_from_one),
        ),
        Wrong(
            "one sample late",
            "Every frame begins one sample late: frame m begins at sample m · H.",
            lambda signal, *, frame_length, hop_length: _starting_at(
                1 + np.arange(0, np.shape(signal)[-1] - frame_length + 1, hop_length), frame_length, signal
            ),
        ),
        Wrong(
            "last frame moved back",
            "The rest at the end has a frame of its own, moved back until it fits: what is too short for a frame is dropped.",
            _last_moved_back,
        ),
        Wrong(
            "silence cut off",
            "The zeros at the end are gone, and their frames with them. Silence is part of a signal.",
            _frames_of_sound,
        ),
    ),
    after="At a hop of a quarter of a frame a copy stores every sample four times: an hour at 16 kHz in float32 grows from 230 MB to 920 MB, so long recordings are framed without copying, or piece by piece.",
    also_right=(
        _frames_by_slices,
        lambda signal, **lengths: _frames_without_rest(signal, **lengths).tolist(),
    ),
)
