"""Mixtures, masks and shifts of pitch, and how a training set leaks

Each augmentation is a claim: the label is still true. Here you mix noise at an exact ratio, mend a mask, find what leaks from a training set into its test set, see and hear what was done to a sound, and build a shifter of pitch that keeps time.
"""

import functools

import numpy as np

from .. import augmentation as package
from ..practice.exercise import Case, Design, Exercise, Function, Property, Question, Value, Wrong, case, right, wrong

# ------------------------------------------------------------------------------------ an exact mixture


def _mixed_by_definition(signal, noise, snr_db):
    signal, noise = np.asarray(signal, float), np.asarray(noise, float)
    rows = []
    for one, other in zip(signal.reshape(-1, signal.shape[-1]), noise.reshape(-1, noise.shape[-1]), strict=True):
        wanted = sum(value**2 for value in one) / 10 ** (snr_db / 10)  # the energy that the noise shall have
        scale = (wanted / sum(value**2 for value in other)) ** 0.5
        rows.append([a + scale * b for a, b in zip(one, other, strict=True)])
    return np.reshape(rows, signal.shape)


def _pairs_to_mix() -> list[Case]:
    rng = np.random.default_rng(10)
    signal, noise = np.array([2.0, -2, 2, -2]), np.array([1.0, 1, -1, -1])
    rows, hiss = rng.standard_normal((2, 3, 50)) * [[[0.1], [1], [4]]], rng.standard_normal((2, 3, 50))
    offset = rng.standard_normal(40) + 2
    return [
        case(signal, noise, 10 * np.log10(4), says="a ratio that leaves the noise as it is", gives=[3, -1, 1, -3]),
        case(signal, noise, 10 * np.log10(4) + 20, says="20 dB more than that", gives=[2.1, -1.9, 1.9, -2.1]),
        case(
            rng.standard_normal(64), 0.03 * rng.standard_normal(64), 10.0, says="a loud signal and faint noise, 10 dB"
        ),
        case(rng.standard_normal(31), 5 * rng.standard_normal(31), -3.0, says="noise louder than the signal, −3 dB"),
        case(offset, rng.standard_normal(40), 6.0, says="a signal with an offset"),
        case(rng.standard_normal(40), offset, 6.0, says="noise with an offset"),
        case(rows, hiss, 15.0, says="a batch of two by three signals of different levels"),
        case(np.array([0.5]), np.array([-3.0]), 0.0, says="one sample, 0 dB", gives=[0]),
    ]


def mix(signal, noise, snr_db):
    power, noise_power = (np.mean(x**2, axis=-1, keepdims=True) for x in (signal, noise))
    return signal + noise * np.sqrt(power / noise_power / 10 ** (snr_db / 10))


def _rms(x):
    return np.sqrt(np.mean(x**2, axis=-1, keepdims=True))


def _mixed_with(ratio, size=_rms):
    """A mixture whose noise is scaled to ``size(signal) / size(noise) · ratio(snr)``."""

    def mixed(signal, noise, snr_db):
        with np.errstate(invalid="ignore"):  # one sample has no standard deviation
            return signal + noise * size(signal) / size(noise) * ratio(snr_db)

    return mixed


def _signal_scaled(signal, noise, snr_db):
    return signal * _rms(noise) / _rms(signal) * 10 ** (snr_db / 20) + noise


def _peak_normalised(signal, noise, snr_db):
    mixed = mix(signal, noise, snr_db)
    return mixed / np.maximum(np.abs(mixed).max(axis=-1, keepdims=True), 1e-30)


def _mixed_by_norms(signal, noise, snr_db):
    scale = np.linalg.norm(signal, axis=-1) / np.linalg.norm(noise, axis=-1) * 10 ** (-snr_db / 20)
    return signal + scale[..., None] * noise


