import collections
import difflib

import numpy as np

from ... import wer as package
from ...practice.model import Case, Exercise, Function, Wrong, case


def _wer_by_definition(references, hypotheses):
    """Errors of all sentences, over words of all references."""
    n_errors = sum(package.edit_distance_loop(*pair) for pair in zip(references, hypotheses, strict=True))
    return n_errors / sum(len(reference.split()) for reference in references)


def _garbled(rng, sentence):
    """Some words dropped, some replaced, some put in."""
    heard = []
    for word in sentence:
        luck = rng.random()
        heard += [] if luck < 0.1 else ["oh"] if luck < 0.2 else [word]
        heard += ["uh"] if rng.random() < 0.15 else []
    return " ".join(heard)


def _corpora() -> list[Case]:
    rng = np.random.default_rng(9)
    words = "zero one two three four five six seven eight nine".split()
    said = [[words[k] for k in rng.integers(0, 10, n)] for n in (1, 9, 2, 14, 5, 30)]
    heard = [_garbled(rng, sentence) for sentence in said]
    said = [" ".join(sentence) for sentence in said]
    long, short = "one two three four five six seven eight nine zero", "yes"
    return [
        case(["the cat sat"], ["the bat sat"], says="a word replaced", gives=1 / 3),
        case([long, short], [long, "no"], says="a long sentence right, a short one wrong", gives=1 / 11),
        case(["one two three"], ["two three"], says="the first word missing", gives=1 / 3),
        case(["two three", "four"], ["one two three", "four"], says="a word put in front", gives=1 / 3),
        case(["one two", "three"], ["", "three"], says="an empty hypothesis", gives=2 / 3),
        case(["one two", ""], ["one two", "uh"], says="a sentence in which nothing was said", gives=1 / 2),
        case(["stop"], ["stop it now please"], says="more insertions than words", gives=3.0),
        case(["one two three"], ["three two one"], says="the words in another order", gives=2 / 3),
        case(["a b c d e"], ["b c d e a"], says="the first word at the end", gives=2 / 5),
        case(["one  two", " three "], ["one two", "three"], says="spaces at the ends and two in a row", gives=0.0),
        case(["one two", "three four"], ["one", "two three four"], says="a word in the next sentence", gives=1 / 2),
        case(["two two two three"], ["two three"], says="a word said three times", gives=1 / 2),
        case(["four score and seven"], ["for score hand seven"], says="words that share letters", gives=1 / 2),
        case(said, heard, says="six sentences of digits"),
        case(heard, said, says="the same with their sides exchanged"),
        case([said[-1]], [heard[-1]], says="a sentence of thirty words"),
    ]


def corpus_wer(references, hypotheses):
    n_errors = n_words = 0
    for reference, hypothesis in zip(references, hypotheses, strict=True):
        said, heard = reference.split(), hypothesis.split()
        above = list(range(len(heard) + 1))
        for n_said, word in enumerate(said, 1):
            row = [n_said]
            for j, other in enumerate(heard):
                row.append(min(above[j] + (word != other), above[j + 1] + 1, row[j] + 1))
            above = row
        n_errors += above[-1]
        n_words += len(said)
    return n_errors / n_words


def _distance(said, heard, substitution=1, insertion=1, deletion=1):
    above = [insertion * j for j in range(len(heard) + 1)]
    for i, word in enumerate(said, 1):
        row = [deletion * i]
        for j, other in enumerate(heard):
            row.append(min(above[j] + substitution * (word != other), above[j + 1] + deletion, row[j] + insertion))
        above = row
    return above[-1]


def _wer_with(distance=_distance, words=str.split, rate=lambda errors, said, heard: sum(errors) / sum(said)):
    """``rate`` of the errors of all sentences, and of the numbers of words said and heard."""

    def corpus(references, hypotheses):
        pairs = [(words(said), words(heard)) for said, heard in zip(references, hypotheses, strict=True)]
        return rate(
            [distance(*pair) for pair in pairs], [len(said) for said, _ in pairs], [len(heard) for _, heard in pairs]
        )

    return corpus


