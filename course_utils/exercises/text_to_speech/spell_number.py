from ... import numerals as package
from ...practice.model import Exercise, Function, Wrong, case

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = dict(zip(range(2, 10), "twenty thirty forty fifty sixty seventy eighty ninety".split(), strict=True))


def _by_definition(n):
    """Of each group of three digits: the hundreds, the rest, the name of its scale; groups that are 0 are left out."""
    if n == 0:
        return "zero"
    words = []
    for scale, size in (("million", 10**6), ("thousand", 10**3), ("", 1)):
        group = n // size % 1000
        if not group:
            continue
        if group >= 100:
            words += [_ONES[group // 100], "hundred"]
        rest = group % 100
        if 0 < rest < 20:
            words.append(_ONES[rest])
        elif rest:
            words.append(_TENS[rest // 10] + (f"-{_ONES[rest % 10]}" if rest % 10 else ""))
        words += [scale] if scale else []
    return " ".join(words)


_WORKED = {
    0: "zero",
    7: "seven",
    13: "thirteen",
    20: "twenty",
    21: "twenty-one",
    100: "one hundred",
    105: "one hundred five",
    340: "three hundred forty",
    1000: "one thousand",
    1019: "one thousand nineteen",
    12_345: "twelve thousand three hundred forty-five",
    1_000_000: "one million",
    2_000_010: "two million ten",
    80_000_000: "eighty million",
    5_030_000: "five million thirty thousand",
}


def _cases():
    found = [case(n, says=f"{n:,}", gives=words) for n, words in _WORKED.items()]
    others = (
        4,
        9,
        11,
        12,
        14,
        15,
        18,
        19,
        30,
        40,
        50,
        80,
        99,
        110,
        111,
        200,
        212,
        900,
        999,
        1001,
        1100,
        9012,
        10_000,
        15_015,
    )
    others += (40_004, 100_000, 100_100, 110_011, 999_999, 1_001_001, 14_000_400, 101_101_101, 999_999_999)
    return found + [case(n, says=f"{n:,}") for n in others]


def _said(text):
    return lambda n: text(_by_definition(n), n)


def _teens_by_parts(n):
    """Thirteen as ten-three."""
    words = _by_definition(n)
    for k, name in enumerate(_ONES[11:20], start=1):
        words = words.replace(name, f"ten-{_ONES[k]}")
    return words


def _without_scale_of_zero(n):
    """The name of a scale also where its group is 0."""
    if n < 1000:
        return _by_definition(n)
    groups = [(n // 10**6, "million"), (n // 1000 % 1000, "thousand"), (n % 1000, "")]
    first = next(place for place, (group, _) in enumerate(groups) if group)
    return " ".join(f"{_by_definition(group)} {scale}".strip() for group, scale in groups[first:])


def _zeros_skipped_wrongly(n):
    """Zeros of the last group are said."""
    return f"{_by_definition(n)} zero" if n >= 20 and n % 10 == 0 else _by_definition(n)


def _digits(n):
    return " ".join(_ONES[int(digit)] for digit in str(n))


def _only_thousands(n):
    """Millions as thousands of thousands."""
    return (
        f"{_by_definition(n // 1000)} thousand {_by_definition(n % 1000) if n % 1000 else ''}".strip()
        if n >= 10**6
        else _by_definition(n)
    )


def _british(n):
    return package.spell_number(n, with_and=True)


EXERCISE = Exercise(
    title="say a number",
    stars=2,
    kind="implement",
    task="""
A voice cannot say *12,345*; it can say *twelve thousand three hundred forty-five*. Write `spell_number(n)` for the whole numbers from 0 to 999,999,999.

The rules, as in the lecture's examples: small letters, one space between words, a hyphen in *twenty-one* to *ninety-nine*, no commas, no *and*, no plurals (*two million*). Groups of three digits that are 0 are not said, and 0 alone is *zero*. Mind *forty*, *fifteen* and *ninety*.
""",
    form="A whole number from 0 to 999,999,999 in words.",
    answer="spell_number",
    spec=Function(cases=_cases, expected=_by_definition),
    reference=package.spell_number,
    hints=(
        "First write a function for 1 to 999. A large number is such groups, each with a name behind it.",
        "`n // 1_000_000`, `n // 1000 % 1000` and `n % 1000` are the groups. Leave out those that are 0.",
        "Below 20 each number has a word of its own; from 20 on a word for the tens and, unless the last digit is 0, a hyphen and "
        "a word for it.",
    ),
    wrongs=(
        Wrong(
            "and",
            "There is an *and* in it, as in Britain. That is good English; the rules of this task leave it out.",
            _british,
        ),
        Wrong(
            "without hyphen",
            "Between tens and ones stands a hyphen: *twenty-one*, one word.",
            (_said(lambda words, n: words.replace("-", " ")), _said(lambda words, n: words.replace("-", ""))),
        ),
        Wrong(
            "zero at the end",
            "A 0 at the end of a larger number is said, and is not to be: 20 is *twenty*.",
            (
                _zeros_skipped_wrongly,
                lambda n: f"{_by_definition(n)} zero" if n >= 1000 and n % 1000 == 0 else _by_definition(n),
                lambda n: f"{_by_definition(n)}-zero" if n >= 20 and n % 10 == 0 and n % 100 else _by_definition(n),
            ),
        ),
        Wrong(
            "empty group named",
            "A group of three zeros is said: 1,000,001 has no thousands to speak of.",
            _without_scale_of_zero,
        ),
        Wrong(
            "teens from parts",
            "From 11 to 19 each number has a word of its own.",
            (
                _teens_by_parts,
                _said(lambda words, n: words.replace("fifteen", "fiveteen").replace("thirteen", "threeteen")),
            ),
        ),
        Wrong(
            "spelling",
            "A word is misspelled: it is *forty*, *ninety*, *fourteen*, *eighteen*.",
            (
                _said(lambda words, n: words.replace("forty", "forty".replace("o", "ou"))),
                _said(lambda words, n: words.replace("ninety", "ninety".replace("e", ""))),
                _said(lambda words, n: words.replace("eighteen", "eightteen")),
            ),
        ),
        Wrong(
            "digit by digit",
            "That reads the digits one by one, as of a telephone number.",
            _digits,
        ),
        Wrong(
            "plural",
            "*Million*, *thousand* and *hundred* have no plural behind a number.",
            (
                _said(lambda words, n: words.replace("million", "millions") if n >= 2 * 10**6 else words),
                _said(lambda words, n: words.replace("thousand", "thousands") if n // 1000 % 1000 > 1 else words),
                _said(lambda words, n: words.replace("hundred", "hundreds")),
            ),
        ),
        Wrong(
            "commas",
            "There are commas in it: between the words stands one space, and nothing else.",
            _said(lambda words, n: words.replace("thousand ", "thousand, ").replace("million ", "million, ")),
        ),
        Wrong(
            "zero missing",
            "0 must be said, too: alone it is *zero*.",
            _said(lambda words, n: "" if n == 0 else words),
        ),
        Wrong(
            "capital",
            "The words are right, and their letters are not all small.",
            (_said(lambda words, n: words.capitalize()), _said(lambda words, n: words.title())),
        ),
        Wrong(
            "space at an end",
            "The words are right. There is a space too many, at an end or between two words.",
            (_said(lambda words, n: words + " "), _said(lambda words, n: words.replace(" ", "  "))),
        ),
        Wrong(
            "thousands of thousands",
            "A thousand thousands are a *million*, which has a word of its own.",
            _only_thousands,
        ),
    ),
    after="A reader like this is tested by reading back: turn the words into a number again, for a million numbers, and compare.",
    also_right=(_by_definition,),
)
