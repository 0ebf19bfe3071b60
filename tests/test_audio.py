"""Files, players and their errors, against soundfile and scipy.io.wavfile."""

import base64
import html
import io
import os
import re
import struct
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
import scipy.io.wavfile
import scipy.signal
import soundfile
from numpy.testing import assert_allclose, assert_array_equal

from course_utils import audio
from tests.hostile import COUNT, NAME, NOISE, NUMBER, POSITIVE, SIGNAL, WHOLE_RATE, refusals
from tests.support import processor_s, random_signal, refuses

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


def wav_bytes(data, *, n_channels=1, n_bits=16, rate=RATE, n_data=None, n_riff=None, tag=1, more=b"", order="<"):
    """A wav file by its specification: RIFF, fmt and data chunk; both sizes can be said to be others."""
    n_block = n_channels * n_bits // 8
    chunk = struct.pack(
        f"{order}4sIHHIIHH", b"fmt ", 16 + len(more), tag, n_channels, rate, rate * n_block % 2**32, n_block, n_bits
    )
    chunk += more + struct.pack(f"{order}4sI", b"data", len(data) if n_data is None else n_data) + data
    n_riff = 4 + len(chunk) if n_riff is None else n_riff
    return struct.pack(f"{order}4sI4s", b"RIFF" if order == "<" else b"RIFX", n_riff, b"WAVE") + chunk


def au_bytes(data, n_data):
    return struct.pack(">4sIIIII4x", b".snd", 28, n_data, 3, RATE, 1) + data


def caf_bytes(data, n_data):
    return (
        b"caff\0\1\0\0"
        + struct.pack(">4sqd4sIIIII", b"desc", 32, RATE, b"lpcm", 2, 2, 1, 1, 16)
        + struct.pack(">4sqI", b"data", n_data, 0)
        + data
    )


def aiff_bytes(data, n_sound, n_frames):
    rate = b"\x40\x0b\xfa" + bytes(7)  # 8000 in 80 bits
    chunks = struct.pack(">4sIhIh", b"COMM", 18, 1, n_frames, 16) + rate
    chunks += struct.pack(">4sIII", b"SSND", n_sound, 0, 0) + data
    return struct.pack(">4sI4s", b"FORM", 4 + len(chunks), b"AIFF") + chunks


