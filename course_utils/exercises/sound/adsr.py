import math

import numpy as np

from ... import sound as package
from ...practice.counts import right_count
from ...practice.model import Case, Exercise, Function, Wrong, case


def _gains_by_definition(*, attack_s, decay_s, sustain_level, release_s, duration_s, sample_rate):
    """One sample after the other, straight from the four formulas."""
    times_s = [n / sample_rate for n in range(round(duration_s * sample_rate))]
    parts = {"attack_s": attack_s, "decay_s": decay_s, "sustain_level": sustain_level, "release_s": release_s}
    return _gains_at(times_s, duration_s=duration_s, **parts)


def _gains_at(times_s, *, attack_s, decay_s, sustain_level, release_s, duration_s):
    gains = []
    for t_s in times_s:
        if t_s < attack_s:
            gains.append(t_s / attack_s)
        elif t_s < attack_s + decay_s:
            gains.append(1 + (sustain_level - 1) * (t_s - attack_s) / decay_s)
        elif t_s <= duration_s - release_s:
            gains.append(sustain_level)
        else:
            gains.append(sustain_level * (duration_s - t_s) / release_s)
    return np.array(gains)


def _envelopes() -> list[Case]:
    def envelope(attack_s, decay_s, sustain_level, release_s, duration_s, sample_rate, says, gives=None):
        options = {"attack_s": attack_s, "decay_s": decay_s, "sustain_level": sustain_level, "release_s": release_s}
        return case(duration_s=duration_s, sample_rate=sample_rate, says=says, gives=gives, **options)

    by_hand = [0, 0.5, 1, 0.75, 0.5, 0.5, 0.5, 0.25]
    return [
        envelope(0.5, 0.5, 0.5, 0.5, 2, 4, "eight samples at 4 Hz", gives=by_hand),
        envelope(0.0132, 0.0311, 0.3, 0.0274, 0.1, 1000, "corners between the samples"),
        envelope(0, 0.25, 0.25, 0.5, 1, 16, "no attack"),
        envelope(0.25, 0, 0.6, 0.25, 1, 8, "no decay"),
        envelope(0.125, 0.5, 0, 0, 1, 16, "a struck string: neither sustain nor release"),
        envelope(0.25, 0.25, 0.8, 0.5, 1, 12, "nothing held"),
        envelope(0, 0, 0.7, 0, 0.125, 8, "a single sample", gives=[0.7]),
        envelope(1, 0, 0.4, 0, 1, 4, "an attack that fills the duration", gives=[0, 0.25, 0.5, 0.75]),
        envelope(0, 0, 0.8, 1, 1, 4, "a release that fills the duration", gives=[0.8, 0.6, 0.4, 0.2]),
        envelope(0.045, 0.083, 0.6, 0.092, 0.29, 100, "29 samples, though 0.29 · 100 comes out a little below 29"),
        envelope(0.05, 0.07, 0.5, 0.09, 0.28, 25, "7 samples, though 0.28 · 25 comes out a little above 7"),
        envelope(0.00013, 0.00022, 0.4, 0.00017, 0.001, 96_000, "parts of some tenths of a millisecond"),
    ]


def _parts(attack_s, decay_s, release_s, duration_s, sample_rate):
    """Whole samples of the attack, the decay, what is held, and the release."""
    counts = [round(part_s * sample_rate) for part_s in (attack_s, decay_s, release_s)]
    return counts[0], counts[1], round(duration_s * sample_rate) - sum(counts), counts[2]


def _counted_parts(attack_s, decay_s, release_s, duration_s, sample_rate):
    """The samples that lie in each part."""
    t_s = np.arange(round(duration_s * sample_rate)) / sample_rate
    up, down = np.sum(t_s < attack_s), np.sum((t_s >= attack_s) & (t_s < attack_s + decay_s))
    out = np.sum(t_s > duration_s - release_s)
    return up, down, len(t_s) - up - down - out, out


