"""What ``text`` looks up: units, abbreviations, signs, and the words that no rule can know. Lecture: text_to_speech"""

MONTHS = [
    ("january", "Jan"),
    ("february", "Feb"),
    ("march", "Mar"),
    ("april", "Apr"),
    ("may",),
    ("june", "Jun"),
    ("july", "Jul"),
    ("august", "Aug"),
    ("september", "Sept", "Sep"),
    ("october", "Oct"),
    ("november", "Nov"),
    ("december", "Dec"),
]
WEEKDAYS = {"Mon": "monday", "Tues": "tuesday", "Tue": "tuesday", "Wed": "wednesday", "Thurs": "thursday"}
WEEKDAYS |= {"Thur": "thursday", "Thu": "thursday", "Fri": "friday", "Sat": "saturday", "Sun": "sunday"}

# ------------------------------------------------------------------------------------ units: one, many

_WHOLE = {
    "m": "meter",
    "g": "gram",
    "s": "second",
    "Hz": "hertz",
    "W": "watt",
    "V": "volt",
    "A": "ampere",
    "J": "joule",
}
_WHOLE |= {"B": "byte", "Pa": "pascal", "N": "newton", "Ω": "ohm", "L": "liter", "l": "liter", "bit": "bit"}
_WHOLE |= {"Wh": "watt hour"}
_PREFIXES = {"k": "kilo", "M": "mega", "G": "giga", "T": "tera", "m": "milli", "µ": "micro", "n": "nano", "c": "centi"}
_WITH = {"m": "kmµnc", "g": "kmµ", "s": "mµn", "Hz": "kMGTm", "W": "kMGm", "V": "kmµ", "A": "mµ", "J": "kM"}
_WITH |= {"B": "kMGT", "Pa": "kMµm", "N": "km", "Ω": "kM", "L": "m", "l": "mc", "bit": "kMG", "Wh": "kM"}


def _plural(name: str) -> str:
    return name if name.endswith("hertz") else name + "s"


UNITS = {unit: (name, _plural(name)) for unit, name in _WHOLE.items()}
UNITS |= {
    prefix + unit: (_PREFIXES[prefix] + _WHOLE[unit], _plural(_PREFIXES[prefix] + _WHOLE[unit]))
    for unit, prefixes in _WITH.items()
    for prefix in prefixes
}
UNITS |= {
    "KB": ("kilobyte", "kilobytes"),
    "h": ("hour", "hours"),
    "hr": ("hour", "hours"),
    "hrs": ("hour", "hours"),
    "min": ("minute", "minutes"),
    "mins": ("minute", "minutes"),
    "sec": ("second", "seconds"),
    "d": ("day", "days"),
    "yr": ("year", "years"),
    "yrs": ("year", "years"),
    "°C": ("degree celsius", "degrees celsius"),
    "°F": ("degree fahrenheit", "degrees fahrenheit"),
    "°": ("degree", "degrees"),
    "K": ("kelvin", "kelvins"),
    "dB": ("decibel", "decibels"),
    "dBFS": ("decibel full scale", "decibels full scale"),
    "%": ("percent", "percent"),
    "‰": ("per mille", "per mille"),
    "mph": ("mile per hour", "miles per hour"),
    "mi": ("mile", "miles"),
    "ft": ("foot", "feet"),
    "yd": ("yard", "yards"),
    "lb": ("pound", "pounds"),
    "lbs": ("pound", "pounds"),
    "oz": ("ounce", "ounces"),
    "gal": ("gallon", "gallons"),
    "rpm": ("revolution per minute", "revolutions per minute"),
    "bpm": ("beat per minute", "beats per minute"),
    "fps": ("frame per second", "frames per second"),
    "px": ("pixel", "pixels"),
    "ha": ("hectare", "hectares"),
    "t": ("ton", "tons"),
}
NAMED_UNITS = set(
    "Hz kHz MHz GHz dB dBFS kWh kB kg km ms mW µs".split()
)  # said even where no number stands before them
MAGNITUDES = {"k": "thousand", "m": "million", "mn": "million", "b": "billion", "bn": "billion", "tn": "trillion"}
MAGNITUDES |= {word: word for word in ("thousand", "million", "billion", "trillion")}
SAID_ALONE = {"24/7": "twenty-four seven", "9/11": "nine eleven", "50/50": "fifty-fifty"}  # no fractions