MIX = Exercise(
    name="augmentation/mix",
    title="noise at ten decibels, and not at nine",
    stars=1,
    kind="implement",
    task=r"""
Write `mix(signal, noise, snr_db)`, which returns $x + g\,v$ with the factor $g > 0$ that makes

$$10 \log_{10} \frac{P_x}{P_{gv}} = \texttt{snr\_db}, \qquad P_x = \frac1N \sum_n x[n]^2$$

Signal and noise have the same shape `(…, time)`, and neither is silent. **Each signal of a batch has a factor of its own.** The signal itself is not changed, and nothing is normalised afterwards.
""",
    start='''def mix(signal, noise, snr_db):
    """Signals and noises (…, time) in, mixtures (…, time) out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="mix",
    spec=Function(cases=_pairs_to_mix, expected=_mixed_by_definition),
    reference=mix,
    hints=(
        "What power must the noise have in the end? And what does a factor g do to a power?",
        "P of g·v is g² times P of v. Solve for g; a square root is left.",
        "Means along the last axis need `keepdims=True`, so that they stretch over time again.",
    ),
    wrongs=(
        Wrong(
            "exponential",
            "The ratio is taken as exp(snr/10): that is a number of nepers, not of decibels. Asked 10 dB, it gives 8.7.",
            _mixed_with(lambda snr_db: np.exp(-snr_db / 10)),
        ),
        Wrong(
            "power for amplitude",
            "The noise is scaled by a ratio of powers: asked 10 dB, it gives 20. The factor multiplies amplitudes.",
            _mixed_with(lambda snr_db: 10 ** (-snr_db / 10)),
        ),
        Wrong(
            "upside down",
            "More decibels give more noise here. A high signal-to-noise ratio means a weak noise.",
            _mixed_with(lambda snr_db: 10 ** (snr_db / 20)),
        ),
        Wrong(
            "no square root",
            "The factor is a ratio of powers, where that of amplitudes is asked: the root is missing.",
            lambda signal, noise, snr_db: signal + noise * _rms(signal) ** 2 / _rms(noise) ** 2 / 10 ** (snr_db / 10),
        ),
        Wrong(
            "the noise's own level forgotten",
            "The noise is made weaker by the ratio, whatever its level was: that is right only for noise as strong "
            "as the signal.",
            lambda signal, noise, snr_db: signal + noise * 10 ** (-snr_db / 20),
        ),
        Wrong(
            "standard deviation",
            "The mean was subtracted before squaring, as a standard deviation does. An offset has power too.",
            _mixed_with(lambda snr_db: 10 ** (-snr_db / 20), lambda x: np.std(x, axis=-1, keepdims=True)),
        ),
        Wrong(
            "peaks",
            "The ratio is one of peaks. A decibel of signal to noise compares powers, the means of squares.",
            _mixed_with(lambda snr_db: 10 ** (-snr_db / 20), lambda x: np.abs(x).max(axis=-1, keepdims=True)),
        ),
        Wrong(
            "one factor for the batch",
            "One power is taken over the whole batch: the loud signals get too little noise and the soft ones too much.",
            _mixed_with(lambda snr_db: 10 ** (-snr_db / 20), lambda x: np.sqrt(np.mean(x**2))),
        ),
        Wrong(
            "the signal scaled",
            "The ratio is right, but the signal was made louder or softer and the noise left as it was: "
            "the task keeps the signal.",
            _signal_scaled,
        ),
        Wrong(
            "normalised",
            "The mixture was scaled to a peak of 1: the ratio survives that, the level of the signal does not.",
            _peak_normalised,
        ),
    ),
    also_right=(_mixed_by_definition, _mixed_by_norms, functools.partial(package.mix_at_snr, rng=None)),
)

# ------------------------------------------------------------------------------------ a word in a pause

_WORD_S, _CLIP_S = 0.8, 3.2


def _word_truth():
    rng, rate = np.random.default_rng(3), 16_000
    clip = np.zeros(round(_CLIP_S * rate))
    word = slice(rate, rate + round(_WORD_S * rate))
    clip[word] = rng.standard_normal(round(_WORD_S * rate))
    noise = np.ones(len(clip))  # as steady as noise can be
    added = package.mix_at_snr(clip, noise, 10.0) - clip
    return float(10 * np.log10(np.sum(clip[word] ** 2) / np.sum(added[word] ** 2)))


def word_snr_db():
    asked_db, word_s, clip_s = 10, 0.8, 3.2
    return asked_db + 10 * np.log10(clip_s / word_s)  # the power of the word, spread over the clip, is a quarter


PAUSE = Exercise(
    name="augmentation/word_snr_db",
    title="ten decibels over the clip, and in the word?",
    stars=1,
    kind="predict",
    task="""
A word lasts 0.8 s and stands in a clip of 3.2 s; the rest of the clip is digital silence. A script mixes in steady noise at 10 dB, both powers taken as the mean square **over the whole clip**. **What is the signal-to-noise ratio in dB while the word sounds?** (Within 0.1 dB.)
""",
    start="""### BEGIN SOLUTION
word_snr_db = ...
### END SOLUTION""",
    answer="word_snr_db",
    spec=Value(truth=_word_truth, unit="dB", absolute=0.1),
    reference=word_snr_db,
    hints=(
        "The noise has the same power in the word and in the pauses. Has the signal?",
        "The energy of the word is shared among all samples of the clip. By which factor is the mean square smaller?",
        "A factor of four in power is how many decibels? And is the noise, measured against that mean, too weak or too strong?",
    ),
    wrongs=(
        Wrong(
            "as asked",
            "That is the ratio over the whole clip. The word's own power is larger than that mean, which counts "
            "the silence too.",
            lambda: 10,
        ),
        Wrong(
            "the wrong way",
            "The size of the difference is right, its direction is not: silence lowers the mean, so that the noise "
            "mixed in is weaker than it would be for the word alone.",
            lambda: 10 - 10 * np.log10(4),
        ),
        Wrong(
            "20 log",
            "A factor of four in time is a factor of four in mean *power*; twenty times the logarithm is for amplitudes.",
            lambda: 10 + 20 * np.log10(4),
        ),
        Wrong(
            "times four",
            "Decibels are added where powers are multiplied: 10 dB are not multiplied by four.",
            lambda: 40,
        ),
        Wrong("four decibels", "The factor of four is not 4 dB: take its logarithm.", lambda: 14),
        Wrong(
            "three quarters",
            "The word takes a quarter of the clip, not three: the share that sounds counts.",
            lambda: 10 + 10 * np.log10(3.2 / 2.4),
        ),
        Wrong(
            "the factor forgotten",
            "That is the difference alone: it comes on top of the 10 dB that were asked.",
            lambda: 10 * np.log10(4),
        ),
    ),
    also_right=(lambda: 16, lambda: np.float32(16.02)),
)

# --------------------------------------------------------------------------------------------- a mask


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
        case(level_db / 10 + 3, (0, 23), (0, 0), says="all bins hidden"),
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


def _first_and_last(level_db, freq, time):
    out = level_db.copy()
    out[freq[0] : freq[1]] = level_db.mean()
    out[:, time[0] : time[1]] = level_db.mean()
    return out


def _mean(level_db, _mask):
    return level_db.mean()


def _safe_mean(values):
    return values.mean() if values.size else 0.0


HIDE = Exercise(
    name="augmentation/hide",
    title="a mask that is the loudest thing in the picture",
    stars=2,
    kind="repair",
    task=r"""
A script hides a band and a moment of a log-mel spectrogram by writing 0 into them. The spectrogram is in dB re its maximum: 0 is the loudest value there is, and where the network should see nothing it sees a shout.

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
    start='''def hide(level_db, freq, time):
    """A spectrogram (freq, time) in dB and two pairs (first, width) in, a new spectrogram out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
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
            "What is hidden holds 0, and 0 dB re maximum is the loudest value of the picture.",
            _hidden_with(lambda level_db, mask: 0.0),
        ),
        Wrong(
            "the minimum",
            "What is hidden holds the softest value. That is silence, which says something too: the task asks for the mean.",
            _hidden_with(lambda level_db, mask: level_db.min()),
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
            "the mean after the first mask",
            "The two masks hold different numbers: the second mean was taken when the first band was already hidden.",
            _mean_twice,
        ),
        Wrong(
            "the mean of what is hidden",
            "The mean is taken over the hidden part only, which tells the network what stood there.",
            _hidden_with(lambda level_db, mask: _safe_mean(level_db[mask])),
        ),
        Wrong(
            "the mean of the rest",
            "The mean is taken over what is left. The task takes it over the whole spectrogram, as it came in.",
            _hidden_with(lambda level_db, mask: _safe_mean(level_db[~mask])),
        ),
        Wrong(
            "the mean of powers",
            "The decibels were turned into powers, averaged, and turned back: loud moments dominate that. "
            "Here the numbers in dB are averaged.",
            _hidden_with(lambda level_db, mask: 10 * np.log10(np.mean(10 ** (level_db / 10)))),
        ),
        Wrong(
            "last for width",
            "The second number of a pair is taken for the end. It is the width, counted from the first.",
            _first_and_last,
        ),
        Wrong(
            "one too many",
            "Each mask is one wider than asked: a width of 3 ends before first + 3.",
            _hidden_with(_mean, lambda shape, f, t: _mask_of(shape, (f[0], f[1] + 1), (t[0], t[1] + 1))),
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
    ),
    also_right=(_hidden_by_definition, _hidden_with(_mean)),
)

# ------------------------------------------------------------------------------------------- the leak


def _leaks_by_definition(train, test):
    found = []
    for number, (speaker, _, noise) in enumerate(np.asarray(test).tolist()):
        leaks = False
        for other_speaker, _, other_noise in np.asarray(train).tolist():
            if speaker == other_speaker or (noise != -1 and noise == other_noise):
                leaks = True
        if leaks:
            found.append(number)
    return found


def _splits() -> list[Case]:
    rng = np.random.default_rng(4)
    train = np.array([[3, 1, -1], [3, 2, 0], [5, 1, 4], [8, 7, -1]])
    test = np.array([[9, 1, -1], [5, 9, -1], [6, 2, 0], [7, 3, 2], [3, 1, -1], [2, 7, -1], [1, 5, 3], [4, 0, 4]])

    def drawn(n, first, last):
        return np.stack([rng.integers(first, last, n), rng.integers(0, 5, n), rng.integers(-1, 6, n)], axis=1)

    return [
        case(train, test, says="eight clips by hand", gives=[1, 2, 4, 7]),
        case(np.array([[3, 1, -1]]), np.array([[4, 1, -1], [3, 2, -1]]), says="the same take number", gives=[1]),
        case(np.array([[3, 1, 2]]), np.array([[4, 5, 3], [3, 7, 4]]), says="another take of a speaker", gives=[1]),
        case(np.array([[3, 1, 0]]), np.array([[1, 3, 3], [4, 2, 0]]), says="two speakers in one rain", gives=[1]),
        case(drawn(6, 0, 6), drawn(25, 4, 12), says="25 clips of eight speakers"),
        case(drawn(3, 0, 3), drawn(30, 3, 12), says="30 clips, no speaker in common"),
        case(train[:1], test[:1], says="nothing in common", gives=[]),
    ]


def leaking(train, test):
    same_voice = (test[:, 0, np.newaxis] == train[:, 0]).any(axis=1)
    same_noise = (test[:, 2, np.newaxis] == train[:, 2]).any(axis=1)
    return np.flatnonzero(same_voice | same_noise & (test[:, 2] >= 0))


def _leaks_if(shared):
    """The numbers of the clips for which ``shared(clip, other)`` holds for some other of the training set."""
    return lambda train, test: np.array(
        [n for n, clip in enumerate(test) if any(shared(clip, other) for other in train)], int
    )


def _same_noise(clip, other):
    return clip[2] >= 0 and clip[2] == other[2]


def _from_training(train, test):
    return _leaks_by_definition(test, train)


def _not_leaking(train, test):
    return np.setdiff1d(np.arange(len(test)), _leaks_by_definition(train, test))


LEAK = Exercise(
    name="augmentation/leaking",
    title="find the leak",
    stars=2,
    kind="implement",
    task="""
A digit recogniser scores 99 % on its test set and 70 % in the field. Its clips were augmented first and split afterwards. A set of clips is an array of whole numbers `(n_clips, 3)`, one row *(speaker, take, noise)* for each clip: who speaks, the number of that speaker's recording, and which recording of noise was mixed in, or −1 for a clean clip.

A clip of the test set **leaks** if its speaker, or the noise in it, occurs anywhere in the training set: the network has heard that voice, or has learned that rain. Write `leaking(train, test)`, which returns the numbers of the rows of `test` that leak, from the first to the last, counted from 0. Clean clips share no noise.
""",
    start='''def leaking(train, test):
    """Two arrays (n_clips, 3) of (speaker, take, noise) in, numbers of leaking test rows out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="leaking",
    spec=Function(cases=_splits, expected=_leaks_by_definition),
    reference=leaking,
    hints=(
        "Of the three numbers of a row, which one says nothing that the others do not?",
        "One column of `test` against the same column of `train`, each with each: is any equal? Then the other column.",
        "A new axis makes the table of all pairs, `any(axis=1)` asks along it. What must be taken out of the noises?",
    ),
    wrongs=(
        Wrong(
            "only the same recording",
            "Only a clip of the very same recording counts here. Another take of the same speaker is the same voice.",
            _leaks_if(lambda clip, other: (clip[:2] == other[:2]).all()),
        ),
        Wrong(
            "only identical clips",
            "Only a clip that is the same in all three numbers counts. An augmented copy is no new speaker.",
            _leaks_if(lambda clip, other: (clip == other).all()),
        ),
        Wrong(
            "noise forgotten",
            "Speakers are looked at, noises are not. A network that has learned one recording of rain knows it again.",
            _leaks_if(lambda clip, other: clip[0] == other[0]),
        ),
        Wrong(
            "speakers forgotten",
            "Noises are looked at, speakers are not: a voice of the training set leaks in any noise.",
            _leaks_if(_same_noise),
        ),
        Wrong(
            "no noise taken for a noise",
            "Two clean clips count as sharing their noise: −1 equals −1.",
            _leaks_if(lambda clip, other: clip[0] == other[0] or clip[2] == other[2]),
        ),
        Wrong(
            "noise 0 taken for none",
            "Noise number 0 is left out: it is a recording like the others, −1 stands for none.",
            _leaks_if(lambda clip, other: clip[0] == other[0] or (clip[2] > 0 and clip[2] == other[2])),
        ),
        Wrong(
            "both must be shared",
            "A clip counts only if voice *and* noise are known; one of them is enough to leak.",
            _leaks_if(lambda clip, other: clip[0] == other[0] and _same_noise(clip, other)),
        ),
        Wrong(
            "take numbers compared",
            "The number of a take counts too: take 1 of one speaker has nothing to do with take 1 of another.",
            _leaks_if(lambda clip, other: clip[0] == other[0] or clip[1] == other[1] or _same_noise(clip, other)),
        ),
        Wrong(
            "rows of the training set",
            "These are rows of the training set that are known from the test set: the two are exchanged.",
            _from_training,
        ),
        Wrong(
            "what does not leak",
            "These are the rows that do not leak: the answer is the rest of them.",
            _not_leaking,
        ),
    ),
    also_right=(
        _leaks_by_definition,
        _leaks_if(lambda clip, other: clip[0] == other[0] or _same_noise(clip, other)),
    ),
)