def _cut_parts(attack_s, decay_s, release_s, duration_s, sample_rate):
    """As many whole samples as fit into each part."""
    counts = [int(part_s * sample_rate) for part_s in (attack_s, decay_s, release_s)]
    return counts[0], counts[1], round(duration_s * sample_rate) - sum(counts), counts[2]


def _adsr_of_pieces(endpoint, held_apart=False, parts=_parts):
    """Four pieces by linspace, glued together."""

    def adsr(*, attack_s, decay_s, sustain_level, release_s, duration_s, sample_rate):
        up, down, held, out = parts(attack_s, decay_s, release_s, duration_s, sample_rate)
        held = round(duration_s * sample_rate) if held_apart else held
        pieces = [np.linspace(0, 1, up, endpoint=endpoint), np.linspace(1, sustain_level, down, endpoint=endpoint)]
        pieces += [np.full(held, float(sustain_level)), np.linspace(sustain_level, 0, out, endpoint=endpoint)]
        return np.concatenate(pieces)

    return adsr


def _adsr_to_the_end(*, attack_s, decay_s, sustain_level, release_s, duration_s, sample_rate):
    t_s = np.linspace(0, duration_s, round(duration_s * sample_rate))
    corners_s = [0, attack_s, attack_s + decay_s, duration_s - release_s, duration_s]
    return np.interp(t_s, corners_s, [0, 1, sustain_level, sustain_level, 0])


def _adsr_counted(n_samples_of):
    """The definition, but for the number of samples."""

    def adsr(*, duration_s, sample_rate, **parts):
        times_s = np.arange(n_samples_of(duration_s, sample_rate)) / sample_rate
        return np.maximum(_gains_at(times_s, duration_s=duration_s, **parts), 0)

    return adsr


def _adsr_stretched(*, duration_s, sample_rate, **parts):
    times_s = np.linspace(0, duration_s, round(duration_s * sample_rate))
    return _gains_at(times_s, duration_s=duration_s, **parts)


def _no_part_below_a_sample(*, attack_s, decay_s, release_s, sample_rate, **others):
    attack_s, decay_s, release_s = (max(part_s, 1 / sample_rate) for part_s in (attack_s, decay_s, release_s))
    return _gains_by_definition(
        attack_s=attack_s, decay_s=decay_s, release_s=release_s, sample_rate=sample_rate, **others
    )


def _adsr_with(line):
    """The definition, but for the samples where ``line(t_s, …)`` gives another gain than None."""

    def adsr(**settings):
        gains = _gains_by_definition(**settings)
        other = [line(n / settings["sample_rate"], **settings) for n in range(len(gains))]
        return np.array([gain if new is None else new for gain, new in zip(gains, other, strict=True)])

    return adsr


def _decay_by_sustain(t_s, *, attack_s, decay_s, sustain_level, **_):
    return 1 - sustain_level * (t_s - attack_s) / decay_s if attack_s <= t_s < attack_s + decay_s else None


def _decay_towards_zero(t_s, *, attack_s, decay_s, sustain_level, **_):
    return max(sustain_level, 1 - (t_s - attack_s) / decay_s) if attack_s <= t_s < attack_s + decay_s else None


def _lines(attack_s, decay_s, sustain_level, release_s, duration_s, sample_rate):
    """Rise, fall and release at every sample, each prolonged over the whole duration; a part of 0 s has none."""
    t_s = np.arange(round(duration_s * sample_rate)) / sample_rate
    rise = t_s / attack_s if attack_s else np.full(len(t_s), np.inf)
    fall = np.where(t_s < attack_s, 1, sustain_level)
    if decay_s:
        fall = np.maximum(sustain_level, 1 - (1 - sustain_level) * (t_s - attack_s) / decay_s)
    out = sustain_level * (duration_s - t_s) / release_s if release_s else np.full(len(t_s), np.inf)
    return rise, fall, out


def _smallest_of_lines(of_attack):
    """The smallest of all three, or of the last two where the attack is over."""

    def adsr(**settings):
        rise, fall, out = _lines(**settings)
        later = np.minimum(fall, out)
        return np.minimum(rise, later) if of_attack else np.where(rise < 1, rise, later)

    return adsr


