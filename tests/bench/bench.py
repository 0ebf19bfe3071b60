"""How fast the reference implementations are, beside the libraries people use.

Run ``python tests/bench/bench.py`` (``make bench``): it prints a table and writes ``build/bench.json``, a list of
``{name, ours_ms, peer, peer_ms, ratio}``; the exit status is 1 when a bound is missed, 0 with ``--no-fail``.

Every time is the median of runs that take turns with the peer's in one process, after one run of each that is not
counted (librosa compiles in it). All libraries use one thread: scipy's, numpy's and librosa's transforms do so by
default, and BLAS is told to below. Only the course's gammatonegram runs its channels on all processors. Signals are
60 s of noise in float32 at 22.05 kHz unless the row says otherwise.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):  # before numpy is imported
    os.environ[variable] = "1"

import argparse  # noqa: E402
import json  # noqa: E402
import statistics  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
import tracemalloc  # noqa: E402
from pathlib import Path  # noqa: E402

import librosa  # noqa: E402
import numpy as np  # noqa: E402
import scipy.signal  # noqa: E402
import soxr  # noqa: E402
from gammatone.fftweight import fft_gtgram  # noqa: E402
from gammatone.gtgram import gtgram  # noqa: E402

from course_utils import (  # noqa: E402
    augmentation,
    descriptors,
    dft,
    entropy_coding,
    filters,
    gammatone,
    mdct,
    mel,
    mfcc,
    rooms,
    stft,
)

ROOT = Path(__file__).resolve().parents[2]
SAMPLE_RATE = 22050

# The ratio that each row must keep: (limit, whether it is the largest or the smallest allowed).
BOUNDS = {
    "stft": (0.7, "at most"),
    "istft": (0.6, "at most"),
    "griffin_lim, 32 iterations on 5 s": (0.5, "at most"),
    "spectral convergence of griffin_lim": (1.01, "at most"),  # two random first phases differ by about 1 %
    "resample 44.1 to 16 kHz": (0.7, "at most"),
    "resample as well as soxr": (1.5, "at most"),
    "image rejection of that in dB": (1.0, "at least"),
    "fft of 65536 points": (40.0, "at most"),
    "growth exponent of dft": (1.9, "at least"),
    "growth exponent of fft": (1.2, "at most"),
    "mel_spectrogram": (0.75, "at most"),
    "mel_to_linear of 2 s": (0.5, "at most"),
    "misfit of mel_to_linear": (0.1, "at most"),
    "mfcc": (0.75, "at most"),
    "delta": (0.6, "at most"),
    "gammatonegram": (0.15, "at most"),
    "gammatonegram, fft form": (0.35, "at most"),
    "yin": (0.5, "at most"),
    "cqt": (1.0, "at most"),
    "chroma": (1.0, "at most"),
    "all waveform augmentations": (1.0, "at most"),  # of the time that 50 x real time leaves, all of them together
    "mix_at_snr": (1.0, "at most"),  # of the time that 1,000 x real time leaves
    "spec_augment": (1.0, "at most"),
    "ctc loss": (1.2, "at most"),
    "ctc loss, rescaled": (0.45, "at most"),
    "beam search": (1.0, "at most"),  # of the time that 20 x real time leaves
    "log-mel of 30 s": (1.2, "at most"),
    "whisper step with cache": (0.125, "at most"),
    "speech without attention": (1.0, "at most"),  # of the time that 20 x real time leaves
    "tacotron step": (1.0, "at most"),  # of the time that 10 x real time leaves
    "vocoder": (1.0, "at most"),  # of the time that 0.3 x real time allows
    "mdct": (2.5, "at most"),
    "arithmetic coder": (1.0, "at most"),  # of the time that 0.5 x real time allows at 6.4 kbit/s
    "peak memory of stft over its output": (3.0, "at most"),
    "cold start to the first spectrogram": (1.0, "at most"),  # of the 2.5 s allowed
}

COLD_START = """
import sys, time
import numpy as np
import course_utils.stft
from course_utils import plotting
plotting.spectrogram(np.sin(0.1 * np.arange(22050)), 22050, title="a tone")
sys.exit(bool({"librosa", "numba", "torch"} & set(sys.modules)))
"""


def milliseconds(function):
    start = time.perf_counter()
    function()
    return 1e3 * (time.perf_counter() - start)


def interleaved(ours, peer, n_runs):
    """Medians in ms of two functions that take turns."""
    ours(), peer()
    times = [(milliseconds(ours), milliseconds(peer)) for _ in range(n_runs)]
    return [statistics.median(column) for column in zip(*times, strict=True)]


def row(name, ours, peer, theirs):
    """The keys end in ``_ms`` because most rows are times; the name says what else it may be."""
    return {"name": name, "ours_ms": ours, "peer": peer, "peer_ms": theirs, "ratio": ours / theirs}


def compare(name, ours, peer_name, peer, n_runs):
    mine, theirs = interleaved(ours, peer, n_runs)
    return row(name, mine, peer_name, theirs)


def noise(seconds, dtype=np.float32):
    return (0.1 * np.random.default_rng(0).standard_normal(round(seconds * SAMPLE_RATE))).astype(dtype)


def bench_stft(n_runs):
    x = noise(60)
    spectrum = librosa.stft(x)
    yield compare("stft", lambda: stft.stft(x), "librosa.stft", lambda: librosa.stft(x), n_runs)
    yield compare("istft", lambda: stft.istft(spectrum), "librosa.istft", lambda: librosa.istft(spectrum), n_runs)


def bench_griffin_lim(n_runs):
    magnitude = np.abs(librosa.stft(noise(5)))
    finals = {}

    def ours():
        finals["ours"] = stft.griffin_lim(magnitude, n_iter=32, rng=np.random.default_rng(0))[0]

    def peer():
        finals["peer"] = librosa.griffinlim(magnitude, n_iter=32, random_state=0)

    yield compare("griffin_lim, 32 iterations on 5 s", ours, "librosa.griffinlim", peer, n_runs)
    mine, theirs = (
        np.linalg.norm(np.abs(librosa.stft(finals[name])) - magnitude) / np.linalg.norm(magnitude)
        for name in ("ours", "peer")
    )
    yield row("spectral convergence of griffin_lim", float(mine), "librosa.griffinlim", float(theirs))


# Over 0.8 of the lower Nyquist frequency: flatter than soxr HQ, and aliases into that band are as far down.
AS_GOOD_AS_SOXR = {"lowpass_filter_width": 25, "rolloff": 0.95, "window": "kaiser", "beta": 13.4}


def bench_resample(n_runs):
    """60 s at 44.1 kHz."""
    x, rates = noise(120), {"from_rate": 44100, "to_rate": 16000}

    def ours(signal=x):
        return filters.resample(signal, **rates, **AS_GOOD_AS_SOXR)

    def peer(signal=x):
        return soxr.resample(signal, 44100, 16000, "HQ")

    scipys, default = (lambda: scipy.signal.resample_poly(x, 160, 441)), (lambda: filters.resample(x, **rates))
    yield compare("resample 44.1 to 16 kHz", default, "scipy resample_poly", scipys, n_runs)
    yield compare("resample as well as soxr", ours, "soxr HQ", peer, n_runs)
    mine, theirs = (
        filters.resampling_quality(lambda sweep, f=f: f(sweep.astype(np.float32)), **rates).image_rejection_db
        for f in (ours, peer)
    )
    yield row("image rejection of that in dB", mine, "soxr HQ", theirs)


def growth_exponent(function, lengths, n_rounds):
    """Slope of log time over log length, from the fastest of rounds that visit all lengths."""
    signals = {n: np.random.default_rng(0).standard_normal(n) for n in lengths}
    rounds = [[milliseconds(lambda x=x: function(x)) for x in signals.values()] for _ in range(n_rounds)]
    return np.polyfit(np.log(lengths), np.log(np.min(rounds, axis=0)), 1)[0]


def bench_dft(n_runs):
    x = np.random.default_rng(0).standard_normal(65536)
    yield compare("fft of 65536 points", lambda: dft.fft(x), "numpy.fft.fft", lambda: np.fft.fft(x), n_runs)
    loop, fast = growth_exponent(dft.dft, [128, 256, 512], 5), growth_exponent(dft.fft, 2 ** np.arange(10, 19), 10)
    yield row("growth exponent of dft", loop, "exponent 1", 1.0)
    yield row("growth exponent of fft", fast, "exponent 1", 1.0)


def bench_mel(n_runs):
    x, found = noise(60), {}
    ours = (lambda: mel.mel_spectrogram(x, sample_rate=SAMPLE_RATE)), "librosa melspectrogram"
    yield compare("mel_spectrogram", *ours, lambda: librosa.feature.melspectrogram(y=x, sr=SAMPLE_RATE), n_runs)
    mel_power = librosa.feature.melspectrogram(y=x[: 2 * SAMPLE_RATE], sr=SAMPLE_RATE)

    def way_back():
        found["ours"] = mel.mel_to_linear(mel_power, sample_rate=SAMPLE_RATE)

    def peer():
        found["peer"] = librosa.feature.inverse.mel_to_stft(mel_power, sr=SAMPLE_RATE, power=1.0)

    yield compare("mel_to_linear of 2 s", way_back, "librosa mel_to_stft", peer, max(1, n_runs // 2))
    bank = mel.mel_filterbank(sample_rate=SAMPLE_RATE, n_fft=2048)
    misfit = {name: float(np.linalg.norm(bank @ linear - mel_power)) for name, linear in found.items()}
    yield row("misfit of mel_to_linear", misfit["ours"], "librosa mel_to_stft", misfit["peer"])


def bench_mfcc(n_runs):
    x, options = noise(60), {"n_mfcc": 20}
    features = librosa.feature.mfcc(y=x, **options)
    ours, peer = (
        (lambda: mfcc.mfcc(x, sample_rate=SAMPLE_RATE, **options)),
        (lambda: librosa.feature.mfcc(y=x, **options)),
    )
    yield compare("mfcc", ours, "librosa.feature.mfcc", peer, n_runs)
    ours, peer = (lambda: mfcc.delta(features)), (lambda: librosa.feature.delta(features))
    yield compare("delta", ours, "librosa.feature.delta", peer, 20 * n_runs)


def bench_gammatone(n_runs):
    """The peer takes ten seconds, so three runs must do."""
    x, options = noise(60), {"sample_rate": SAMPLE_RATE, "n_channels": 64, "f_min": 50}
    grid = (x, SAMPLE_RATE, 0.025, 0.010, 64, 50)
    ours, peer = (lambda: gammatone.gammatonegram(x, **options)), (lambda: gtgram(*grid))
    yield compare("gammatonegram", ours, "gammatone.gtgram", peer, min(n_runs, 3))
    ours, peer = (lambda: gammatone.gammatonegram(x, **options, method="fft")), (lambda: fft_gtgram(*grid))
    yield compare("gammatonegram, fft form", ours, "gammatone.fft_gtgram", peer, n_runs)


def bench_descriptors(n_runs):
    x, rate, band = noise(60), {"sample_rate": SAMPLE_RATE}, (65.0, 2093.0)
    ours, peer = (
        (lambda: descriptors.yin(x, **rate, f_min=band[0], f_max=band[1])),
        (lambda: librosa.yin(x, fmin=band[0], fmax=band[1])),
    )
    yield compare("yin", ours, "librosa.yin", peer, n_runs)
    yield compare("cqt", lambda: descriptors.cqt(x, **rate), "librosa.cqt", lambda: librosa.cqt(x), n_runs)
    ours, peer = (lambda: descriptors.chroma(x, **rate)), (lambda: librosa.feature.chroma_cqt(y=x, tuning=0.0))
    yield compare("chroma", ours, "librosa chroma_cqt", peer, n_runs)


def bench_augmentation(n_runs):
    """No library does the same; the peer is the time that the promised speed leaves for 60 s of sound."""
    x, rate, rng = noise(60), {"sample_rate": SAMPLE_RATE}, np.random.default_rng(0)
    rir = noise(0.5) * np.exp(-np.arange(SAMPLE_RATE // 2) / 2000).astype(np.float32)
    rain, mel_db = noise(7), rng.standard_normal((80, 6000), np.float32)  # 100 frames a second
    augmentations = [
        lambda: augmentation.mix_at_snr(x, rain, 10, rng=rng),
        lambda: augmentation.add_noise(x, 10, rng=rng, colour="pink"),
        lambda: augmentation.gain(x, -3),
        lambda: augmentation.invert_polarity(x),
        lambda: augmentation.time_shift(x, 0.1, **rate),
        lambda: augmentation.change_speed(x, 1.07),
        lambda: augmentation.time_stretch(x, 1.07),
        lambda: augmentation.pitch_shift(x, 1.3),
        lambda: augmentation.lowpass(x, 3000, **rate),
        lambda: augmentation.random_equalizer(x, rng=rng, **rate),
        lambda: augmentation.random_tilt(x, -9, rng=rng, **rate),
        lambda: augmentation.gain_curve(x, rng=rng),
        lambda: augmentation.telephone(x, **rate),
        lambda: rooms.convolve_rir(x, rir),
    ]
    for name, functions, speed in (
        ("all waveform augmentations", augmentations, 50),
        ("mix_at_snr", augmentations[:1], 1000),
        ("spec_augment", [lambda: augmentation.spec_augment(mel_db, rng=rng)], 1000),
    ):
        for function in functions:
            function()
        ours = statistics.median(milliseconds(lambda f=functions: [each() for each in f]) for _ in range(n_runs))
        yield row(name, ours, f"{speed} x real time", 60_000 / speed)


def bench_ctc(n_runs):
    """16 clips of 500 frames with 60 of 28 symbols each; and the text of one of them, 20 s at 40 ms a frame."""
    import torch  # the rows above need none of it

    from course_utils.models import beam_search, ctc

    torch.set_num_threads(1)
    torch.manual_seed(0)
    log_probs, targets = torch.randn(16, 29, 500).log_softmax(dim=1), torch.randint(1, 29, (16, 60))
    sizes = torch.full((16,), 500), torch.full((16,), 60)

    def peer():
        torch.nn.functional.ctc_loss(log_probs.permute(2, 0, 1), targets, *sizes, reduction="none")

    for name, loss in (("ctc loss", ctc.ctc_loss), ("ctc loss, rescaled", ctc.ctc_loss_rescaled)):
        yield compare(name, lambda f=loss: f(log_probs, targets, *sizes), "torch", peer, n_runs)
    search = statistics.median(milliseconds(lambda: beam_search.beam_search(log_probs[0])) for _ in range(n_runs))
    yield row("beam search", search, "20 x real time", 1000.0)


def bench_whisper(n_runs):
    """Whisper's front end on 30 s at 16 kHz; one token behind 200 on the full size of tiny, its weights random."""
    import torch

    from course_utils.models import whisper

    torch.set_num_threads(1)
    signal, options = noise(30)[: 30 * 16_000], {"sr": 16_000, "n_fft": 400, "hop_length": 160, "n_mels": 80}

    def peer():
        np.log10(np.maximum(librosa.feature.melspectrogram(y=signal, **options), 1e-10))

    yield compare("log-mel of 30 s", lambda: mel.whisper_log_mel(signal), "librosa", peer, n_runs)
    model = whisper.Whisper(whisper.WhisperConfig.preset("tiny")).eval()
    tokens, memory, cache = torch.randint(0, 50_000, (1, 201)), torch.randn(1, 1500, 384), model.new_cache()

    def step():
        for layer in cache:
            layer.tokens.key, layer.tokens.value = layer.tokens.key[..., :200, :], layer.tokens.value[..., :200, :]
        model.logits(tokens[:, 200:], memory, cache)

    with torch.no_grad():
        model.logits(tokens[:, :200], memory, cache)
        yield compare("whisper step with cache", step, "without it", lambda: model.logits(tokens, memory), n_runs)


