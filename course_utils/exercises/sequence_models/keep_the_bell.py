import numpy as np

from ...practice.model import Design, Exercise, Property, Wrong
from ._shared import no_decisions

LENGTHS = 50, 100, 150  # frames
EACH = 60
LEAST = 54
TEST_SEED = 12


def _kinds(n_clips, seed):
    return np.random.default_rng(seed).permutation(np.arange(n_clips) % 2)


def _n_right(answer):
    """How many are right of the clips of each length."""
    said = np.asarray(answer).astype(int).reshape(len(LENGTHS), EACH)
    return (said == _kinds(EACH, TEST_SEED)).sum(axis=1)


def _listed(answer):
    return ", ".join(f"{n} of {EACH} after {length}" for n, length in zip(_n_right(answer), LENGTHS, strict=True))


def _swapped(answer):
    if _n_right(answer).max() <= 15:
        return (
            f"Right are {_listed(answer)} frames: the bell is remembered, and the classes are exchanged. 1 is the bell in "
            "band 5, 0 that in band 2."
        )
    return None


def _turns_over(answer):
    counts = _n_right(answer)
    if counts.min() <= 15:
        return (
            f"Right are {_listed(answer)} frames. So few cannot be chance: the bell is remembered, but what the network "
            "keeps of it turns over on the way, and it has not learned to read it after every length. Let it train on "
            "clips of several lengths."
        )
    return None


def _forgets(answer):
    counts = _n_right(answer)
    if counts.max() <= 40 and counts.sum() <= 110:
        return (
            f"Right are {_listed(answer)} frames, much like tossing a coin. If they are in the order of `test`, nothing is "
            "left of the bell when the clip ends, and what is lost on the way there no gradient brings back. How much does "
            "a gate near one half keep over 100 frames?"
        )
    return None


def _too_short(answer):
    counts = _n_right(answer)
    if counts[0] >= LEAST > counts[2]:
        return (
            f"Right are {_listed(answer)} frames; {LEAST} are asked of each length. The memory lasts for the short clips and "
            "not for the long ones: gates nearer to 1 keep it longer, and training clips as long as the longest ask for it."
        )
    return None


def _unsure(answer):
    if _n_right(answer).min() < LEAST:
        return (
            f"Right are {_listed(answer)} frames; {LEAST} are asked of each length. The bell is remembered, and not in every "
            "clip: train on clips from 50 to 150 frames, until the loss is near 0 for all of them."
        )
    return None


def high_bell():
    import torch

    torch.manual_seed(0)
    lstm, scores = torch.nn.LSTM(8, 16, batch_first=True), torch.nn.Linear(16, 2)
    with torch.no_grad():
        lstm.bias_ih_l0[16:32] = 4  # the forget gate's: 0.98 of the cell is kept in each frame
    weights = [*lstm.parameters(), *scores.parameters()]
    optimizer = torch.optim.Adam(weights, lr=1e-2)
    for step in range(300):
        clips, kinds = bell_clips(50, (50, 75, 100, 125, 150)[step % 5], seed=1000 + step)
        loss = torch.nn.functional.cross_entropy(scores(lstm(clips)[0][:, -1]), kinds)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
    with torch.no_grad():
        tests = [bell_clips(60, n_frames, seed=12)[0] for n_frames in (50, 100, 150)]
        return torch.cat([scores(lstm(clips)[0][:, -1]).argmax(dim=1) for clips in tests])


def bell_clips(n_clips: int, n_frames: int, seed: int):
    """Four frames of a bell in noise and hum, then these alone; and 1 where it is in band 5, 0 where it is in band 2.

    Shapes (n_clips, n_frames, 8 bands) and (n_clips,).
    """
    import torch

    kinds = _kinds(n_clips, seed)
    rng = np.random.default_rng([seed, n_frames])
    clips = 0.2 * (rng.standard_normal((n_clips, n_frames, 8)) + rng.standard_normal((n_clips, 1, 8)))  # noise, and hum
    clips[np.arange(n_clips), :4, 2 + 3 * kinds] += 1.5
    return torch.from_numpy(clips.astype(np.float32)), torch.from_numpy(kinds)


