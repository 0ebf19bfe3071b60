import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


def _hidden_by_definition(level_db, freq, time):
    n_freq, n_time = np.shape(level_db)
    total = sum(float(level_db[k][m]) for k in range(n_freq) for m in range(n_time))
    rows = [[float(level_db[k][m]) for m in range(n_time)] for k in range(n_freq)]
    for k in range(n_freq):
        for m in range(n_time):
            if freq[0] <= k < freq[0] + freq[1] or time[0] <= m < time[0] + time[1]:
                rows[k][m] = total / (n_freq * n_time)
    return np.array(rows)


def _levels_to_hide() -> list[Case]:
    rng = np.random.default_rng(8)
    small = np.array([[-10.0, -20, -30], [-40, -50, 0]])
    level_db = -80 * rng.random((23, 40)) ** 2
    return [
        case(small, (1, 1), (0, 0), says="one bin of two", gives=[[-10, -20, -30], [-25, -25, -25]]),
        case(small, (0, 0), (1, 2), says="two frames of three", gives=[[-10, -25, -25], [-40, -25, -25]]),
        case(level_db, (4, 6), (10, 9), says="23 bins and 40 frames, one mask of each kind"),
        case(level_db, (0, 3), (35, 5), says="masks at the edges"),
        case(level_db - 20, (20, 3), (0, 1), says="a softer recording"),
        case(level_db[:9, :9], (2, 3), (2, 3), says="as many bins as frames"),
        case(level_db, (5, 0), (7, 0), says="masks of no width"),
        case(level_db[:, :1], (3, 2), (0, 0), says="a single frame"),
        case(level_db[:1], (0, 0), (12, 20), says="a single bin"),
        case(level_db, (3, 20), (0, 40), says="masks that leave nothing"),
        case(level_db / 10 - 3, (0, 23), (0, 0), says="all bins hidden"),
        case(
            np.array([[-30.0, -30, 0], [-30, -60, 0]]),
            (0, 1),
            (0, 0),
            says="values that come twice, two of them 0",
            gives=[[-25] * 3, [-30, -60, 0]],
        ),
    ]


def hide(level_db, freq, time):
    out = level_db.copy()
    out[freq[0] : freq[0] + freq[1]] = level_db.mean()
    out[:, time[0] : time[0] + time[1]] = level_db.mean()
    return out


def _mask_of(shape, freq, time):
    bins, frames = np.arange(shape[0])[:, np.newaxis], np.arange(shape[1])
    in_band = (bins >= freq[0]) & (bins < freq[0] + freq[1])
    return in_band | ((frames >= time[0]) & (frames < time[0] + time[1]))


def _hidden_with(fill, mask_of=_mask_of):
    """``fill(level_db, mask)`` where ``mask_of`` says."""

    def hidden(level_db, freq, time):
        mask = mask_of(level_db.shape, freq, time)
        return np.where(mask, fill(level_db, mask), level_db)

    return hidden


def _mean_twice(level_db, freq, time):
    out = level_db.copy()
    out[freq[0] : freq[0] + freq[1]] = out.mean()
    out[:, time[0] : time[0] + time[1]] = out.mean()
    return out


def _ends(first, width):
    return slice(first, first + width)


def _ends_early(first, width):
    """One place short; where first and width are 0 the slice ends at −1, one before the last."""
    return slice(first, first + width - 1)


def _written_with(bins=_ends, frames=_ends):
    """The mean written into the slices ``bins(*freq)`` and ``frames(*time)``."""

    def written(level_db, freq, time):
        out = level_db.copy()
        out[bins(*freq)] = level_db.mean()
        out[:, frames(*time)] = level_db.mean()
        return out

    return written


def _none(first, width):
    return slice(0, 0)


def _mean(level_db, _mask):
    return level_db.mean()


def _filled_in_turn(of_bins, of_frames, bins_last=False):
    """``of_bins(level_db, rows)`` where bins are hidden, ``of_frames(level_db, columns)`` where frames are."""

    def hidden(level_db, freq, time):
        out, rows, columns = level_db.copy(), _ends(*freq), _ends(*time)
        for which in ("frames", "bins") if bins_last else ("bins", "frames"):
            if which == "bins":
                out[rows] = of_bins(level_db, rows)
            else:
                out[:, columns] = of_frames(level_db, columns)
        return out

    return hidden


def _edge_skipped(shape, freq, time):
    """A mask that reaches the end has no width."""
    freq, time = (
        (first, width if first + width < n else 0) for (first, width), n in zip((freq, time), shape, strict=True)
    )
    return _mask_of(shape, freq, time)


def _edge_spared(shape, freq, time):
    """The last bin and the last frame stay."""
    freq, time = ((first, min(width, n - 1 - first)) for (first, width), n in zip((freq, time), shape, strict=True))
    return _mask_of(shape, freq, time)