# ------------------------------------------------------------------------------------------ abbreviations

# With a dot behind them. Of two, the first stands before a name, the second behind the name of a place.
ABBREVIATIONS = {
    "Dr": ("doctor", "drive"),
    "St": ("saint", "street"),
    **{"Mr": "mister", "Mrs": "missus", "Ms": "miz", "Prof": "professor", "Rev": "reverend", "Hon": "honorable"},
    **{"Gen": "general", "Capt": "captain", "Lt": "lieutenant", "Col": "colonel", "Sgt": "sergeant", "Gov": "governor"},
    **{"Sen": "senator", "Rep": "representative", "Pres": "president", "Jr": "junior", "Sr": "senior"},
    **{"Ave": "avenue", "Rd": "road", "Blvd": "boulevard", "Mt": "mount", "Ft": "fort", "Dept": "department"},
    **{"Inc": "incorporated", "Ltd": "limited", "Co": "company", "Corp": "corporation", "Univ": "university"},
}
# Before a number, with a dot or without.
COUNTED = {"No": "number", "no": "number", "Nos": "numbers", "vol": "volume", "Vol": "volume", "p": "page"}
COUNTED |= {"pp": "pages", "fig": "figure", "Fig": "figure", "ch": "chapter", "Ch": "chapter", "Eq": "equation"}
# Whatever stands beside them.
ALWAYS = {"etc": "et cetera", "vs": "versus", "approx": "approximately", "ok": "okay", "phd": "p h d", "tv": "t v"}
# Read as words, and not letter by letter.
ACRONYMS = {
    word: word.lower()
    for word in (
        "NASA NATO UNESCO UNICEF OPEC AIDS LASER RADAR SONAR SCUBA FIFA UEFA IKEA SIM PIN RAM ROM LAN WAN GIF ASCII "
        "SWAT WASP FEMA NAFTA OSHA COVID SARS ASAP YOLO NOT AND OR ALL THE STOP NEVER ALWAYS NO YES IS BE TO OF IN "
        "ON MUST WAS ARE YOU WE HE SHE THEY MY NOW VERY ONLY THIS THAT WHAT WHY HOW"
    ).split()
} | {"JPEG": "jay peg", "CEO": "c e o", "OK": "okay"}

# ---------------------------------------------------------------------------------- before a Roman numeral

RULERS = set(
    "Henry Elizabeth Louis George Edward Charles James William Richard Benedict Pius Paul Catherine Philip Frederick "
    "Napoleon Mary Peter Nicholas Ivan Alexander Leo Gregory Innocent Clement Urban Otto Ferdinand Leopold Gustav "
    "Margaret Ramesses Cleopatra".split()
)

# ------------------------------------------------------------------------------------------------- signs

LETTERS = {"’": "'", "‘": "'", "ʼ": "'", "–": "-", "—": ";", "−": "-", "‐": "-", "‑": "-", "…": ".", "μ": "µ"}
LETTERS |= {"ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ı": "i"}
LETTERS |= {"đ": "d", "Đ": "D", "ð": "th", "Ð": "Th", "þ": "th", "Þ": "Th", "\u2126": "Ω", "¡": "", "¿": ""}
SYMBOLS = {
    **{"&": "and", "@": "at", "#": "hash", "+": "plus", "=": "equals", "%": "percent", "<": "less than"},
    **{">": "greater than", "*": "star", "^": "caret", "_": "underscore", "|": "bar", "\\": "backslash"},
    **{"/": "slash", "~": "tilde", "$": "dollars", "€": "euros", "£": "pounds", "¥": "yen", "¢": "cents"},
    **{"§": "section", "©": "copyright", "®": "registered", "™": "trademark", "°": "degrees", "‰": "per mille"},
    **{"×": "times", "÷": "divided by", "±": "plus or minus", "≈": "about equals", "≠": "is not equal to"},
    **{"≤": "is at most", "≥": "is at least", "²": "squared", "³": "cubed", "µ": "micro", "Ω": "omega"},
    **{"√": "square root of", "∞": "infinity", "→": "to", "`": "", '"': "", "(": ",", ")": ",", "[": ",", "]": ","},
    **{"{": ",", "}": ",", "'": "", ";": ",", ":": ",", ",": ",", ".": ".", "!": "!", "?": "?", "-": ","},
}
