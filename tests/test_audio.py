"""Files, players and their errors, against soundfile and scipy.io.wavfile."""

import base64
import html
import io
import re
import struct

import numpy as np
import pytest
import scipy.io.wavfile
import soundfile
from numpy.testing import assert_allclose, assert_array_equal

from course_utils import audio
from tests.hostile import COUNT, NAME, NOISE, NUMBER, SIGNAL, WHOLE_RATE, refusals
from tests.support import random_signal, refuses

RATE = 8000
TONE = 0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)


@pytest.fixture
def write(tmp_path):
    def write(name, signal=TONE, rate=RATE, **options):
        soundfile.write(tmp_path / name, np.transpose(signal), rate, **options)
        return tmp_path / name

    return write


def decoded(sound):
    """What the player of a notebook would play."""
    data = re.search(r'src="data:audio/flac;base64,([^"]+)"', sound._repr_html_())[1]
    return soundfile.read(io.BytesIO(base64.b64decode(data)), always_2d=True)


# ------------------------------------------------------------------------ closed form, hand-worked


def wav_bytes(data, *, n_channels=1, n_bits=16, rate=RATE):
    """A wav file by its specification: RIFF, fmt and data chunk."""
    n_block = n_channels * n_bits // 8
    chunk = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, n_channels, rate, rate * n_block, n_block, n_bits)
    chunk += struct.pack("<4sI", b"data", len(data)) + data
    return struct.pack("<4sI4s", b"RIFF", 4 + len(chunk), b"WAVE") + chunk


def test_codes_of_16_bits_are_read_as_fractions_of_full_scale(tmp_path):
    (tmp_path / "a.wav").write_bytes(wav_bytes(struct.pack("<4h", 0, 16384, -32768, 32767)))
    signal, rate = audio.load(tmp_path / "a.wav")
    assert_array_equal(signal, np.array([0, 0.5, -1, 32767 / 32768], np.float32))
    assert (rate, signal.dtype) == (RATE, np.float32)


def test_codes_of_24_bits_are_read_right(tmp_path):
    codes = [0, 1, -1, 2**22, -(2**23), 2**23 - 1]
    (tmp_path / "a.wav").write_bytes(wav_bytes(b"".join(struct.pack("<i", c)[:3] for c in codes), n_bits=24))
    signal, _ = audio.load(tmp_path / "a.wav", dtype=np.float64)
    assert_array_equal(signal, np.array(codes) / 2**23)


def test_six_channels_are_read_as_six_rows_in_their_order(tmp_path):
    codes = np.arange(1, 19).reshape(3, 6) * 1000  # three instants
    (tmp_path / "a.wav").write_bytes(wav_bytes(codes.astype("<i2").tobytes(), n_channels=6))
    signal, _ = audio.load(tmp_path / "a.wav", dtype=np.float64)
    assert_array_equal(signal, codes.T / 32768)
    mono, _ = audio.load(tmp_path / "a.wav", mono=True, dtype=np.float64)
    assert_allclose(mono, codes.mean(axis=1) / 32768, rtol=1e-15)
    assert audio.audio_info(tmp_path / "a.wav").n_channels == 6


def test_a_report_says_what_the_header_says(tmp_path):
    (tmp_path / "a.wav").write_bytes(wav_bytes(bytes(2 * 2 * 4000), n_channels=2))
    info = audio.audio_info(tmp_path / "a.wav")
    assert (info.path, info.n_channels, info.sample_rate, info.n_samples) == ("a.wav", 2, 8000, 4000)
    assert (info.n_bytes, info.duration_s, info.bit_rate) == (16044, 0.5, 8 * 16044 / 0.5)
    assert str(info).splitlines()[3] == "Duration       : 00:00.50 = 4000 samples"
    assert "8000 Hz" in repr(info)
    assert "16.0 kB" in repr(info)
    assert "257 kbit/s" in repr(info)


def test_a_full_scale_sine_is_turned_down_to_half_and_the_caption_says_so():
    sound = audio.play(2 * TONE, RATE, caption="a full tone", fade_s=0)
    assert sound.caption == "a full tone (turned down by 6.0 dB to protect your ears)"
    assert_allclose(decoded(sound)[0][:, 0], TONE * 8**0.5 * 10 ** (-9 / 20), atol=2**-15)  # −9 dBFS, 16 bits


