"""Build data/digits/: spoken digits by many synthetic voices, packed into one file a split, the same bytes each time.

    python data/make_digits.py            build into data/digits/
    python data/make_digits.py --check    build into a temporary folder and compare

A voice is a synthesiser, a speaker, an accent, a speed and a pitch, drawn once from the seed below. Speakers are parted
between the splits *before* anything is drawn, so that none is heard in two of them. 8 kHz, 10 bits in 16-bit FLAC.
"""

import argparse
import csv
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from math import gcd
from pathlib import Path
from typing import NamedTuple

import make_data
import numpy as np
from scipy import signal as sps
from scipy.io import wavfile

FOLDER = make_data.HERE / "digits"
RATE = 8000
BITS = 10  # its noise is 61 dB below full scale
SEED = 20
WORDS = "zero one two three four five six seven eight nine".split()
COLUMNS = "split start length digit synthesiser speaker accent speed pitch".split()
ACCENTS = "en-us en-gb en-gb-scotland en-gb-x-rp en-029 en-us-nyc en-gb-x-gbclan en-gb-x-gbcwmd".split()
# espeak-ng's variants that sound like a person, and flite's speakers with the mean pitch of each in Hz. kal and kal16
# are one man at two rates, so they stay on one side. awb, rms and slt do not obey a pitch: their sound is played faster
# or slower instead, a shorter or longer throat.
TRAIN = """adam Alex Alicia Andrea Andy Annie antonio aunty belinda benjamin boris caleb david Denis ed edward
    f1 f2 f3 f4 Gene Henrique iven Jacky john kaukovalta klatt klatt3 Lee linda m1 m3 m4 m5 m8 marcelo Marco max
    Michael michel Mike Nguyen paul pedro quincy rob robert sandro steph travis""".split()
VALID = "Hugo f5 klatt2 m6 pablo shelby victor Diogo".split()
TEST = "Mario miguel anika grandma grandpa klatt4 m2 m7 Storm norbert zac".split()
FLITE = {"train": {"awb": 120, "kal16": 105, "kal": 105, "rms": 100}, "valid": {"slt": 170}, "test": {}}
OBEYING = ("kal", "kal16")  # flite's speakers whose pitch can be set
N_ESPEAK = {"train": 3, "valid": 2, "test": 2}  # voices drawn from each speaker
N_FLITE = 20


class Voice(NamedTuple):
    synthesiser: str
    speaker: str
    accent: str
    speed: float  # words a minute (espeak-ng), stretch of durations (flite)
    pitch: float  # 0...99 (espeak-ng), mean in Hz (flite's kal), factor of playing (its others)


def voices(split, rng):
    """The voices of a split, each speaker with several accents, speeds and pitches."""
    for speaker in {"train": TRAIN, "valid": VALID, "test": TEST}[split]:
        for _ in range(N_ESPEAK[split]):
            accent = ACCENTS[rng.integers(len(ACCENTS))]
            yield Voice("espeak-ng", speaker, accent, int(rng.integers(110, 220)), int(rng.integers(20, 80)))
    for speaker, pitch_hz in FLITE[split].items():
        for _ in range(N_FLITE):
            factor = round(rng.uniform(0.85, 1.25), 2)
            pitch = round(pitch_hz * factor) if speaker in OBEYING else factor
            yield Voice("flite", speaker, "", round(rng.uniform(0.75, 1.4), 2), pitch)


def command(voice, word, wav):
    if voice.synthesiser == "espeak-ng":
        name = f"{voice.accent}+{voice.speaker}"
        return ["espeak-ng", "-v", name, "-s", str(voice.speed), "-p", str(voice.pitch), "-w", wav, word]
    pitch = ["--setf", f"int_f0_target_mean={voice.pitch}"] if voice.speaker in OBEYING else []
    return [
        "flite",
        "-voice",
        voice.speaker,
        "--setf",
        f"duration_stretch={voice.speed}",
        *pitch,
        "-o",
        wav,
        "-t",
        word,
    ]


