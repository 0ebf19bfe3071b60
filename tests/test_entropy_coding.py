"""The arithmetic coder: lossless on whatever comes, as short as the entropy allows, and its limits by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.entropy_coding import AdaptiveCounts, arithmetic_decode, arithmetic_encode, entropy_bits
from tests.hostile import COUNT, refusals
from tests.support import refuses


@st.composite
def messages(draw):
    n_symbols = draw(st.integers(2, 300))
    symbols = draw(st.lists(st.integers(0, n_symbols - 1), min_size=1, max_size=80))
    contexts = draw(st.one_of(st.none(), st.lists(st.integers(0, 3), min_size=len(symbols), max_size=len(symbols))))
    return symbols, contexts, n_symbols, draw(st.sampled_from([1, 32, 1024]))


@given(messages())
def test_what_is_decoded_is_what_was_encoded(message):
    symbols, contexts, n_symbols, step = message
    coded = arithmetic_encode(symbols, contexts, n_symbols=n_symbols, step=step)
    assert arithmetic_decode(coded, len(symbols), contexts, n_symbols=n_symbols, step=step) == symbols
    assert (
        arithmetic_decode(
            coded, len(symbols) - 1, (contexts or [0] * len(symbols))[:-1], n_symbols=n_symbols, step=step
        )
        == symbols[:-1]
    )


@pytest.mark.parametrize("share", [0.5, 0.9, 0.999])
def test_it_is_as_short_as_the_entropy(share):
    """20,000 symbols of two kinds: within 2 % and 6 bytes of the entropy, where one is rare far below a bit each."""
    symbols = (np.random.default_rng(1).random(20_000) > share).astype(int)
    coded = arithmetic_encode(symbols, n_symbols=2, step=1)
    assert 8 * len(coded) < 1.02 * 20_000 * entropy_bits(symbols) + 48
    assert arithmetic_decode(coded, 20_000, n_symbols=2, step=1) == symbols.tolist()


def test_counts_that_run_over_are_halved_on_both_sides():
    symbols = np.random.default_rng(2).integers(0, 4096, 5000).tolist()
    coded = arithmetic_encode(symbols, n_symbols=4096, step=1024)
    assert arithmetic_decode(coded, 5000, n_symbols=4096, step=1024) == symbols
    model = AdaptiveCounts(2, 1024)
    for _ in range(100):
        model.update(0)
    assert model.counts.sum() <= 2**16 and model.counts.min() >= 1


def test_many_equal_symbols_need_almost_nothing():
    """With one added, n equal symbols of two cost log₂(n + 1) bits: 14 for 10,000."""
    assert len(arithmetic_encode([0] * 10_000, n_symbols=2, step=1)) <= 3


def test_a_context_that_tells_the_symbol_makes_it_free():
    symbols = np.random.default_rng(3).integers(0, 4, 4000).tolist()
    alone, told = (8 * len(arithmetic_encode(symbols, c, n_symbols=4, step=1)) / 4000 for c in (None, symbols))
    assert alone == pytest.approx(2, abs=0.02) and told < 0.05
    assert entropy_bits(symbols, symbols) == 0 and entropy_bits(symbols) == pytest.approx(2, abs=0.01)


def test_a_decoder_may_work_the_context_out_from_what_came():
    symbols = [0, 1, 2, 3] * 50
    before = [0, *symbols[:-1]]
    coded = arithmetic_encode(symbols, before, n_symbols=4)
    assert arithmetic_decode(coded, 200, lambda found: found[-1] if found else 0, n_symbols=4) == symbols


def test_a_bit_that_falls_over_changes_what_comes_after():
    symbols = np.random.default_rng(4).integers(0, 16, 400).tolist()
    coded = bytearray(arithmetic_encode(symbols, n_symbols=16))
    coded[50] ^= 1
    found = arithmetic_decode(bytes(coded), 400, n_symbols=16)
    first = next(k for k, (a, b) in enumerate(zip(symbols, found, strict=True)) if a != b)
    assert 60 < first < 130  # 4 bits a symbol
    assert np.mean(np.array(symbols[first:]) == np.array(found[first:])) < 0.3


def test_the_bits_are_the_same_everywhere():
    assert arithmetic_encode([3, 1, 4, 1, 5, 9, 2, 6], n_symbols=10).hex() == "4df8e1b9d4c6"


NO_SYMBOLS = [None, "x", b"x", 5, [0.5], [True], [-1], [9], [[1]], {}, np.ones(3)]
CALLS = {
    arithmetic_encode: {
        "symbols": ([1, 2, 3], [*NO_SYMBOLS, []]),
        "contexts": ([0, 0, 1], [*NO_SYMBOLS[1:4], [0.5] * 3, [0], ["a"] * 3]),
        "n_symbols": (4, [*COUNT, 1, 5000]),
        "step": (32, [*COUNT, 2000]),
    },
    arithmetic_decode: {
        "coded": (arithmetic_encode([1, 2, 3], [0, 0, 1], n_symbols=4), [None, "x", 5, [1], object()]),
        "n": (3, [*COUNT[:-5], 0.5, -1]),
        "contexts": ([0, 0, 1], [*NO_SYMBOLS[1:4], [0.5] * 3, [0], ["a"] * 3]),
        "n_symbols": (4, [*COUNT, 1, 5000]),
        "step": (32, [*COUNT, 2000]),
    },
    entropy_bits: {"symbols": ([1, 2], [*NO_SYMBOLS[:7], []]), "contexts": ([0, 1], [5, "x", [0], ["a", "b"]])},
}
test_hostile_input_is_refused_in_one_sentence = refusals("entropy_coding", CALLS)


@pytest.mark.parametrize("n_symbols, step", [(1, 1), (None, 1), (4, 0), (5000, 1), (4, 0.5)])
def test_no_counts_are_refused(n_symbols, step):
    with refuses("must", (TypeError, ValueError)):
        AdaptiveCounts(n_symbols, step)