def _product_of_lines(*, sustain_level, **settings):
    rise, fall, out = _lines(sustain_level=sustain_level, **settings)
    return np.minimum(rise, 1) * fall * np.minimum(out / (sustain_level or 1), 1)


def _wrong_part(trials):
    """The one part in which all wrong values lie, whatever the case."""
    found = set()
    for trial in trials:
        wrong = trial.wrong_values
        if not trial.right and (wrong is None or wrong.ndim != 1):
            return None
        options = {} if trial.right else trial.case.options
        for n in () if trial.right else np.flatnonzero(wrong):
            t_s, fall_s = n / options["sample_rate"], options["attack_s"] + options["decay_s"]
            is_over = t_s > options["duration_s"] - options["release_s"]
            early = "the attack" if t_s < options["attack_s"] else "the decay" if t_s < fall_s else ""
            found.add(early or ("the release" if is_over else "what is held"))
    if not 0 < len(found) < 3:
        return None
    said = " and ".join(part for part in ("the attack", "the decay", "what is held", "the release") if part in found)
    return (
        f"Wrong values lie in {said} only, and all else is right: work out the first and the last sample there by hand."
    )


def _release_from_one(t_s, *, release_s, duration_s, **_):
    return (duration_s - t_s) / release_s if t_s > duration_s - release_s else None


def _release_at_once(t_s, *, attack_s, decay_s, sustain_level, release_s, **_):
    since_s = t_s - attack_s - decay_s
    return None if since_s < 0 else sustain_level * (1 - since_s / release_s if since_s < release_s else 0)


def _adsr_selected(*, attack_s, decay_s, sustain_level, release_s, duration_s, sample_rate):
    t_s = np.arange(round(duration_s * sample_rate)) / sample_rate
    with np.errstate(all="ignore"):
        rise, fall = t_s / attack_s, 1 - (1 - sustain_level) * (t_s - attack_s) / decay_s
        end = sustain_level * (duration_s - t_s) / release_s
    parts = [t_s < attack_s, t_s < attack_s + decay_s, t_s <= duration_s - release_s]
    return np.select(parts, [rise, fall, np.full_like(t_s, sustain_level)], end)


def _decay_timed_from_zero(t_s, *, attack_s, decay_s, sustain_level, **_):
    return 1 + (sustain_level - 1) * t_s / decay_s if attack_s <= t_s < attack_s + decay_s else None


def _decay_within_d(t_s, *, attack_s, decay_s, sustain_level, **_):
    if not attack_s <= t_s < attack_s + decay_s:
        return None
    return 1 + (sustain_level - 1) * (t_s - attack_s) / (decay_s - attack_s) if t_s < decay_s else sustain_level


def _release_one_step_early(t_s, *, sustain_level, release_s, duration_s, sample_rate, **_):
    rest_s = max(duration_s - 1 / sample_rate - t_s, 0)
    return sustain_level * rest_s / release_s if t_s > duration_s - release_s else None


def _release_a_sample_early(over_decay):
    """Begun a sample before its time, too: behind the decay only, or over it."""

    def line(t_s, *, attack_s, decay_s, sustain_level, release_s, duration_s, sample_rate):
        rest_s = duration_s - 1 / sample_rate - t_s
        is_free = over_decay or t_s >= attack_s + decay_s
        return sustain_level * max(rest_s, 0) / release_s if is_free and release_s > rest_s else None

    return line


def _release_upwards(t_s, *, sustain_level, release_s, duration_s, **_):
    since_s = t_s - (duration_s - release_s)
    return sustain_level * since_s / release_s if since_s > 0 else None


def _every_size():
    for n_samples in range(40, 160):
        parts = {"attack_s": 0.1, "decay_s": 0.1, "sustain_level": 0.5, "release_s": 0.1}
        yield case(duration_s=n_samples / 100, sample_rate=100, says="any duration", **parts), (n_samples,)


