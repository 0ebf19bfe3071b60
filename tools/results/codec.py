"""Lecture 16, codecs: k-means of MDCT frames against a network, the coder of their indices, and encoders in use.

Settings were chosen on the validation voices. Sounds that are compared are strings of digits of the test voices.
"""

import io
import time

import numpy as np
import soundfile
import torch

from course_utils.entropy_coding import arithmetic_encode, entropy_bits
from course_utils.mdct import imdct, mdct
from course_utils.models import checkpoints, codec, codec_recipes, datasets, music_generation, music_recipes
from course_utils.models.recogniser import DigitRecogniser
from course_utils.quantisation import ResidualQuantiser, used_codes

from .jobs import place_of, run_all, ship
from .recogniser import SEEDS, heard, strings_of
from .scores import said_in, scores_of

STAGES = (1, 2, 4, 8, 12)
N_STRINGS, N_MEASURED = 500, 200
N_STEPS = {"network": 8000, "for the error": 8000, "without restarts": 1000, "with restarts": 1000}
MEL = {"network": 0.9, "for the error": 0.5, "without restarts": 0.9, "with restarts": 0.9}
LM_STAGES, LM_EPOCHS, LM_PIECE = 2, 3, 400  # tokens of a piece: 1 s
OPUS, MP3 = (1.0, 0.99, 0.97, 0.95, 0.9), (0.99, 0.9, 0.7)  # libsndfile's compression level: 1 is the smallest file


def lessons() -> list[np.ndarray]:
    """Strings of the training voices."""
    strings = datasets.DigitStrings("train", N_STRINGS, seed=1, n_digits=(3, 7), whole_words=True)
    return [strings[n][0] for n in range(N_STRINGS)]


def codec_run(kind: str, seed: int) -> dict:
    """Train, and keep the weights beside the result."""
    path = place_of(codec_run, (kind, seed))
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"n_steps": N_STEPS[kind], "mel": MEL[kind], "seed": seed, "checkpoint": path.with_suffix(".run")}
    codec_recipes.seed_everything(seed)
    model = codec.FrameCodec()
    if kind == "without restarts":
        model.quantiser.dead = 0.0
    model, history = codec_recipes.train_codec(lessons(), model=model, **options)
    checkpoints.save(model, path.with_suffix(".safetensors"))
    return {name: history.column(f"train_{name}") for name in ("error", "mel", "commitment")}


def trained(kind: str, seed: int) -> codec.FrameCodec:
    return checkpoints.load(codec.FrameCodec(), place_of(codec_run, (kind, seed)).with_suffix(".safetensors")).eval()


def fitted(seed: int) -> ResidualQuantiser:
    """k-means of frames, stage after stage."""
    frames = np.concatenate([mdct(x, codec.N_BINS).T for x in lessons()])
    rng = np.random.default_rng(seed)
    some = frames[rng.choice(len(frames), 30_000, replace=False)]
    return ResidualQuantiser.fitted(some, codec.MOST_STAGES, codec.N_CODES, rng=rng, n_turns=12)


def snr_db(true: np.ndarray, found: np.ndarray) -> float:
    return float(10 * np.log10(np.sum(true**2) / np.sum((true - found) ** 2)))


def judged(true: list[np.ndarray], found: list[np.ndarray], said: list, speakers: list) -> dict:
    """Error, mel distance and words of sounds that were coded."""
    pairs = [(torch.from_numpy(a)[None], torch.from_numpy(b)[None]) for a, b in zip(true, found, strict=True)]
    judge = checkpoints.load(DigitRecogniser(), "ctc/whole")
    return {
        "snr_db": float(np.mean([snr_db(a, b) for a, b in zip(true, found, strict=True)])),
        "mel": float(np.mean([codec.mel_distance(*pair).item() for pair in pairs])),
        "wer": scores_of(said, heard(judge, found), speakers)["pooled"],
    }


def codec_scores(kind: str, seed: int, split: str, n_strings: int) -> dict:
    """Each number of stages: nominal and coded rate, and what is left of the sound."""
    signals, said, speakers = said_in(strings_of(split, n_strings))
    model = None if kind == "k-means" else trained(kind, seed)
    quantiser = fitted(seed) if model is None else None
    found = {}
    for n_stages in STAGES:
        waves, codes = [], []
        for x in signals:
            if model is None:
                codes.append(quantiser.encode(mdct(x, codec.N_BINS).T, n_stages))
                waves.append(imdct(quantiser.decode(codes[-1]).T.astype(np.float32), length=len(x)))
            else:
                codes.append(codec.encode(model, x, n_stages=n_stages))
                waves.append(codec.decode(model, codes[-1], length=len(x)))
        seconds = sum(map(len, signals)) / codec.SAMPLE_RATE
        row = {"nominal": codec.bit_rate(n_stages), "used": used_codes(np.concatenate(codes), codec.N_CODES).tolist()}
        row |= coded_rates(np.concatenate(codes), seconds)
        found[str(n_stages)] = row | judged(signals, waves, said, speakers)
    return found


def coded_rates(codes: np.ndarray, seconds: float) -> dict:
    """Bits a second of the arithmetic coder with the stage as context, with the code before as well, and its limit."""
    stages = np.tile(np.arange(codes.shape[1]), len(codes))
    before = np.concatenate([np.zeros((1, codes.shape[1]), int), codes[:-1]])
    both = (stages * codec.N_CODES + before.ravel()).tolist()
    flat = codes.ravel().tolist()
    options = {"n_symbols": codec.N_CODES}
    return {
        "coded": 8 * len(arithmetic_encode(flat, stages.tolist(), **options)) / seconds,
        "coded_before": 8 * len(arithmetic_encode(flat, both, **options)) / seconds,
        "entropy": entropy_bits(flat, stages.tolist()) * len(flat) / seconds,
    }