def test_a_player_fades_in_and_out_by_a_raised_cosine():
    sound = audio.play(np.full(100, 0.25), 1000, caption="a short step", fade_s=0.004)
    ramp = 0.25 * np.sin(np.pi / 2 * (np.arange(4) + 0.5) / 4) ** 2
    assert_allclose(decoded(sound)[0][:, 0], [*ramp, *[0.25] * 92, *ramp[::-1]], atol=2**-15)  # 16 bits


# ------------------------------------------------------------------------------ independent oracle


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_files_are_read_as_soundfile_reads_them(write, name, dtype):
    path = write(name, [TONE, -TONE / 2])
    signal, rate = audio.load(path, dtype=dtype)
    expected, expected_rate = soundfile.read(path, dtype=np.dtype(dtype).name)
    # Decoders of lossy files compute in float32, in an order that depends on how much is asked for at once.
    assert_allclose(signal, expected.T, atol=0 if name in ("a.wav", "a.flac") else 1e-6)
    assert (rate, signal.dtype, signal.flags.c_contiguous) == (expected_rate, dtype, True)


@pytest.mark.filterwarnings("ignore:Chunk:scipy.io.wavfile.WavFileWarning")
@pytest.mark.parametrize(("subtype", "divisor"), [("PCM_16", 2**15), ("PCM_24", 2**31), ("FLOAT", 1), ("DOUBLE", 1)])
def test_what_is_saved_is_read_by_scipy(tmp_path, subtype, divisor):
    x = random_signal(2, 1000)
    audio.save(tmp_path / "a.wav", x, RATE, subtype=subtype)
    rate, codes = scipy.io.wavfile.read(tmp_path / "a.wav")
    step = {"PCM_16": 2**-15, "PCM_24": 2**-23, "FLOAT": 2**-24, "DOUBLE": 0}[subtype]
    assert rate == RATE
    assert_allclose(codes.T / divisor, x, atol=step * 1.01)  # rounded to a step; PCM scales by 1 − step


def test_resampling_keeps_a_tone_where_it_was(write):
    signal, rate = audio.load(write("a.wav"), sample_rate=12_000)
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(12_000) / 12_000)
    assert (rate, signal.shape, signal.dtype) == (12_000, (12_000,), np.float32)
    assert_allclose(signal[500:-500], expected[500:-500], atol=2e-3)  # pass-band ripple of a short filter


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg"])
def test_a_report_agrees_with_soundfile(write, name):
    path = write(name, [TONE, TONE])
    info, theirs = audio.audio_info(path), soundfile.info(path)
    assert (info.n_channels, info.sample_rate, info.n_samples) == (theirs.channels, theirs.samplerate, theirs.frames)
    assert_allclose(info.duration_s, theirs.duration, rtol=1e-12)


# -------------------------------------------------------------------------- invariant, round trip


@pytest.mark.parametrize("name", ["a.wav", "a.flac"])
@pytest.mark.parametrize("shape", [(1,), (1000,), (2, 999), (6, 10)])
@pytest.mark.parametrize(("subtype", "step"), [("PCM_16", 2**-15), ("PCM_24", 2**-23)])
def test_a_saved_sound_comes_back_to_within_its_step(tmp_path, name, shape, subtype, step):
    x = random_signal(*shape)
    audio.save(tmp_path / name, x, RATE, subtype=subtype)
    y, rate = audio.load(tmp_path / name, dtype=np.float64)
    assert (y.shape, rate) == (shape, RATE)
    assert_allclose(y, x, atol=step * 1.01)  # rounded to a step; libsndfile scales by 1 − step


@pytest.mark.parametrize("name", ["a.ogg", "a.mp3"])
def test_a_lossy_file_keeps_rate_length_and_level(tmp_path, name):
    audio.save(tmp_path / name, np.stack([TONE, TONE]), RATE)
    y, rate = audio.load(tmp_path / name)
    assert (y.shape, rate) == ((2, RATE), RATE)
    assert_allclose(np.sqrt(np.mean(y**2)), 0.5 / np.sqrt(2), rtol=0.03)  # what the encoders lose of a tone


