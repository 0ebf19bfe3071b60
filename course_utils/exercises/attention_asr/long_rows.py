import numpy as np

from ...practice.model import Design, Exercise, Property, Wrong

N_EACH, LEAST, LONGEST_TRAINED = 100, 85, 6


def _written(split: str) -> list[list[int]]:
    """Rows of symbols from 1 to 5: three to six of them, in `long` twelve to sixteen."""
    rng = np.random.default_rng({"train": 1, "short": 2, "long": 3}[split])
    fewest, most = (12, 16) if split == "long" else (3, LONGEST_TRAINED)
    n_rows = 300 if split == "train" else N_EACH
    return [rng.integers(1, 6, rng.integers(fewest, most + 1)).tolist() for _ in range(n_rows)]


def rows_to_copy(split: str):
    """Rows of symbols as frames (rows, frames, 5 bands), one symbol a frame, in noise; and what each says.

    Symbol k lights band k − 1. Behind its last symbol a row is silent: at least one frame of noise follows.
    """
    import torch

    rows = _written(split)
    rng = np.random.default_rng({"train": 4, "short": 5, "long": 6}[split])
    frames = 0.3 * rng.standard_normal((len(rows), max(map(len, rows)) + 1, 5))
    for frame, row in zip(frames, rows, strict=True):
        frame[np.arange(len(row)), np.array(row) - 1] += 2
    return torch.from_numpy(frames.astype(np.float32)), rows


def _as_rows(answer) -> list[list[int]]:
    return [[int(symbol) for symbol in row] for row in answer]


def _no_rows(answer):
    asked = f"A list of {2 * N_EACH} rows is asked for: {N_EACH} for `short`, then {N_EACH} for `long`"
    try:
        rows = _as_rows(answer)
    except (TypeError, ValueError):
        return f"{asked}, each a list of whole numbers."
    if len(rows) != 2 * N_EACH:
        return f"{asked}; this has {len(rows)}."
    odd = next((symbol for row in rows for symbol in row if not 1 <= symbol <= 5), None)
    if odd is not None:
        return f"The symbols are 1 to 5, and {odd} stands among them.{_what_is_odd(rows)}"
    return None


def _what_is_odd(rows) -> str:
    """What makes most rows right in which other numbers than symbols stand."""
    low, high, cut = (
        sum(_n_right(changed))
        for changed in (
            [[symbol + 1 for symbol in row] for row in rows],
            [[symbol - 1 for symbol in row] for row in rows],
            [row[: [*row, 0].index(0)] for row in rows],
        )
    )
    if max(low, high) > max(N_EACH, cut):
        return f" {max(low, high)} of {2 * N_EACH} rows are right but that each symbol is one too {'low' if low > high else 'high'}."
    if cut > N_EACH:
        return f" Cut at their first 0, {cut} of {2 * N_EACH} rows are right: 0 is the end, and no symbol."
    return ""


def _n_right(answer) -> tuple[int, int]:
    """How many of the short and of the long rows are right to the last symbol."""
    rows = _as_rows(answer)
    found = [
        sum(one == true for one, true in zip(part, _written(split), strict=True))
        for part, split in ((rows[:N_EACH], "short"), (rows[N_EACH:], "long"))
    ]
    return found[0], found[1]


def _counts(answer) -> str:
    short, long = _n_right(answer)
    return f"{short} of {N_EACH} short rows and {long} of {N_EACH} long ones are right"


def _empty(answer):
    n_empty = sum(not row for row in _as_rows(answer))
    if n_empty > N_EACH:
        return f"{n_empty} of {2 * N_EACH} rows are empty: the end comes first. Where does the decoder look at its first step?"
    return None


def _backwards(answer):
    turned = sum(_n_right([row[::-1] for row in _as_rows(answer)]))
    if turned > N_EACH and turned > sum(_n_right(answer)):
        return f"{turned} of {2 * N_EACH} rows are right when they are read from their end: they are wanted from the first symbol on."
    return None


def _long_first(answer):
    rows = _as_rows(answer)
    exchanged = sum(_n_right(rows[N_EACH:] + rows[:N_EACH]))
    if exchanged > N_EACH:
        return f"{exchanged} of {2 * N_EACH} rows are right if the second hundred is that of `short`. The rows of `short` come first."
    return None