# ------------------------------------------------------------------------- this augmentation hurts: why


@functools.cache
def _plain_db():
    from .. import audio, mel, sound

    words, sample_rate = audio.load("speech/digits", dtype=np.float64)
    power = mel.mel_spectrogram(words[: 2 * sample_rate], sample_rate=sample_rate, n_fft=512, hop_length=160, n_mels=40)
    return sound.power_to_db(power, ref=np.max, floor_db=-60.0)


def four_pictures():
    """A log-mel spectrogram of two seconds as it was, and as four scripts have augmented it: A, B, C, D."""
    level_db = _plain_db()
    options = {"n_freq_masks": 1, "n_time_masks": 1, "max_freq_width": 6, "max_time_width": 25, "max_warp": 0}
    gone = {"n_freq_masks": 4, "n_time_masks": 6, "max_freq_width": 14, "max_time_width": 60, "max_time_share": 1.0}
    fine = package.spec_augment(level_db, rng=np.random.default_rng(20), **options)
    hidden = package.spec_augment(level_db, rng=np.random.default_rng(3), max_warp=0, **gone)
    loud = package.spec_augment(level_db, rng=np.random.default_rng(41), value=0.0, **options)
    moved = package.time_warp(level_db, source=40, target=120)
    return level_db, [hidden, fine, moved, loud]


