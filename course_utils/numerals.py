"""Numbers as words, and words as numbers: what a reader does with 1984, 3.50 and 7:05 before anything is spoken.

English as it is read aloud in the United States, without the British "and" unless it is asked for.
Lecture: text_to_speech
"""

import re

from ._checks import numerals as _checks

_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split()
_ONES += "seventeen eighteen nineteen".split()
_TENS = "- - twenty thirty forty fifty sixty seventy eighty ninety".split()
_SCALES = "thousand million billion trillion quadrillion quintillion sextillion septillion octillion".split()
_SCALES = ["", *_SCALES, "nonillion", "decillion"]
LARGEST = 1000 ** len(_SCALES) - 1  # what the words reach, 36 nines
_IRREGULAR = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth"}
_IRREGULAR |= {"twelve": "twelfth"}
_VALUES = {word: value for value, word in enumerate(_ONES)} | {w: 10 * n for n, w in enumerate(_TENS) if n > 1}
SCALES = {word: 1000**n for n, word in enumerate(_SCALES) if n}  # "million" → 1,000,000
# One, many, one hundredth, many hundredths; None where the currency has none in use.
CURRENCIES = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "€": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "¥": ("yen", "yen", None, None),
}

# ------------------------------------------------------------------------------------------ whole numbers