def language_run(seed: int) -> dict:
    """An LSTM over the codes of two stages: what its guesses would cost, in bits a second, and how long it learned."""
    model = trained("network", SEEDS[0])

    def pieces(signals: list[np.ndarray]) -> list[list[int]]:
        whole = [codec.tokens_of_codes(codec.encode(model, x, n_stages=LM_STAGES), LM_STAGES)[1:-1] for x in signals]
        return [[0, *row[k : k + LM_PIECE], 0] for row in whole for k in range(0, len(row) - LM_PIECE, LM_PIECE)]

    signals = [x for x, _ in (strings_of("test", N_MEASURED)[n] for n in range(N_MEASURED))]
    n_tokens, tests = 1 + LM_STAGES * codec.N_CODES, pieces(signals)
    network = music_generation.MelodyRNN(width=192, n_tokens=n_tokens, dropout=0.1)
    started = time.process_time()
    options = {"model": network, "n_epochs": LM_EPOCHS, "batch_size": 16, "seed": seed}
    network, history = music_recipes.train_melody_model(pieces(lessons()), **options)
    path = place_of(language_run, (seed,))
    path.parent.mkdir(parents=True, exist_ok=True)
    checkpoints.save(network, path.with_suffix(".safetensors"))
    bits = np.log2(music_generation.perplexity_of(network, tests))
    flat = [token - 1 for piece in tests for token in piece[1:-1]]
    stages = [k % LM_STAGES for piece in tests for k in range(len(piece) - 2)]
    symbols = [token - codec.N_CODES * stage for token, stage in zip(flat, stages, strict=True)]
    rate = LM_STAGES * codec.SAMPLE_RATE / codec.N_BINS
    return {
        "train_s": time.process_time() - started,
        "loss": history.column("train_loss"),
        "bits": float(bits),
        "rate": float(bits * rate),
        "coded": 8 * len(arithmetic_encode(symbols, stages, n_symbols=codec.N_CODES)) / len(symbols) * rate,
        "nominal": 8 * rate,
    }


def in_use(name: str, level: float) -> dict:
    """An encoder as libsndfile has it: the rate of the whole file of all strings, and what is left of the sound."""
    signals, said, speakers = said_in(strings_of("test", N_MEASURED))
    form, subtype = {"Opus": ("OGG", "OPUS"), "MP3": ("MP3", "MPEG_LAYER_III")}[name]
    file = io.BytesIO()
    options = {"format": form, "subtype": subtype, "compression_level": level}
    if name == "MP3":
        options["bitrate_mode"] = "CONSTANT"
    soundfile.write(file, np.concatenate(signals), codec.SAMPLE_RATE, **options)
    n_bytes = len(file.getvalue())
    file.seek(0)
    whole = soundfile.read(file, dtype="float32")[0]
    joined = np.concatenate(signals)
    shift = lag(joined, whole)
    whole = np.pad(np.roll(whole, -shift), (0, max(0, len(joined) - len(whole))))[: len(joined)]
    waves = np.split(whole, np.cumsum([len(x) for x in signals])[:-1])
    return {"rate": 8 * n_bytes / (len(joined) / codec.SAMPLE_RATE), "lag": shift} | judged(
        signals, waves, said, speakers
    )


def lag(true: np.ndarray, found: np.ndarray) -> int:
    """By how many samples the second is late: the peak of the cross-correlation of their first 20 s."""
    n = 20 * codec.SAMPLE_RATE
    a, b = (np.fft.rfft(x[:n], 2 * n) for x in (true, found))
    across = np.fft.irfft(b * np.conj(a))
    return int((np.argmax(across) + n) % (2 * n) - n)


def measure(people: str | None) -> dict:
    """Long networks of three seeds and two losses; k-means; the language model of codes; Opus and MP3."""
    jobs = [(kind, seed) for seed in SEEDS for kind in ("network", "for the error")]
    others = [(kind, SEEDS[0]) for kind in ("without restarts", "with restarts")]
    runs = run_all(codec_run, [*jobs, *others])
    ship(place_of(codec_run, ("network", SEEDS[0])), "codec/network")
    kinds = [("k-means", seed) for seed in SEEDS] + jobs
    scores = run_all(codec_scores, [(*job, "test", N_MEASURED) for job in kinds])
    short = [(kind, SEEDS[0], "valid", 40) for kind in ("without restarts", "with restarts")]
    language = run_all(language_run, [(seed,) for seed in SEEDS])
    ship(place_of(language_run, (SEEDS[0],)), "codec/codes")
    signals, said, speakers = said_in(strings_of("test", N_MEASURED))
    used = [("Opus", level) for level in OPUS] + [("MP3", level) for level in MP3]
    return {
        "n_strings": N_STRINGS,
        "n_measured": N_MEASURED,
        "n_steps": N_STEPS,
        "seconds": [run["processor_s"] for run in runs],
        "scores": [
            {"kind": kind, "seed": seed, "stages": {n: found[n] for n in map(str, STAGES)}}
            for (kind, seed), found in zip(kinds, scores, strict=True)
        ],
        "restarts": dict(zip(("without", "with"), run_all(codec_scores, short), strict=True)),
        "language": language,
        "in_use": [{"name": n, "level": v} | found for (n, v), found in zip(used, run_all(in_use, used), strict=True)],
        "uncoded": judged(signals, [x + 1e-6 for x in signals], said, speakers),
    }
