import numpy as np

from ...practice.model import Exercise, Value, Wrong

CODES = {"pause": 0.9, "vowel": 0.08, "hiss": 0.02}
COUNTS = {"pause": 900, "vowel": 80, "hiss": 20}


def _bits_truth():
    """Measured: an adaptive arithmetic coder on the message, less what learning the shares costs it."""
    from ... import entropy_coding

    rng = np.random.default_rng(0)
    message = rng.permutation(np.repeat(np.arange(3), list(COUNTS.values())))
    return 1000 * entropy_coding.entropy_bits(message.tolist())


def message_bits():
    return -sum(COUNTS[code] * np.log2(p) for code, p in CODES.items())


EXERCISE = Exercise(
    title="what a message costs",
    stars=1,
    kind="predict",
    task="""
A coder of pauses and speech has three codes. A message holds 1,000 of them: 900 times *pause*, which has the probability 0.9, 80 times *vowel*, 0.08, and 20 times *hiss*, 0.02. Huffman's code gives them 1, 2 and 2 bits.

**How many bits does an ideal arithmetic coder need for the message?** It knows the probabilities beforehand, and what it needs to end the message is not counted. Give a number within 2 %.
""",
    given="""codes = {"pause": (900, 0.9), "vowel": (80, 0.08), "hiss": (20, 0.02)}  # how often, and how probable
print("Huffman:", 900 * 1 + 80 * 2 + 20 * 2, "bits; three codes of equal length:", 1000 * 2, "bits")""",
    answer="bits",
    form="in bits, for all 1,000 codes",
    spec=Value(truth=_bits_truth, unit="bits", tolerance=0.02),
    reference=message_bits,
    hints=(
        "How many bits is a code worth that has the probability p?",
        "−log₂ p: 0.152 bits for 0.9, 3.64 for 0.08 and 5.64 for 0.02.",
        "Add up 900 · 0.152, 80 · 3.64 and 20 · 5.64.",
    ),
    wrongs=(
        Wrong("Huffman", "That is what Huffman's code costs: whole bits, one at least, for each code.", lambda: 1100.0),
        Wrong(
            "rounded up",
            "Each code is rounded up to whole bits; an arithmetic coder need not do that.",
            lambda: 900 + 320 + 120.0,
        ),
        Wrong("a bit each", "One bit for each code: then the probabilities would make no difference.", lambda: 1000.0),
        Wrong(
            "per code", "That is the mean for one code, and the whole message was asked.", lambda: message_bits() / 1000
        ),
        Wrong(
            "natural logarithm",
            "These are nats, by the natural logarithm: bits need log₂.",
            lambda: message_bits() * np.log(2),
        ),
        Wrong("base ten", "The logarithm of bits is to base two.", lambda: message_bits() * np.log10(2)),
        Wrong(
            "equal shares",
            "That is log₂ 3 for each code, as if all three were equally probable.",
            lambda: 1000 * np.log2(3),
        ),
        Wrong(
            "sign",
            "Bits cannot be negative: log₂ of a probability is, and they are its opposite.",
            lambda: -message_bits(),
        ),
        Wrong(
            "the pauses alone",
            "These are the bits of the pauses; the rare codes cost more than they do.",
            lambda: -900 * np.log2(0.9),
        ),
    ),
    after="Nine in ten codes cost a seventh of a bit each, which no code of whole bits can do: that is why codecs end in an arithmetic coder.",
    also_right=(lambda: 542.0, lambda: _bits_truth()),
)