def _mean_of_rates(errors, said, heard):
    return float(np.mean([e / max(n, 1) for e, n in zip(errors, said, strict=True)]))


def _mean_without_empty(errors, said, heard):
    return float(np.mean([e / n for e, n in zip(errors, said, strict=True) if n]))


def _median_of_rates(errors, said, heard):
    return float(np.median([e / max(n, 1) for e, n in zip(errors, said, strict=True)]))


def _by_place(said, heard):
    return sum(one != other for one, other in zip(said, heard, strict=False))


def _bag(said, heard):
    """Words that are there, whatever their order."""
    common = sum((collections.Counter(said) & collections.Counter(heard)).values())
    return max(len(said), len(heard)) - common


def _missing(said, heard):
    return sum((collections.Counter(said) - collections.Counter(heard)).values())


def _all_in_one(references, hypotheses):
    said, heard = " ".join(references).split(), " ".join(hypotheses).split()
    return _distance(said, heard) / len(said)


def _insertions_free(said, heard):
    return _distance(said, heard, insertion=0)


def _longest_block_first(said, heard):
    """The errors of the alignment of difflib."""
    blocks = difflib.SequenceMatcher(None, said, heard, autojunk=False).get_opcodes()
    return sum(max(i - j, m - k) for tag, j, i, k, m in blocks if tag != "equal")


def _whole_sentences(references, hypotheses):
    wrong = [said.split() != heard.split() for said, heard in zip(references, hypotheses, strict=True)]
    return sum(wrong) / len(wrong)


def _by_table(references, hypotheses):
    errors = [package.word_errors([said], [heard]) for said, heard in zip(references, hypotheses, strict=True)]
    return sum(one.n_errors for one in errors) / sum(one.n_reference for one in errors)