def _below_hundred(n: int) -> str:
    if n < 20:
        return _ONES[n]
    return _TENS[n // 10] + (f"-{_ONES[n % 10]}" if n % 10 else "")


def _below_thousand(n: int, joint: str) -> str:
    if n < 100:
        return _below_hundred(n)
    return f"{_ONES[n // 100]} hundred" + (joint + _below_hundred(n % 100) if n % 100 else "")


def spell_number(n: int, *, with_and: bool = False) -> str:
    """A whole number in words: ``n = Σ 1000ᵏ · gₖ``, each group of three digits read alone, then the name of its scale.

    Parameters
    ----------
    n : int
        Of at most 36 digits. "minus" stands before one below 0.
    with_and : bool
        British: "one hundred and five", "one thousand and five".

    Returns
    -------
    str
        Lower case, no commas; a hyphen in 21…99. ``read_number(spell_number(n)) == n``.

    Source: the short scale, in which a billion is 10⁹ (Conway & Guy 1996, The Book of Numbers, chapter 1).
    Lecture: text_to_speech
    """
    n = _checks.whole(n, "n", at_least=-LARGEST, at_most=LARGEST)
    joint = " and " if _checks.switch(with_and, "with_and") else " "
    if n < 0:
        return "minus " + spell_number(-n, with_and=with_and)
    if n < 1000:
        return _below_thousand(n, joint)
    groups = [(n // 1000**k % 1000, _SCALES[k]) for k in reversed(range(len(_SCALES)))]
    words = [f"{_below_thousand(group, joint)} {scale}" for group, scale in groups[:-1] if group]
    last = n % 1000
    return " ".join(words) + ((joint if last < 100 else " ") + _below_thousand(last, joint) if last else "")


def spell_ordinal(n: int) -> str:
    """A place in an order: the number in words with its last word changed, "twenty-first", "two hundredth".

    Parameters
    ----------
    n : int
        From 0, of at most 36 digits.

    Returns
    -------
    str

    Lecture: text_to_speech
    """
    head, joint, last = re.fullmatch(
        r"(.*?)([ -]?)([a-z]+)", spell_number(_checks.whole(n, "n", at_most=LARGEST))
    ).groups()
    if last not in _IRREGULAR:
        last = last[:-1] + "ieth" if last.endswith("y") else last + "th"
    return head + joint + _IRREGULAR.get(last, last)


def read_number(words: str) -> int:
    """A number in words as an int: the inverse of ``spell_number``, with or without "and", commas and hyphens.

    Parameters
    ----------
    words : str
        Upper or lower case.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If it is not a number in words, or one in another form: "twelve hundred", "two five".

    Lecture: text_to_speech
    """
    words = _checks.words_of_number(words)
    total = group = 0
    for word in words:
        if word == "hundred":
            group *= 100
        elif word in SCALES:
            total, group = total + group * SCALES[word], 0
        elif word not in ("minus", "and"):
            group += _checks.known_word(word, _VALUES)
    value = (total + group) * (-1 if words[0] == "minus" else 1)
    said = [word for word in words if word != "and"]
    _checks.usual_form(words, said == spell_number(value).replace("-", " ").split() if value <= LARGEST else False)
    return value


def spell_digits(digits: str) -> str:
    """One word for each digit, as telephone numbers are read: "007" is "zero zero seven".

    Parameters
    ----------
    digits : str of 0…9

    Returns
    -------
    str

    Lecture: text_to_speech
    """
    return " ".join(_ONES[int(digit)] for digit in _checks.digits(digits))


# ------------------------------------------------------------------------------- parts of whole numbers


def spell_decimal(number: str) -> str:
    """A number with a point: what stands before it as a whole number, behind it one digit at a time.

    Parameters
    ----------
    number : str
        "3.14", "-0.50", ".5", "1,234.5". A ``float`` will not do: it has forgotten how many digits were written.

    Returns
    -------
    str
        "three point one four", "minus zero point five zero", "point five", …

    Lecture: text_to_speech
    """
    sign, whole, part = _checks.decimal(number, LARGEST)
    words = [*(["minus"] if sign else []), *([spell_number(int(whole))] if whole else [])]
    return " ".join([*words, *(["point", spell_digits(part)] if part else [])])


def spell_fraction(numerator: int, denominator: int) -> str:
    """A fraction: "one half", "three quarters", "five eighths"; from a denominator of 100 on, and for 0 and 1, "over".

    Parameters
    ----------
    numerator, denominator : int
        From 0, of at most 36 digits.

    Returns
    -------
    str

    Lecture: text_to_speech
    """
    numerator = _checks.whole(numerator, "numerator", at_most=LARGEST)
    denominator = _checks.whole(denominator, "denominator", at_most=LARGEST)
    if not 2 <= denominator < 100:
        return f"{spell_number(numerator)} over {spell_number(denominator)}"
    part = {2: "half", 4: "quarter"}.get(denominator) or spell_ordinal(denominator)
    if numerator != 1:
        part = "halves" if part == "half" else part + "s"
    return f"{spell_number(numerator)} {part}"


# -------------------------------------------------------------------------------------- years, times, money


def spell_year(year: int) -> str:
    """A year: two numbers of two digits, "nineteen eighty-four", with "hundred" and "oh" where the second is small.

    Parameters
    ----------
    year : int, 1…9999
        2000 to 2009, and the first ten years of any thousand, are whole numbers: "two thousand five".

    Returns
    -------
    str

    Lecture: text_to_speech
    """
    year = _checks.whole(year, "year", at_least=1, at_most=9999)
    century, rest = divmod(year, 100)
    if century % 10 == 0 and rest < 10 or year < 100:
        return spell_number(year)
    tail = "hundred" if rest == 0 else f"oh {_ONES[rest]}" if rest < 10 else _below_hundred(rest)
    return f"{_below_hundred(century)} {tail}"


def spell_time(hour: int, minute: int = 0, *, half: str = "") -> str:
    """A time of day: hour, then minute, "seven oh five"; "o'clock" or "hundred" where the minute is 0.

    Parameters
    ----------
    hour : int, 0…23
        With a half of the day, 1…12.
    minute : int, 0…59
    half : {"", "am", "pm"}
        Said letter by letter, "p m".

    Returns
    -------
    str
        "seven o'clock" for 1 to 12, "thirteen hundred" for 0 and from 13 on, as both clocks are read.

    Lecture: text_to_speech
    """
    half = _checks.choice(half, "half", ("", "am", "pm"))
    hour = _checks.whole(hour, "hour", at_least=int(bool(half)), at_most=12 if half else 23)
    minute = _checks.whole(minute, "minute", at_most=59)
    words = [spell_number(hour)]
    if minute:
        words.append(f"oh {_ONES[minute]}" if minute < 10 else _below_hundred(minute))
    elif not half:
        words.append("o'clock" if 1 <= hour <= 12 else "hundred")
    return " ".join([*words, *half])


def spell_money(amount: str | int, currency: str = "$", *, scale: str = "") -> str:
    """An amount of money: "three dollars and fifty cents", and with a scale "one point two million dollars".

    Parameters
    ----------
    amount : str or int
        "3.50", "1,000", 5. Two digits behind the point are hundredths; any other number of them is read as a decimal.
    currency : {"$", "€", "£", "¥"}
    scale : str
        "thousand" to "decillion".

    Returns
    -------
    str

    Lecture: text_to_speech
    """
    one, many, one_part, many_parts = CURRENCIES[_checks.choice(currency, "currency", tuple(CURRENCIES))]
    scale = _checks.choice(scale, "scale", ("", *SCALES))
    sign, whole, part = _checks.decimal(_checks.amount(amount), LARGEST)
    minus = "minus " if sign else ""
    if scale or one_part is None and part or len(part) not in (0, 2):
        number = spell_decimal(f"{whole}.{part}" if part else whole)
        return f"{minus}{number} {f'{scale} ' if scale else ''}{one if (number, scale) == ('one', '') else many}"
    units, parts = int(whole or 0), int(part or 0)
    words = [f"{spell_number(units)} {one if units == 1 else many}"] if units or not parts else []
    words += [f"{spell_number(parts)} {one_part if parts == 1 else many_parts}"] if parts else []
    return minus + " and ".join(words)