def _safe_mean(values):
    return values.mean() if values.size else 0.0


def _mean_of_different(level_db, _mask):
    return np.unique(level_db).mean()


def _mean_below_zero(level_db, _mask):
    below = level_db[level_db < 0]
    return below.mean() if below.size else level_db.mean()


EXERCISE = Exercise(
    title="a mask that is the loudest thing in the picture",
    stars=2,
    kind="repair",
    task=r"""
A script hides a band and a moment of a log-mel spectrogram by writing 0 into them. The spectrogram is in dB re the loudest value of its collection: nothing lies above 0, and where the network should see nothing it sees a shout.

**Mend it.** `hide(level_db, freq, time)` takes a spectrogram `(freq, time)` in dB, and two pairs *(first, width)*: the bins `first … first + width − 1` are hidden in all frames, and likewise the frames in all bins. What is hidden holds **the mean of the whole spectrogram as it came in**, one number for both masks. The input stays as it was.
""",
    given='''import numpy as np

import course_utils as cu


def published_hide(level_db, freq, time):
    """As published: silence is 0, is it not?"""
    out = level_db.copy()
    out[freq[0] : freq[0] + freq[1]] = 0
    out[:, time[0] : time[0] + time[1]] = 0
    return out


digits, sample_rate = cu.audio.load("speech/digits")
power = cu.mel.mel_spectrogram(digits, sample_rate=sample_rate, n_fft=512, hop_length=160, n_mels=40)
level_db = cu.sound.power_to_db(power, ref=np.max, floor_db=-80)
for name, version in (("as it was", level_db), ("published", published_hide(level_db, (12, 6), (100, 30)))):
    print(f"{name:10s} mean {version.mean():6.1f} dB, values above -1 dB: {np.mean(version > -1):.2%}")''',
    form="A spectrogram (freq, time) in dB and two pairs (first, width) in, a new spectrogram out.",
    answer="hide",
    spec=Function(cases=_levels_to_hide, expected=_hidden_by_definition),
    reference=hide,
    hints=(
        "What would a network expect at a place of which it knows nothing?",
        "Take the mean before anything is hidden: after the first mask it is another number.",
        "Copy, then write the same number into the rows and into the columns.",
    ),
    wrongs=(
        Wrong(
            "0 dB",
            "What is hidden is as loud as the loudest value there is: the mean of the picture is asked.",
            (_hidden_with(lambda level_db, mask: 0.0), _hidden_with(lambda level_db, mask: level_db.max())),
        ),
        Wrong(
            "the minimum",
            "What is hidden holds the softest value. That is silence, which says something too: the task asks for the mean.",
            _hidden_with(lambda level_db, mask: level_db.min()),
        ),
        Wrong(
            "a fixed level",
            "What is hidden holds the same number in every recording. The mean of this one is asked.",
            tuple(
                _hidden_with(lambda level_db, mask, level=level: level)
                for level in (-100.0, -80.0, -60.0, -40.0, -20.0)
            ),
        ),
        Wrong(
            "the median",
            "What is hidden holds the median of the picture. The mean is asked, in which the few loud places count.",
            _hidden_with(lambda level_db, mask: np.median(level_db)),
        ),
        Wrong(
            "rounded",
            "The mean has lost the digits after its point: it is no whole number of decibels.",
            tuple(_hidden_with(lambda level_db, mask, f=f: f(level_db.mean())) for f in (np.round, np.trunc, np.floor)),
        ),
        Wrong(
            "a mean for each bin",
            "Each bin is filled with its own mean over time. A band that is hidden then still shows how loud it is.",
            _hidden_with(lambda level_db, mask: level_db.mean(axis=1, keepdims=True)),
        ),
        Wrong(
            "a mean for each frame",
            "Each frame is filled with its own mean: a moment that is hidden then still shows how loud it was.",
            _hidden_with(lambda level_db, mask: level_db.mean(axis=0, keepdims=True)),
        ),
        Wrong(
            "a mean for each bin and frame",
            "Each bin that is hidden is filled with its own mean, and so is each frame: how loud they are still shows. One "
            "number is asked for both masks.",
            tuple(
                _filled_in_turn(
                    lambda level_db, rows: level_db.mean(axis=1, keepdims=True)[rows],
                    lambda level_db, columns: level_db.mean(axis=0, keepdims=True)[:, columns],
                    bins_last,
                )
                for bins_last in (False, True)
            ),
        ),
        Wrong(
            "the mean after the first mask",
            "The two masks hold different numbers: the second mean was taken when the first band was already hidden.",
            _mean_twice,
        ),
        Wrong(
            "the mean of what is hidden",
            "The mean is taken over the hidden part only, which tells the network what stood there.",
            (
                _hidden_with(lambda level_db, mask: _safe_mean(level_db[mask])),
                *(
                    _filled_in_turn(
                        lambda level_db, rows: _safe_mean(level_db[rows]),
                        lambda level_db, columns: _safe_mean(level_db[:, columns]),
                        bins_last,
                    )
                    for bins_last in (False, True)
                ),
            ),
        ),
        Wrong(
            "the mean of the rest",
            "The mean is taken over what is left. The task takes it over the whole spectrogram, as it came in.",
            (
                _hidden_with(lambda level_db, mask: _safe_mean(level_db[~mask])),
                _hidden_with(lambda level_db, mask: level_db.mean() if mask.all() else level_db[~mask].mean()),
            ),
        ),
        Wrong(
            "the mean of powers",
            "The decibels were turned into another measure, averaged, and turned back: loud moments dominate that. Here the numbers in dB are averaged.",
            tuple(
                _hidden_with(lambda level_db, mask, k=k: k * np.log10(np.mean(10 ** (level_db / k)))) for k in (10, 20)
            ),
        ),
        Wrong(
            "last for width",
            "The second number of a pair is taken for the end. It is the width, counted from the first.",
            (_written_with(slice, slice), _written_with(slice), _written_with(frames=slice)),
        ),
        Wrong(
            "one too many",
            "Each mask is one wider than asked: a width of 3 ends before first + 3.",
            _hidden_with(_mean, lambda shape, f, t: _mask_of(shape, (f[0], f[1] + 1), (t[0], t[1] + 1))),
        ),
        Wrong(
            "one too few",
            "Each mask is one narrower than asked, and its last place, first + width − 1, is still to be seen: the end of a slice, "
            "or of a range, is not part of it.",
            (
                _hidden_with(_mean, lambda shape, f, t: _mask_of(shape, (f[0], f[1] - 1), (t[0], t[1] - 1))),
                _written_with(_ends_early, _ends_early),
            ),
        ),
        Wrong(
            "one of them one too few",
            "One of the two masks is one narrower than asked, and its last place, first + width − 1, is still to be seen: the end "
            "of a slice, or of a range, is not part of it.",
            (
                _hidden_with(_mean, lambda shape, f, t: _mask_of(shape, (f[0], f[1] - 1), t)),
                _hidden_with(_mean, lambda shape, f, t: _mask_of(shape, f, (t[0], t[1] - 1))),
                _written_with(bins=_ends_early),
                _written_with(frames=_ends_early),
            ),
        ),
        Wrong(
            "one too late",
            "Each mask begins one place too late and ends where it should, so that its first place is still to be seen.",
            _hidden_with(_mean, lambda shape, f, t: _mask_of(shape, (f[0] + 1, f[1] - 1), (t[0] + 1, t[1] - 1))),
        ),
        Wrong(
            "moved on by one",
            "Each mask lies one place too late: it begins at first, and the first bin has the number 0.",
            _hidden_with(_mean, lambda shape, f, t: _mask_of(shape, (f[0] + 1, f[1]), (t[0] + 1, t[1]))),
        ),
        Wrong(
            "mask at the edge skipped",
            "A mask that reaches the last bin or the last frame is left out: first + width may be as large as their number.",
            _hidden_with(_mean, _edge_skipped),
        ),
        Wrong(
            "the edge spared",
            "The last bin and the last frame are never hidden: a slice ends before its second number.",
            _hidden_with(_mean, _edge_spared),
        ),
        Wrong(
            "only one of the masks",
            "One of the two masks is missing: bins and frames are hidden both.",
            (_written_with(frames=_none), _written_with(bins=_none)),
        ),
        Wrong(
            "one too early",
            "Each mask begins one place too early: the first bin has the number 0.",
            _hidden_with(_mean, lambda shape, f, t: _mask_of(shape, (f[0] - 1, f[1]), (t[0] - 1, t[1]))),
        ),
        Wrong(
            "axes exchanged",
            "Frames are hidden where bins were asked, and the other way round: the first axis is frequency.",
            _hidden_with(_mean, lambda shape, f, t: _mask_of(shape, t, f)),
        ),
        Wrong(
            "only where both meet",
            "Only the corner where band and moment cross is hidden: each of the two reaches over the whole picture.",
            _hidden_with(_mean, lambda shape, f, t: _mask_of(shape, f, (0, 0)) & _mask_of(shape, (0, 0), t)),
        ),
        Wrong(
            "equal values counted once",
            "The mean is one over all cells: a level that stands in three of them counts three times.",
            _hidden_with(_mean_of_different),
        ),
        Wrong(
            "zeros not counted",
            "The mean is one over all cells, those at 0 dB among them: 0 is the loudest level there is, and no gap.",
            _hidden_with(_mean_below_zero),
        ),
    ),
    after="Where the mean is taken off first, a mask is 0, which adds nothing to any sum of the network's first layer.",
    also_right=(_hidden_by_definition, _hidden_with(_mean)),
)