def bench_parallel_speech(n_runs):
    """The spectrogram of six digits in the model of the shipped size, without the way to a wave."""
    import torch

    from course_utils import text
    from course_utils.models import parallel_speech

    torch.set_num_threads(1)
    model, tokens = parallel_speech.ParallelSpeech(230).eval(), text.encode("one two three four five six", end=True)

    def speak():
        model.speak(tokens, 0, durations=[8] * len(tokens))

    speak()
    times = [milliseconds(speak) for _ in range(n_runs)]
    allowed_ms = 1e3 * 8 * len(tokens) / 62.5 / 20
    yield row("speech without attention", statistics.median(times), "20 x real time", allowed_ms)


def bench_tacotron(n_runs):
    """One step of synthesis, 3 frames or 48 ms of speech, behind a text of 30 characters."""
    import torch

    from course_utils.models.text_to_speech import Tacotron

    torch.set_num_threads(1)
    model = Tacotron().eval()

    def step():
        state = model.step(model.prepared(frame, dropout=False), start)
        model.written(state.hidden[:, None], state.context[:, None])

    with torch.no_grad():
        start, frame = model.start(*model.read(torch.randint(1, 30, (1, 30)))), torch.zeros(1, 64)
        took = statistics.median(milliseconds(step) for _ in range(20 * n_runs))
    yield row("tacotron step", took, "10 x real time", 4.8)