def test_minutes_of_ogg_are_written(tmp_path):
    audio.save(tmp_path / "a.ogg", 0.1 * random_signal(5 * 60 * RATE), RATE)  # libsndfile crashes on it in one piece
    assert audio.audio_info(tmp_path / "a.ogg").n_samples == 5 * 60 * RATE


def test_float_files_hold_what_lies_beyond_full_scale(tmp_path):
    audio.save(tmp_path / "a.wav", np.array([2.0, -3.0]), RATE, subtype="FLOAT")
    assert_array_equal(audio.load(tmp_path / "a.wav")[0], [2, -3])


@pytest.mark.parametrize("shape", [(1000,), (2, 1000)])
@pytest.mark.parametrize("level", [0.0, 0.01, 0.3])
def test_a_player_plays_the_samples_at_their_own_level(shape, level):
    x = np.full(shape, level)
    sound = audio.play(x, RATE, caption="a constant level", fade_s=0)
    y, rate = decoded(sound)
    assert rate == RATE
    assert sound.caption == "a constant level"
    assert_allclose(y, np.atleast_2d(x).T, atol=2**-15)  # 16 bits


def test_a_player_keeps_short_peaks_below_full_scale():
    clicks = np.zeros(8000)
    clicks[::1000] = 4.0
    sound = audio.play(clicks, RATE, caption="eight loud clicks", fade_s=0)
    assert "turned down by 12.0 dB" in sound.caption
    assert_allclose(np.abs(decoded(sound)[0]).max(), 1, atol=2**-14)  # the highest code is 1 − 2⁻¹⁵


def test_a_caption_is_shown_and_read_aloud_without_breaking_the_page():
    sound = audio.play(TONE, RATE, caption='is <this> "safe"?')
    page = sound._repr_html_()
    assert page.count(html.escape('is <this> "safe"?')) == 2
    assert "<this>" not in page
    assert repr(sound) == 'Sound: is <this> "safe"?'


# ------------------------------------------------------------------------------------------- edges


def test_clips_are_the_rows_of_the_manifest_and_can_be_loaded_by_their_short_name():
    rows = audio.clips()
    n_lines = len((audio.DATA_FOLDER / "manifest.csv").read_text(encoding="utf-8").strip().splitlines())
    assert 1 < len(rows) <= n_lines - 1
    assert {row["kind"] for row in rows} == {"music", "speech", "environment", "test_signals"}
    assert audio.clips("speech") == [row for row in rows if row["kind"] == "speech"]
    for name in (rows[0]["file"], rows[0]["file"].removesuffix(".flac")):
        signal, rate = audio.load(name)
        assert_array_equal(signal, soundfile.read(audio.DATA_FOLDER / rows[0]["file"], dtype="float32")[0].T)
        assert rate == int(rows[0]["sample_rate"])


def test_a_short_sound_fades_no_longer_than_half_of_itself():
    assert decoded(audio.play([0.5], RATE, caption="one sample only"))[0].shape == (1, 1)


def test_a_name_in_capitals_is_the_same_format(write):
    assert audio.load(write("A.WAV"))[0].shape == (RATE,)


# ------------------------------------------------------------------------------------------ errors

READERS = pytest.mark.parametrize("read", [audio.load, audio.audio_info])


def cut(path, share):
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    return path


@READERS
def test_a_missing_file_is_refused(read, tmp_path):
    with refuses(r"no sound file at .*none\.wav: check the spelling, or list the course's clips", FileNotFoundError):
        read(tmp_path / "none.wav")


@READERS
def test_a_folder_is_refused(read, tmp_path):
    with refuses("must be a sound file, got a folder: name a file in it"):
        read(tmp_path)


@READERS
@pytest.mark.parametrize("ending", ["wav", "flac", "ogg", "mp3"])
def test_an_empty_file_is_refused(read, tmp_path, ending):
    (tmp_path / f"a.{ending}").touch()
    with refuses(rf"a\.{ending} must hold sound, got an empty file of 0 bytes: copy or download it again"):
        read(tmp_path / f"a.{ending}")


@pytest.mark.parametrize("ending", ["wav", "flac", "ogg", "mp3"])
@pytest.mark.parametrize("share", [0.95, 0.5, 0.05])
def test_a_truncated_file_is_refused(write, ending, share):
    noise = 0.1 * random_signal(5 * RATE)
    with refuses(rf"a\.{ending} must .*(truncated|without sound).*(copy or download|record) it again"):
        audio.load(cut(write(f"a.{ending}", noise), share))


