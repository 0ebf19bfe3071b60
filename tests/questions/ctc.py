"""What the questions of ctc claim, computed. A function proves the question of its name."""

import itertools
import math

import numpy as np
import torch

from course_utils import wer
from course_utils.models import beam_search, checkpoints, ctc, datasets, recipes, recogniser

STRINGS = {"n_digits": (7, 7), **recipes.STRINGS}


def _string():
    """The seven digits of the lecture: their classes and frames."""
    signal, digits = datasets.DigitStrings("test", 2000, seed=13, **STRINGS)[1685]
    return [int(digit) + 1 for digit in digits], 1 + len(signal) // 320


def double_letter():
    hello, helo = [1, 2, 3, 3, 4], [1, 2, 3, 4]
    assert [ctc.n_alignments(n, hello) > 0 for n in (5, 6, 9, 11)] == [False, True, True, True]
    assert ctc.n_alignments(5, helo) > 0
    assert ctc.collapse([1, 2, 3, 0, 3, 4]) == hello and ctc.collapse([1, 2, 3, 3, 4]) == helo


def underflow():
    target, n_frames = _string()
    assert n_frames == 75 and len(target) == 7
    path = np.prod(np.full(n_frames, 1 / 11, np.float32), dtype=np.float32)
    assert path == 0 and 1e-79 < 11.0**-75 < 1e-77 and np.finfo(np.float32).smallest_subnormal > 1e-46
    exact = ctc.n_alignments(n_frames, target) * 11.0**-75
    assert 1e-63 < exact < 1e-62 and 10**-7 > 1e-8  # and of all strings of seven digits it is one in 10⁷


def first_pull():
    target, n_frames = _string()
    flat = torch.full((11, n_frames), -math.log(11), dtype=torch.float64)
    asked = ctc.forward_backward(flat, target).occupancy.mean(dim=1)
    grows = [k for k in range(11) if asked[k] > 1 / 11]
    twice = [k for k in set(target) if target.count(k) == 2]
    assert grows == [0, *twice] and len(twice) == 1 and twice[0] == 6 + 1
    once = [k for k in set(target) if target.count(k) == 1]
    assert all(0.07 < asked[k] < 0.08 for k in once) and 0.45 < asked[0] < 0.5 and 0.14 < asked[twice[0]] < 0.15


def best_text():
    p = {}
    for path in itertools.product((0, 1), repeat=2):
        text = tuple(ctc.collapse(path))
        p[text] = p.get(text, 0) + math.prod(0.4 if k else 0.6 for k in path)
    assert set(p) == {(), (1,)} and math.isclose(p[()], 0.36) and math.isclose(p[1,], 0.64)


def pooled():
    references = ["one two three four five six seven eight nine zero", "one"]
    hypotheses = ["one two three four nine six seven eight nine zero", "nine"]
    assert math.isclose(wer.wer(references, hypotheses), 2 / 11) and round(100 * 2 / 11) == 18
    rates = [wer.wer(r, h) for r, h in zip(references, hypotheses, strict=True)]
    assert rates == [0.1, 1.0] and round(100 * np.mean(rates)) == 55


def impossible_target():
    log_probs = torch.randn(1, 5, 5).log_softmax(dim=1)
    assert ctc.ctc_loss(log_probs, torch.tensor([[1, 2, 3, 3, 4]]), [5], [5]).item() == math.inf
    hidden = torch.nn.functional.ctc_loss(
        log_probs.permute(2, 0, 1), torch.tensor([[1, 2, 3, 3, 4]]), [5], [5], reduction="none", zero_infinity=True
    )
    assert hidden.item() == 0


def negative_loss():
    """Scores near 0 count paths. A target that holds the blank does so only once the network is sure."""

    def loss_of(given, target=(1, 2, 3)):
        sizes = [given.shape[2]], [len(target)]
        return torch.nn.functional.ctc_loss(given.permute(2, 0, 1), torch.tensor([target]), *sizes, reduction="sum")

    untrained = 0.1 * torch.randn(1, 4, 20)
    assert loss_of(untrained) < 0 < loss_of(untrained.log_softmax(dim=1))
    assert abs(loss_of(torch.zeros(1, 4, 20)).item() + math.log(ctc.n_alignments(20, [1, 2, 3]))) < 1e-3
    sure = torch.tensor([1 - 3e-6, 1e-6, 1e-6, 1e-6]).log()[None, :, None].expand(1, 4, 20)
    assert loss_of(sure, (0, 0)) < 0 < loss_of(untrained.log_softmax(dim=1), (0, 0))


