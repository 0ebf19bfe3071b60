from ...numerals import spell_number
from ...practice.model import Exercise, Function, Wrong, case


def _amount(n, one, many):
    return f"{spell_number(n)} {one if n == 1 else many}"


def _by_characters(written):
    """Character by character: digits before the point are dollars, the two behind it cents."""
    dollars, cents, behind = 0, 0, False
    for character in written:
        if character == ".":
            behind = True
        elif character.isdigit() and behind:
            cents = 10 * cents + int(character)
        elif character.isdigit():
            dollars = 10 * dollars + int(character)
    parts = [_amount(dollars, "dollar", "dollars")] if dollars or not cents else []
    parts += [_amount(cents, "cent", "cents")] if cents else []
    return " and ".join(parts)


def price_in_words(written):
    whole, _, part = written.lstrip("$").replace(",", "").partition(".")
    dollars, cents = int(whole), int(part or 0)
    said = []
    if dollars or not cents:
        said.append(f"{spell_number(dollars)} dollar{'s' * (dollars != 1)}")
    if cents:
        said.append(f"{spell_number(cents)} cent{'s' * (cents != 1)}")
    return " and ".join(said)


def _by_hundredths(written):
    """All as cents, then divided."""
    written = written.replace("$", "").replace(",", "")
    total = round(100 * float(written))
    dollars, cents = divmod(total, 100)
    if dollars and cents:
        return f"{_amount(dollars, 'dollar', 'dollars')} and {_amount(cents, 'cent', 'cents')}"
    return _amount(cents, "cent", "cents") if cents else _amount(dollars, "dollar", "dollars")


_WORKED = {
    "$3.50": "three dollars and fifty cents",
    "$3.05": "three dollars and five cents",
    "$1": "one dollar",
    "$1.00": "one dollar",
    "$1.01": "one dollar and one cent",
    "$0.99": "ninety-nine cents",
    "$0.01": "one cent",
    "$0": "zero dollars",
    "$0.00": "zero dollars",
    "$1,250": "one thousand two hundred fifty dollars",
    "$1,000,001.10": "one million one dollars and ten cents",
    "$20.10": "twenty dollars and ten cents",
    "$2.01": "two dollars and one cent",
}


def _cases():
    found = [case(written, says=written, gives=words) for written, words in _WORKED.items()]
    others = (
        "$7",
        "$10",
        "$0.10",
        "$0.11",
        "$5.90",
        "$5.09",
        "$12.12",
        "$100",
        "$100.01",
        "$19.99",
        "$1.50",
        "$999,999.99",
        "$40.40",
        "$3,000.03",
    )
    others += (
        "$1.10",
        "$8.08",
        "$8.80",
        "$1.02",
        "$0.20",
        "$0.02",
        "$1,001",
        "$21.00",
        "$700,000,000.07",
        "$1,234.56",
        "$11.00",
    )
    return found + [case(written, says=written) for written in others]


def _parted(written):
    whole, _, part = written.lstrip("$").replace(",", "").partition(".")
    return int(whole), part


def _with(
    cents=lambda part: int(part or 0),
    dollars_said=lambda dollars, cents: dollars or not cents,
    cents_said=lambda cents, part: cents,
    dollar=lambda n: "dollar" if n == 1 else "dollars",
    cent=lambda n: "cent" if n == 1 else "cents",
    joint=" and ",
):
    def reading(written):
        dollars, part = _parted(written)
        n = cents(part)
        said = [f"{spell_number(dollars)} {dollar(dollars)}"] if dollars_said(dollars, n) else []
        said += [f"{spell_number(n)} {cent(n)}"] if cents_said(n, part) else []
        return joint.join(said)

    return reading


def _published(written):
    dollars, _, cents = written.lstrip("$").partition(".")
    said = f"{spell_number(int(dollars.replace(',', '')))} dollars"
    return f"{said} and {spell_number(int(cents.strip('0') or 0))} cents" if cents else said


def _point(written):
    """A price as a decimal."""
    dollars, part = _parted(written)
    ones = " ".join(spell_number(int(digit)) for digit in part)
    return f"{spell_number(dollars)}{' point ' + ones if part else ''} {'dollar' if dollars == 1 and not part else 'dollars'}"


def _to_the_comma(written):
    return price_in_words(
        written.split(",")[0] + ("." + written.split(".")[1] if "." in written and "," in written else "")
    )


