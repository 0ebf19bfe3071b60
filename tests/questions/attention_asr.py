"""What the questions of attention_asr claim, computed. A function proves the question of its name."""

import math
import zlib

import numpy as np
import torch

from course_utils import bpe
from course_utils.models import layers, training


def _weights(scores):
    return torch.tensor(scores, dtype=torch.float64).softmax(dim=0)


def _normal(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(14), dtype=torch.float64)


def lead_of_five():
    weight = _weights([5.0] + [0.0] * 149)[0].item()
    assert 0.49 < weight < 0.51 and round(math.exp(5)) == 148
    assert round(100 * 5 / (5 + 149)) == 3 and round(100 / 150, 1) == 0.7


def first_learned():
    """Three to seven digits, all lengths equally likely: guesses of the digits, and of where the end comes."""
    n_digits = np.arange(3, 8)
    guess = n_digits.mean() * math.log(10) + math.log(len(n_digits))
    assert round(guess / (n_digits.mean() + 1), 1) == 2.2 and round(math.log(5), 1) == 1.6


def free_running():
    runs = training.recorded("speller")["runs"]
    run = next(run for run in runs if (run["kind"], run["seed"], run["budget"]) == ("joint", 0, "long"))
    told, own = run["wrong_when_told"]["digits"], run["test"]["pooled"]
    assert round(told) == 7 and abs(own - told) < 1


def longer_strings():
    table = training.recorded("attention_asr")["table"]
    rates = {name: table[name]["14–16 digits"]["pooled"] for name in ("CTC", "LAS", "small Whisper")}
    assert min(rates, key=rates.get) == "CTC" and min(rates["LAS"], rates["small Whisper"]) > 1.5 * rates["CTC"]


def tokens_of_text():
    vocabulary = bpe.BytePairEncoding(bpe.whisper_ranks())
    n_tokens = [len(vocabulary.encode(text)) for text in ("seven seven seven seven", "7777", "седем седем", "SEVEN")]
    assert max(n_tokens) == n_tokens[2] > sorted(n_tokens)[-2] and n_tokens[0] == 4 and n_tokens[1] in (1, 2)
    assert n_tokens[3] <= 5


def thirty_seconds():
    hop_s, n_window_s = 0.01, 30
    assert round(n_window_s / hop_s / 2) == 1500 and round(2 / hop_s) == 200 and round(2 / hop_s / 2) == 100


def cache_growth():
    """Multiplications of a token in tiny: linear layers of width 384 for each token; attention for each before it."""
    width, n_hidden, n_layers = 384, 1536, 4

    def cost(n_read, n_new=1):
        linear = n_new * (4 * width**2 + 2 * width * n_hidden)  # self-attention's and the feed-forward's
        return n_layers * (linear + n_new * 2 * n_read * width)

    assert 1.0 < cost(200) / cost(2) < 1.2 and cost(200, n_new=200) / cost(2, n_new=2) > 100


def hears_in_silence():
    """The same small Whisper, trained without clips in which nobody speaks: digits in each of ten of them."""
    trained = training.recorded("attention_asr")["mends"]["no empty clips"]["in_nothing"]
    assert trained["a quiet room"] >= 10  # at least one a clip


def order_of_keys():
    query, key, value, order = _normal(1, 1, 8), _normal(1, 6, 8), _normal(1, 6, 8), torch.tensor([3, 0, 5, 1, 4, 2])
    context = layers.attention(query, key, value)[0]
    shuffled = layers.attention(query, key[:, order], value[:, order])[0]
    assert torch.allclose(context, shuffled) and not torch.allclose(context[0, 0], value.mean(dim=1)[0])


def cross_attention():
    """The rows of the weights are tokens, their columns frames."""
    attend = layers.MultiHeadAttention(8, 2)
    weights = attend(torch.randn(1, 3, 8), torch.randn(1, 7, 8))[1]
    assert weights.shape[-2:] == (3, 7)


def mask_too_late():
    scores, is_padding = _normal(6), torch.tensor([0, 0, 0, 0, 1, 1], dtype=torch.bool)
    late = scores.softmax(dim=0).masked_fill(is_padding, 0)
    right = scores.masked_fill(is_padding, -math.inf).softmax(dim=0)
    assert late.sum() < 1 and torch.allclose(right.sum(), torch.tensor(1.0).double())
    more = torch.cat([scores, _normal(4)]).softmax(dim=0)[:4]
    assert (more < late[:4]).all() and torch.allclose(late[:4] / late.sum(), right[:4])


def cache_without_offset():
    """One token at a time with position 0 is all tokens with position 0, and not all with their own."""
    torch.manual_seed(14)
    layer, cache = layers.TransformerDecoderLayer(8, 2, 16, norm_first=True).eval(), layers.DecoderCache()
    tokens, memory, positions = torch.randn(1, 5, 8), torch.randn(1, 7, 8), torch.randn(5, 8)
    with torch.no_grad():
        one_by_one = [layer(tokens[:, n : n + 1] + positions[0], memory, cache=cache) for n in range(5)]
        at_start, own = layer(tokens + positions[0], memory), layer(tokens + positions, memory)
    found = torch.cat(one_by_one, dim=1)
    assert torch.allclose(found, at_start, atol=1e-5) and not torch.allclose(found, own, atol=1e-2)
    assert not torch.allclose(found[:, 0], found[:, 1], atol=1e-2)


def timestamp_token():
    assert math.isclose(28.40 + 95 * 0.02, 30.30) and math.isclose(95 * 0.02, 1.9)


def repetition():
    speech = b"the young judge chose three thick ropes for the boat and paid for them at the gate"
    loop = b"and then we go, " * 5

    def ratio(text):
        return len(text) / len(zlib.compress(text))

    assert ratio(loop) > 2.4 > ratio(speech)


def key_bias():
    query, key, bias = _normal(1, 2, 8), _normal(1, 6, 8), _normal(8)
    weights = [layers.attention(query, k, key)[1] for k in (key, key + bias, key + 100 * bias)]
    assert all(torch.allclose(w, weights[0], atol=1e-6) for w in weights)
    assert np.ptp(weights[0].numpy()) > 0.1