def say(voice, word):
    """One word at 8 kHz, without the silence around it, its largest sample at -1 dBFS."""
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "word.wav"
        make_data.run(*command(voice, word, str(wav)))
        rate, codes = wavfile.read(wav)
    if voice.synthesiser == "flite" and voice.speaker not in OBEYING:
        rate = round(rate * voice.pitch)
    common = gcd(rate, RATE)
    sound = sps.resample_poly(codes / 32768, RATE // common, rate // common, window=("kaiser", 8.0))
    n = RATE // 100
    loudness = np.convolve(sound**2, np.ones(n) / n, "same")
    loud = np.flatnonzero(loudness > 10**-4.0 * loudness.max())  # -40 dB
    sound = make_data.to_peak(sound[max(0, loud[0] - n) : loud[-1] + n], -1.0)
    return np.round(sound * 2 ** (BITS - 1)) / 2 ** (BITS - 1)


def unknown_speakers():
    """Speakers that this espeak-ng lacks: it would fall back to its default voice without a word."""
    listed = subprocess.run(["espeak-ng", "--voices=variant"], capture_output=True, text=True, check=True).stdout
    return sorted({*TRAIN, *VALID, *TEST} - {line.split("!v/")[1].split()[0] for line in listed.splitlines()[1:]})


def all_spoken(split, rng):
    """Who says which digit, in the order of the file."""
    return [(voice, digit) for voice in voices(split, rng) for digit in range(10)]


def sounds_of(spoken):
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda job: say(job[0], WORDS[job[1]]), spoken))


def build(folder):
    """Write one FLAC file a split, the words of its voices one after the other, and the index."""
    if unknown := unknown_speakers():
        raise RuntimeError(f"espeak-ng has no speaker {', '.join(unknown)}: the recipe needs version 1.51")
    folder.mkdir(exist_ok=True)
    rows, rng = [], np.random.default_rng(SEED)
    for split in FLITE:
        spoken = all_spoken(split, rng)
        sounds = sounds_of(spoken)
        starts = np.cumsum([0, *map(len, sounds)])
        make_data.write_flac(folder / f"{split}.flac", np.concatenate(sounds), RATE)
        for (voice, digit), start, sound in zip(spoken, starts, sounds, strict=False):
            rows.append([split, start, len(sound), digit, *voice])
    with open(folder / "index.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])
    return rows


def decoded(path):
    """The samples of a FLAC file."""
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "decoded.wav"
        make_data.run("flac", "--decode", "--silent", "-o", wav, path)
        return wavfile.read(wav)[1] / 32768


def different_words(folder, n_words, seed):
    """Of some words, drawn with a seed, those that come out otherwise than they stand in a folder; and of all, the
    rows of the index that name another voice or digit."""
    with open(folder / "index.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    rng = np.random.default_rng(SEED)
    spoken = [(split, *job) for split in FLITE for job in all_spoken(split, rng)]
    told = [[split, str(digit), *map(str, voice)] for split, voice, digit in spoken]
    different = [] if told == [[row[c] for c in ("split", "digit", *COLUMNS[4:])] for row in rows] else ["index.csv"]
    files = {split: decoded(folder / f"{split}.flac") for split in FLITE}
    drawn = np.random.default_rng(seed).choice(len(rows), n_words, replace=False)
    for number, sound in zip(drawn, sounds_of([spoken[n][1:] for n in drawn]), strict=True):
        row, start = rows[number], int(rows[number]["start"])
        if not np.array_equal(files[row["split"]][start : start + int(row["length"])], sound):
            different.append(f"{row['split']}.flac at sample {start}")
    return different


def different_files(folder):
    with tempfile.TemporaryDirectory() as other:
        build(Path(other))
        names = [f"{split}.flac" for split in FLITE] + ["index.csv"]
        return [name for name in names if (folder / name).read_bytes() != (Path(other) / name).read_bytes()]


def main():
    parser = argparse.ArgumentParser(description="Build the spoken digits of data/digits/.")
    parser.add_argument("--out", type=Path, default=FOLDER, metavar="DIR", help="folder to build into")
    parser.add_argument("--check", action="store_true", help="rebuild elsewhere and compare every file")
    parser.add_argument(
        "--words", type=int, metavar="N", help="with --check: N words, drawn with --seed, and the index"
    )
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    if lines := make_data.missing_tools():
        sys.exit("\n".join(lines))
    if not arguments.check:
        rows = build(arguments.out)
        print(f"{len(rows)} clips are in {arguments.out}")
        return
    if arguments.words is None:
        different, what = different_files(arguments.out), "the digits"
    else:
        different = different_words(arguments.out, arguments.words, arguments.seed)
        what = f"{arguments.words} words of the digits"
    if different:
        sys.exit(f"not the same after a rebuild: {', '.join(different)}")
    print(f"{what} rebuild bit for bit")


if __name__ == "__main__":
    main()