def blank_index():
    """With the default blank a target of a's is the empty text, spelled by the class of a itself."""
    log_probs = torch.randn(27, 1, 10).permute(2, 1, 0).log_softmax(dim=2)
    a, b = torch.tensor([[0]]), torch.tensor([[1]])
    right = torch.nn.functional.ctc_loss(log_probs, a, [10], [1], blank=26)
    wrong = torch.nn.functional.ctc_loss(log_probs, a, [10], [1])
    assert math.isfinite(right) and not math.isclose(right, wrong, rel_tol=1e-3)
    assert torch.nn.CTCLoss().blank == 0 and math.isfinite(torch.nn.functional.ctc_loss(log_probs, b, [10], [1]))


def stride_lengths():
    log_probs, targets = torch.randn(20, 2, 5).log_softmax(dim=2), torch.tensor([[1, 2], [3, 4]])
    try:
        torch.nn.functional.ctc_loss(log_probs, targets, [40, 40], [2, 2])
    except RuntimeError:
        pass
    else:
        raise AssertionError("lengths beyond the frames were taken")
    padded = [torch.nn.functional.ctc_loss(log_probs, targets, [20, n], [2, 2]).item() for n in (10, 20)]
    assert padded[0] != padded[1]  # a short clip with twice its length reads padding


def independence():
    """The probability of a path is a product over frames: what one frame says changes no other's factor."""
    log_probs = torch.randn(4, 6, dtype=torch.float64).log_softmax(dim=0)
    changed = log_probs.clone()
    changed[:, 2] = torch.randn(4, dtype=torch.float64).log_softmax(dim=0)
    one, other = [1, 1, 2, 0, 3, 3], [2, 0, 1, 0, 3, 3]
    frames = range(6)
    gains = [(changed - log_probs)[path, frames].sum() for path in (one, other)]
    assert gains[0] == (changed - log_probs)[2, 2] and gains[1] == (changed - log_probs)[1, 2]


def latency():
    """In ms: the first sample of a chunk waits for the last one, and then for the network."""
    chunk_ms, network_ms = 100, 20
    heard_at, answered_at = 0, chunk_ms + network_ms
    assert answered_at - heard_at == 120


def beam_merge():
    """Against the sum over all paths, texts of one merged probability are wrong only where equal letters meet."""
    y = torch.randn(3, 5, dtype=torch.float64).softmax(dim=0)
    merged = {(): 1.0}
    for t in range(5):
        new = {}
        for prefix, p in merged.items():
            for k in range(3):
                text = prefix if k == 0 or prefix[-1:] == (k,) else (*prefix, k)
                new[text] = new.get(text, 0.0) + p * y[k, t].item()
        merged = new
    right = {tuple(h.text): math.exp(h.log_prob) for h in beam_search.beam_search(y.log(), beam_width=500, n_best=500)}
    twice = [text for text in right if any(a == b for a, b in itertools.pairwise(text))]
    assert twice and all(text not in merged for text in twice)


def plateau():
    """After as many steps on long strings as make the loss fall from a hundred to the plateau, nothing is heard."""
    lessons = recipes.string_lessons(400, short_first=False)
    net, history = recipes.train_recogniser(lessons, n_epochs=1, learning_rate=1e-3, harder=False, progress=False)
    signals = [datasets.DigitStrings("valid", 8, **recipes.STRINGS)[n][0] for n in range(8)]
    with torch.inference_mode():
        found = [ctc.greedy_decode(*net(torch.from_numpy(signal)[None]))[0] for signal in signals]
    assert sum(map(len, found)) <= 1, found


def peaky():
    """Over test strings, in how many of the frames of a digit the network gives it more than the blank."""
    net = checkpoints.load(recogniser.DigitRecogniser(), "ctc/whole").eval()
    strings, counts = datasets.DigitStrings("test", 20, seed=5, **STRINGS), []
    for number in range(20):
        signal, digits = strings[number]
        with torch.inference_mode():
            best = net(torch.from_numpy(signal)[None])[0][0].argmax(dim=0)
        for digit, (start, end) in zip(digits, strings.spans_s(number), strict=True):
            heard = best[round(start / 0.04) : round(end / 0.04) + 2]
            counts.append(int((heard == digit + 1).sum()))
    assert np.mean([1 <= n <= 3 for n in counts]) > 0.75 and np.median(counts) <= 3
