"""What ``wer`` words."""

from numbers import Integral

from . import *  # noqa: F403
from . import _as_array, _show, fits_memory

MOST_CELLS = 4_000_000  # some seconds


def _items(x, name: str, of: str) -> list:
    """A list, a tuple, or an array with one axis, as a list."""
    if hasattr(x, "__array__") and not isinstance(x, str | int | float):
        array = _as_array(x, name)
        if array.ndim == 1 and array.dtype.kind in "iuU":
            return array.tolist()
        raise TypeError(
            f"{name} must be {of}, got an array of shape {array.shape} and dtype {array.dtype}: pass a list, without "
            "padding"
        )
    if not isinstance(x, list | tuple):
        way = "decode it, x.decode()" if isinstance(x, bytes) else f"pass {of}"
        raise TypeError(f"{name} must be {of}, got {_show(x)}: {way}")
    return list(x)


def _word(x, name: str) -> str | int:
    """A word without white space around or in it, white space alone as a character, or a whole number from 0."""
    if isinstance(x, str):
        if not x or (x.split() != [x] and not x.isspace()):
            raise ValueError(f"a word of {name} must be one word, got {_show(x)}: split the text, text.split()")
        return x
    if isinstance(x, bool) or not isinstance(x, Integral):
        raise TypeError(
            f"a word of {name} must be text or a whole number, got {_show(x)}: pass words, or their indices"
        )
    if x < 0:
        raise ValueError(f"a word of {name} must be at least 0, got {_show(x)}: cut the padding off, it is no word")
    return int(x)


def _sentence(x, name: str, *, characters: bool = False) -> list:
    """One sentence as its words, or as its characters."""
    if isinstance(x, str):
        return list(x.strip()) if characters else x.split()
    return [_word(item, name) for item in _items(x, name, "a sentence, text or a list of words")]


def _one_kind(pairs: list[tuple[list, list]]) -> None:
    """Words on both sides that can be equal: "7" and 7 never are."""
    kinds = {isinstance(word, str) for pair in pairs for words in pair for word in words}
    if len(kinds) > 1:
        raise TypeError(
            "words must be all text or all whole numbers, got both, which are never equal: turn the numbers into text "
            "with str(word)"
        )


def pair(reference, hypothesis) -> tuple[list, list]:
    """Two sentences whose words can be compared."""
    found = _sentence(reference, "reference"), _sentence(hypothesis, "hypothesis")
    _one_kind([found])
    return found


def _holds_numbers(x) -> bool:
    """A sentence of whole numbers, and no list of sentences."""
    if isinstance(x, list | tuple):
        return any(isinstance(item, Integral) for item in x)
    return getattr(getattr(x, "dtype", None), "kind", "") in ("i", "u") or type(x).__name__ == "Tensor"


def pairs(references, hypotheses, *, characters: bool = False) -> list[tuple[list, list]]:
    """What was said and what was heard, sentence by sentence."""
    is_one = _holds_numbers(references) or _holds_numbers(hypotheses)  # then [] is a sentence, too: an empty one
    columns = []
    for x, name in ((references, "references"), (hypotheses, "hypotheses")):
        if is_one or isinstance(x, str):
            columns.append([_sentence(x, name, characters=characters)])
            continue
        items = enumerate(_items(x, name, "text or a list of sentences"))
        columns.append([_sentence(item, f"{name}[{i}]", characters=characters) for i, item in items])
    n_said, n_heard = map(len, columns)
    if n_said != n_heard:
        raise ValueError(
            f"references and hypotheses must have as many sentences, got {n_said} and {n_heard}: pair them, with an "
            'empty one as "", and one sentence as a list of words as [words]'
        )
    if n_said == 0:
        raise ValueError("references must hold at least one sentence, got 0: there is nothing to be counted")
    found = list(zip(*columns, strict=True))
    _one_kind(found)
    return found


def table_fits(n_reference: int, n_hypothesis: int) -> None:
    """Two sentences whose table a memory can hold."""
    size = 8 * (n_reference + 1) * (n_hypothesis + 1)
    fits_memory(size, f"the table of {n_reference} by {n_hypothesis} words", "align shorter pieces")


def definition_fits(n_reference: int, n_hypothesis: int) -> None:
    """Two sentences whose table is filled cell by cell."""
    n_cells = n_reference * n_hypothesis
    if n_cells > MOST_CELLS:
        raise ValueError(
            f"the table must have at most {MOST_CELLS:,} cells to be filled one by one, got {n_cells:,}: "
            "use word_errors, which fills it row by row, or shorter sentences"
        )


def can_be_divided(n_errors: int, n_words: int, *, or_empty: bool = True) -> None:
    """Words that errors are a share of; or neither."""
    if n_words == 0 and (n_errors > 0 or not or_empty):
        raise ValueError(
            f"references must hold at least one word, got none and {n_errors} insertions: a share of no words is "
            "undefined, report the insertions of word_errors, for instance per minute"
        )


def speakers(x, n_sentences: int) -> list:
    """Who said each sentence."""
    found = _items(x, "speakers", "a list of names or numbers, one for each sentence")
    for speaker in found:
        if isinstance(speaker, bool) or not isinstance(speaker, str | Integral):
            raise TypeError(f"a speaker must be a name or a whole number, got {_show(speaker)}: pass one")
    if len({isinstance(speaker, str) for speaker in found}) > 1:
        raise TypeError(
            "speakers must be all text or all whole numbers, got both, which are never equal: turn the numbers into "
            "text with str(speaker)"
        )
    if len(found) != n_sentences:
        raise ValueError(
            f"speakers must name one for each sentence, got {len(found)} for {n_sentences}: repeat a speaker's name "
            "for each of the sentences"
        )
    return [speaker if isinstance(speaker, str) else int(speaker) for speaker in found]


def enough_speakers(n_speakers: int) -> None:
    """People to be compared."""
    if n_speakers < 2:
        raise ValueError(
            f"speakers must name at least two people, got {n_speakers}: add sentences of others, since one voice tells "
            "nothing of them"
        )