def _pictures_truth():
    """What share was changed, to which level, and whether the columns have only changed places."""
    level_db, versions = four_pictures()
    words = []
    for version in versions:
        changed = version != level_db
        values = np.unique(version[changed])
        if len(values) > 1:
            words.append("moved")
        elif values[0] > level_db.max() - 1:
            words.append("loud")
        else:
            words.append("gone" if changed.mean() > 0.5 else "fine")
    return words


def pictures():
    a, b, c, d = "gone", "fine", "moved", "loud"
    return [a, b, c, d]


def _as_words(*words):
    return lambda: list(words)


PICTURES = Exercise(
    name="augmentation/pictures",
    title="these augmentations hurt: why?",
    stars=1,
    kind="read",
    task="""
Four scripts augment the log-mel spectrogram of two seconds of speech, and three of them make the recogniser worse. One of the four is **fine**. One hides with the **loud**est value instead of the mean. One hides so much that the words are **gone**. And one warps time so far that things have **moved** away from where the labels say they are. Which is which? Give a list of four words, for A, B, C and D.
""",
    given="""import course_utils as cu
from course_utils.exercises.augmentation import four_pictures

level_db, versions = four_pictures()
picture = cu.plotting.Picture(5, 1, height_in=1.9, sharex=True)
for ax, values, name in zip(picture.axes, [level_db, *versions], ["as it was", *"ABCD"], strict=True):
    image = ax.imshow(values, origin="lower", aspect="auto", vmin=-60, vmax=0, cmap="magma", extent=(0, 2, 0, 40))
    ax.grid(visible=False)
    ax.set(ylabel="mel band", title=name)
    picture.figure.colorbar(image, ax=ax, label="dB re max", pad=0.01)
picture.axes[-1].set(xlabel="time in s")
shares = [float((values != level_db).mean()) for values in versions]
means = [float(values.mean() - level_db.mean()) for values in versions]
words = "; ".join(f"{name}: {s:.0%} changed, mean {m:+.0f} dB" for name, s, m in zip("ABCD", shares, means, strict=True))
picture.show(f"Five spectrograms below each other, the first as it was. {words}.")""",
    start="""### BEGIN SOLUTION
pictures = ...  # four of "fine", "loud", "gone", "moved"
### END SOLUTION""",
    answer="pictures",
    spec=Value(truth=_pictures_truth, options=("fine", "loud", "gone", "moved")),
    reference=pictures,
    hints=(
        "One of the four has no masks at all. Compare its columns with those of the picture at the top.",
        "What colour has the loudest value? And what colour has the mean, which lies far below it?",
        "Of the two with masks of the mean's colour, one leaves most of the picture, the other leaves islands.",
    ),
    wrongs=(
        Wrong(
            "loud taken for fine",
            "The masks of D are as bright as the loudest vowel: to the network that is the loudest thing in the clip. "
            "Those of the fine one have the colour of the mean.",
            _as_words("gone", "loud", "moved", "fine"),
        ),
        Wrong(
            "gone taken for fine",
            "A leaves islands of the words: more than half of it is hidden. The other one with masks of that colour "
            "hides a band and a moment.",
            _as_words("fine", "gone", "moved", "loud"),
        ),
        Wrong(
            "moved taken for fine",
            "C has no mask, but its words stand elsewhere than in the picture at the top: compare where they begin.",
            _as_words("gone", "moved", "fine", "loud"),
        ),
        Wrong(
            "gone and loud exchanged",
            "Look at the colours of the masks in A and D: which of the two is as bright as the brightest vowel?",
            _as_words("loud", "fine", "moved", "gone"),
        ),
        Wrong(
            "gone and moved exchanged",
            "A has masks, C has none: what has moved is still all there.",
            _as_words("moved", "fine", "gone", "loud"),
        ),
        Wrong(
            "loud and moved exchanged",
            "C has no masks, so that none of them can be loud; D has two bright ones.",
            _as_words("gone", "fine", "loud", "moved"),
        ),
    ),
    also_right=(lambda: ("Gone", "Fine", "Moved", "Loud"), lambda: np.array(["gone", "fine", "moved", "loud"])),
)