def _one_lost(answer):
    pairs = list(zip(_as_rows(answer), [*_written("short"), *_written("long")], strict=True))
    first = sum(row == one[1:] for row, one in pairs)
    last = sum(row == one[:-1] for row, one in pairs)
    if max(first, last) > N_EACH:
        which = "first" if first > last else "last"
        return f"{max(first, last)} of {2 * N_EACH} rows are right but for their {which} symbol, which is missing."
    return None


def _merged(answer):
    pairs = list(zip(_as_rows(answer), [*_written("short"), *_written("long")], strict=True))
    repeated = [(row, one, _without_repeats(one)) for row, one in pairs if _without_repeats(one) != one]
    n_merged = sum(row == once for row, _, once in repeated)
    if n_merged > N_EACH:
        return (
            f"In {len(repeated)} of {2 * N_EACH} rows a symbol follows itself, and in {n_merged} of these it is written once and all "
            "else is right. That is how CTC merges neighbours: here each frame is a symbol of its own."
        )
    return None


def _without_repeats(row):
    return [symbol for n, symbol in enumerate(row) if n == 0 or symbol != row[n - 1]]


def _never_ends(answer):
    true = [*_written("short"), *_written("long")]
    pairs = list(zip(_as_rows(answer), true, strict=True))
    n_longer = sum(len(row) > len(one) and row[: len(one)] == one for row, one in pairs)
    if n_longer > N_EACH // 2:
        return (
            f"{n_longer} rows begin correctly and go on after their last symbol. Class 0 says that the row is over: is it a target "
            "after the last symbol in training, and is each row cut there?"
        )
    return None


def _n_cut(answer) -> int:
    """How many long rows are right for as many steps as a decoder takes in training, and no longer."""
    n = LONGEST_TRAINED + 1
    return sum(row == one[:n] for row, one in zip(_as_rows(answer)[N_EACH:], _written("long"), strict=True))


def _short_only(answer):
    short, long = _n_right(answer)
    if short < LEAST or long >= LEAST:
        return None
    lengths = [len(row) for row in _as_rows(answer)[N_EACH:]]
    n_cut = _n_cut(answer)
    if n_cut > N_EACH // 2:
        return (
            f"{_counts(answer)}; {LEAST} of each are asked for. {n_cut} of the long ones are right for {LONGEST_TRAINED + 1} symbols and "
            "stop there, where training stops. Does the decoder take more steps when it reads? If so, what in your network belongs "
            "to the number of a step, or of a frame?"
        )
    n_stopped = sum(length <= LONGEST_TRAINED + 1 for length in lengths)
    more = ""
    if n_stopped > N_EACH // 2:
        more = f" {n_stopped} of the long ones have {LONGEST_TRAINED + 1} symbols or fewer, as if the end came with the step and not with the silence."
    return (
        f"{_counts(answer)}; {LEAST} of each are asked for.{more} What in your network belongs to the number of a step, or of a frame? "
        f"The rows of `train` have no more than {LONGEST_TRAINED + 1} frames."
    )


def _too_few(answer):
    if min(_n_right(answer)) < LEAST:
        return (
            f"{_counts(answer)}; {LEAST} of each are asked for. Look at the weights of one row, (steps, frames): does each step look at "
            "one frame, and the next step at the next?"
        )
    return None