EXERCISE = Exercise(
    title="the word error rate of a corpus",
    stars=2,
    kind="implement",
    task=r"""
`references` is a **list** of sentences that were said, `hypotheses` a **list** of what was heard for each; a sentence is a text, and its words are parted by white space. Write the word error rate of the whole corpus,

$$\mathrm{WER} = \frac{\sum (S + D + I)}{\sum N} ,$$

where S + D + I is the *fewest* substitutions, deletions and insertions that turn the words of a reference into those of its hypothesis, and N the number of words of the reference. Both sums run over all sentences. A sentence may be empty; the references together have at least one word. The result is a number such as 0.05, not per cent, and it may exceed 1.
""",
    form="Two lists of sentences in, the word error rate out.",
    answer="corpus_wer",
    spec=Function(cases=_corpora, expected=_wer_by_definition, tolerance=1e-9),
    reference=corpus_wer,
    hints=(
        "First one pair of sentences. What is the distance from the first i words of one to the first j of the other, "
        "if those of shorter beginnings are known?",
        "d[i, j] is the least of three: the diagonal, one more if the words differ; one more than above; one more than on "
        "the left. The edges are d[i, 0] = i and d[0, j] = j.",
        "Add up the errors of all pairs, add up the words of all references, and divide once at the end.",
    ),
    wrongs=(
        Wrong(
            "mean of the rates",
            "The rates of the sentences are averaged, so that a word of a short sentence counts more than one of a long "
            "sentence. Add up the errors, add up the words, then divide.",
            (_wer_with(rate=_mean_of_rates), _wer_with(rate=_mean_without_empty), _wer_with(rate=_median_of_rates)),
        ),
        Wrong(
            "word by word",
            "Words are compared place by place: one that is missing shifts all behind it, and each of them counts as wrong.",
            (
                _wer_with(_by_place),
                _wer_with(lambda said, heard: _by_place(said, heard) + abs(len(said) - len(heard))),
                _wer_with(lambda said, heard: _by_place(said, heard) + max(0, len(said) - len(heard))),
            ),
        ),
        Wrong(
            "more errors than needed",
            "More errors are counted than are needed: one two three becomes three two one by two substitutions. An alignment that "
            "begins with the longest common block, as that of difflib, need not be the one with the fewest errors.",
            _wer_with(_longest_block_first),
        ),
        Wrong(
            "the order ignored",
            "Words are counted, whatever their order: three two one is taken for one two three.",
            (_wer_with(_bag), _wer_with(_missing)),
        ),
        Wrong(
            "insertions are free",
            "Words that were put in cost nothing here, so whoever says everything is never wrong.",
            _wer_with(_insertions_free),
        ),
        Wrong(
            "deletions are free",
            "Words that were dropped cost nothing here, so whoever says nothing is never wrong.",
            _wer_with(lambda said, heard: _distance(said, heard, deletion=0)),
        ),
        Wrong(
            "a substitution costs two",
            "A word in place of another is counted twice, as a deletion and an insertion: it is one substitution.",
            _wer_with(lambda said, heard: _distance(said, heard, substitution=2)),
        ),
        Wrong(
            "a substitution is free",
            "Only the numbers of words are compared: a word in place of another is an error, too.",
            (
                _wer_with(lambda said, heard: abs(len(said) - len(heard))),
                _wer_with(lambda said, heard: _distance(said, heard, substitution=0)),
            ),
        ),
        Wrong(
            "over the words heard",
            "The errors are divided by the words of the hypotheses: whoever says more then has fewer. N counts what was said.",
            _wer_with(rate=lambda errors, said, heard: sum(errors) / max(sum(heard), 1)),
        ),
        Wrong(
            "over the longer side",
            "The errors are divided by the longer of the two, which keeps the rate at 1 or below; N counts what was said.",
            (
                _wer_with(rate=lambda errors, said, heard: sum(errors) / max(sum(said), sum(heard))),
                _wer_with(rate=lambda errors, said, heard: sum(errors) / sum(map(max, said, heard))),
            ),
        ),
        Wrong(
            "silence passed over",
            "A sentence in which nothing was said is passed over, and what was heard there is put in: an error like any other.",
            _wer_with(
                rate=lambda errors, said, heard: sum(e for e, n in zip(errors, said, strict=True) if n) / sum(said)
            ),
        ),
        Wrong(
            "capped at 1",
            "The rate is capped at 1, and more may be put in than was said: the truth is above 1 then.",
            (
                lambda references, hypotheses: min(1.0, _wer_by_definition(references, hypotheses)),
                _wer_with(rate=lambda errors, said, heard: sum(map(min, errors, said)) / sum(said)),
            ),
        ),
        Wrong(
            "characters",
            "These are characters, not words: the character error rate is smaller where wrong words share letters with right ones.",
            (
                _wer_with(words=list),
                _wer_with(words=lambda text: list(" ".join(text.split()))),
                _wer_with(words=lambda text: list("".join(text.split()))),
            ),
        ),
        Wrong(
            "split at each space",
            "Two spaces in a row, or one at an end, make a word of nothing here: split at white space of any length.",
            (
                _wer_with(words=lambda text: text.split(" ")),
                _wer_with(words=lambda text: text.strip().split(" ")),
                _wer_with(words=lambda text: text.strip().split(" ") if text.strip() else []),
            ),
        ),
        Wrong(
            "all sentences in one",
            "The sentences are joined before they are aligned, so that a word may be found in the next sentence: align each pair.",
            _all_in_one,
        ),
        Wrong(
            "whole sentences",
            "That is the share of sentences that are not quite right; the share of words is asked.",
            _whole_sentences,
        ),
        Wrong(
            "accuracy",
            "That is 1 less the rate: what was right. The share of errors is asked.",
            lambda references, hypotheses: 1 - _wer_by_definition(references, hypotheses),
        ),
        Wrong(
            "per cent",
            "These are per cent; a share is asked.",
            lambda references, hypotheses: 100 * _wer_by_definition(references, hypotheses),
        ),
        Wrong(
            "the sum of errors",
            "That is the number of errors; it is divided by the number of words that were said.",
            _wer_with(rate=lambda errors, said, heard: sum(errors)),
        ),
    ),
    after="Report it with the number of words and by speaker, since one pooled rate hides that some people get nearly all "
    "of the errors.",
    also_right=(_wer_by_definition, _wer_with(), _by_table),
)