# ------------------------------------------------------------------------------ which of the three was it


def three_versions():
    """A sentence, and three versions of it, A, B, C: each 1.3 times as fast, as high, or both; and the rate."""
    from .. import audio

    words, sample_rate = audio.load("speech/sonorants", dtype=np.float64)
    shifted = package.pitch_shift(words, 12 * np.log2(1.3))
    stretched, faster = package.time_stretch(words, 1.3), package.change_speed(words, 1.3)
    return words, [stretched, faster, shifted], sample_rate


def _versions_truth():
    """From the length, and from where the spectrum fits that of the original, stretched along log frequency."""
    words, versions, sample_rate = three_versions()
    grid_hz = np.geomspace(200, 2500, 400)

    def log_spectrum(signal):
        level = np.log(np.abs(np.fft.rfft(signal * np.hanning(len(signal)))) + 1e-9)
        smooth = np.convolve(level, np.ones(41) / 41, "same")
        return np.interp(grid_hz, np.fft.rfftfreq(len(signal), 1 / sample_rate), smooth)

    found, n_up = [], round(np.log(1.3) / np.log(grid_hz[1] / grid_hz[0]))
    for version in versions:
        before, after = log_spectrum(words), log_spectrum(version)
        stays = np.corrcoef(before, after)[0, 1]
        moves = np.corrcoef(before[:-n_up], after[n_up:])[0, 1]
        shorter = len(version) < 0.9 * len(words)
        found.append("speed" if shorter and moves > stays else "stretch" if shorter else "pitch")
    return found


def versions():
    a, b, c = "stretch", "speed", "pitch"
    return [a, b, c]


VERSIONS = Exercise(
    name="augmentation/versions",
    title="faster, higher, or both?",
    stars=1,
    kind="listen",
    task="""
A sentence, then three versions of it, all by a factor of 1.3: one with another **speed** (both faster and higher), one with a time **stretch** (faster only), one with a shift of **pitch** (higher only). Which is which? Give a list of three words, for A, B and C.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.augmentation import three_versions

sentence, versions, sample_rate = three_versions()
gap = np.zeros(sample_rate)
one_after_the_other = np.concatenate([np.append(version, gap) for version in (sentence, *versions)])
cu.audio.play(one_after_the_other, sample_rate, caption="As it was, then A, B, C. How high, and how long?")""",
    start="""### BEGIN SOLUTION
versions = ...  # three of "speed", "stretch", "pitch"
### END SOLUTION""",
    answer="versions",
    spec=Value(truth=_versions_truth, options=("speed", "stretch", "pitch")),
    reference=versions,
    hints=(
        "One of the three lasts as long as the original. Count along with the words.",
        "Of the two that are shorter, one has the voice of the original.",
        "`len(version) / sample_rate` gives the durations; for the height listen to the first word.",
    ),
    wrongs=(
        Wrong(
            "A and B exchanged",
            "A and B are equally short. One of them speaks with the voice of the original, the other with that of a "
            "smaller person.",
            _as_words("speed", "stretch", "pitch"),
        ),
        Wrong(
            "B and C exchanged",
            "B and C are equally high. Which of them takes as long as the original?",
            _as_words("stretch", "pitch", "speed"),
        ),
        Wrong(
            "A and C exchanged",
            "A has the pitch of the original and is shorter; C is as long as the original and higher.",
            _as_words("pitch", "speed", "stretch"),
        ),
        Wrong(
            "one place on",
            "Only one of the three is as long as the original, and it is not the first.",
            _as_words("pitch", "stretch", "speed"),
        ),
        Wrong(
            "one place back",
            "C is as long as the original, so that nothing was done to its speed.",
            _as_words("speed", "pitch", "stretch"),
        ),
    ),
    also_right=(lambda: ("Stretch", "Speed", "Pitch"), lambda: np.array(["stretch", "speed", "pitch"])),
)

# ---------------------------------------------------------------------------- a shift of pitch, exactly

_RATE = 16_000
_SHIFTS = (-5.0, 3.0, 4.5)


@functools.cache
def _voice(fundamental_hz):
    """Seven partials that fall by 1/k, a second long."""
    t_s = np.arange(_RATE) / _RATE
    return sum(0.2 / k * np.sin(2 * np.pi * k * fundamental_hz * t_s + k) for k in range(1, 8))


def _spectrum(signal):
    """The middle of a signal under a window whose side lobes lie 90 dB down; bins of 1.25 Hz."""
    middle = np.asarray(signal, float)[1600:-1600]
    n = np.arange(len(middle)) / len(middle)
    window = 0.36 - 0.49 * np.cos(2 * np.pi * n) + 0.14 * np.cos(4 * np.pi * n) - 0.01 * np.cos(6 * np.pi * n)
    return np.abs(np.fft.rfft(middle * window)) ** 2


def _called(shift_pitch, fundamental_hz, n_semitones):
    return np.asarray(shift_pitch(_voice(fundamental_hz).copy(), n_semitones), float)


def _other_length(shift_pitch):
    if not callable(shift_pitch):
        return "A function is asked: pass `shift_pitch` itself, without calling it."
    for n_semitones in _SHIFTS:
        got = _called(shift_pitch, 180, n_semitones)
        if got.shape != (_RATE,) or not np.isfinite(got).all():
            return (
                f"16,000 finite samples are asked for a shift by {n_semitones:+g} semitones; "
                f"it gives an array of shape {got.shape}."
            )
    return None


def _other_pitch(shift_pitch):
    for n_semitones in _SHIFTS:
        power = _spectrum(_called(shift_pitch, 220, n_semitones))
        wanted = 220 * 2 ** (n_semitones / 12) * 12_800 / _RATE  # in bins
        k = max(2, int(power[: len(power) - 1].argmax()))
        a, b, c = np.log(power[k - 1 : k + 2] + 1e-30)
        found = k + (a - c) / (2 * (a - 2 * b + c))
        cents = 1200 * np.log2(found / wanted)
        if not abs(cents) <= 5:
            return f"Asked for {n_semitones:+g} semitones, it misses the pitch by {cents:+.0f} cents; at most 5 are accepted."
    return None