EXERCISE = Exercise(
    title="an envelope of straight lines",
    stars=2,
    kind="implement",
    task=r"""
With $t = n/f_s$, attack $a$, decay $d$, sustain level $s$, release $r$ and the whole duration $T$ (all times in seconds) write the gain

$$g(t) = \begin{cases} t/a & t < a \\ 1 - (1-s)\,(t-a)/d & a \le t < a + d \\ s & a + d \le t \le T - r \\ s\,(T-t)/r & T - r < t < T \end{cases}$$

for the $f_s T$ samples $n = 0, 1, \ldots$ ($f_s T$ is a whole number in every case). The corners need **not** fall on samples. A part may last 0 s: then it has no samples, and the next one begins in its place. (Any other part lasts 0.1 ms or longer.) Attack, decay and release always fit into $T$.
""",
    form="The gain at each of duration_s * sample_rate samples, from 0 to 1.",
    answer="adsr",
    spec=Function(
        cases=_envelopes,
        expected=_gains_by_definition,
        properties=(right_count(_every_size),),
        sees=_wrong_part,
    ),
    reference=package.adsr,
    hints=(
        "Make the times of the samples first, t = n / f_s. Every sample then asks the formula, not its neighbour.",
        "Five corners: where are they, and what is the gain at each? The last lies after the last sample.",
        "`np.interp(t, corner_times, corner_gains)` draws straight lines between the corners. "
        "Where two corners coincide it takes the later one.",
    ),
    wrongs=(
        Wrong(
            "linspace with both ends",
            "Each part reaches its end one sample early, and the next part repeats that value: linspace includes both "
            "ends unless it is told endpoint=False.",
            tuple(_adsr_of_pieces(endpoint=True, parts=parts) for parts in (_parts, _counted_parts, _cut_parts)),
        ),
        Wrong(
            "corners on samples",
            "It is right where the corners fall on samples and wrong where they do not: the parts were rounded to "
            "whole samples, which changes their slopes.",
            tuple(_adsr_of_pieces(endpoint=False, parts=parts) for parts in (_parts, _counted_parts, _cut_parts)),
        ),
        Wrong(
            "too long",
            "It is longer than the duration that is asked: attack, decay and release are parts of it, "
            "and what they leave is held.",
            _adsr_of_pieces(endpoint=False, held_apart=True),
        ),
        Wrong(
            "last sample at T",
            "The times are stretched: the last sample stands at T, where it is one step earlier. Samples are 1/f_s apart, "
            "and linspace from 0 to T puts them a little further.",
            (_adsr_to_the_end, _adsr_stretched),
        ),
        Wrong(
            "product cut off",
            "The last sample is lost where the product of duration and rate, in floats, comes out a little below the whole number that it "
            "stands for: `int` and `//` cut 28.999999999999996 down to 28. Use `round`.",
            (
                _adsr_counted(lambda duration_s, sample_rate: int(duration_s * sample_rate)),
                _adsr_counted(lambda duration_s, sample_rate: int(duration_s // (1 / sample_rate))),
            ),
        ),
        Wrong(
            "one sample too many",
            "There is a sample too many, at T, where the number of samples, in floats, comes out a little above the whole number that it "
            "stands for: `np.ceil`, and np.arange with a step of 1/f_s, round it up. Count with `round`, then divide by f_s.",
            (
                _adsr_counted(lambda duration_s, sample_rate: math.ceil(duration_s * sample_rate)),
                _adsr_counted(lambda duration_s, sample_rate: len(np.arange(0, duration_s, 1 / sample_rate))),
            ),
        ),
        Wrong(
            "a sample for every part",
            "A part of 0 s is given a sample of its own: it has none, and the next part begins in its place.",
            _no_part_below_a_sample,
        ),
        Wrong(
            "decay by the sustain level",
            "The decay falls **by** the sustain level and then jumps; it should fall from 1 **to** it.",
            _adsr_with(_decay_by_sustain),
        ),
        Wrong(
            "decay towards 0",
            "The decay is too steep: it falls as if it went from 1 to 0 within d, and stops at the sustain level on the way. It has all of d to get from 1 to there.",
            _adsr_with(_decay_towards_zero),
        ),
        Wrong(
            "smallest of the lines",
            "The release's line, prolonged to the left, lies below attack and decay where the release is long or the sustain level low, and the smaller one is taken there. Each line counts in its own part only: the release begins at T − r, not before.",
            (_smallest_of_lines(True), _smallest_of_lines(False)),
        ),
        Wrong(
            "product of the lines",
            "The lines are multiplied with one another. Each counts in its own part only, and there by itself.",
            _product_of_lines,
        ),
        Wrong(
            "release from 1",
            "The release starts at 1, and the gain jumps up there: it goes on from the level that was held.",
            _adsr_with(_release_from_one),
        ),
        Wrong(
            "release at once",
            "The release follows the decay at once, and silence fills the rest. It is the last part: it ends at T.",
            _adsr_with(_release_at_once),
        ),
        Wrong(
            "decay timed from 0",
            "The decay counts its time from the start of the note: when the attack ends, a part of the fall has already been taken. Its time begins at t = a.",
            _adsr_with(_decay_timed_from_zero),
        ),
        Wrong(
            "decay ends at d",
            "The decay is over at t = d, as if the attack were a part of it: it lasts d seconds after the attack, until a + d.",
            _adsr_with(_decay_within_d),
        ),
        Wrong(
            "silent last sample",
            "The release reaches 0 on the last sample. The line ends at T, one step after it, so the last sample is still a little above 0.",
            (
                _adsr_with(_release_one_step_early),
                _adsr_with(_release_a_sample_early(False)),
                _adsr_with(_release_a_sample_early(True)),
            ),
        ),
        Wrong(
            "release rises",
            "The release runs backwards: it jumps to 0 at its beginning and rises from there. It falls from s to 0.",
            _adsr_with(_release_upwards),
        ),
        Wrong(
            "release missing",
            "There is no release: the sustain level is held to the end.",
            _adsr_with(
                lambda t_s, *, duration_s, release_s, sustain_level, **_: (
                    sustain_level if t_s > duration_s - release_s else None
                )
            ),
        ),
        Wrong(
            "all times the sustain level",
            "Everything is multiplied by the sustain level, so the attack ends at s and not at 1: only what is held stands at that level.",
            lambda *, sustain_level, **others: (
                sustain_level * _gains_by_definition(sustain_level=sustain_level, **others)
            ),
        ),
        Wrong(
            "attack to the sustain level",
            "The attack rises to the sustain level; it rises to 1, and the decay brings it down.",
            _adsr_with(
                lambda t_s, *, attack_s, sustain_level, **_: sustain_level * t_s / attack_s if t_s < attack_s else None
            ),
        ),
        Wrong(
            "always from 0",
            "The first sample is 0 also where no attack is asked: a part of 0 s has no samples, and the next one begins in its place.",
            _adsr_with(lambda t_s, **_: 0 if t_s == 0 else None),
        ),
        Wrong(
            "squared",
            "Every gain is squared: the lines are meant for the amplitude, as they stand.",
            lambda **settings: _gains_by_definition(**settings) ** 2,
        ),
        Wrong(
            "decay missing",
            "There is no decay: the gain jumps from the end of the attack to the sustain level.",
            _adsr_with(
                lambda t_s, *, attack_s, decay_s, sustain_level, **_: (
                    sustain_level if attack_s <= t_s < attack_s + decay_s else None
                )
            ),
        ),
    ),
    after="Lines that are straight in amplitude are not straight in dB: the first half of the release takes 6 dB away and the second half all the rest; for a decay that is even in dB, let the gain fall by the same factor in every step.",
    also_right=(_gains_by_definition, _adsr_selected, lambda **s: _gains_by_definition(**s).astype(np.float32)),
)
