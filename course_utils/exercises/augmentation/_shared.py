"""What several exercises of this topic use."""

import numpy as np


def _as_words(*words):
    return lambda: list(words)


def versions():
    a, b, c = "stretch", "speed", "pitch"
    return [a, b, c]


def word_pictures(signals):
    """Words at 8 kHz as the digit network of lecture 11 sees them, (words, 40 bands, 48 frames)."""
    import torch

    from ...models import classification, datasets

    with torch.no_grad():
        (batch, lengths), _ = datasets.pad_batch([(np.asarray(signal, np.float32), 0) for signal in signals])
        return classification.DigitNet().standard(batch, lengths).numpy()


def trained(features, labels, *, seed=0):
    """A small network after 400 steps, as a function: pictures in, the class of each out."""
    import torch

    inputs = torch.as_tensor(np.asarray(features, np.float32)).flatten(1)
    labels = torch.as_tensor(np.asarray(labels, np.int64))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        layers = torch.nn.ReLU(), torch.nn.Dropout(0.3), torch.nn.Linear(64, int(labels.max()) + 1)
        network = torch.nn.Sequential(torch.nn.Linear(inputs.shape[1], 64), *layers)
        optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
        for _ in range(400):
            batch = torch.randint(len(labels), (64,))
            loss = torch.nn.functional.cross_entropy(network(inputs[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    network.eval().requires_grad_(False)
    return lambda features: network(torch.as_tensor(features).float().flatten(1)).argmax(dim=1).numpy()


def no_calls(n_all: int, n_classes: int):
    """What is wrong with an array of classes, one for each clip; None where nothing is."""

    def broken(answer):
        try:
            called = np.asarray(answer, dtype=float)
        except (TypeError, ValueError, RuntimeError):
            return f"An array of {n_all} whole numbers is asked, one for each clip."
        if called.ndim == 2 and len(called) == n_all:
            return (
                f"This has {called.shape[1]} numbers for each clip: one is asked, the class that is called (`argmax`)."
            )
        if called.shape != (n_all,):
            return f"{n_all} whole numbers are asked, one for each clip; this has the shape {called.shape}."
        if not np.isfinite(called).all() or (called != np.round(called)).any():
            return "Some are not whole numbers: the class of each clip is asked."
        if called.min() < 0 or called.max() >= n_classes:
            return (
                f"Classes are 0 to {n_classes - 1}; some here lie outside, such as "
                f"{called[(called < 0) | (called >= n_classes)][0]:.0f}."
            )
        return None

    return broken


def calls_of(answer) -> np.ndarray:
    return np.asarray(answer, dtype=float).astype(int)


DIGITS = np.arange(220) % 10  # of the test words: the ten words of a voice stand together


def one_for_all(n_all: int, n_each: int):
    """The same class for nearly everything."""

    def broken(answer):
        counts = np.bincount(calls_of(answer))
        if counts.max() > 0.9 * n_all:
            return (
                f"{counts.max()} of {n_all} are called {counts.argmax()}, and {n_each} are: was the network trained with "
                "examples of all classes, each beside its own label?"
            )
        return None

    return broken


def lost(truth):
    """No better than chance, or little: the examples have lost their labels."""

    def broken(answer):
        n_right, by_chance = int((calls_of(answer) == truth).sum()), len(truth) // len(np.unique(truth))
        if n_right < 1.8 * by_chance:
            return (
                f"{n_right} of {len(truth)} are right, and chance gets {by_chance}: does each augmented example stand beside "
                "its own label, and do the answers stand in the order of what was asked?"
            )
        return None

    return broken


def with_wrong(places_and_calls):
    """The right digits of the test words, but for ``{place: call}``."""

    def answer():
        called = DIGITS.copy()
        called[list(places_and_calls)] = list(places_and_calls.values())
        return called

    return answer