EXERCISE = Exercise(
    title="which price was that?",
    stars=2,
    kind="repair",
    task="""
A published reader of prices says *three dollars and five cents* for $3.50: fluent, and forty-five cents wrong. No listener can tell.

**Mend it.** `written` is a price such as `$3.50`, `$1,250` or `$0.99`: a dollar sign, digits with or without commas, and perhaps a point with exactly two digits behind it. The result is what is said: *three dollars and fifty cents*; *one dollar and one cent*, in the singular; without cents where there are none (*one dollar* for `$1.00`), and without dollars where there are only cents (*ninety-nine cents*); `$0` and `$0.00` are *zero dollars*. Numbers are read by `spell_number`, which stands in the cell above.
""",
    given='''from course_utils.numerals import spell_number


def published_reader(written):
    """As published."""
    dollars, _, cents = written.lstrip("$").partition(".")
    said = f"{spell_number(int(dollars.replace(',', '')))} dollars"
    return f"{said} and {spell_number(int(cents.strip('0') or 0))} cents" if cents else said


for written in ("$3.50", "$3.05", "$1", "$0.99"):
    print(f"{written}: {published_reader(written)}")''',
    form="A price such as '$3.50' in; words out.",
    answer="price_in_words",
    spec=Function(cases=_cases, expected=_by_characters),
    reference=price_in_words,
    hints=(
        'What is left of "50" when its zeros are stripped, and of "05"?',
        'The two digits behind the point count hundredths as they stand: `int("50")` is 50, and `int("05")` is 5.',
        "Collect what is said in a list: dollars if there are any or no cents, cents if there are any; an *s* unless the number is 1; "
        "then join the list by *and*.",
    ),
    wrongs=(
        Wrong("as published", "It gives what the cell above gives: look at $3.50, at $1 and at $0.99.", _published),
        Wrong(
            "zeros stripped",
            "A zero of the cents is lost: in $3.50 the two digits behind the point are fifty hundredths.",
            (
                _with(cents=lambda part: int(part.strip("0") or 0)),
                _with(cents=lambda part: int(part.rstrip("0") or 0)),
            ),
        ),
        Wrong(
            "tens of cents",
            "The cents of $3.05 are read as fifty: the 0 in front of the 5 stands for no tens.",
            _with(cents=lambda part: int((part.lstrip("0") or "0").ljust(2, "0"))),
        ),
        Wrong(
            "no cents",
            "The cents are lost: two digits behind a point are said, too.",
            _with(cents_said=lambda cents, part: False, dollars_said=lambda dollars, cents: True),
        ),
        Wrong(
            "zero cents",
            "Where there are no cents, none are said: $1.00 is *one dollar*.",
            (
                _with(cents_said=lambda cents, part: bool(part), dollars_said=lambda dollars, cents: True),
                _with(cents_said=lambda cents, part: bool(part)),
                _with(cents_said=lambda cents, part: True),
            ),
        ),
        Wrong(
            "zero dollars",
            "Where there are cents and no dollars, only the cents are said: $0.99 is *ninety-nine cents*.",
            _with(dollars_said=lambda dollars, cents: True),
        ),
        Wrong(
            "nothing for nothing",
            "For a price of zero nothing is said: it is *zero dollars*.",
            _with(dollars_said=lambda dollars, cents: dollars > 0),
        ),
        Wrong(
            "singular of dollars",
            "One dollar has no *s*: the plural begins at two, and at zero.",
            (_with(dollar=lambda n: "dollars"), _with(dollar=lambda n: "dollars" if n else "dollar")),
        ),
        Wrong("singular of cents", "One cent has no *s*: the plural begins at two.", _with(cent=lambda n: "cents")),
        Wrong(
            "never plural",
            "The plural is missing: it is *dollars* and *cents*, unless there is one.",
            (
                _with(dollar=lambda n: "dollar", cent=lambda n: "cent"),
                _with(dollar=lambda n: "dollar"),
                _with(cent=lambda n: "cent"),
                _with(dollar=lambda n: "dollar" if n < 2 else "dollars"),
            ),
        ),
        Wrong("and missing", "Between dollars and cents *and* is said.", (_with(joint=" "), _with(joint=", "))),
        Wrong("as a decimal", "It reads a decimal, *point* and all: people say the cents.", _point),
        Wrong(
            "up to the comma",
            "The digits behind a comma belong to the same number: $1,250 are more than a thousand.",
            _to_the_comma,
        ),
    ),
    after="A word error rate cannot find this error, since the voice says rightly what it was told: numbers are tested before the voice.",
    also_right=(_by_characters, _by_hundredths),
)
