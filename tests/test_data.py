"""The clips of data/: every check is a function of a folder, so that planted faults can be shown to fail."""

import csv
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from authoring.runs import state_of_the_tree

DATA = Path(__file__).resolve().parent.parent / "data"
COLUMNS = "file,kind,lecture,transcript,notes,sample_rate,seconds,channels,origin,licence,sha256"
KINDS = {"music", "speech", "environment", "test_signals"}
TOOLS = {"espeak-ng": "1.51", "flite": "2.2", "fluidsynth": "2.3.1", "flac": "1.4.2"}
MAX_BYTES = 12_000_000
DIGITS = "digits"  # packed words with an index of their own, see make_digits.py
MAX_BYTES_OF_DIGITS = 8_000_000
SENTENCES, TEXT = "sentences", "text"  # likewise packed, see make_sentences.py; and two tables
TUNES = "tunes"  # lists of notes, which tests/test_music.py adds up
MAX_BYTES_OF_SENTENCES = 6_000_000


def manifest(folder):
    with open(folder / "manifest.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def listed_files(folder):
    return [row for row in manifest(folder) if (folder / row["file"]).exists()]


# ---------------------------------------------------------------- checks: folder -> list of problems


def check_schema(folder):
    header = (folder / "manifest.csv").read_text(encoding="utf-8").splitlines()[0]
    if header != COLUMNS:
        return [f"the columns are {header}"]
    problems = []
    for row in manifest(folder):
        name = row["file"]
        if row["kind"] not in KINDS or not name.startswith(row["kind"] + "/"):
            problems.append(f"{name}: kind {row['kind']!r} is not its folder")
        if not re.fullmatch(r"\d\d_[a-z_]+", row["lecture"]):
            problems.append(f"{name}: lecture {row['lecture']!r} is not the stem of a notebook")
        if row["licence"] != "CC BY 4.0" or not row["origin"]:
            problems.append(f"{name}: licence or origin is missing")
        if not row["notes"]:
            problems.append(f"{name}: notes are missing")
        if row["kind"] == "speech" and not row["transcript"] and "phoneme" not in row["notes"]:
            problems.append(f"{name}: speech without a transcript")
    return problems


def check_files(folder):
    names = [row["file"] for row in manifest(folder)]
    present = {path.relative_to(folder).as_posix() for path in folder.glob("*/*")}
    present = {name for name in present if name.split("/")[0] not in ("__pycache__", DIGITS, SENTENCES, TEXT, TUNES)}
    problems = [f"{name}: listed twice" for name in set(names) if names.count(name) > 1]
    problems += [f"{name}: listed, not there" for name in sorted(set(names) - present)]
    return problems + [f"{name}: there, not listed" for name in sorted(present - set(names))]


def check_hashes(folder):
    rows = listed_files(folder)
    return [
        f"{row['file']}: sha256 differs from the manifest"
        for row in rows
        if hashlib.sha256((folder / row["file"]).read_bytes()).hexdigest() != row["sha256"]
    ]


def check_format(folder):
    problems = []
    for row in listed_files(folder):
        info = soundfile.info(folder / row["file"])
        found = (info.format, info.subtype, info.samplerate, info.channels, f"{info.frames / info.samplerate:.6f}")
        stated = ("FLAC", "PCM_16", int(row["sample_rate"]), int(row["channels"]), row["seconds"])
        if found != stated:
            problems.append(f"{row['file']}: is {found}, the manifest says {stated}")
    return problems


def check_levels(folder):
    """No clip near full scale, silent, or cut off at an edge; whole utterances of speech at one level."""
    problems = []
    for row in listed_files(folder):
        signal, _ = soundfile.read(folder / row["file"])
        peak_db = 20 * np.log10(np.max(np.abs(signal)) + 1e-9)
        rms_db = 10 * np.log10(np.mean(signal**2) + 1e-12)
        if not -20 <= peak_db <= -3:
            problems.append(f"{row['file']}: peaks at {peak_db:.1f} dBFS, not between -20 and -3")
        if np.max(np.abs(signal[[0, -1]])) > 0.005:
            problems.append(f"{row['file']}: starts or ends abruptly")
        if row["kind"] == "speech" and "pair_" not in row["file"] and abs(rms_db + 24) > 0.1:
            problems.append(f"{row['file']}: has {rms_db:.1f} dBFS RMS, speech has -24")
    return problems


def check_size(folder):
    sizes = {path: path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    digits, sentences = (
        sum(size for path, size in sizes.items() if name in path.relative_to(folder).parts)
        for name in (DIGITS, SENTENCES)
    )
    total = sum(sizes.values()) - digits - sentences
    problems = [] if total <= MAX_BYTES else [f"data/ holds {total} bytes, more than {MAX_BYTES}"]
    if digits > MAX_BYTES_OF_DIGITS:
        problems.append(f"the digits hold {digits} bytes, more than {MAX_BYTES_OF_DIGITS}")
    if sentences > MAX_BYTES_OF_SENTENCES:
        problems.append(f"the sentences hold {sentences} bytes, more than {MAX_BYTES_OF_SENTENCES}")
    return problems


def check_digits(folder):
    """The index parts each file into words without a gap, ten of each voice, and names every file that is there."""
    with open(folder / DIGITS / "index.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    ends, problems = {}, []
    for number, row in enumerate(rows):
        split, start, length = row["split"], int(row["start"]), int(row["length"])
        if start != ends.get(split, 0):
            problems.append(f"index.csv, line {number + 2}: starts at {start}, the word before ends elsewhere")
        if int(row["digit"]) != number % 10:
            problems.append(f"index.csv, line {number + 2}: is not digit {number % 10}")
        ends[split] = start + length
    found = {path.stem: soundfile.info(path) for path in (folder / DIGITS).glob("*.flac")}
    if {name: (info.frames, info.samplerate, info.channels) for name, info in found.items()} != {
        split: (end, 8000, 1) for split, end in ends.items()
    }:
        problems.append("the files of digits/ are not as long as the index says, or not mono at 8 kHz")
    return problems


def check_sentences(folder):
    """The index parts each file into clips with silence between them; no text is in two splits."""
    with open(folder / SENTENCES / "index.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    problems, splits = [], {}
    for row in rows:
        splits.setdefault(row["text"], set()).add(row["split"])
    problems += [f"{text!r} is in the splits {sorted(found)}" for text, found in splits.items() if len(found) > 1]
    if {path.stem for path in (folder / SENTENCES).glob("*.ogg")} != {row["voice"] for row in rows}:
        problems.append("the voices of the index are not those of the files")
    for path in sorted((folder / SENTENCES).glob("*.ogg")):
        signal, rate = soundfile.read(path)
        clips = [(int(row["start"]), int(row["length"])) for row in rows if row["voice"] == path.stem]
        ends = [start + length for start, length in clips]
        gaps = [start - end for (start, _), end in zip(clips[1:], ends, strict=False)]
        if rate != 8000 or signal.ndim > 1 or set(gaps) != {320} or len(signal) != ends[-1] + 320:
            problems.append(f"{path.name} is not what the index says, or not mono at 8 kHz")
        elif not all(0.5 < np.abs(signal[start:][:length]).max() < 1.2 for start, length in clips):  # Vorbis overshoots
            problems.append(f"{path.name} has a clip that is silent or far beyond full scale")
    return problems


def check_voices(folder):
    """At least 8 voices of two synthesisers; no voice that silently fell back to another one."""
    rows = [row for row in listed_files(folder) if row["kind"] == "speech"]
    voices = {found.groups() for row in rows if (found := re.search(r": (\S+) -v(?:oice)? (\S+)", row["origin"]))}
    problems = [] if len(voices) >= 8 else [f"only {len(voices)} voices: {voices}"]
    if len({synthesiser for synthesiser, _ in voices}) < 2:
        problems.append("only one synthesiser")
    if not any("; female" in row["notes"] for row in rows) or not any("; male" in row["notes"] for row in rows):
        problems.append("male and female voices are not both there")
    sounds = {}
    for row in rows:
        sound = soundfile.read(folder / row["file"], dtype="int16")[0].tobytes()
        if sound in sounds:
            problems.append(f"{row['file']}: the same samples as {sounds[sound]}")
        sounds[sound] = row["file"]
    return problems


CHECKS = [
    check_schema,
    check_files,
    check_hashes,
    check_format,
    check_levels,
    check_size,
    check_voices,
    check_digits,
    check_sentences,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_data(check):
    assert check(DATA) == []


def test_clicks_are_where_the_notes_say():
    (row,) = [row for row in manifest(DATA) if row["file"] == "test_signals/clicks.flac"]
    signal, _ = soundfile.read(DATA / row["file"])
    assert np.flatnonzero(signal).tolist() == [int(n) for n in re.findall(r"\d{5}", row["notes"])]


# ---------------------------------------------------------------- planted faults


def rewrite(folder, name, change):
    signal, rate = soundfile.read(folder / name)
    soundfile.write(folder / name, change(signal), rate, subtype="PCM_16")


def edit_manifest(folder, old, new):
    path = folder / "manifest.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def edit_index(folder, old, new, packed=DIGITS):
    path = folder / packed / "index.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def change_one_byte(folder):
    path = folder / "environment/rain.flac"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def copy_a_voice(folder):
    shutil.copy(folder / "speech/sentence_slt.flac", folder / "speech/sentence_rms.flac")


FAULTS = [
    (change_one_byte, check_hashes, "rain.flac: sha256"),
    (lambda folder: (folder / "music/new.flac").touch(), check_files, "new.flac: there, not listed"),
    (lambda folder: (folder / "music/drums.flac").unlink(), check_files, "drums.flac: listed, not there"),
    (lambda folder: edit_manifest(folder, "licence", "license"), check_schema, "the columns are"),
    (lambda folder: edit_manifest(folder, ",01_sound,", ",lecture one,"), check_schema, "not the stem of a notebook"),
    (lambda folder: edit_manifest(folder, ",44100,2.5", ",48000,2.5"), check_format, "the manifest says"),
    (lambda folder: rewrite(folder, "music/drums.flac", lambda x: 4 * x), check_levels, "drums.flac: peaks at"),
    (lambda folder: rewrite(folder, "music/drums.flac", lambda x: 0 * x), check_levels, "drums.flac: peaks at"),
    (lambda folder: rewrite(folder, "music/flute.flac", lambda x: x[:99999]), check_levels, "ends abruptly"),
    (lambda folder: (folder / "music/x.flac").write_bytes(bytes(MAX_BYTES)), check_size, "more than"),
    (copy_a_voice, check_voices, "the same samples as"),
    (lambda folder: (folder / "digits/x.flac").write_bytes(bytes(MAX_BYTES_OF_DIGITS)), check_size, "the digits hold"),
    (
        lambda folder: shutil.copy(folder / "digits/test.flac", folder / "digits/valid.flac"),
        check_digits,
        "not as long",
    ),
    (lambda folder: edit_index(folder, ",1,espeak-ng", ",2,espeak-ng"), check_digits, "line 3: is not digit 1"),
    (lambda folder: edit_index(folder, "train,0,4", "train,1,4"), check_digits, "line 2: starts at 1"),
    (
        lambda folder: (folder / "sentences/x.ogg").write_bytes(bytes(MAX_BYTES_OF_SENTENCES)),
        check_size,
        "the sentences hold",
    ),
    (
        lambda folder: edit_index(folder, "test,", "train,", SENTENCES),
        check_sentences,
        "is in the splits ['test', 'train']",
    ),
    (lambda folder: edit_index(folder, ",slt,0,", ",slt,1,", SENTENCES), check_sentences, "slt.ogg is not what"),
    (lambda folder: (folder / "sentences/awb.ogg").unlink(), check_sentences, "not those of the files"),
]


@pytest.mark.parametrize(("plant", "check", "message"), FAULTS)
def test_planted_fault_is_found(tmp_path, plant, check, message):
    folder = shutil.copytree(DATA, tmp_path / "data")
    plant(folder)
    assert message in "\n".join(check(folder))


# ---------------------------------------------------------------- the recipe


def on_debian_12():
    try:
        return platform.freedesktop_os_release().get("VERSION_CODENAME") == "bookworm"
    except OSError:
        return False


def why_no_rebuild():
    """The recipe promises the same bytes for these versions; elsewhere it is not tested. Under CI on Debian it must."""
    if os.environ.get("CI") and on_debian_12():
        return ""
    if platform.machine() != "x86_64":
        return f"the clips are rebuilt bit for bit on x86_64, this is {platform.machine()}"
    for tool, version in TOOLS.items():
        if shutil.which(tool) is None:
            return f"{tool} is not installed: apt-get install {tool}"
        done = subprocess.run([tool, "--version"], capture_output=True, text=True)
        if version not in done.stdout + done.stderr:
            return f"{tool} is not version {version} of Debian 12"
    return ""


def run_recipe(bin_folder, *arguments, recipe="make_data.py"):
    command = [sys.executable, str(DATA / recipe), *arguments]
    return subprocess.run(command, env={"PATH": str(bin_folder)}, capture_output=True, text=True)


def rebuild(bin_folder, *arguments, recipe):
    if reason := why_no_rebuild():
        pytest.skip(reason)
    for tool in TOOLS:
        if found := shutil.which(tool):
            (bin_folder / tool).symlink_to(found)
    return run_recipe(bin_folder, "--check", *arguments, recipe=recipe)


def test_the_clips_rebuild_bit_for_bit_with_nothing_but_the_named_tools(tmp_path):
    done = rebuild(tmp_path, recipe="make_data.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "rebuild bit for bit" in done.stdout


N_WORDS = 240  # of 2,880, each time others; ``make_digits.py --check`` rebuilds all


def test_words_of_the_digits_rebuild_bit_for_bit_with_nothing_but_the_named_tools(tmp_path):
    seed = str(int(state_of_the_tree()[:8], 16))
    done = rebuild(tmp_path, "--words", str(N_WORDS), "--seed", seed, recipe="make_digits.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{N_WORDS} words of the digits rebuild bit for bit" in done.stdout


def test_a_word_that_comes_out_otherwise_is_found(tmp_path):
    """One bit of one word, and one row of the index."""
    folder = tmp_path / "digits"
    shutil.copytree(DATA / DIGITS, folder)
    samples, rate = soundfile.read(folder / "valid.flac", dtype="int16")
    soundfile.write(folder / "valid.flac", samples ^ 1, rate)
    index = folder / "index.csv"
    index.write_text(index.read_text(encoding="utf-8").replace("valid,0,", "test,0,", 1), encoding="utf-8")
    done = rebuild(tmp_path, "--words", "60", "--out", str(folder), recipe="make_digits.py")
    assert done.returncode == 1
    assert "not the same after a rebuild: index.csv, valid.flac at sample" in done.stderr


N_CLIPS = 60  # of 1,933, each time others


def test_clips_of_the_sentences_rebuild(tmp_path):
    seed = str(int(state_of_the_tree()[:8], 16))
    done = rebuild(tmp_path, "--clips", str(N_CLIPS), "--seed", seed, recipe="make_sentences.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the sentences rebuild" in done.stdout


def test_a_clip_that_comes_out_otherwise_is_found(tmp_path):
    """One voice with its sign turned, and one row of the index."""
    folder = shutil.copytree(DATA / SENTENCES, tmp_path / SENTENCES)
    samples, rate = soundfile.read(folder / "f2.ogg")
    with soundfile.SoundFile(folder / "f2.ogg", "w", rate, 1, format="OGG", subtype="VORBIS") as file:
        for start in range(0, len(samples), rate):  # of minutes at once libsndfile's encoder makes a crash
            file.write(-0.8 * samples[start : start + rate])
    index = folder / "index.csv"
    index.write_text(index.read_text(encoding="utf-8").replace("valid,", "test,", 1), encoding="utf-8")
    done = rebuild(tmp_path, "--clips", "30", "--out", str(folder), recipe="make_sentences.py")
    assert done.returncode == 1
    assert "not the same after a rebuild: index.csv, f2.ogg at sample" in done.stderr
    assert "slt.ogg" not in done.stderr


def test_missing_tool_is_named_with_its_package(tmp_path):
    done = run_recipe(tmp_path)
    assert done.returncode == 1
    for tool in TOOLS:
        assert f"{tool} is missing: install the Debian package {tool}" in done.stderr


def test_readme_names_every_package():
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    packages = re.search(r"apt-get install (.*)", readme).group(1).split()
    assert set(packages) == {*TOOLS, "fluid-soundfont-gm"}
