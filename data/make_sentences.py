"""Build data/sentences/: everyday words and short sentences in four synthetic voices; and the lexicon of their words.

    python data/make_sentences.py --render    build everything, without loss, into build/sentences/: some minutes
    python data/make_sentences.py             the same, then what is shipped, data/sentences/ and data/text/lexicon.csv
    python data/make_sentences.py --check     say everything that is shipped again, and compare

What is said stands in sentence_texts.py. 8 kHz, trimmed, the largest sample at -1 dBFS. Everything is rendered into
16-bit FLAC, the same bytes each time. What is shipped is Ogg Vorbis: one voice whole, of the others some sentences.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from math import gcd
from pathlib import Path

import make_data
import make_digits
import numpy as np
import soundfile
from scipy import signal as sps
from scipy.io import wavfile
from sentence_texts import texts, words_of

from course_utils.text import normalize

FOLDER = make_data.HERE / "sentences"
RENDERED = make_data.HERE.parent / "build" / "sentences"
LEXICON = make_data.HERE / "text" / "lexicon.csv"
RATE = 8000
VOICES = {
    "slt": make_digits.Voice("flite", "slt", "", 1.0, 1.0),
    "rms": make_digits.Voice("flite", "rms", "", 1.0, 1.0),
    "awb": make_digits.Voice("flite", "awb", "", 1.0, 1.0),
    "f2": make_digits.Voice("espeak-ng", "f2", "en-us", 150, 50),
}
WHOLE = "slt"  # the voice that is shipped whole
EACH = 10  # of the others one training sentence in so many is shipped, and no word
GAP = RATE // 25  # silence between two clips, so that the codec smears none into the next
LEVEL = 0.95  # of compression: about 1.8 kB a second, 17 to 23 dB of signal to error by voice
COLUMNS = "split kind voice start length written text".split()
# What espeak-ng says of a word alone is one of two; the first is the more frequent in texts.
HETERONYMS = {
    "read": ("ɹˈiːd", "ɹˈɛd"),
    "live": ("lˈɪv", "lˈaɪv"),
    "lead": ("lˈiːd", "lˈɛd"),
    "wind": ("wˈɪnd", "wˈaɪnd"),
    "tear": ("tˈɪɹ", "tˈɛɹ"),
    "bow": ("bˈoʊ", "bˈaʊ"),
    "bass": ("bˈeɪs", "bˈæs"),
    "close": ("klˈoʊz", "klˈoʊs"),
    "use": ("jˈuːz", "jˈuːs"),
    "record": ("ɹˈɛkɚd", "ɹᵻkˈoːɹd"),
    "present": ("pɹˈɛzənt", "pɹᵻzˈɛnt"),
    "object": ("ˈɑːbdʒɛkt", "əbdʒˈɛkt"),
}
DIGITS = "zero one two three four five six seven eight nine".split()


def say(voice, text):
    """One text at 8 kHz, without the silence around it, as 16-bit codes."""
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "text.wav"
        make_data.run(*make_digits.command(voice, text, str(wav)))
        rate, codes = wavfile.read(wav)
    common = gcd(rate, RATE)
    sound = sps.resample_poly(codes / 32768, RATE // common, rate // common, window=("kaiser", 8.0))
    n = RATE // 100
    loudness = np.convolve(sound**2, np.ones(n) / n, "same")
    loud = np.flatnonzero(loudness > 10**-4.5 * loudness.max())  # -45 dB
    sound = make_data.to_peak(sound[max(0, loud[0] - n) : loud[-1] + n], -1.0)
    return np.round(sound * 32768).astype(np.int16)


def is_shipped(number, kind, voice, split):
    """Whether text ``number`` is shipped in a voice."""
    return voice == WHOLE or split != "train" or kind != "word" and number % EACH == 0


def pack(clips):
    """Clips one after the other, and where each begins."""
    starts = np.cumsum([0, *(len(clip) + GAP for clip in clips)])
    codes = np.zeros(starts[-1], np.int16)
    for start, clip in zip(starts, clips, strict=False):
        codes[start : start + len(clip)] = clip
    return codes, starts[:-1].tolist()


def render(folder):
    """Everything in every voice, without loss. A folder with an index is complete."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.csv").unlink(missing_ok=True)
    index, said = [], texts()
    for voice in VOICES:
        with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
            clips = list(pool.map(lambda row, voice=voice: say(VOICES[voice], normalize(row[2])), said))
        codes, starts = pack(clips)
        make_data.write_flac(folder / f"{voice}.flac", codes / 32768, RATE)
        index += rows_of(voice, said, clips, starts)
    write_table(folder / "index.csv", [COLUMNS, *index])
    return index


def rows_of(voice, said, clips, starts):
    return [
        [split, kind, voice, start, len(clip), written, normalize(written)]
        for (split, kind, written), clip, start in zip(said, clips, starts, strict=True)
    ]


