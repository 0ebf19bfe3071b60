"""What the questions of music_generation claim, computed. A function proves the question of its name."""

import math

import numpy as np
import torch

from course_utils import composer, entropy_coding, mdct, melody_tokens, music, music_tags, ngrams, sampling_rules
from course_utils.models import music_generation, training


def same_tokens():
    for tune in music.tunes("test"):
        assert melody_tokens.encode(music.transposed(tune, 7)) == melody_tokens.encode(tune)
    assert melody_tokens.LOWEST == -17 and melody_tokens.HIGHEST == 24


def longer_history():
    """Recorded, on the test tunes: no curve falls all the way; that of Kneser–Ney by less than 2 % behind n = 3."""
    record = training.recorded("music")
    for row in (row for row in record["n_grams"] if row["n_tunes"] == 400):
        curve = [row["test"][str(n)] for n in range(1, 6)]
        assert any(b > a for a, b in zip(curve, curve[1:], strict=False)), row["smoothing"]
        if row["smoothing"] == "Kneser-Ney":
            assert curve[2] < curve[1] < curve[0] and min(curve[3:]) > 0.98 * curve[2]


def who_copies():
    """Recorded, three seeds; and an n-gram of this moment."""
    record, floor = training.recorded("music"), composer.entropy().perplexity_without_memory
    found = {
        name: [r["test"] for r in record["composed"] if r["name"] == name] for name in ("LSTM", "RNN", "Transformer")
    }
    assert max(found["Transformer"]) < floor < min(found["LSTM"] + found["RNN"])
    rng = np.random.default_rng(0)
    pieces = [melody_tokens.encode(composer.compose(rng), tonic=composer.TONIC) for _ in range(1020)]
    for order in (2, 3):
        model = ngrams.NGram(pieces[:1000], order)
        assert ngrams.perplexity(model.next_probabilities, pieces[1000:]) > floor


def human_repeats():
    shares = [sampling_rules.repeated_ngrams(melody_tokens.encode(tune)) for tune in music.tunes("test")]
    assert 0.18 < np.mean(shares) < 0.32
    record = training.recorded("music")
    by_rule = {rule: np.mean([r["repeated"] for r in record["drawn"] if (r["name"], r["rule"]) == ("LSTM", rule)])
               for rule in ("T = 1", "greedy")}  # fmt: skip
    assert by_rule["T = 1"] < 0.03 and by_rule["greedy"] > 0.85


def known_by_pitch():
    low, high = (50, 62), (66, 78)
    apart = {"plucked string": low, "organ": low, "flute": high, "voice": high}
    swapped = {name: high if pitches == low else low for name, pitches in apart.items()}
    right = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        notes = music_tags.single_notes(apart, rng)
        for ranges in (apart, swapped):
            x, labels = music_tags.single_notes(ranges, rng)
            right.append(np.mean(music_tags.nearest_labels(x, *notes) == labels))
    assert min(right[::2]) > 0.9 and 0.15 < np.mean(right[1::2]) < 0.35


def one_frame():
    """The frame's four quarters a, b, c, d come back as a and b, c and d, each with the other's mirror image."""
    x = np.random.default_rng(1).standard_normal(400)
    alone = mdct.mdct(x, 40)
    alone[:, np.arange(alone.shape[1]) != 4] = 0
    back = mdct.imdct(alone, length=400)[120:200]
    window = np.sin(np.pi * (np.arange(80) + 0.5) / 80)
    piece = window * x[120:200]
    image = np.concatenate([-piece[:40][::-1], piece[40:][::-1]])
    assert np.allclose(back, window * (piece + image))


def what_for():
    """Recorded, three seeds: means over them at 1, 2 and 4 stages."""
    rows = training.recorded("codec")["scores"]
    for n in ("1", "2", "4"):
        of = {k: {q: np.mean([r["stages"][n][q] for r in rows if r["kind"] == k]) for q in ("snr_db", "wer")}
              for k in ("network", "for the error")}  # fmt: skip
        assert of["network"]["wer"] < of["for the error"]["wer"]
        assert of["network"]["snr_db"] < of["for the error"]["snr_db"]


def opus():
    record = training.recorded("codec")
    lowest = min((row for row in record["in_use"] if row["name"] == "Opus"), key=lambda row: row["rate"])
    ours = np.mean([row["stages"]["4"]["wer"] for row in record["scores"] if row["kind"] == "network"])
    assert 5500 < lowest["rate"] < 7000 and lowest["wer"] < ours / 2
    assert lowest["wer"] < record["uncoded"]["wer"] + 2


def padded_half():
    """16 equally likely tokens, then as many certain ones."""
    scores = torch.full((1, 17, 17), 0.0)
    scores[0, :, 16] = -1e9
    tokens = torch.tensor([[0, *range(1, 9), *[-1] * 8]])
    scores[0, 8:, :], scores[0, 8:, 0] = -1e9, 0.0
    right = music_generation.piece_loss(scores, tokens).exp().item()
    wrong = torch.nn.functional.cross_entropy(scores[:, :-1].flatten(0, 1), tokens[:, 1:].clamp(min=0).flatten())
    assert math.isclose(right, 16, rel_tol=1e-4) and math.isclose(wrong.exp().item(), 4, rel_tol=1e-4)


def sure_nucleus():
    p = np.full(302, 0.05 / 301)
    p[7] = 0.95
    assert np.flatnonzero(sampling_rules.nucleus(p, 0.9)).tolist() == [7]
    assert round(0.9 * 302) == 272


def colder():
    q = sampling_rules.temperature(np.array([0.4, 0.2, 0.4]), 0.5)
    assert math.isclose(q[0] / q[1], 4)
    warm = sampling_rules.temperature(np.array([0.4, 0.2, 0.4]), 2.0)
    assert math.isclose(warm[0] / warm[1], math.sqrt(2))


def sums_of_stages():
    assert 256**4 == 4_294_967_296 and 4 * 256 == 1024


def cost_of_rare():
    assert math.isclose(-math.log2(1e-3), 9.97, abs_tol=0.01)
    rng = np.random.default_rng(0)
    symbols = (rng.random(50_000) < 1e-3).astype(int)
    frequent = 8 * len(entropy_coding.arithmetic_encode(symbols, n_symbols=2, step=1))
    limit = 50_000 * entropy_coding.entropy_bits(symbols)
    assert frequent < 1.1 * limit + 32 and limit < 0.02 * 50_000


def coming_floor():
    """The composer's own probabilities reach the floor on many tunes, and nothing is below it."""
    rng = np.random.default_rng(2)
    tunes = [composer.compose(rng) for _ in range(3000)]
    bits = -sum(composer.log_probability(tune) for tune in tunes)
    n_tokens = sum(len(tune.notes) + 1 for tune in tunes)
    assert abs(2 ** (bits / n_tokens) - composer.entropy().perplexity) < 0.05
    assert round(composer.entropy().perplexity, 2) == 2.73


def genre_split():
    """Made excerpts whose features hold nothing of the class, and much of the recording."""
    found = music_tags.dances(np.random.default_rng(3), n_tunes=15)
    scores = {"excerpts": [], "recordings": []}
    for seed in range(10):
        rng = np.random.default_rng(seed)
        for split in scores:
            is_test = rng.random(len(found.labels)) < 0.25
            if split == "recordings":
                is_test = np.isin(found.recordings, rng.permutation(45)[:11])
            guess = music_tags.nearest_labels(found.features[is_test], found.features[~is_test], found.labels[~is_test])
            scores[split].append(np.mean(guess == found.labels[is_test]))
    assert np.mean(scores["excerpts"]) > np.mean(scores["recordings"]) + 0.1