def copied():
    import torch

    torch.manual_seed(0)
    moves, classes = torch.nn.Parameter(torch.zeros(4)), torch.nn.Linear(5, 6)

    def scores_of(frames, n_steps):
        weights = torch.zeros(frames.shape[:2])
        weights[:, 0] = 1
        scores = []
        for _ in range(n_steps):
            scores.append(classes((weights[:, None] @ frames)[:, 0]))
            moved = [torch.nn.functional.pad(weights, (k, 0))[:, : frames.shape[1]] for k in range(4)]
            weights = sum(share * one for share, one in zip(moves.softmax(dim=0), moved, strict=True))
        return torch.stack(scores, dim=1)

    frames, rows = rows_to_copy("train")
    targets = torch.tensor([[*row, 0, *[-100] * (6 - len(row))] for row in rows])
    optimizer = torch.optim.Adam([moves, *classes.parameters()], lr=0.1)
    for _ in range(10):
        for batch in torch.randperm(len(rows)).split(60):
            loss = torch.nn.functional.cross_entropy(
                scores_of(frames[batch], 7).flatten(0, 1), targets[batch].flatten()
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    with torch.no_grad():
        found = [scores_of(rows_to_copy(split)[0], 20).argmax(dim=2).tolist() for split in ("short", "long")]
    return [row[: row.index(0)] if 0 in row else row for part in found for row in part]


def _read(scores):
    return [row[: [*row, 0].index(0)] for row in scores.argmax(dim=2).tolist()]


def _trained_with(weights_of, parts, rows_of, n_steps, seed=1, n_epochs=25):
    """A decoder with weights (steps, frames) that are the same for all rows, trained on what ``rows_of`` gives."""
    import torch

    torch.manual_seed(seed)
    classes = torch.nn.Linear(5, 6)
    optimizer = torch.optim.Adam([*parts, *classes.parameters()], lr=3e-2)
    for _ in range(n_epochs):
        frames, rows = rows_of()
        targets = torch.tensor([[*row, 0, *[-100] * (n_steps - 1 - len(row))] for row in rows])
        for batch in torch.randperm(len(rows)).split(30):
            scores = classes(weights_of(n_steps, frames.shape[1]) @ frames[batch])
            loss = torch.nn.functional.cross_entropy(scores.flatten(0, 1), targets[batch].flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    with torch.no_grad():
        parts = [rows_to_copy(split)[0] for split in ("short", "long")]
        return [row for part in parts for row in _read(classes(weights_of(18, part.shape[1]) @ part))]


def _by_waves():
    """Fixed positions of sines and cosines, the same for steps and frames: one row fits its own frame best."""
    import torch

    n = torch.arange(20)[:, None] / 1.7 ** torch.arange(8)
    waves, scale = torch.cat([n.sin(), n.cos()], dim=1), torch.nn.Parameter(torch.tensor(1.0))
    return _trained_with(
        lambda n_steps, n_frames: (scale * waves[:n_steps] @ waves[:n_frames].T).softmax(dim=1),
        [scale],
        lambda: rows_to_copy("train"),
        n_steps=7,
    )


def _by_longer_rows():
    """The published network, on rows that are put together from those of training."""
    import torch

    torch.manual_seed(3)
    steps, places = torch.nn.Embedding(20, 32), torch.nn.Embedding(20, 32)
    frames, rows = rows_to_copy("train")

    def joined():
        chosen = torch.randint(len(rows), (300, 4)).tolist()
        made, said = torch.zeros(300, 18, 5), []
        for k, several in enumerate(chosen):
            said.append([symbol for one in several for symbol in rows[one]][:17])
            parts = torch.cat([frames[one, : len(rows[one])] for one in several])[:17]
            made[k, : len(parts)] = parts
        return made, said

    return _trained_with(
        lambda n_steps, n_frames: (steps.weight[:n_steps] @ places.weight[:n_frames].T / 32**0.5).softmax(dim=1),
        [steps.weight, places.weight],
        joined,
        n_steps=18,
        n_epochs=45,
    )


def _changed(change):
    """The right rows, each changed by its number: the short ones from 0, the long ones from 100."""
    return lambda: [change(row, n) for n, row in enumerate([*_written("short"), *_written("long")])]


EXERCISE = Exercise(
    title="a pointer that reads on",
    stars=3,
    kind="train",
    task=f"""
A small attention decoder copies rows of symbols: at each step it looks at the frames, reads one symbol, and at the end of the row it writes class 0. The one below learns where to look from two tables, a vector for the number of each step and one for that of each frame. Trained on rows of 3 to {LONGEST_TRAINED} symbols it copies such rows, and of rows of 12 to 16 not one. That is one way in which an attention decoder fails on speech that is longer than any in its training.

**Train a decoder that copies long rows as well**, on the rows of `train`, which are as they are. Hand in `copied`, a list of {2 * N_EACH} lists of symbols, those of `short`, then those of `long`, in their order. Of each {LEAST} must be right to the last symbol. A try takes a second or two; there are several good ways.
""",
    given='''import torch

from course_utils.exercises.attention_asr import rows_to_copy

frames, rows = rows_to_copy("train")  # (300, 7 frames, 5 bands), and 300 lists of symbols from 1 to 5
short, long = rows_to_copy("short")[0], rows_to_copy("long")[0]


class Copier(torch.nn.Module):
    """As published: where a step looks is learned by its number."""

    def __init__(self):
        super().__init__()
        self.steps, self.places = torch.nn.Embedding(20, 32), torch.nn.Embedding(20, 32)
        self.classes = torch.nn.Linear(5, 6)

    def forward(self, frames, n_steps):
        queries = self.steps(torch.arange(n_steps))
        keys = self.places(torch.arange(frames.shape[1]))
        weights = (queries @ keys.T / 32**0.5).softmax(dim=1)  # (steps, frames), the same for all rows
        return self.classes(weights @ frames)  # (rows, steps, classes)

# %%
def trained(network, n_epochs=25):
    targets = torch.tensor([[*row, 0, *[-100] * (6 - len(row))] for row in rows])  # −100 does not count
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-2)
    for _ in range(n_epochs):
        for batch in torch.randperm(len(rows)).split(30):
            scores = network(frames[batch], n_steps=7)
            loss = torch.nn.functional.cross_entropy(scores.flatten(0, 1), targets[batch].flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return network


def read(network, frames):
    """The best class of each step, up to the end."""
    with torch.no_grad():
        best = network(frames, n_steps=17).argmax(dim=2).tolist()
    return [row[: row.index(0)] if 0 in row else row for row in best]

# %%
torch.manual_seed(0)
network = trained(Copier())
found = read(network, frames)
n_right = sum(a == b for a, b in zip(found, rows, strict=True))
print(f"{n_right} of {len(rows)} rows of training are right")
print("the first long ones:", read(network, long)[:2])''',
    form=f"a list of {2 * N_EACH} lists of symbols",
    answer="copied",
    spec=Design(
        properties=(
            Property("no rows", _no_rows),
            Property("empty", _empty),
            Property("backwards", _backwards),
            Property("long rows first", _long_first),
            Property("one symbol lost", _one_lost),
            Property("merged", _merged),
            Property("never ends", _never_ends),
            Property("short rows only", _short_only),
            Property("too few", _too_few),
        ),
        score=lambda answer: sum(_n_right(answer)) / (2 * N_EACH),
        unit="of the rows right",
        best=0.99,
        smaller_is_better=False,
    ),
    reference=copied,
    hints=(
        "Which rows of the two tables does training never touch, and which ones does a row of sixteen symbols need?",
        "A pointer need not know the number of its step: it can know where it looked last, and how far it moves. Or the rows of "
        "training can be made longer; or the positions can be waves, which have no end.",
        "Keep the weights of the step before. Shifted by 0, 1, 2 and 3 frames, and added with four learned shares, they are the "
        "next weights. All weight lies on frame 0 at the first step.",
    ),
    wrongs=(
        Wrong(
            "no rows",
            "",
            (
                lambda: [1, 2],
                lambda: [[1, 2]],
                _changed(lambda row, n: [*row, 0]),
                lambda: 7,
                _changed(lambda row, n: [symbol - 1 for symbol in row]),
                _changed(lambda row, n: [symbol + 1 for symbol in row]),
                _changed(lambda row, n: [0, *row]),
            ),
        ),
        Wrong("long rows first", "", lambda: [*_written("long"), *_written("short")]),
        Wrong("one symbol lost", "", (_changed(lambda row, n: row[1:]), _changed(lambda row, n: row[:-1]))),
        Wrong("merged", "", _changed(lambda row, n: _without_repeats(row))),
        Wrong("empty", "", (_changed(lambda row, n: []), _changed(lambda row, n: row if n % 4 == 0 else []))),
        Wrong("backwards", "", _changed(lambda row, n: row[::-1])),
        Wrong("never ends", "", (_changed(lambda row, n: [*row, 3]), _changed(lambda row, n: (row + 17 * [2])[:17]))),
        Wrong(
            "short rows only",
            "",
            (
                _changed(lambda row, n: row if n < N_EACH else row[:6]),
                _changed(lambda row, n: row[:7]),
                _changed(lambda row, n: row if n < N_EACH else [*row[:6], *row[7:], 1]),
                _changed(lambda row, n: row if n < N_EACH or n % 3 else row[:-1]),
            ),
        ),
        Wrong(
            "too few",
            "",
            (
                _changed(lambda row, n: row if n % 2 else row[1:]),
                _changed(lambda row, n: [symbol % 5 + 1 for symbol in row]),
                _changed(lambda row, n: row if n >= N_EACH else row[:-1]),
            ),
        ),
    ),
    after="Attention that knows where it looked last, longer strings in training, and positions that do not end are tried on speech "
    "recognisers for long recordings, too.",
    also_right=(_by_waves, _by_longer_rows),
)