def _other_place(shift_pitch):
    signal = np.zeros(_RATE)
    for start in (3000, 12_000):
        signal[start : start + 800] = _voice(500)[:800]
    for n_semitones in _SHIFTS:
        power = np.asarray(shift_pitch(signal.copy(), n_semitones), float) ** 2
        for start, half in ((3000, slice(0, 8000)), (12_000, slice(8000, None))):
            n = np.arange(_RATE)[half]
            centre = np.sum(n * power[half]) / max(np.sum(power[half]), 1e-30)
            late_ms = 1000 * (centre - start - 400) / _RATE
            if not abs(late_ms) <= 20:
                return (
                    f"With {n_semitones:+g} semitones a sound at {1000 * start / _RATE:.0f} ms is moved by "
                    f"{late_ms:+.0f} ms; at most 20 are accepted."
                )
    return None


def _other_level(shift_pitch):
    for n_semitones in _SHIFTS:
        got = _called(shift_pitch, 180, n_semitones)[1600:-1600]
        change_db = 10 * np.log10(np.mean(got**2) / np.mean(_voice(180)[1600:-1600] ** 2))
        if not abs(change_db) <= 2:
            return f"A shift by {n_semitones:+g} semitones changes the level by {change_db:+.1f} dB; at most 2 are accepted."
    return None


def _clean_db(shift_pitch):
    """Power within 8 Hz of the partials over the rest, the mean of all shifts of two voices."""
    found = []
    for fundamental_hz in (110, 240):
        for n_semitones in _SHIFTS:
            power = _spectrum(_called(shift_pitch, fundamental_hz, n_semitones))
            bins_hz = np.arange(len(power)) * _RATE / 12_800
            partials_hz = fundamental_hz * 2 ** (n_semitones / 12) * np.arange(1, 8)
            own = (np.abs(bins_hz - partials_hz[:, np.newaxis]) < 8).any(axis=0)
            found.append(10 * np.log10(power[own].sum() / max(power[~own].sum(), 1e-30)))
    return float(np.mean(found))


def shift_pitch():
    """Stretch in time first, then play faster: the duration comes back, the pitch has moved."""

    def shift(signal, n_semitones):
        ratio = 2 ** (n_semitones / 12)
        longer = package.time_stretch(signal, 1 / ratio, n_fft=1024)
        return package.fix_length(package.change_speed(longer, ratio), len(signal))

    return shift


def _shift_by_wsola():
    """Segments laid end to end where they fit best, then played at another speed."""
    from .. import effects

    def shift(signal, n_semitones):
        ratio = 2 ** (n_semitones / 12)
        longer = effects.tempo(signal, factor=1 / ratio, sample_rate=_RATE)
        return package.fix_length(package.change_speed(longer, ratio), len(signal))

    return shift


def _shift_by_interpolation():
    """A vocoder by hand, then straight lines between the samples."""
    from .. import stft

    def shift(signal, n_semitones):
        ratio = 2 ** (n_semitones / 12)
        spectrum = stft.stft(signal, n_fft=1024)
        longer = stft.istft(stft.phase_vocoder(spectrum, rate=1 / ratio), n_fft=1024)
        return np.interp(np.arange(len(signal)) * ratio, np.arange(len(longer)), longer)

    return shift


def _only_speed():
    return lambda signal, n_semitones: package.change_speed(signal, 2 ** (n_semitones / 12))


def _only_stretch():
    return lambda signal, n_semitones: package.fix_length(package.time_stretch(signal, 2 ** (-n_semitones / 12)), _RATE)


def _speed_and_padding():
    return lambda signal, n_semitones: package.fix_length(package.change_speed(signal, 2 ** (n_semitones / 12)), _RATE)


def _half_as_loud():
    return lambda signal, n_semitones: 0.5 * package.pitch_shift(signal, n_semitones)