def write_table(path, rows):
    temporary = path.with_suffix(".tmp")
    with open(temporary, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    temporary.replace(path)


def read_table(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def ship(rendered, folder):
    """What is shipped, of what has been rendered, through the codec."""
    folder.mkdir(parents=True, exist_ok=True)
    index = []
    for voice in VOICES:
        codes, _ = soundfile.read(rendered / f"{voice}.flac", dtype="int16")
        rows = [row for row in read_table(rendered / "index.csv") if row["voice"] == voice]
        rows = [row for n, row in enumerate(rows) if is_shipped(n, row["kind"], voice, row["split"])]
        clips = [codes[int(row["start"]) :][: int(row["length"])] for row in rows]
        packed, starts = pack(clips)
        write_ogg(folder / f"{voice}.ogg", packed)
        index += rows_of(voice, [(row["split"], row["kind"], row["written"]) for row in rows], clips, starts)
    write_table(folder / "index.csv", [COLUMNS, *index])
    return index


def write_ogg(path, codes):
    """Vorbis, a second at a time: libsndfile's encoder overflows its stack where it is given minutes at once."""
    with soundfile.SoundFile(path, "w", RATE, 1, format="OGG", subtype="VORBIS", compression_level=LEVEL) as file:
        for start in range(0, len(codes), RATE):
            file.write(codes[start : start + RATE])


def espeak(text):
    command = ["espeak-ng", "-q", "--ipa", "-v", "en-us", "--stdin"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout.split()


def lexicon():
    """Each word as it mostly comes out in the sentences, where espeak-ng ran no two words together, else alone."""
    forms = {word: Counter() for word in [*DIGITS, *HETERONYMS]}
    for _, kind, written in texts():
        words = words_of(written)
        said = espeak(" ".join(words))
        for number, word in enumerate(words):
            forms.setdefault(word, Counter())
            if kind != "word" and len(said) == len(words):
                forms[word][said[number]] += 1
    chosen = {word: (counts.most_common(1)[0][0],) if counts else tuple(espeak(word)) for word, counts in forms.items()}
    return sorted((word, " ".join(HETERONYMS.get(word, said))) for word, said in chosen.items())


def different_clips(folder, n_clips=None, seed=0):
    """Of some clips, drawn with a seed, or of all, those that another length or less than 10 dB is left of; and the
    index, where it names another text."""
    rows, said = read_table(folder / "index.csv"), texts()
    told = [
        [split, kind, voice, written, normalize(written)]
        for voice in VOICES
        for n, (split, kind, written) in enumerate(said)
        if is_shipped(n, kind, voice, split)
    ]
    same = told == [[row[c] for c in ("split", "kind", "voice", "written", "text")] for row in rows]
    different = [] if same else ["index.csv"]
    files = {voice: soundfile.read(folder / f"{voice}.ogg")[0] for voice in VOICES}
    drawn = np.random.default_rng(seed).choice(len(rows), len(rows) if n_clips is None else n_clips, replace=False)
    for row in (rows[number] for number in drawn):
        start, clip = int(row["start"]), say(VOICES[row["voice"]], row["text"]) / 32768
        found = files[row["voice"]][start : start + int(row["length"])]
        if len(found) != len(clip) or np.sum((found - clip) ** 2) > 0.1 * np.sum(clip**2):
            different.append(f"{row['voice']}.ogg at sample {start}")
    return different


def other_words(path):
    """Words of which espeak-ng says something else than the lexicon has."""
    kept = {row["word"]: row["ipa"] for row in read_table(path)}
    return sorted({word for word, _ in kept.items() ^ dict(lexicon()).items()})


def main():
    parser = argparse.ArgumentParser(description="Build the sentences of data/sentences/.")
    parser.add_argument(
        "--render", action="store_true", help="everything, without loss, into build/sentences/, no more"
    )
    parser.add_argument("--out", type=Path, default=FOLDER, metavar="DIR", help="folder of what is shipped")
    parser.add_argument("--check", action="store_true", help="say what is shipped again, and compare")
    parser.add_argument(
        "--clips", type=int, metavar="N", help="with --check: N clips, drawn with --seed, and the index"
    )
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    if lines := [line for line in make_data.missing_tools() if line.split()[0] in ("espeak-ng", "flite", "flac")]:
        sys.exit("\n".join(lines))
    if arguments.check:
        different = different_clips(arguments.out, arguments.clips, arguments.seed)
        different += other_words(LEXICON) if arguments.clips is None else []
        if different:
            sys.exit(f"not the same after a rebuild: {', '.join(different)}")
        print("the sentences rebuild, as near as their codec keeps them")
        return
    rows, where = render(RENDERED), RENDERED
    if not arguments.render:
        rows, where = ship(RENDERED, arguments.out), arguments.out
        LEXICON.parent.mkdir(exist_ok=True)
        write_table(LEXICON, [("word", "ipa"), *lexicon()])
    print(f"{len(rows)} clips, {sum(row[4] for row in rows) / RATE / 60:.0f} minutes, are in {where}")


if __name__ == "__main__":
    main()