def _by_short_clips_first():
    """The network as it was, its gates near one half: clips of 10 frames first, then longer and longer ones."""
    import torch

    torch.manual_seed(1)
    lstm, scores = torch.nn.LSTM(8, 16, batch_first=True), torch.nn.Linear(16, 2)
    weights = [*lstm.parameters(), *scores.parameters()]
    optimizer = torch.optim.Adam(weights, lr=1e-2)
    for step in range(350):
        longest = 10 + min(140, step // 2)
        clips, kinds = bell_clips(50, longest if step % 2 else max(10, longest - 40), seed=1000 + step)
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(scores(lstm(clips)[0][:, -1]), kinds).backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
    with torch.no_grad():
        tests = [bell_clips(EACH, n_frames, seed=TEST_SEED)[0] for n_frames in LENGTHS]
        return [int(c) for clips in tests for c in scores(lstm(clips)[0][:, -1]).argmax(dim=1)]


def _with(*n_wrong: int):
    """So many wrong of each length, from the end of its clips."""

    def answer():
        said = np.tile(_kinds(EACH, TEST_SEED), (len(LENGTHS), 1))
        for row, n in zip(said, n_wrong, strict=True):
            row[EACH - n :] = 1 - row[EACH - n :]
        return said.ravel()

    return answer


EXERCISE = Exercise(
    title="remember the bell",
    stars=3,
    kind="train",
    task=f"""
A clip begins with a bell of four frames, high (in band 5) or low (in band 2). It rings in noise and a hum that differs from clip to clip, and both go on when it is over; at the last frame the network must say which bell it was. The LSTM was made for such tasks. The one below trains on {LENGTHS[1]} frames, two seconds at 50 frames a second, and its loss stays near ln 2 = 0.69, that of a coin.

**Train a network that remembers the bell for one, two and three seconds.** Hand in `high_bell`, an array (180,) of 1 (high) and 0 (low), for the clips of `test`, in its order: 60 of {LENGTHS[0]} frames, 60 of {LENGTHS[1]} and 60 of {LENGTHS[2]}. Of each length {LEAST} must be right. `bell_clips(n_clips, n_frames, seed)` makes as many others as you like. A try takes a second or two.
""",
    given="""import torch

import course_utils as cu
from course_utils.exercises.sequence_models import bell_clips

clips, kinds = bell_clips(2000, 100, seed=0)  # (clips, frames, 8 bands); 1 for the high bell, 0 for the low
test = [bell_clips(60, n_frames, seed=12)[0] for n_frames in (50, 100, 150)]


class Listener(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.scores = torch.nn.LSTM(8, 16, batch_first=True), torch.nn.Linear(16, 2)

    def forward(self, clips):
        return self.scores(self.lstm(clips)[0][:, -1])  # what it shows at the last frame

# %%
cu.models.training.seed_everything(0)
network = Listener()
optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
for step in range(301):
    batch = torch.randint(len(kinds), (50,))
    loss = torch.nn.functional.cross_entropy(network(clips[batch]), kinds[batch])
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    if step % 100 == 0:
        print(f"step {step:3d}: loss {loss:.2f}")""",
    form="array (180,) of 0 and 1",
    answer="high_bell",
    spec=Design(
        properties=(
            Property("no decisions", no_decisions(180)),
            Property("classes exchanged", _swapped),
            Property("turns over", _turns_over),
            Property("forgets", _forgets),
            Property("only short clips", _too_short),
            Property("not every length", _unsure),
        ),
        score=lambda answer: _n_right(answer).sum() / (len(LENGTHS) * EACH),
        unit="of the clips right",
        best=1.0,
        smaller_is_better=False,
    ),
    reference=high_bell,
    hints=(
        "Train the network on clips of 10 frames, then on 20, 50. From which length on does the loss no longer fall?",
        "At the start the gates stand near one half. What is left of the cell after 100 frames, and of the gradient on its "
        "way back? And what if the network has only ever been asked after 100 frames?",
        "The biases of the forget gate are the second quarter of `lstm.bias_ih_l0`. At 4 the gate begins at 0.98, which "
        "leaves 16 % after 100 frames. Or train on short clips first, and let them grow. Either way, mix the lengths.",
    ),
    wrongs=(
        Wrong("no decisions", "", (lambda: np.zeros((180, 2)), lambda: np.zeros(180), lambda: np.full(180, np.nan))),
        Wrong("classes exchanged", "", (_with(60, 60, 60), _with(50, 58, 60))),
        Wrong("turns over", "", (_with(60, 0, 60), _with(0, 26, 60))),
        Wrong("forgets", "", (_with(30, 28, 33), _with(20, 25, 30))),
        Wrong("only short clips", "", (_with(0, 10, 30), _with(0, 0, 7))),
        Wrong("not every length", "", (_with(28, 0, 29), _with(8, 9, 7), _with(0, 12, 2), _with(20, 20, 20))),
    ),
    after="A recurrent network learns to remember only if something of the past still reaches the end when training begins, "
    "which is why Keras, for one, starts the bias of the forget gate at 1.",
    also_right=(_by_short_clips_first,),
)