SHIFT = Exercise(
    name="augmentation/shift_pitch",
    title="another pitch in the same time",
    stars=3,
    kind="design",
    task=r"""
Write `shift_pitch(signal, n_semitones)` for a signal `(time,)` at 16,000 Hz. For shifts from −5 to +4.5 semitones:

1. the result has exactly as many samples as the signal;
2. the pitch is within **5 cents** of the one asked;
3. what happens at a moment stays there, within **20 ms**;
4. the level of a steady voice changes by at most **2 dB**.

You may use everything in `course_utils`, except `pitch_shift` itself. The score is how clean it is: the power within 8 Hz of the seven partials over all the rest, in dB, the mean over three shifts of two steady voices (110 and 240 Hz). The larger, the better.
""",
    given="""import numpy as np

import course_utils as cu

t_s = np.arange(16_000) / 16_000
voice = sum(0.2 / k * np.sin(2 * np.pi * k * 180 * t_s + k) for k in range(1, 8))
faster = cu.augmentation.change_speed(voice, 2 ** (4 / 12))
print(f"played faster: {len(voice)} samples have become {len(faster)}")
cu.audio.play(voice, 16_000, caption="The voice to be shifted: how high is it?")""",
    start='''def shift_pitch(signal, n_semitones):
    """A signal (time,) at 16,000 Hz in, as many samples out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="shift_pitch",
    spec=Design(
        properties=(
            Property("as many samples", _other_length),
            Property("pitch", _other_pitch),
            Property("place in time", _other_place),
            Property("level", _other_level),
        ),
        score=_clean_db,
        unit="dB",
        best=74.85,  # effects.tempo told a rate of 17,000 Hz, then filters.resample with 32 zero crossings
        smaller_is_better=False,
    ),
    reference=shift_pitch,
    hints=(
        "Two of the lecture's tools change one thing each that you want and one that you do not. Can one undo the other?",
        "Play faster by r, and the pitch is right while the duration is short by r. What should have been done before?",
        "Stretch by 1/r first, then change the speed by r, then see to the last sample. For the score: what does a longer "
        "window do to a steady tone, and what to requirement 3?",
    ),
    wrongs=(
        Wrong("as many samples", "", _only_speed),
        Wrong("pitch", "", _only_stretch),
        Wrong("place in time", "", _speed_and_padding),
        Wrong("level", "", _half_as_loud),
    ),
    also_right=(_shift_by_wsola, _shift_by_interpolation, lambda: package.pitch_shift),
)

EXERCISES = (MIX, PAUSE, HIDE, LEAK, PICTURES, VERSIONS, SHIFT)

# ------------------------------------------------------------------------------------------ questions


def _proof_padded():
    rng = np.random.default_rng(1)
    word, rain = rng.standard_normal(8000), np.ones(40_000)
    padded = np.pad(word, 16_000)
    tight, loose = (np.mean(package.mix_at_snr(clip, rain, 10) - clip) for clip in (word, padded))
    assert 6.9 < 20 * np.log10(tight / loose) < 7.1


def _proof_three_small():
    from .. import audio, mel, sound

    digits, rate = audio.load("speech/digits", dtype=np.float64)

    def level_db(signal):
        power = mel.mel_spectrogram(signal, sample_rate=rate, n_fft=512, hop_length=160, n_mels=40)
        return sound.power_to_db(power, floor_db=-80)

    before_db = level_db(digits)
    change_db = [
        np.abs(level_db(version) - before_db).mean()
        for version in (-digits, package.gain(digits, -3), package.time_shift(digits, 0.001, sample_rate=rate))
    ]
    assert change_db[0] == 0
    assert change_db[1] > 3 * change_db[2] > 0


def _proof_telephone():
    from .. import audio, descriptors, stft

    hiss, rate = audio.load("speech/sibilants", dtype=np.float64)
    grid = {"n_fft": 512, "hop_length": 256}
    before, after = (stft.spectrogram(x, **grid).sum(axis=0) for x in (hiss, package.telephone(hiss, sample_rate=rate)))
    crossings_hz = rate / 2 * descriptors.zero_crossing_rate(hiss, frame_length=512, hop_length=256)
    is_hiss = (crossings_hz > 4000) & (before > 1e-4 * before.max())
    assert 0.07 < after[is_hiss].sum() / before[is_hiss].sum() < 0.15


def _proof_echoes():
    from .. import rooms

    images = rooms.image_sources(
        (6, 5, 3), (1, 1.5, 1.5), (4.5, 3.5, 1.2), absorption=0.2, max_order=1000, max_distance_m=343 * 0.3
    )
    assert 45_000 < len(images.order) < 55_000


def _proof_dead_room():
    from .. import rooms

    assert rooms.sabine_s((5, 4.5, 4), 1.0) > 0.1
    assert rooms.eyring_s((5, 4.5, 4), 1.0) == 0


def _proof_hidden():
    rng, blank = np.random.default_rng(0), np.zeros((40, 100))
    options = {"rng": rng, "max_warp": 0, "value": 1.0}
    shares = [package.spec_augment(blank, **options).mean() for _ in range(1000)]
    assert 0.32 < np.mean(shares) < 0.37
    assert np.max(shares) > 0.5


def _proof_beta():
    share = np.random.default_rng(0).beta(0.2, 0.2, 100_000)
    assert 0.3 < np.mean((share > 0.1) & (share < 0.9)) < 0.36


def _proof_generator():
    import copy

    original, drawn = np.random.default_rng(0), []
    for _ in range(3):
        workers = [copy.deepcopy(original) for _ in range(2)]
        drawn += [workers[index % 2].uniform() for index in range(8)]
    assert len(drawn) == 24
    assert len(set(drawn)) == 4


def _proof_amplitude():
    signal, hiss = np.random.default_rng(0).standard_normal((2, 5000))
    added = package.mix_at_snr(signal, hiss, 20) - signal
    assert np.isclose(_rms(added) / _rms(signal), 0.1)


def _proof_shift_and_speed():
    sixteen = np.zeros(16_000)
    assert len(package.pitch_shift(sixteen, 12)) == 16_000
    assert len(package.change_speed(sixteen, 2)) == len(package.time_stretch(sixteen, 2)) == 8000


def _proof_larger_room():
    from .. import rooms

    small, large = rooms.sabine_s((5, 4, 3), 0.2), rooms.sabine_s((10, 8, 6), 0.2)
    assert np.isclose(large / small, 2)


QUESTIONS = (
    Question(
        name="padded_word",
        kind="predict",
        text="10 dB asked twice. Compared with the tightly cut word, the rain in the padded file is:",
        options=(
            wrong("as loud: 10 dB is 10 dB", "The ratio is the same; the power that it refers to is not."),
            wrong(
                "louder, since there is more room for it", "Its power is a mean, which does not grow with the length."
            ),
            right(
                "softer by 7 dB",
                "Silence lowers the mean power of the clip to a fifth, and the rain is scaled to that mean.",
            ),
        ),
        proof=_proof_padded,
    ),
    Question(
        name="three_small",
        kind="predict",
        text="Which change moves the log-mel values most on average, and which not at all?",
        options=(
            wrong(
                "the polarity most, the gain not at all",
                "Power does not know a sign, and the logarithm of a smaller power is smaller.",
            ),
            right(
                "the gain most, the polarity not at all",
                "3 dB less is 3 dB less wherever there is sound; a sign vanishes when it is squared.",
            ),
            wrong(
                "the shift most, the polarity not at all",
                "A shift by a tenth of a frame changes steep onsets a lot and everything else very little.",
            ),
            wrong("the shift most, the gain not at all", "Nothing normalises the level here: the gain is a constant."),
        ),
        proof=_proof_three_small,
    ),
    Question(
        name="three_ways",
        kind="predict",
        text="Speed, stretch, pitch shift, by a factor of 1.25 each. What changes?",
        options=(
            wrong("all three change both", "Two of them are built to hold one of the two."),
            wrong(
                "speed: duration; stretch: both; pitch shift: pitch",
                "A tape that runs faster is higher, and a vocoder reads its frames faster without moving any frequency.",
            ),
            right(
                "speed: both; stretch: duration; pitch shift: pitch",
                "The first resamples, the second reads frames faster, the third does both so that the duration comes back.",
            ),
        ),
        proof=_proof_shift_and_speed,
    ),
    Question(
        name="telephone_hiss",
        kind="predict",
        text="How much of the energy of the hiss survives a band of 300 to 3,400 Hz?",
        options=(
            wrong("about nine tenths", "That would be so if s had its energy where vowels have it."),
            wrong("about a half", "The hiss of an s begins where the telephone ends: most lies above 4,000 Hz."),
            right("about a tenth", "Nearly all of it lies above 3,400 Hz; vowels keep most of their energy."),
        ),
        proof=_proof_telephone,
    ),
    Question(
        name="echoes",
        kind="predict",
        text="How many echoes arrive within 300 ms in a room of 90 cubic metres?",
        options=(
            wrong("about 100", "That many arrive in the first 40 ms."),
            wrong("about 2,000", "That many arrive within 100 ms, and the number grows with the cube of the time."),
            right(
                "about 50,000", "A sphere of 103 m radius holds 4.6 million cubic metres, with one image to each 90."
            ),
        ),
        proof=_proof_echoes,
    ),
    Question(
        name="dead_room",
        kind="predict",
        text="Walls that swallow everything: which times do the formulas give?",
        options=(
            wrong("both 0 s", "Eyring's does; Sabine's divides by the absorption, and that is finite."),
            right(
                "Sabine 0.12 s, Eyring 0 s", "The logarithm of nothing left is infinite; the absorption itself is 1."
            ),
            wrong(
                "Sabine 0 s, Eyring 0.12 s", "It is the other way round: Eyring's was derived for strong absorption."
            ),
            wrong("both 0.12 s", "They agree where walls absorb little."),
        ),
        proof=_proof_dead_room,
    ),
    Question(
        name="hidden_share",
        kind="predict",
        text="Two masks of up to 8 of 40 bands, two of up to 20 of 100 frames: hidden on average?",
        options=(
            wrong("a tenth", "That is one mask alone, which is half as wide as allowed on average."),
            wrong("a fifth", "That is either pair alone; the other pair hides as much of the rest."),
            right("a third", "Each of four masks leaves about nine tenths, and 0.9 to the fourth is two thirds."),
        ),
        proof=_proof_hidden,
    ),
    Question(
        name="beta",
        kind="predict",
        text="Beta(0.2, 0.2): in how many of 100 pairs has each voice a tenth or more?",
        options=(
            wrong("in about 80", "That would be a uniform share. This distribution heaps up at both ends."),
            wrong("in about 60", "In about 60 each voice has a hundredth or more."),
            right("in about 33", "Two thirds of the mixtures are nearly one of the two examples."),
        ),
        proof=_proof_beta,
    ),
    Question(
        name="same_generator",
        kind="predict",
        text="A generator in the dataset, 8 examples, 2 workers, 3 epochs: how many different gains of 24?",
        options=(
            wrong("24", "That is what no workers give: one stream, drawn from 24 times."),
            wrong("12", "The two workers do hold the same copy, but so does each epoch."),
            wrong("8", "Each worker draws only for its own four examples, and both draw the same four numbers."),
            right("4", "Each worker has a copy in the same state and draws four times, and each epoch copies anew."),
        ),
        proof=_proof_generator,
    ),
    Question(
        name="power_or_amplitude",
        text="Noise lies 20 dB below a signal. The RMS of the noise is which part of the signal's?",
        options=(
            right("a tenth", "20 dB are a factor of 100 in power and of 10 in amplitude."),
            wrong("a hundredth", "That is the ratio of the powers."),
            wrong("a seventh", "exp(−2) is 0.135: that takes decibels for nepers."),
        ),
        proof=_proof_amplitude,
    ),
    Question(
        name="false_label",
        text="Which augmentation makes a label false?",
        options=(
            wrong("inverted polarity, for spoken digits", "Nobody hears it, and a power spectrum does not see it."),
            wrong("a telephone band, for spoken digits", "People understand digits on the telephone: the label stays."),
            right("a pitch shift by 5 semitones, for child or adult", "What tells the two apart is what was shifted."),
            wrong("a time mask, for the language of a sentence", "The rest of the sentence is in the same language."),
        ),
    ),
    Question(
        name="wrapped_shift",
        text="A shift in time with wrap-around helps a classifier of whole clips, and ruins an onset detector. Why?",
        options=(
            wrong("it changes the spectrum of the clip", "Its magnitude over the whole clip is exactly the same."),
            wrong("it costs more time than zeros do", "Both are a copy of the samples."),
            right(
                "it makes onsets that are not in the labels",
                "Where the end meets the beginning a sound may start, or one that has begun is cut off from its onset.",
            ),
        ),
    ),
    Question(
        name="split_after",
        text="1,000 clips come from 100 recordings, 9 augmented copies of each added. They are split at random. Then:",
        options=(
            right(
                "nearly every test clip has a sibling in training",
                "A test clip is alone only if all nine siblings have fallen into the test set with it.",
            ),
            wrong("a tenth of the test clips has one", "That would need nine of ten versions to stay out of training."),
            wrong("none has one, since all are different files", "Different files, and the same voice, word and take."),
        ),
    ),
    Question(
        name="mask_of_zero",
        text="A SpecAugment that writes 0 is right on which features?",
        options=(
            wrong("dB re maximum", "There 0 is the loudest value of the clip."),
            wrong("dB re full scale", "There 0 is full scale, far above everything."),
            right("log-mel, normalised to mean 0", "There 0 is the mean, which is what a mask should hold."),
            wrong("power", "There 0 is digital silence, which occurs nowhere else, and has no logarithm."),
        ),
    ),
    Question(
        name="larger_room",
        text="A room is twice as long, wide and high, with the same walls. Its reverberation time is:",
        options=(
            wrong("the same: the walls absorb as before", "A sound meets them half as often."),
            right("twice as long", "Volume over surface doubles: eight times the one, four times the other."),
            wrong("eight times as long", "The volume is; the surface, which absorbs, grows four times."),
        ),
        proof=_proof_larger_room,
    ),
    Question(
        name="late_labels",
        text="After convolution with measured room responses, all event labels are 30 ms early. What was forgotten?",
        options=(
            wrong("to normalise the responses", "That changes levels, and no times."),
            right(
                "to cut what comes before the direct sound",
                "The travel of the sound, and the delay of the device, came along.",
            ),
            wrong("to high-pass them", "That removes a drift, and delays nothing by 30 ms."),
        ),
    ),
)