def bench_vocoder(n_runs):
    """Ten seconds of telephone speech, from a mel of noise."""
    import torch

    from course_utils.models.vocoder import Vocoder, vocode

    torch.set_num_threads(1)
    model = Vocoder()
    log_mel = np.random.default_rng(0).uniform(-8, 2, (64, 626)).astype(np.float32)
    vocode(model, log_mel)
    times = [milliseconds(lambda: vocode(model, log_mel)) for _ in range(n_runs)]
    yield row("vocoder", statistics.median(times), "0.3 x real time", 3000.0)


def bench_mdct(n_runs):
    """There and back for 10 s at 44.1 kHz, against the transform of lecture 04 with the same hop."""
    x = noise(10)

    def ours():
        return mdct.imdct(mdct.mdct(x, 512), length=len(x))

    def peer():
        return stft.istft(stft.stft(x, n_fft=1024, hop_length=512), n_fft=1024, hop_length=512, length=len(x))

    yield compare("mdct", ours, "stft and back", peer, n_runs)


def bench_arithmetic_coder(n_runs):
    """Two seconds of four stages, 1,600 codes, encoded and decoded."""
    rng = np.random.default_rng(0)
    codes = rng.choice(256, 1600, p=rng.dirichlet(np.full(256, 0.3))).tolist()
    stages = [0, 1, 2, 3] * 400

    def there_and_back():
        coded = entropy_coding.arithmetic_encode(codes, stages, n_symbols=256)
        assert entropy_coding.arithmetic_decode(coded, 1600, stages, n_symbols=256) == codes

    times = [milliseconds(there_and_back) for _ in range(n_runs)]
    yield row("arithmetic coder", statistics.median(times), "0.5 x real time", 1000.0)