@READERS
def test_a_wav_file_shorter_than_its_header_says_is_refused_with_both_lengths(read, write):
    path = write("a.wav")
    path.write_bytes(path.read_bytes()[:-2000])
    with refuses("must hold the 8000 samples that its header promises, got 7000: the file is truncated, copy or"):
        read(path)


@READERS
@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.txt", "a.raw", "a"])
@pytest.mark.parametrize("content", [b"To be, or not to be\n", b"\x89PNG\r\n\x1a\n" + bytes(100), b"x"])
def test_what_is_no_sound_is_refused(read, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with refuses("must be wav, flac, ogg, mp3 or aiff, got a file that begins with b.*: convert it with 'ffmpeg -i a"):
        read(tmp_path / name)


@READERS
@pytest.mark.parametrize(
    ("inside", "name"), [("wav", "b.flac"), ("flac", "b.wav"), ("ogg", "b.wav"), ("mp3", "b.wav"), ("wav", "b.mp3")]
)
def test_a_wrongly_named_file_is_refused_with_its_right_name(read, write, inside, name):
    path = write(f"a.{inside}").rename(write(name))
    with refuses(rf"must hold what its ending says, got .* inside a \.\w+ name: rename it to b\.(?i:{inside})"):
        read(path)


@READERS
@pytest.mark.parametrize("ending", ["wav", "ogg"])
def test_a_file_without_samples_is_refused(read, write, ending):
    with refuses("must hold at least one sample, got 0: this is a header without sound, record it again"):
        read(write(f"a.{ending}", np.zeros(0)))


@READERS
def test_a_flac_file_that_does_not_say_its_length_is_refused(read, tmp_path):
    # The block STREAMINFO: frames of 4096 samples, rate, one channel of 16 bits, and 0 for "unknown number of samples".
    streaminfo = struct.pack(">BBHHH6xQ16x", 0x80, 0, 34, 4096, 4096, RATE << 44 | 15 << 36)
    (tmp_path / "a.flac").write_bytes(b"fLaC" + streaminfo)
    with refuses("must say how many samples it holds, got a stream of unknown length: convert it with 'ffmpeg -i a.fl"):
        read(tmp_path / "a.flac")


@READERS
@pytest.mark.parametrize("path", [None, 5, "", ["a.wav"], b"a.wav"])
def test_what_is_no_path_is_refused(read, path):
    with refuses("path must be the name of a file, got .*: pass a str or a pathlib.Path", TypeError):
        read(path)


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"sample_rate": 0}, ValueError, "sample_rate must be at least 1, got 0"),
        ({"sample_rate": -8000}, ValueError, "sample_rate must be at least 1, got -8000"),
        ({"sample_rate": 10**6}, ValueError, "sample_rate must be at most 192000, got 1000000: lower sample_rate"),
        ({"sample_rate": 8000.5}, TypeError, "sample_rate must be a whole number, got 8000.5: pass an int"),
        ({"dtype": np.int16}, TypeError, "dtype must be numpy.float32 or numpy.float64, got .*: convert the result"),
    ],
)
def test_a_wrong_option_of_load_is_refused(write, options, error, match):
    with refuses(match, error):
        audio.load(write("a.wav"), **options)


BAD_SIGNALS = [
    ([], ValueError, r"signal must not be empty, got shape \(0,\): pass at least one sample"),
    ([0.0, np.nan], ValueError, "signal must be finite, got 1 NaN or infinite values of 2"),
    (np.ones(9, np.int16), TypeError, "got integer PCM of dtype int16: convert it with signal / 32768"),
    (np.zeros((9000, 2)), ValueError, r"time as its last axis, got shape \(9000, 2\): .* pass signal.T"),
    (np.ones(9, complex), TypeError, "signal must be real, got complex128: pass signal.real"),
    (np.zeros((2, 2, 9)), ValueError, r"signal must have shape \(time,\) or \(\w+, time\).*, got \(2, 2, 9\): "),
]
RATES = [(0, ValueError), (-1, ValueError), (np.nan, TypeError), ("44100", TypeError), (10**6, ValueError)]