def rf64_bytes(data, n_data):
    sizes = struct.pack("<4sIQQQI", b"ds64", 28, n_data and n_data + 72, n_data, n_data // 2, 0)
    return struct.pack("<4sI4s", b"RF64", 2**32 - 1, b"WAVE") + sizes + wav_bytes(data, n_data=2**32 - 1)[12:]


EXTENSIBLE = struct.pack("<HHIH14s", 22, 16, 4, 1, b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71")
CODES = np.round(32767 * TONE).astype("<i2")
PCM, PCM_BIG = CODES.tobytes(), CODES.astype(">i2").tobytes()
STREAMED = [0x7F000000, 0x7FFFF000, 0x7FFFFF00, 0x7FFFFFDB, 0x7FFFFFFF, 0x80000000, 0x80000024]
STREAMED += [0xFFFFFF00, 0xFFFFFFDB, 0xFFFFFFFE, 0xFFFFFFFF]


@pytest.mark.parametrize("n_data", STREAMED)
@pytest.mark.parametrize(
    ("n_channels", "n_bits", "more"), [(1, 16, {}), (2, 16, {}), (1, 16, {"tag": 0xFFFE, "more": EXTENSIBLE}),
                                       (2, 24, {}), (1, 16, {"order": ">"}), (1, 32, {"tag": 3})],
)  # fmt: skip
def test_a_wav_file_that_was_streamed_is_read_to_its_end(tmp_path, n_data, n_channels, n_bits, more):
    n_block = n_channels * n_bits // 8
    data = {
        24: b"".join(struct.pack("<i", 256 * code)[:3] for code in CODES.tolist()),
        32: (CODES / 32768).astype("<f4").tobytes(),
    }
    data = data.get(n_bits, PCM_BIG if "order" in more else PCM)[: len(CODES) // n_channels * n_block]
    for n_riff in (n_data + 36 & 0xFFFFFFFF, 0, None):
        size = n_data // n_block * n_block  # some write whole blocks
        (tmp_path / "a.wav").write_bytes(
            wav_bytes(data, n_channels=n_channels, n_bits=n_bits, n_data=size, n_riff=n_riff, **more)
        )
        signal, _ = audio.load(tmp_path / "a.wav", dtype=np.float64)
        expected = CODES[: len(CODES) // n_channels * n_channels].reshape(-1, n_channels).T / 32768
        assert_array_equal(np.atleast_2d(signal), expected)
        assert audio.audio_info(tmp_path / "a.wav").n_samples == len(CODES) // n_channels


@pytest.mark.parametrize(
    "content",
    [au_bytes(PCM_BIG, 2**32 - 1), aiff_bytes(PCM_BIG, 0, 0), aiff_bytes(PCM_BIG, 0x7F000008, 0x3F800000),
     aiff_bytes(PCM_BIG, 2**32 - 1, 2**32 - 1)],
    ids=["au", "aiff of ffmpeg", "aiff of SoX", "aiff"],
)  # fmt: skip
def test_other_formats_that_were_streamed_are_read_to_their_end(tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    assert_array_equal(audio.load(tmp_path / "a")[0], CODES / np.float32(32768))


def without_length(path):
    """A flac file whose header says 0 for "unknown number of samples", as flac and ffmpeg write to a pipe."""
    content = bytearray(path.read_bytes())
    content[21] &= 0xF0
    content[22:26] = bytes(4)
    path.write_bytes(content)
    return path


def test_a_flac_file_that_does_not_say_its_length_is_read(write):
    path = write("a.flac", np.stack([TONE, -TONE]).repeat(5, axis=1))
    whole, _ = audio.load(path)
    path = without_length(path)
    assert soundfile.info(path).frames == 2**63 - 1
    assert_array_equal(audio.load(path)[0], whole)
    assert_array_equal(audio.load(path, start_s=3, duration_s=0.5)[0], whole[:, 24_000:28_000])
    assert audio.audio_info(path).n_samples == 5 * RATE
    with refuses("start_s must lie before the end of .*a.flac at 5 s, got 5: lower start_s"):
        audio.load(path, start_s=5)


def mp3_without_count(path, n_skipped=1):
    """An mp3 file without its first frame, which counts the others: as it is streamed, or cut by other programs."""
    content = path.read_bytes()
    starts = [m.start() for m in re.finditer(rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb]", content)]
    assert b"Xing" in content[: starts[n_skipped]] or b"Info" in content[: starts[n_skipped]]
    path.write_bytes(content[starts[n_skipped] :])
    return path


@pytest.mark.parametrize("rate", [8000, 44_100])
def test_an_mp3_file_that_does_not_count_its_frames_is_read_to_its_end(write, rate):
    loud = np.repeat([0.01, 1, 0.01, 1], 5 * rate) * 0.3 * random_signal(20 * rate)  # frames of many sizes
    path = mp3_without_count(write("a.mp3", loud, rate, compression_level=0.5, bitrate_mode="VARIABLE"))
    whole, _ = audio.load(path)
    assert abs(len(whole) - 20 * rate) < 3 * 1152  # delay and padding of the encoder
    assert soundfile.info(path).frames != len(whole), "libsndfile counts frames now: _Longer can go"
    assert audio.audio_info(path).n_samples == len(whole)
    assert_allclose(np.abs(whole[12 * rate : 13 * rate]).max(), 0.003, atol=0.003)
    assert np.abs(whole[17 * rate :]).max() > 0.2
    for options in ({"start_s": 17}, {"start_s": 3, "duration_s": 1}, {"start_s": 19.5, "duration_s": 5}):
        first = round(options["start_s"] * rate)
        part = audio.load(path, **options)[0]
        assert_allclose(part, whole[first : first + round(options.get("duration_s", 99) * rate)], atol=1e-6)


def test_a_report_of_nearly_a_minute_is_no_minute_of_60_seconds(tmp_path):
    (tmp_path / "a.wav").write_bytes(wav_bytes(bytes(2 * 479_999)))
    assert "Duration       : 01:00.00 = 479999 samples" in str(audio.audio_info(tmp_path / "a.wav"))


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


@pytest.mark.parametrize(("old", "new"), [(44_100, 16_000), (16_000, 22_050), (8000, 8001)])
def test_resampling_is_that_of_scipy_up_to_its_scaling(tmp_path, old, new):
    x = random_signal(2, 3000)
    audio.save(tmp_path / "a.wav", x, old, subtype="DOUBLE")
    common = np.gcd(old, new)
    expected = scipy.signal.resample_poly(x, new // common, old // common, axis=-1)
    signal, _ = audio.load(tmp_path / "a.wav", sample_rate=new, dtype=np.float64)
    tolerance = 1e-3 * np.abs(expected).max()  # scipy scales its filter to gain 1 at 0 Hz, by 0.07 %
    assert_allclose(signal, expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg"])
def test_a_report_agrees_with_soundfile(write, name):
    path = write(name, [TONE, TONE])
    info, theirs = audio.audio_info(path), soundfile.info(path)
    assert (info.n_channels, info.sample_rate, info.n_samples) == (theirs.channels, theirs.samplerate, theirs.frames)
    assert_allclose(info.duration_s, theirs.duration, rtol=1e-12)


# Formats, and codings that can be read forwards only; libsndfile says of DWVW that it can seek, and fails.
FORWARDS = [("WAV", "GSM610"), ("W64", "GSM610"), ("AIFF", "GSM610"), ("AU", "G721_32"), ("AU", "G723_24")]
FORWARDS += [("AU", "G723_40"), ("WAV", "G721_32"), ("WAV", "NMS_ADPCM_16"), ("WAV", "NMS_ADPCM_32"), ("XI", "DPCM_16")]
FORWARDS += [("XI", "DPCM_8"), ("AIFF", "DWVW_16"), ("AIFF", "DWVW_24")]


@pytest.mark.parametrize(("form", "subtype"), FORWARDS)
def test_codings_that_cannot_seek_are_read(tmp_path, form, subtype):
    path = tmp_path / f"a.{form.lower()}"
    soundfile.write(path, TONE, RATE, format=form, subtype=subtype)
    with soundfile.SoundFile(path) as file:
        file.seekable = lambda: False  # of DWVW
        expected, rate = file.read(file.frames, dtype="float32"), file.samplerate
    assert len(expected) >= RATE and np.abs(expected).max() > 0.1
    assert_array_equal(audio.load(path)[0], expected)
    part, _ = audio.load(path, start_s=2000 / rate, duration_s=3000 / rate)
    assert_array_equal(part, expected[2000:5000])


FORMATS = ["wav", "flac", "ogg", "mp3", "aiff", "au", "caf", "w64", "rf64"]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(("start_s", "duration_s"), [(0, 0.5), (0.3, 0.2), (2.9, 7), (2.9999, None), (1.7, None)])
def test_a_part_is_that_part_of_the_whole(write, name, start_s, duration_s):
    path = write(f"a.{name}", 0.3 * random_signal(2, 3 * RATE), format="OGG" if name == "ogg" else name.upper())
    path = path.rename(path.with_suffix(".wav")) if name == "rf64" else path
    whole, _ = audio.load(path)
    part, rate = audio.load(path, start_s=start_s, duration_s=duration_s)
    end_s = 99 if duration_s is None else start_s + duration_s
    assert rate == RATE and part.shape[1] >= 1
    # Decoders of lossy files compute in float32, in an order that depends on how much is asked for at once.
    assert_allclose(part, whole[:, round(start_s * RATE) : round(end_s * RATE)], atol=1e-6)


@pytest.mark.parametrize(("form", "rate"), [("OGG", 8000), ("MP3", 8000), ("MP3", 44_100)])
def test_a_part_of_a_long_lossy_file_is_in_its_place(tmp_path, form, rate):
    """A tone and bursts of noise, whose frames differ in size: there libsndfile's own seeking goes astray."""
    t = np.arange(30 * rate) / rate
    noise = 0.2 * random_signal(len(t)) * (np.sin(t) > 0)
    sound = np.stack([0.3 * np.sin(2 * np.pi * (200 + 20 * t) * t) + noise, 0.1 * np.sin(2 * np.pi * 440 * t)], 1)
    soundfile.write(tmp_path / "a", sound, rate, format=form)
    whole, _ = audio.load(tmp_path / "a")
    astray = 0
    for start_s in (*np.arange(0.5, 28, 1.37), *np.arange(28, 30, 0.1)):
        part, _ = audio.load(tmp_path / "a", start_s=start_s, duration_s=0.05)
        first = round(start_s * rate)
        assert_allclose(part, whole[:, first : first + round(0.05 * rate)], atol=1e-6)  # float32, as above
        with soundfile.SoundFile(tmp_path / "a") as file:
            file.seek(first)
            astray += np.abs(file.read(part.shape[1]).T - part).max() > 1e-3
    assert astray, "libsndfile now seeks well: the run-up can go"


@pytest.mark.parametrize("rates", [(8000, 16_000), (44_100, 16_000), (16_000, 44_100), (8000, 7999), (22_050, 8000)])
@pytest.mark.parametrize(("start_s", "duration_s"), [(0, 0.1), (0.3, 0.25), (0.93, 1), (0.5, None)])
def test_a_resampled_part_is_that_part_of_the_resampled_whole(write, rates, start_s, duration_s):
    path = write("a.wav", 0.3 * random_signal(rates[0]), rates[0])
    whole, _ = audio.load(path, sample_rate=rates[1], dtype=np.float64)
    part, rate = audio.load(path, sample_rate=rates[1], dtype=np.float64, start_s=start_s, duration_s=duration_s)
    start = round(start_s * rate)
    end = len(whole) if duration_s is None else start + round(duration_s * rate)
    assert rate == rates[1] and len(part) == len(whole[start:end])
    assert_allclose(part, whole[start:end], atol=1e-14)  # the same sums, rounded


def test_two_seconds_of_nine_hours_cost_what_two_seconds_cost(tmp_path):
    n_bytes = 2 * 9 * 3600 * 44_100
    with open(tmp_path / "a.wav", "wb") as file:
        file.write(wav_bytes(b"", rate=44_100, n_data=n_bytes))
        file.seek(44 + 2 * 8 * 3600 * 44_100)
        file.write(np.full(4 * 44_100, 8192, "<i2").tobytes())
        file.truncate(44 + n_bytes)
    audio.load(tmp_path / "a.wav", sample_rate=16_000, duration_s=0.1)  # imports scipy
    before = processor_s()
    tracemalloc.start()
    part, _ = audio.load(tmp_path / "a.wav", start_s=8 * 3600 + 1, duration_s=2)
    again, _ = audio.load(tmp_path / "a.wav", sample_rate=16_000, start_s=8 * 3600 + 1, duration_s=2)
    n_most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert_array_equal(part, np.full(88_200, 0.25))
    assert_allclose(again, np.full(32_000, 0.25), atol=1e-3)  # ripple of a short filter
    assert n_most < 8e6 and processor_s() - before < 2


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
@pytest.mark.parametrize(
    "content", [b"\0\0\0\x20ftypM4A " + bytes(99), b"\x1aE\xdf\xa3" + bytes(99), b"RIFF9999AVI LIST"]
)
def test_what_libsndfile_does_not_know_is_to_be_converted(read, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with refuses("must be wav, flac, ogg, mp3 or aiff, got a file that begins with b.*: convert it with 'ffmpeg -i a"):
        read(tmp_path / name)


def test_a_coding_that_libsndfile_does_not_know_is_to_be_converted(tmp_path):
    (tmp_path / "my voice.wav").write_bytes(wav_bytes(bytes(100), tag=0x161))  # Windows Media Audio
    with refuses(
        """must have a coding that libsndfile knows, .*: convert it with 'ffmpeg -i "my voice.wav" "my voice_co"""
    ):
        audio.load(tmp_path / "my voice.wav")


NO_SOUNDS = [
    (b"<!DOCTYPE html>\n<html><head><title>404</title>", "a web page, .*from the address of the file"),
    (b"\xef\xbb\xbf\r\n <HTML lang='en'>", "a web page"),
    (b"<!-- saved -->\n<!-- again -->\n<html>", "a web page"),
    ("<html><body>caf\xe9".encode("latin-1"), "a web page"),
    ("\ufeff<html><body>".encode("utf-16-le"), "a web page"),
    (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "an XML text that begins .<.xml version=.*"),
    (b'{"message": "Not Found"}', "a JSON text that begins .*"),
    (b'\n[{"error": 404}]', "a JSON text that begins .*"),
    (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
        "a Git LFS pointer, .* 'git lfs pull'",
    ),
    (b"../.git/annex/objects/a/b/MD5-s1--c.wav", "a git-annex pointer"),
    (b"Not Found", "a text that begins 'Not Found'"),
    (b"To be, or not to be\n", "a text that begins 'To be, or not to be'"),
    (b"x", "a text that begins 'x'"),
    (b"PK\3\4" + bytes(99), "a zip archive, .*or unpack it"),
    (b"\x1f\x8b\x08\0" + bytes(99), "a gzip archive"),
    (b"\0\5\x16\7\0\2\0\0Mac OS X        " + bytes(99), "what macOS notes beside a file"),
    (b"\x89PNG\r\n\x1a\n" + bytes(100), "a picture"),
    (b"%PDF-1.7\n\0\1", "a PDF"),
    (bytes(5000), "nothing but zeros"),
]


@READERS
@pytest.mark.parametrize(
    "name", ["a.wav", "a.mp3", "a.au", "a.vox", "a.raw", "a"]
)  # .au and .vox may hold bare samples
@pytest.mark.parametrize(("content", "what"), NO_SOUNDS)
def test_what_is_surely_no_sound_is_to_be_downloaded_again(read, tmp_path, name, content, what):
    (tmp_path / name).write_bytes(content)
    kind, _, way = what.partition(", .*")
    with refuses(f"must hold sound, got {kind}, which is not a sound file: download it again.*{way}"):
        read(tmp_path / name)


def test_the_notes_of_macos_name_the_sound_beside_them(write):
    path = write("song.wav")
    (path.parent / "._song.wav").write_bytes(b"\0\5\x16\7\0\2\0\0Mac OS X        " + bytes(4000))
    with refuses("download it again, or load song.wav beside it"):
        audio.load(path.parent / "._song.wav")


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


EMPTY_LIST = b"LIST" + struct.pack("<I", 12) + b"INFOISFT" + bytes(4)
WITHOUT_LENGTH = [
    ("a.wav", wav_bytes(PCM, n_data=0), "ffmpeg -i"), ("a.wav", wav_bytes(PCM, n_data=0, n_riff=0), "ffmpeg -i"),
    ("a.wav", wav_bytes(PCM_BIG, n_data=0, order=">"), "ffmpeg -i"), ("a.wav", wav_bytes(PCM, n_data=1), "ffmpeg -i"),
    ("a.wav", wav_bytes(PCM, n_data=0, tag=0xFFFE, more=EXTENSIBLE), "ffmpeg -i"),
    ("a.wav", rf64_bytes(PCM, 0), "sox --ignore-length"), ("a.au", au_bytes(PCM, 0), "sox --ignore-length"),
    ("a.au", au_bytes(PCM, 2**31 - 1), "sox --ignore-length"), ("a.caf", caf_bytes(PCM, 4), "ffmpeg -i"),
    ("a.caf", caf_bytes(PCM, -1), "ffmpeg -i"), ("a.caf", caf_bytes(PCM, 0), "ffmpeg -i"),
]  # fmt: skip


@READERS
@pytest.mark.parametrize(("name", "content", "way"), WITHOUT_LENGTH)
def test_a_header_that_a_recorder_never_finished_is_to_be_repaired(read, tmp_path, name, content, way):
    (tmp_path / name).write_bytes(content)
    with refuses(
        rf"must say in its header how long its sound is, got 0 with 16000 bytes .*: repair it with '{way} a\."
    ):
        read(tmp_path / name)


@READERS
@pytest.mark.parametrize("content", [wav_bytes(b""), wav_bytes(b"") + EMPTY_LIST, au_bytes(b"", 0), rf64_bytes(b"", 0)])
def test_a_header_with_nothing_behind_it_has_no_sound(read, tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    with refuses("must hold at least one sample, got 0: this is a header without sound, record it again"):
        read(tmp_path / "a")


def cut_at(content, n_bytes):
    return content[: len(content) - n_bytes]


TRUNCATED = [
    cut_at(wav_bytes(PCM), 4000), cut_at(wav_bytes(PCM_BIG, order=">"), 4000), cut_at(wav_bytes(PCM, n_channels=2), 1),
    wav_bytes(PCM, n_data=2**31 - 2**17), wav_bytes(PCM, n_data=3 * 10**9), cut_at(rf64_bytes(PCM, 16_000), 4000),
    cut_at(au_bytes(PCM, 16_000), 4000), cut_at(aiff_bytes(PCM_BIG, 16_008, 8000), 4000),
    cut_at(caf_bytes(PCM, 16_004), 4000),
]  # fmt: skip


@READERS
@pytest.mark.parametrize("content", TRUNCATED)
def test_what_was_cut_off_is_told_from_what_was_streamed(read, tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    with refuses("truncated.* copy or download it again"):
        read(tmp_path / "a")


@pytest.mark.parametrize(("form", "subtype"), [("W64", "PCM_16"), ("NIST", "PCM_16"), ("SVX", "PCM_16"), *FORWARDS[:9]])
def test_other_formats_that_were_cut_off_are_refused(write, form, subtype):
    path = cut(write("a", format=form, subtype=subtype), 0.7)
    with refuses("truncated.* copy or download it again"):
        audio.load(path)


def test_a_wav_file_beyond_what_its_header_can_count_is_refused(tmp_path):
    with open(tmp_path / "a.wav", "wb") as file:
        file.write(wav_bytes(b"", n_data=2**32 - 1))
        file.truncate(5 * 10**9)
    with refuses(
        "must have at most 2³² bytes, .* got 5000000000: convert it with 'ffmpeg -ignore_length 1 -i a.wav -rf"
    ):
        audio.load(tmp_path / "a.wav", duration_s=1)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("options", [{}, {"sample_rate": 16_000}, {"mono": True}, {"start_s": 0.5}])
def test_samples_that_are_no_numbers_are_refused_with_their_place(write, bad, options):
    signal = np.stack([TONE, TONE])
    signal[1, 6000:6002] = bad
    with refuses(r"must hold finite samples, got 2 NaN or infinite ones, the first at 0.75 s: read it with soundfile"):
        audio.load(write("a.wav", signal, subtype="FLOAT"), **options)


def test_samples_that_are_no_numbers_harm_only_the_part_that_holds_them(write):
    signal = np.r_[TONE, np.nan]
    assert_array_equal(audio.load(write("a.wav", signal, subtype="FLOAT"), duration_s=1)[0], TONE.astype(np.float32))


@pytest.mark.parametrize(("rate", "to_rate"), [(2**31 - 1, 16_000), (999_999_937, 8000), (1, 192_000)])
def test_a_header_with_an_absurd_rate_costs_no_memory(tmp_path, rate, to_rate):
    (tmp_path / "a.wav").write_bytes(wav_bytes(PCM, rate=rate))
    with refuses(
        rf"a.wav at {rate} Hz needs a (filter|result) of at most \d+ values to be resampled to {to_rate} Hz, got .*e\+"
    ):
        audio.load(tmp_path / "a.wav", sample_rate=to_rate)
    assert audio.load(tmp_path / "a.wav")[1] == rate


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"start_s": 1}, r"start_s must lie before the end of .*a.wav at 1 s, got 1: lower start_s"),
        ({"start_s": 1 + 1e-9}, r"start_s must lie before the end of .*a.wav at 1 s, got 1.000000001: lower start_s"),
        (
            {"start_s": 0.2, "duration_s": 1e-6},
            "duration_s=1e-06 must hold a sample at sample_rate=8000, got none: use",
        ),
    ],
)
def test_a_part_of_nothing_is_refused(write, options, match):
    with refuses(match):
        audio.load(write("a.wav"), **options)


# ------------------------------------------------------------------------------------ names and places


@pytest.mark.skipif(sys.platform != "linux", reason="other systems hold names in UTF-8 or UTF-16")
def test_names_that_are_no_utf_8(tmp_path, capsys):
    name = os.fsencode(tmp_path) + b"/caf\xe9\n.wav"
    audio.save(name, TONE, RATE)
    (path,) = tmp_path.iterdir()
    for same in (name, path, os.fsdecode(name)):
        assert audio.load(same)[0].shape == (RATE,)
        print(audio.audio_info(same))  # must not raise
    assert "Input File     : caf\\xe9\\n.wav\n" in capsys.readouterr().out
    path.write_bytes(b"x")
    for call in (
        lambda: audio.load(path),
        lambda: audio.load(path / "b.wav"),
        lambda: audio.save(path / "b.wav", TONE, 8),
    ):
        with pytest.raises((ValueError, FileNotFoundError), match=r"caf\\xe9\\n.wav") as caught:
            call()
        str(caught.value).encode("ascii")  # any console can print it


@pytest.mark.parametrize("path", ["a\0.wav", "\ud800.wav"])
def test_names_that_no_file_can_have_are_refused(path):
    for call in (audio.load, audio.audio_info, lambda path: audio.save(path, TONE, RATE)):
        with refuses("path must be the name of a file, got .*: pass a str or a pathlib.Path", TypeError):
            call(path)


def test_each_cause_has_its_own_way_out(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "nothing")
    (tmp_path / "folder.wav").mkdir()
    causes = {
        "folder.wav": (ValueError, "must be a file, got a folder of that name: choose another name, or one inside it"),
        "no/a.wav": (
            FileNotFoundError,
            r"the folder of .* must exist, got none: make it with Path.mkdir\(parents=True",
        ),
        "no/no/a.wav": (FileNotFoundError, "the folder of .* must exist, got none: make it with"),
        "file/a.wav": (ValueError, "file must be a folder to hold a.wav, got a file: rename that, or choose another"),
        "file/no/a.wav": (ValueError, "file must be a folder to hold a.wav, got a file: rename that"),
        "link/a.wav": (ValueError, "link must be a folder to hold a.wav, got a link to nothing: rename that"),
        f"{'é' * 130}.wav": (ValueError, "must have a name that the disk can hold, got one of 264 bytes: shorten it"),
        f"{'d' * 250}/" * 20 + "a.wav": (ValueError, r"got a path of \d+ bytes: shorten it"),
    }
    for name, (error, match) in causes.items():
        with refuses(match, error):
            audio.save(tmp_path / name, TONE, RATE)


@pytest.mark.parametrize("read", [audio.load, audio.audio_info])
def test_a_name_too_long_to_be_read(read, tmp_path):
    with refuses("must have a name that the disk can hold, got one of 304 bytes: shorten it"):
        read(tmp_path / f"{'a' * 300}.wav")


AS_NOBODY = """
import os, sys
from course_utils import audio
import soundfile
if os.geteuid() == 0: os.setuid(65534)  # root may read and write anywhere; nobody may not
os.chdir(sys.argv[1])
for call in ("save('new.wav', [0.0], 8000)", "load('a.wav')", "load('closed/a.wav')", "save('a.wav', [0.0], 8)"):
    try: print(eval(f"audio.{call}"))
    except Exception as error: print(type(error).__name__, error)
"""


@pytest.mark.skipif(os.name != "posix", reason="rights of files are set with chmod")
def test_what_one_may_not_read_or_write_is_said(tmp_path, write):
    write("a.wav").chmod(0)
    (tmp_path / "closed").mkdir(mode=0)
    tmp_path.chmod(0o555)
    for parent in tmp_path.parents:
        if parent.stat().st_uid == os.geteuid() and not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o055)
    done = subprocess.run([sys.executable, "-c", AS_NOBODY, tmp_path], capture_output=True, text=True, check=False)
    tmp_path.chmod(0o755)
    said = done.stdout.splitlines()
    assert len(said) == 4 and all(line.startswith("PermissionError") for line in said), done.stdout + done.stderr
    writes, reads = (
        "must lie where you may write, got permission denied: choose another folder",
        "may read, got no permis",
    )
    assert [words in line for words, line in zip((writes, reads, reads, writes), said, strict=True)] == [True] * 4


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and /dev/full")
def test_disks_that_take_nothing_are_said(tmp_path):
    with refuses("/proc/a.wav must lie where you may write, got no such file or directory: choose", PermissionError):
        audio.save("/proc/a.wav", TONE, RATE)
    (tmp_path / "a.wav").symlink_to("/dev/full")
    with refuses("a.wav needs room on its disk, got a full one: remove something, or choose another disk"):
        audio.save(tmp_path / "a.wav", TONE, RATE)
    assert (tmp_path / "a.wav").is_symlink()


@pytest.mark.skipif(os.name != "posix", reason="needs a limit on the size of files")
@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3"])
def test_half_a_file_is_not_left(tmp_path, name):
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with refuses("needs a disk that takes files of its size, got file too large: choose another"):
            audio.save(tmp_path / name, 0.3 * random_signal(60_000), RATE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("code", ["ENOSPC", "EDQUOT", "EROFS", "EILSEQ", "EIO", "EMFILE"])
def test_whatever_the_system_says_becomes_a_sentence(tmp_path, monkeypatch, code):
    import errno

    def refuse(*arguments):
        raise OSError(getattr(errno, code), os.strerror(getattr(errno, code)))

    way = {"ENOSPC": "a full one: remove", "EDQUOT": "a full one: remove", "EROFS": "a read-only disk: choose another"}
    way |= {"EILSEQ": "a name that the disk can hold, got .*: choose another name"}
    monkeypatch.setattr(audio._files, "open", refuse, raising=False)
    with refuses(
        way.get(code, "must be a file that can be written, got .*: choose"),
        PermissionError if code == "EROFS" else ValueError,
    ):
        audio.save(tmp_path / "a.wav", TONE, RATE)


def test_what_the_encoder_refuses_leaves_the_old_file_alone(write):
    path = write("a.mp3")
    before = path.read_bytes()
    with refuses("must suit its format, got a sound that the encoder refuses"):
        audio.save(path, TONE, 12_345)
    assert path.read_bytes() == before


@READERS
@pytest.mark.parametrize("path", [None, 5, "", ["a.wav"], b""])
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
        ({"start_s": -1}, ValueError, "start_s must be at least 0, got -1: change start_s"),
        ({"start_s": "1"}, TypeError, "start_s must be a number, got '1': pass an int or a float"),
        ({"duration_s": 0}, ValueError, "duration_s must be above 0, got 0: change duration_s"),
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
        ("a.wav", [1 + 1e-7], RATE, "PCM_16", ValueError, "signal must lie within ±1, got a peak of 1.0000001: scale"),
        (
            "a.wav",
            [1e39],
            RATE,
            "FLOAT",
            ValueError,
            r"signal must lie within ±3.403e\+38, got 1e\+39: save it as DOUBLE",
        ),
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
        (lambda: audio.play(np.zeros(61 * RATE), RATE, caption="too long"), ValueError, "at most 60 s .* got 61 s:"),
        (lambda: audio.play(np.zeros((3, 9)), RATE, caption="of three"), ValueError, r"\(2, time\) to be played, got"),
        (lambda: audio.play(TONE, RATE, caption="to fade", fade_s=-1), ValueError, "fade_s must be at least 0, got -1"),
        (lambda: audio.play(TONE, RATE, caption="to fade", fade_s="1"), TypeError, "fade_s must be a number, got '1'"),
        (lambda: audio.clips("films"), ValueError, "kind must be one of 'environment', .* got 'films': choose one of"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_refused(call, error, match):
    with refuses(match, error):
        call()


# --------------------------------------------------------------------- two sounds in one file, and none

JOINED = {
    "a.wav": {}, "a.aiff": {}, "a.au": {}, "a.caf": {}, "a.w64": {}, "b.wav": {"format": "RF64"}, "a.flac": {},
    "a.ogg": {}, "b.ogg": {"format": "OGG", "subtype": "OPUS"}, "a.mp3": {}, "b.mp3": {"bitrate_mode": "VARIABLE"},
}  # fmt: skip


@pytest.mark.parametrize("name", JOINED)
@pytest.mark.parametrize("n_second", [RATE, 5001, 1])
def test_a_second_sound_behind_the_first_is_not_lost_without_a_word(tmp_path, write, name, n_second):
    first = write(name, **JOINED[name]).read_bytes()
    second = write("2" + name, TONE[:n_second], **JOINED[name]).read_bytes()
    path = tmp_path / name
    assert len(audio.load(path)[0]) == RATE
    tag = b"ID3\4\0\0\0\0\0\x0a" + bytes(10) if name.endswith("mp3") else b""
    path.write_bytes(first + tag + second)
    for call in (audio.load, audio.audio_info):
        with refuses(rf"must hold one sound, got another that begins at byte {len(first + tag)} of .*: part it with"):
            call(path)


def test_an_mp3_file_with_a_tag_behind_it_holds_one_sound(write):
    path = write("a.mp3")
    path.write_bytes(b"ID3\4\0\0\0\0\0\x0a" + bytes(10) + path.read_bytes() + b"TAG" + bytes(125))
    assert len(audio.load(path)[0]) == RATE


def test_the_way_that_parts_a_file_parts_it(write, tmp_path):
    path = write("two words.ogg")
    first = path.read_bytes()
    path.write_bytes(2 * first)
    with pytest.raises(ValueError, match="part it with") as caught:
        audio.load(path)
    for command in re.findall(r"'(head .*)' and '(tail .*)'$", str(caught.value))[0]:
        subprocess.run(command, shell=True, cwd=tmp_path, check=True)
    assert [(tmp_path / f"two words_{n}.ogg").read_bytes() for n in (1, 2)] == [first, first]


def test_samples_without_a_header_and_arrays_are_told_how_they_are_read(tmp_path):
    codes = (TONE * 3e4).astype("<i2")
    for name in ("a.raw", "a.pcm", "a.s16"):
        codes.tofile(tmp_path / name)
        with refuses("must say in a header what its rate and its coding are, got none: read it with numpy.fromfile"):
            audio.load(tmp_path / name)
    np.save(tmp_path / "a.npy", TONE)
    with refuses("got an array of numpy, which is not a sound file: read it with numpy.load"):
        audio.load(tmp_path / "a.npy")
    (tmp_path / "a.wav").write_bytes(b"\xff" * 4000)
    with refuses("got nothing but bytes of 0xff, which"):
        audio.load(tmp_path / "a.wav")
    soundfile.write(tmp_path / "b.wav", TONE, RATE)
    (tmp_path / "b.wav").rename(tmp_path / "b.raw")
    with refuses("must have the ending of what is inside, .*: rename it"):
        audio.load(tmp_path / "b.raw")


def test_an_address_is_no_file():
    for call in (audio.load, audio.audio_info, lambda path: audio.save(path, TONE, RATE)):
        with refuses("must be the name of a file on this machine, got the address https://x.org/a.wav: .*download"):
            call("https://x.org/a.wav")


def test_a_coding_that_the_encoder_lacks_is_not_offered(tmp_path):
    for subtype in soundfile.available_subtypes("WAV"):
        for n_channels in (1, 3):
            try:
                audio.save(tmp_path / "a.wav", np.stack([TONE] * n_channels), RATE, subtype=subtype)
            except ValueError as error:
                assert re.search('pass subtype="PCM_16"|must be one of (?!.*MPEG.*, got)', str(error))
                assert "save it as wav" not in str(error)
                audio.save(tmp_path / "a.wav", np.stack([TONE] * n_channels), RATE)
            assert audio.audio_info(tmp_path / "a.wav").n_samples >= RATE


# ------------------------------------------------------------------------------------ hostile input

PATH = [None, 5, True, b"", "", [], object(), "a\0b.wav", "no such file.wav"]
TEXT = [None, 5, "", " ", "word", b"two words", ["two", "words"]]
CALLS = {
    audio.clips: {"kind": ("speech", NAME[1:])},
    audio.load: {
        "path": (audio.clips()[0]["file"], PATH), "sample_rate": (8000, [*COUNT[1:], "44100"]),
        "dtype": (np.float32, [5, "x", np.int16, int, np.complex64, [], np.array([1, 2])]),
        "start_s": (0.01, [*NUMBER, -1, 1e300]), "duration_s": (0.01, [*POSITIVE[1:], 1e-9]),
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
