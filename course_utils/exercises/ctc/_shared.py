"""What several exercises of this topic use."""

import itertools
import math


def spelled_by(path, blank=0) -> list[int]:
    """Repeats merged, then blanks taken out."""
    return [int(symbol) for symbol, _ in itertools.groupby(path) if symbol != blank]


def edit_distance(said, heard) -> int:
    """The fewest symbols that are replaced, put in or dropped."""
    above = list(range(len(heard) + 1))
    for i, symbol in enumerate(said, 1):
        row = [i]
        for j, other in enumerate(heard):
            row.append(min(above[j] + (symbol != other), above[j + 1] + 1, row[j] + 1))
        above = row
    return above[-1]


def search_with(log_probs, beam_width, weights) -> list[int]:
    """A prefix beam search in which ``weights[last, symbol]`` multiplies what a prefix gains by one more symbol.

    ``last`` is 0 at the beginning. The sums of each frame are divided by the largest, so that no text runs under.
    """
    beams = {(): (1.0, 0.0)}  # ends in the blank, ends in its last symbol
    for frame in log_probs.T.tolist():
        frame, grown = [math.exp(value) for value in frame], {}
        for prefix, (in_blank, in_symbol) in beams.items():
            last, both = prefix[-1] if prefix else 0, in_blank + in_symbol
            here = grown.setdefault(prefix, [0.0, 0.0])
            here[0] += both * frame[0]
            here[1] += in_symbol * frame[last] if prefix else 0.0
            for symbol, weight in enumerate(weights[last][1:], 1):
                came = in_blank if symbol == last else both
                grown.setdefault((*prefix, symbol), [0.0, 0.0])[1] += came * frame[symbol] * weight
        best = sorted(grown, key=lambda prefix: sum(grown[prefix]), reverse=True)[:beam_width]
        most = sum(grown[best[0]])
        beams = {prefix: (grown[prefix][0] / most, grown[prefix][1] / most) for prefix in best}
    return list(best[0])
