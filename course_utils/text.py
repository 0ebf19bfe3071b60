"""From what is written to what is said: numbers, dates, money and abbreviations as words, words as phonemes.

``normalize`` walks once over the text, from the left. At each place the first rule that fits says what stands there,
and ``readings`` shows which rule that was: a text that is read wrongly is read wrongly by one of them.
Lecture: text_to_speech
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from . import _files
from ._checks import text as _checks
from ._text_tables import (
    ABBREVIATIONS,
    ACRONYMS,
    ALWAYS,
    COUNTED,
    LETTERS,
    MAGNITUDES,
    MONTHS,
    NAMED_UNITS,
    RULERS,
    SAID_ALONE,
    SYMBOLS,
    UNITS,
    WEEKDAYS,
)
from .numerals import (
    CURRENCIES,
    LARGEST,
    spell_decimal,
    spell_digits,
    spell_fraction,
    spell_money,
    spell_number,
    spell_ordinal,
    spell_time,
    spell_year,
)

CHARACTERS = "abcdefghijklmnopqrstuvwxyz '.,?!-"
PADDING, END = 0, 1 + len(CHARACTERS)  # the numbers of a character begin at 1, and the last says that a text is over
N_TOKENS = 1 + END


def encode(text: str, *, end: bool = False) -> list[int]:
    """The number of each character, from 1; 0 is left for padding.

    Parameters
    ----------
    text : str
        Of ``CHARACTERS``: what ``normalize`` gives.
    end : bool
        Whether ``END`` follows.

    Returns
    -------
    list of int

    Lecture: text_to_speech
    """
    text = _checks.of_characters(text, CHARACTERS)
    return [1 + CHARACTERS.index(character) for character in text] + [END] * _checks.switch(end, "end")


def decode(ids: Sequence[int]) -> str:
    """The text of some numbers, up to the first ``END``; padding is left out. The inverse of ``encode``.

    Parameters
    ----------
    ids : sequence of int, 0…END

    Returns
    -------
    str

    Lecture: text_to_speech
    """
    ids = _checks.tokens(ids, END)
    ids = ids[: ids.index(END)] if END in ids else ids
    return "".join(CHARACTERS[number - 1] for number in ids if number != PADDING)


# ----------------------------------------------------------------------------------- characters put in order


@cache
def _tidied(character: str) -> str:
    """A character as rules expect it: digits 0…9, letters a…z, a fraction as 1/2, a raised digit behind ^."""
    if character in SYMBOLS or character in "\n\t" or " " <= character <= "~":
        return " " if character.isspace() else character
    if character in LETTERS:
        return LETTERS[character]
    category, plain = unicodedata.category(character), unicodedata.normalize("NFKC", character)
    if category[0] in "Z" or category in ("Cc", "Cf", "Mn", "Me"):
        return " " if character.isspace() else ""
    if category[0] == "N":
        if unicodedata.decimal(character, None) is not None:
            return str(unicodedata.decimal(character))
        return f" {plain.replace('⁄', '/')}" if "⁄" in plain else _number_sign(character, plain)
    if category[0] == "S":
        return character if plain == character else "".join(map(_tidied, plain))
    letters = "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))
    if letters != character:
        return "".join(map(_tidied, letters))
    if unicodedata.name(character, "").startswith("GREEK"):
        return f" {unicodedata.name(character).split()[-1].lower()} "
    return "" if category[0] == "P" else _checks.not_english(character)


def _number_sign(character: str, plain: str) -> str:
    """A raised digit, a digit in a circle, a Roman numeral of one character, or a number of another script."""
    if unicodedata.decomposition(character).startswith("<super>"):
        return f"^{plain}"
    if plain != character and plain.isascii():
        return f" {plain} "
    value = unicodedata.numeric(character)
    return f" {value:.0f} " if value == int(value) else _checks.not_english(character)


def _ordered(text: str) -> str:
    """All characters tidied, several raised digits in a row together."""
    text = re.sub("[⁰¹²³⁴-⁹⁻]{2,}", lambda raised: "^" + unicodedata.normalize("NFKC", raised[0]), text)
    return "".join(map(_tidied, text))


# ------------------------------------------------------------------------------------------ numbers in a text

_DIGITS = rf"(?>\d{{1,3}}(?:,\d{{3}}){{1,11}}(?!\d)|\d{{1,{len(str(LARGEST))}}}(?!\d))"
_SIGN = r"(?:(?<![\w.,)])-)?"
_NUMBER = rf"{_SIGN}(?:{_DIGITS}(?:\.\d+)?|(?<![\w.])\.\d+)"
_YEAR_BEFORE = re.compile(r"\b(?:in|since|circa|during|year|(AD))\s$")
_SENTENCE_ENDS = re.compile(r"\s*$|\s+[A-Z]")


def _before(found: re.Match, n_characters: int = 10) -> str:
    return found.string[max(0, found.start() - n_characters) : found.start()]


def _behind(found: re.Match, n_characters: int = 10) -> str:
    return found.string[found.end() : found.end() + n_characters]


@lru_cache(maxsize=8)
def _shouts(text: str) -> bool:
    """Whether a text of several words has no small letter: then capitals say nothing."""
    return not re.search(r"[a-z]", text) and len(re.findall(r"[A-Z]{2,}", text)) > 1


def _number(written: str) -> str:
    """A number of any form. Zeros that lead it are said, since who writes them means them."""
    sign, number = ("minus ", written[1:]) if written.startswith("-") else ("", written)
    whole, _, part = number.replace(",", "").partition(".")
    if len(whole) > 1 and whole.startswith("0"):
        return sign + spell_digits(whole) + (f" point {spell_digits(part)}" if part else "")
    return sign + spell_decimal(number)


def _year_or_number(written: str) -> str:
    """Four digits from 1100 to 2099, without a comma, are a year."""
    is_year = re.fullmatch(r"1[1-9]\d\d|20\d\d", written)
    return spell_year(int(written)) if is_year else _number(written)


def _plain(found: re.Match) -> str:
    written = found[0]
    if re.fullmatch(r"[1-9]\d{2,3}", written):
        is_after = re.match(r"\s(?:AD|BC|CE|BCE)\b", _behind(found))
        is_before = _YEAR_BEFORE.search(_before(found, 12))
        if is_after or is_before and (len(written) == 4 or is_before[1]):
            return spell_year(int(written))
    return _year_or_number(written)


def _date(month: int, day: int, year: str | None, *, day_first: bool = False) -> str:
    name = MONTHS[month - 1][0]
    words = f"the {spell_ordinal(day)} of {name}" if day_first else f"{name} {spell_ordinal(day)}"
    return words + (f", {spell_year(int(year))}" if year else "")


_MONTH = "|".join(sorted({name for names in MONTHS for name in (names[0].title(), *names[1:])}, key=len, reverse=True))
_MONTH_NUMBER = {name: n for n, names in enumerate(MONTHS, 1) for name in (names[0].title(), *names[1:])}
_DAY, _YEAR = r"(0?[1-9]|[12]\d|3[01])", r"([1-9]\d{3})"


def _month_first(found: re.Match) -> str:
    return _date(_MONTH_NUMBER[found[1]], int(found[2]), found[3])


def _day_first(found: re.Match) -> str:
    words = _date(_MONTH_NUMBER[found[2]], int(found[1]), found[3], day_first=True)
    return words.removeprefix("the ") if re.search(r"\bthe\s$", _before(found, 5), re.I) else words


def _month_and_year(found: re.Match) -> str:
    return f"{MONTHS[_MONTH_NUMBER[found[1]] - 1][0]} {spell_year(int(found[2]))}"


def _slashed(found: re.Match) -> str:
    """Month first, as in the United States, unless the first number can be no month."""
    first, second = int(found[1]), int(found[2])
    month, day = (second, first) if first > 12 else (first, second)
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return " slash ".join(map(_number, found[0].split("/")))
    return _date(month, day, found[3])


def _time(found: re.Match) -> str:
    hour, minute, second, half = int(found[1]), int(found[2] or 0), found[3], (found[4] or "").lower()
    fits = bool(half) and 1 <= hour <= 12
    words = spell_time(hour % 24 if hour == 24 else hour, minute, half=f"{half}m" if fits and not second else "")
    words = words.replace("zero", "twenty-four", 1) if hour == 24 else words
    if second:
        words += f" and {spell_number(int(second))} second{'s' * (int(second) != 1)}"
    return words + (f" {half} m" if half and (second or not fits) else "") + _stop(found)


def _stop(found: re.Match) -> str:
    """The dot of an abbreviation ends its sentence, too, where nothing or a capital follows."""
    return "." if found[0].endswith(".") and _SENTENCE_ENDS.match(found.string, found.end()) else ""


def _end(found: re.Match) -> str:
    return "" if _behind(found).strip() else "."


def _decade(found: re.Match) -> str:
    digits = found[1]
    words = spell_year(int(digits)) if len(digits) == 4 else spell_number(int(digits))
    return words[:-1] + "ies" if words.endswith("y") else words + ("es" if words.endswith("x") else "s")


def _money(found: re.Match) -> str:
    sign, currency, amount, magnitude = found.groups()
    whole, _, part = amount.replace(",", "").partition(".")
    scale = MAGNITUDES.get((magnitude or "").strip().lower(), "")
    words = spell_money(f"{whole.lstrip('0') or '0'}.{part}" if part else whole or "0", currency, scale=scale)
    return ("minus " if sign else "") + words


def _money_behind(found: re.Match) -> str:
    sign = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}.get(found[2], found[2])
    return spell_money(found[1], sign)


def _cents(found: re.Match) -> str:
    one, many = CURRENCIES["$" if found[2] == "¢" else "£"][2:]
    return f"{_number(found[1])} {one if int(found[1]) == 1 else many}"


def _unit(found: re.Match) -> str:
    number, unit, per, power = found.groups()
    one, many = UNITS[unit]
    name, raised = one if number.lstrip("-") == "1" else many, {"2": "squared", "3": "cubed"}.get(power or "", "")
    raised = raised or {"²": "squared", "³": "cubed"}.get(power or "", "")
    if raised and not per and unit.endswith("m"):  # a length
        name, raised = f"{'square' if raised == 'squared' else 'cubic'} {name}", ""
    return " ".join([_number(number), name, *(["per", UNITS[per][0]] if per else []), *([raised] if raised else [])])


def _fraction(found: re.Match) -> str:
    whole, numerator, denominator = found.groups()
    if found[0] in SAID_ALONE:
        return SAID_ALONE[found[0]]
    words = spell_fraction(int(numerator), int(denominator))
    return f"{spell_number(int(whole))} and {words}" if whole else words


def _power(found: re.Match) -> str:
    number, times, exponent = found[1], found[2] is not None, found[3]
    return f"{_number(number)} {'times ten ' if times else ''}to the power of {_number(exponent.lstrip('+'))}"


def _telephone(found: re.Match) -> str:
    plus = "plus " if found[0].startswith("+") else ""
    return plus + ", ".join(map(spell_digits, re.findall(r"\d+", found[0])))


# ------------------------------------------------------------------------------------- letters in a text


def _letters(word: str) -> str:
    return " ".join(word.lower())


def _word(found: re.Match) -> str:
    """Words and what is joined to them by hyphens; an initialism is said letter by letter."""
    parts = [_one_word(part, found) for part in found[0].split("-")]
    words = parts[0]
    for before, part in zip(parts, parts[1:], strict=False):
        words += (" " if " " in before + part else "-") + part
    return words


def _one_word(word: str, found: re.Match) -> str:
    stem, _, ending = word.partition("'")
    shouts = _shouts(found.string)
    if word.lower() in ALWAYS:
        return ALWAYS[word.lower()]
    if stem in ACRONYMS or stem in NAMED_UNITS:
        return (ACRONYMS.get(stem) or UNITS[stem][1]) + (f"'{ending.lower()}" if ending else "")
    plural = re.fullmatch(r"([A-Z]{2,4})s", stem)
    beside_digit = re.search(r"\d", _before(found, 1) + _behind(found, 1))
    is_spelled = stem.isupper() and 2 <= len(stem) <= 5 and (not shouts or not re.search(r"[AEIOUY]", stem))
    if plural or is_spelled or beside_digit and len(stem) <= 3 and not re.search(r"[aeiouy]", stem):
        said = _letters(plural[1] if plural else stem)
        return said + ("'s" if plural else f"'{ending.lower()}" if ending else "")
    return word.lower()


def _initials(found: re.Match) -> str:
    return _letters(found[0].replace(".", "")) + _end(found)


def _abbreviation(found: re.Match) -> str:
    spoken = ABBREVIATIONS[found[1]]
    if isinstance(spoken, str):
        return spoken + (_stop(found) if found[1] in ("Inc", "Ltd", "Co", "Corp", "Jr", "Sr", "Ave", "Rd") else "")
    before, behind = _before(found, 40), _behind(found)
    is_place = re.search(r"\d\w*\s(?:[A-Z][\w']*\s)+$", before) or (
        re.search(r"[A-Z][\w']+\s$", before) and not re.match(r"\s?[A-Z]", behind)
    )
    return spoken[1] + _end(found) if is_place else spoken[0]


def _roman(found: re.Match) -> str:
    value, values = 0, [dict(zip("IVXLCDM", (1, 5, 10, 50, 100, 500, 1000), strict=True))[c] for c in found[2]]
    for this, following in zip(values, [*values[1:], 0], strict=True):
        value += -this if this < following else this
    is_ruler = found[1] in RULERS
    return f"{found[1].lower()} {'the ' + spell_ordinal(value) if is_ruler else spell_number(value)}"


def _web(found: re.Match) -> str:
    signs = {".": "dot", "@": "at", "/": "slash", ":": "colon", "-": "dash", "_": "underscore", "+": "plus"}
    words = []
    for piece in re.findall(r"[A-Za-z]+|\d+|[^A-Za-z\d]", found[0]):
        spelled = piece.lower() in ("www", "http", "https") or len(piece) == 2 and words[-1:] == ["dot"]
        said = spell_digits(piece) if piece.isdigit() else _letters(piece) if spelled else piece.lower()
        words.append(said if piece.isalnum() else signs.get(piece) or _symbol(piece))
    return " ".join(words)


def _symbol(character: str) -> str:
    if character in SYMBOLS:
        return SYMBOLS[character]
    name = unicodedata.name(character, "") if unicodedata.category(character)[0] == "S" else ""
    return " ".join(re.findall("[a-z]+", name.lower()))


# ------------------------------------------------------------------------------------------------ the rules

_UNIT = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
_NAMES = "|".join(sorted(ABBREVIATIONS, key=len, reverse=True))
_CHAPTERS = "Chapter|Part|Act|Scene|War|Volume|Book|Section|Type|Phase|Figure|Table|Class|Bowl|Appendix"
_ROMAN = r"(?=[IVXLCDM])M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?<=[IVXLCDM])\b(?!')"
_SCALE = r"(?:\s?(thousand|million|billion|trillion|k|mn|m|bn|b|tn)\b)?"
RULES = [  # name, pattern, what is said; the first that fits is taken
    ("web", r"(?:https?://|www\.)[\w./@:+-]*\w|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+", _web),
    ("web", r"(?:[A-Za-z][\w-]{0,62}\.){1,5}(?:com|org|net|edu|gov|info|io|uk)\b(?:/[\w./-]*\w)?", _web),
    ("date", rf"{_YEAR}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?![\d-])", lambda m: _date(int(m[2]), int(m[3]), m[1])),
    ("date", rf"(\d\d?)/(\d\d?)/{_YEAR}(?![\d/])", _slashed),
    ("date", rf"({_MONTH})\.?\s{_DAY}(?:st|nd|rd|th)?\b(?:,?\s{_YEAR}\b(?!,\d))?(?![:\d%/]|\.\d)", _month_first),
    ("date", rf"{_DAY}(?:st|nd|rd|th)?\s(?:of\s)?({_MONTH})\b\.?(?:,?\s{_YEAR}\b(?!,\d))?", _day_first),
    ("date", rf"({_MONTH})\.?\s(1\d{{3}}|20\d\d)\b(?!,\d)", _month_and_year),
    ("telephone", r"\+\d[\d ()-]{6,20}\d(?!\d)", _telephone),
    ("telephone", r"(?:\(\d{3}\)\s?|(?<!\d)\d{3}[ -])?(?<!\d)\d{3}-\d{4}(?![\d-])", _telephone),
    ("telephone", r"0\d{2,5}(?:[ -]\d{2,5}){1,4}(?!\d)", _telephone),
    ("version", r"\d+(?:\.\d+){2,}(?!\d)", lambda m: " dot ".join(map(_digits_or_number, m[0].split(".")))),
    ("money", rf"((?<![\w.,)])-)?([$€£¥])\s?({_DIGITS}(?:\.\d+)?|\.\d+){_SCALE}", _money),
    ("money", rf"({_NUMBER})\s?([€£¥$]|(?:USD|EUR|GBP|JPY)\b)(?!\d)", _money_behind),
    ("money", r"(\d{1,2})(¢|p\b)", _cents),
    ("time", r"([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?(?:\s?([AaPp])(?:[Mm]\b|\.[Mm]\.))?(?![\d:])", _time),
    ("time", r"(0?[1-9]|1[0-2])()()\s?([AaPp])(?:[Mm]\b|\.[Mm]\.)", _time),
    ("ratio", r"(\d{1,36}):(?=\d)", lambda m: f"{_number(m[1])} to"),
    ("decade", r"'?([1-9]\d00|(?:1\d|20)?[2-9]0|(?:1[1-9]|20)10)'?s\b", _decade),
    ("fraction", rf"(?<![/\d])(?:({_DIGITS})\s)?(\d{{1,36}})/(\d{{1,36}})(?![\d/])", _fraction),
    ("power", rf"({_NUMBER})(?:(\s?[×x*]\s?10\^|[eE](?=[-+]?\d))|\^)([-+]?\d{{1,36}})(?!\d)", _power),
    (
        "unit",
        rf"(?<![A-Za-z])({_NUMBER})(?:\s|-(?=[A-Za-z])|(?![KBd]\b))({_UNIT})(?:/({_UNIT}))?(?:\^?([²³23]))?(?![\w'^])",
        _unit,
    ),
    ("power", r"\^([-+]?\d{1,36})(?!\d)", lambda m: f"to the power of {_number(m[1].lstrip('+'))}"),
    ("ordinal", rf"({_DIGITS})(?:st|nd|rd|th|ST|ND|RD|TH)\b", lambda m: spell_ordinal(int(m[1].replace(",", "")))),
    ("range", rf"({_NUMBER})\s?-(?=\d)", lambda m: f"{_year_or_number(m[1])} to"),
    ("times", rf"({_NUMBER})(?:(\sx\s)|x)(?=\d)", lambda m: f"{_number(m[1])} {'times' if m[2] else 'by'}"),
    ("minus", rf"({_NUMBER})\s-\s(?=[\d.])", lambda m: f"{_number(m[1])} minus"),
    ("year or number", _DIGITS + r"(?!\.?\d)", _plain),
    ("number", _NUMBER, lambda m: _number(m[0])),
    ("long number", r"\d+", lambda m: spell_digits(m[0])),
    ("counted", rf"\b({'|'.join(COUNTED)})\.?\s?(?=\d)", lambda m: COUNTED[m[1]]),
    ("counted", r"#(?=\d)", lambda m: "number"),
    ("about", r"~(?=\s?[\d.$€£])", lambda m: "about"),
    ("roman", rf"\b((?:{'|'.join(RULERS)})|[A-Za-z]*(?:{_CHAPTERS}))\s({_ROMAN})", _roman),
    ("roman", r"\b([A-Z][a-z]+)\s((?=[IVX]{2})X{0,3}(?:IX|IV|V?I{0,3}))(?<=[IVX])\b(?!')", _roman),
    ("weekday", rf"\b({'|'.join(list(WEEKDAYS)[:-2])})\.", lambda m: WEEKDAYS[m[1]]),
    ("weekday", r"\b(Sat|Sun)\.(?=,|\s\d)", lambda m: WEEKDAYS[m[1]]),
    ("latin", r"\be\.\s?g\.", lambda m: "for example"),
    ("latin", r"\bi\.\s?e\.", lambda m: "that is"),
    ("latin", r"\b(etc|vs|approx)\.", lambda m: ALWAYS[m[1]] + (_stop(m) if m[1] == "etc" else "")),
    ("abbreviation", rf"\b({_NAMES})\.", _abbreviation),
    ("initials", r"\b(?:[A-Z]\.){2,}|\bPh\.D\.", _initials),
    ("initials", r"\b[A-HJ-Z]\.(?=\s[A-Z])", lambda m: m[0][0].lower()),
    ("word", r"[A-Za-z]+(?:['-][A-Za-z]+)*", _word),
    ("joint", r"(?<=[A-Za-z])-(?=\d)|(?<=\d)-(?=[A-Za-z])", lambda m: ""),
    ("dot", r"(?<=\w)\.(?=[a-z\d])", lambda m: "dot"),
    ("space", r"\s+", lambda m: ""),
    ("sign", r".", lambda m: _symbol(m[0])),
]
RULES = [(name, re.compile(pattern, re.ASCII), say) for name, pattern, say in RULES]


def _digits_or_number(digits: str) -> str:
    return _number(digits) if len(digits) <= 3 else spell_digits(digits)


class Reading(NamedTuple):
    """One piece of a text: what is written, the name of the rule that fits, what is said."""

    written: str
    rule: str
    spoken: str


def readings(text: str) -> list[Reading]:
    """The text piece by piece, from the left: at each place the first rule of ``RULES`` that fits.

    Parameters
    ----------
    text : str
        English. Characters are put in order first: digits of other scripts become 0…9, accents go, ½ becomes 1/2.

    Returns
    -------
    list of Reading
        What is written, joined, is the whole text: nothing is skipped, and each digit belongs to one piece.

    Raises
    ------
    ValueError
        If a letter is not Latin or Greek.

    Lecture: text_to_speech
    """
    text, found, place = _ordered(_checks.text(text)), [], 0
    while place < len(text):
        for name, pattern, say in RULES:
            if match := pattern.match(text, place):
                found.append(Reading(match[0], name, say(match)))
                place = match.end()
                break
    return found


def normalize(text: str) -> str:
    """The text as it is read aloud: lower case, no digits, no signs but the space and ``'.,?!-``.

    Parameters
    ----------
    text : str
        English: see ``readings``.

    Returns
    -------
    str
        Of ``CHARACTERS``. Of several marks in a row the strongest is left, of ``? ! . ,`` in this order; those before
        the first word go. ``normalize(normalize(text)) == normalize(text)``.

    Raises
    ------
    ValueError
        If a letter is not Latin or Greek.

    Source: the classes of what must be rewritten follow Sproat et al. 2001, Computer Speech & Language 15(3).
    Lecture: text_to_speech
    """
    spoken = " ".join(reading.spoken for reading in readings(text) if reading.spoken)
    spoken = re.sub(r" *([.,?!])[ .,?!]*", lambda found: min(found[0].replace(" ", ""), key="?!.,".index) + " ", spoken)
    return re.sub(" +", " ", spoken).lstrip(" .,?!").rstrip()


# ---------------------------------------------------------------------------------------------- phonemes

_VOWELS = "aeiouæɑɒɐɔəɚɛɜɪʊʌᵻ"
_CONSONANTS = "bdfhjklmnpstvwzðŋɡɹɾʃʒʔθ"
PHONEMES = (
    *" .,?!",
    *_CONSONANTS,
    *(stress + vowel + long for long in ("", "ː") for stress in ("", "ˈ") for vowel in _VOWELS),
)
N_PHONEMES = 1 + len(PHONEMES)  # 0 is padding
_PHONEME = re.compile(r"[ˈˌ]?[^ˈˌː]ː?|.", re.DOTALL)


@cache
def lexicon() -> dict[str, tuple[str, ...]]:
    """The words that the course ships with their pronunciations: the usual one first, then those of a heteronym.

    Returns
    -------
    dict, str → tuple of str
        IPA, as espeak-ng 1.51 gives it for en-us; made by ``data/make_sentences.py``.

    Lecture: text_to_speech
    """
    lines = (_files.ROOT / "data" / "text" / "lexicon.csv").read_text(encoding="utf-8").splitlines()[1:]
    return {word: tuple(said.split()) for word, said in (line.split(",") for line in lines)}


def phonemes(text: str, *, source: str = "auto") -> str:
    """What the words of a text sound like, in IPA with ˈ before a stressed syllable and ˌ before a half-stressed one.

    Parameters
    ----------
    text : str
        English. It is normalized first, so that "2" is a word and no sign commands the synthesizer.
    source : {"auto", "espeak-ng", "lexicon"}
        "espeak-ng" knows every word, and a little of its neighbors: "have read" is not "will read". The lexicon gives
        each word alone, a heteronym as it is mostly said. "auto" takes the first where it is installed.

    Returns
    -------
    str
        Words with a space between them, marks as in the text.

    Raises
    ------
    ValueError
        If espeak-ng is asked for and not installed, or a word is not in the lexicon.

    Lecture: text_to_speech
    """
    source = _checks.choice(source, "source", ("auto", "espeak-ng", "lexicon"))
    program = None if source == "lexicon" else _checks.program("espeak-ng", needed=source == "espeak-ng")
    pieces = re.findall(r"[.,?!]|[^.,?!]+", normalize(text))
    said = [piece if piece in ".,?!" else _said(piece.strip(), program) for piece in pieces]
    return re.sub(r" ([.,?!])", r"\1", " ".join(said))


def _said(words: str, program: str | None) -> str:
    if program:
        return " ".join(_checks.output([program, "-q", "--ipa", "-v", "en-us", "--stdin"], words).split())
    words = words.replace("-", " ").split()
    return " ".join(lexicon()[_checks.known(word, lexicon())][0] for word in words)


def encode_phonemes(ipa: str) -> list[int]:
    """The number of each phoneme, from 1, for a model that reads phonemes; 0 is left for padding.

    A vowel with its stress and its length is one phoneme, a diphthong is two, a space stands between words. Half a
    stress counts as none, and the mark of a consonant that is a syllable of its own is left out.

    Parameters
    ----------
    ipa : str
        What ``phonemes`` gives.

    Returns
    -------
    list of int, 1…``N_PHONEMES − 1``

    Raises
    ------
    ValueError
        If a sign is none of ``PHONEMES``.

    Lecture: text_to_speech
    """
    found = _PHONEME.findall(_checks.text(ipa, "ipa").replace("\u0329", ""))
    found = [phoneme.replace("ˌ", "") for phoneme in found]
    return [1 + PHONEMES.index(_checks.phoneme(name, PHONEMES)) for name in found]


def stresses(ipa: str) -> list[int]:
    """How strongly each syllable is stressed: 1 for ˈ, 2 for ˌ, 0 for neither, as dictionaries number them.

    Parameters
    ----------
    ipa : str
        What ``phonemes`` gives. A syllable is a run of vowels, and espeak-ng marks the vowel itself.

    Returns
    -------
    list of int

    Lecture: text_to_speech
    """
    marks = re.findall(rf"([ˈˌ]?)[{_VOWELS}][{_VOWELS}ː]*", _checks.text(ipa, "ipa"))
    return [{"ˈ": 1, "ˌ": 2}.get(mark, 0) for mark in marks]