@pytest.mark.parametrize(("x", "error", "match"), BAD_SIGNALS)
def test_what_is_no_signal_is_refused(tmp_path, x, error, match):
    with refuses(match, error):
        audio.save(tmp_path / "a.wav", x, RATE)
    with refuses(match, error):
        audio.play(x, RATE, caption="never to be heard")


@pytest.mark.parametrize(("rate", "error"), RATES)
def test_an_impossible_rate_is_refused(tmp_path, rate, error):
    with refuses("sample_rate must be (at least 1|at most 192000|a whole number), got ", error):
        audio.save(tmp_path / "a.wav", TONE, rate)
    with refuses("sample_rate must be (at least 1|at most 192000|a whole number), got ", error):
        audio.play(TONE, rate, caption="never to be heard")


@pytest.mark.parametrize(
    ("name", "signal", "rate", "subtype", "error", "match"),
    [
        ("a.wav", 3 * TONE, RATE, "PCM_16", ValueError, "signal must lie within ±1, got a peak of 1.5: scale it down"),
        ("a.aac", TONE, RATE, "PCM_16", ValueError, "the ending of path must be one of '.wav', .* got '.aac': choose"),
        ("a.wav", TONE, RATE, "PCM_17", ValueError, "subtype must be one of 'PCM_16', .* got 'PCM_17': choose one"),
        ("a.flac", TONE, RATE, "FLOAT", ValueError, "subtype must be one of .* got 'FLOAT': choose one"),
        ("no/a.wav", TONE, RATE, "PCM_16", FileNotFoundError, "the folder of .* must exist, got none: make it with"),
        ("a.mp3", TONE, 12_345, "PCM_16", ValueError, "must suit its format, got a sound that the encoder refuses"),
        (
            "a.flac",
            np.zeros((9, 500)),
            RATE,
            "PCM_16",
            ValueError,
            "got a sound that the encoder refuses .*: save it as",
        ),
    ],
)
def test_what_cannot_be_saved_is_refused(tmp_path, name, signal, rate, subtype, error, match):
    with refuses(match, error):
        audio.save(tmp_path / name, signal, rate, subtype=subtype)


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: audio.play(TONE, RATE, caption=""), ValueError, "caption must say in words what is heard or seen, go"),
        (lambda: audio.play(TONE, RATE, caption=None), ValueError, "caption must say in words .* got None: write a sh"),
        (lambda: audio.play(np.zeros(61 * RATE), RATE, caption="too long"), ValueError, "at most 60 s .* got 61.0 s:"),
        (lambda: audio.play(np.zeros((3, 9)), RATE, caption="of three"), ValueError, r"\(2, time\) to be played, got"),
        (lambda: audio.play(TONE, RATE, caption="to fade", fade_s=-1), ValueError, "fade_s must be at least 0, got -1"),
        (lambda: audio.play(TONE, RATE, caption="to fade", fade_s="1"), TypeError, "fade_s must be a number, got '1'"),
        (lambda: audio.clips("films"), ValueError, "kind must be one of 'environment', .* got 'films': choose one of"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_refused(call, error, match):
    with refuses(match, error):
        call()


# ------------------------------------------------------------------------------------ hostile input

PATH = [None, 5, True, b"a.wav", "", [], object(), "no such file.wav"]
TEXT = [None, 5, "", " ", "word", b"two words", ["two", "words"]]
CALLS = {
    audio.clips: {"kind": ("speech", NAME[1:])},
    audio.load: {
        "path": (audio.clips()[0]["file"], PATH), "sample_rate": (8000, [*COUNT[1:], "44100"]),
        "dtype": (np.float32, [5, "x", np.int16, int, np.complex64, [], np.array([1, 2])]),
    },
    audio.save: {
        "path": ("a.wav", PATH[:-1]), "signal": (NOISE, [*SIGNAL, 2 * NOISE]), **WHOLE_RATE,
        "subtype": ("PCM_16", NAME),
    },
    audio.audio_info: {"path": (audio.clips()[0]["file"], PATH)},
    audio.play: {
        "signal": (NOISE, SIGNAL), **WHOLE_RATE, "caption": ("a tone", TEXT), "fade_s": (0.01, [*NUMBER, -1, 1e300]),
    },
}  # fmt: skip

test_hostile_input_is_refused_in_one_sentence = refusals("audio", CALLS)