def bench_memory():
    """In MB; numpy reports its arrays to tracemalloc."""
    x = noise(60)
    stft.stft(x[:10_000])
    tracemalloc.start()
    spectrum = stft.stft(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    yield row("peak memory of stft over its output", peak / 1e6, "its output", spectrum.nbytes / 1e6)


def bench_cold_start(n_runs):
    """A new process each time; it fails if librosa, numba or torch were imported."""
    command = [sys.executable, "-c", COLD_START]
    times = [milliseconds(lambda: subprocess.run(command, check=True, cwd=ROOT)) for _ in range(n_runs)]
    yield row("cold start to the first spectrogram", statistics.median(times), "2.5 s", 2500.0)


def missed(rows):
    """A sentence for each bound that does not hold."""
    for measured in rows:
        limit, words = BOUNDS[measured["name"]]
        if measured["ratio"] > limit if words == "at most" else measured["ratio"] < limit:
            yield f"{measured['name']}: the ratio must be {words} {limit}, got {measured['ratio']:.3f}"


def table(rows):
    yield f"{'':36} {'ours':>10}   {'peer':>10} {'':20} {'ratio':>7}   bound"
    for measured in rows:
        limit, words = BOUNDS[measured["name"]]
        yield (
            f"{measured['name']:36} {measured['ours_ms']:10.3f}   {measured['peer_ms']:10.3f} {measured['peer']:20} "
            f"{measured['ratio']:7.3f}   {words} {limit:g}"
        )


def measure(n_runs):
    return [
        *bench_stft(n_runs),
        *bench_griffin_lim(n_runs),
        *bench_resample(n_runs),
        *bench_dft(n_runs),
        *bench_mel(n_runs),
        *bench_mfcc(n_runs),
        *bench_gammatone(n_runs),
        *bench_descriptors(n_runs),
        *bench_augmentation(n_runs),
        *bench_ctc(n_runs),
        *bench_whisper(n_runs),
        *bench_parallel_speech(n_runs),
        *bench_tacotron(n_runs),
        *bench_vocoder(n_runs),
        *bench_mdct(n_runs),
        *bench_arithmetic_coder(n_runs),
        *bench_memory(),
        *bench_cold_start(3),
    ]


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Compare the course's code with librosa and numpy.")
    parser.add_argument("--no-fail", action="store_true", help="report only: exit status 0 whatever is measured")
    parser.add_argument("--runs", type=int, default=11, help="timed runs of each side (default: 11)")
    options = parser.parse_args(arguments)
    rows = measure(options.runs)
    target = ROOT / "build" / "bench.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print("Times in ms unless the row says otherwise, memory in MB; one thread, medians of runs that take turns.")
    print("\n".join([*table(rows), *missed(rows)]))
    return 0 if options.no_fail or not list(missed(rows)) else 1


if __name__ == "__main__":
    sys.exit(main())
