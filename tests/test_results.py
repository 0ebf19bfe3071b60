"""What ``make results`` measures with: cutting sounds, and scores."""

import numpy as np
import pytest

from course_utils import wer
from tools.results import attention_asr, scores

RATE = attention_asr.RATE


def spoken(*parts: tuple[float, float]) -> np.ndarray:
    """Tones of (seconds, amplitude), one behind the other."""
    return np.concatenate([a * np.sin(0.3 * np.arange(round(s * RATE))) for s, a in parts]).astype(np.float32)


def lengths(signals: list[np.ndarray]) -> list[list[str]]:
    """A way to hear: how many hundredths of a second it was given."""
    return [[str(round(100 * len(signal) / RATE))] for signal in signals]


def test_a_sound_is_cut_where_it_is_quietest():
    """Between 1.5 and 3 s, in the middle of the pause; what is short enough stays whole, and nothing is lost."""
    signals = [spoken((2.0, 0.5), (0.2, 0.001), (2.0, 0.5)), spoken((1.0, 0.5)), spoken((7.0, 0.5))]
    (first, second), whole, parts = attention_asr.in_pieces(lengths, signals)
    assert 203 <= int(first) <= 217 and int(first) + int(second) == 420  # frames of 20 ms, the power of three of them
    assert whole == ["100"]
    assert sum(map(int, parts)) == 700 and all(int(part) <= 300 for part in parts)


def test_texts_of_pieces_are_joined_in_their_order():
    count = iter("abcdefg")
    texts = attention_asr.in_pieces(lambda pieces: [[next(count)] for _ in pieces], [spoken((4.0, 0.5))] * 2)
    assert texts == [["a", "b"], ["c", "d"]]


def test_silence_is_cut_out_and_nothing_is_heard_in_it():
    signals = [spoken((1.0, 0.0005), (1.0, 0.5), (1.0, 0.0005)), np.zeros(RATE, np.float32)]
    found = attention_asr.after_activity(lengths, signals)
    assert found == [["132"], []]  # on either side 150 ms, in whole frames of 20 ms


def test_scores_by_hand():
    said, found = [["one", "two"], ["one", "two", "six", "six"]], [["one"], ["one", "two", "six", "ten", "ten"]]
    score = scores.scores_of(said, found, ["ann", "bob"])
    assert [score[kind] for kind in ("substitutions", "deletions", "insertions", "n_words")] == [1, 1, 1, 6]
    assert score["pooled"] == pytest.approx(50) and score["mean"] == pytest.approx(50)
    assert score["speakers"] == pytest.approx({"ann": 50, "bob": 50})
    assert score["interval"] == pytest.approx([100 * end for end in wer.wer_interval(said, found, ["ann", "bob"])])
