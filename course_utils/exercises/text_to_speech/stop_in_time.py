import numpy as np

from ...practice.model import Design, Exercise, Property, Wrong

N_CLIPS, N_STEPS, N_STATES = 200, 60, 12
LEAST = 190


def decoder_states(split: str):
    """States of a made decoder (clips, 60 steps, 12), and the number of the last step of speech in each clip.

    One direction of the states grows towards the end, by another path in each clip, and stays up; all is in noise.
    """
    import torch

    rng = np.random.default_rng({"train": 15, "test": 16}[split])
    lasts = rng.integers(20, 50, N_CLIPS)
    mixing = np.random.default_rng(1).standard_normal((3, N_STATES))
    steps = np.arange(N_STEPS)
    over = 1 / (1 + np.exp(-(steps - lasts[:, None] + 0.5) / 0.35))
    pace = rng.uniform(0.5, 1.5, (N_CLIPS, 1))
    hidden = np.stack([4 * over, np.sin(steps * pace), np.cos(0.7 * steps * pace)], axis=2) @ mixing
    states = hidden + 0.7 * rng.standard_normal(hidden.shape)
    return torch.tensor(states, dtype=torch.float32), torch.tensor(lasts)


def _lasts() -> np.ndarray:
    return decoder_states("test")[1].numpy()


def _no_steps(answer):
    found = np.asarray(answer)
    if found.shape != (N_CLIPS,):
        return f"{N_CLIPS} numbers are asked for, the step at which each clip of `test` stops; this has the shape {found.shape}."
    if (
        found.dtype.kind not in "iuf"
        or not np.isfinite(found.astype(float)).all()
        or (found != np.round(found.astype(float))).any()
    ):
        return "Whole numbers are asked for: the step at which each clip stops, counted from 0."
    return None


def _never(answer):
    n_late = int((np.asarray(answer) >= N_STEPS - 1).sum())
    if n_late > N_CLIPS // 2:
        return (
            f"{n_late} of {N_CLIPS} clips run to the last step: it never says stop. One step in 60 is a last one, and a network that "
            "always says *go on* is right in 98 % of the steps. Let the rare ones count for more, or lower the threshold."
        )
    return None


def _early(answer):
    n_early = int((np.asarray(answer) < _lasts()).sum())
    if n_early > 6:
        return (
            f"{n_early} of {N_CLIPS} clips end before their speech does, and at most 6 may: a word that is cut is worse than a pause. "
            "Raise the threshold, or give the rare class less weight."
        )
    return None


def _late(answer):
    n_right = _n_right(answer)
    if n_right < LEAST:
        return (
            f"{n_right} of {N_CLIPS} clips stop at their last step or at most 2 later, and {LEAST} are asked for; the others go on too "
            "long. Is every step from the last one on a stop in your targets, or only one?"
        )
    return None


def _n_right(answer) -> int:
    late = np.asarray(answer) - _lasts()
    return int(((late >= 0) & (late <= 2)).sum())


def _trained(all_behind: bool, weight: float, threshold: float, n_epochs: int = 150, seed: int = 0):
    import torch

    states, lasts = decoder_states("train")
    steps = torch.arange(N_STEPS)
    target = (steps >= lasts[:, None]).float() if all_behind else (steps == lasts[:, None]).float()
    torch.manual_seed(seed)
    network = torch.nn.Linear(N_STATES, 1)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.05)
    loss_of = torch.nn.BCEWithLogitsLoss(pos_weight=torch.tensor(weight))
    for _ in range(n_epochs):
        optimizer.zero_grad()
        loss_of(network(states)[..., 0], target).backward()
        optimizer.step()
    with torch.no_grad():
        says_stop = network(decoder_states("test")[0])[..., 0].sigmoid() > threshold
    says_stop[:, -1] = True
    return says_stop.float().argmax(dim=1)


def stops_at():
    import torch

    states, lasts = decoder_states("train")
    target = (torch.arange(60) >= lasts[:, None]).float()  # the last step, and all behind it
    torch.manual_seed(0)
    network = torch.nn.Linear(12, 1)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.05)
    for _ in range(150):
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(network(states)[..., 0], target)
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        says_stop = network(decoder_states("test")[0])[..., 0] > 0
    says_stop[:, -1] = True  # a limit
    return says_stop.float().argmax(dim=1)


def _moved(by: int):
    return lambda: np.clip(_lasts() + by, 0, N_STEPS - 1)


def _by_least_squares():
    """No gradient: a straight line through the states, by numpy."""
    states, lasts = (x.numpy() for x in decoder_states("train"))
    target = (np.arange(N_STEPS) >= lasts[:, None]).astype(float)
    rows = np.concatenate([states.reshape(-1, N_STATES), np.ones((states.size // N_STATES, 1))], axis=1)
    weights = np.linalg.lstsq(rows, target.ravel(), rcond=None)[0]
    said = decoder_states("test")[0].numpy() @ weights[:-1] + weights[-1] > 0.5
    return [int(np.argmax(row)) if row.any() else N_STEPS - 1 for row in said]


EXERCISE = Exercise(
    title="teach it to stop",
    stars=3,
    kind="train",
    task=f"""
A decoder's state changes when the speech is over; a stop token must read that from it. `states` has {N_CLIPS} clips of 60 steps with 12 numbers each, `lasts` the number of the last step of speech in each clip, counted from 0. What comes behind it are steps of silence.

**Train a stop token**, a network or a single layer, that gives for each step the probability of *over*, and hand in `stops_at`: {N_CLIPS} whole numbers, for each clip of `test` **the first step at which it says stop** (59 if it never does). At most 6 clips may stop before their last step, and at least {LEAST} must stop at it or at most 2 steps later. The obvious training, with one target of 1 a clip and a threshold of one half, fails. A try takes seconds.
""",
    given="""import torch

from course_utils.exercises.text_to_speech import decoder_states

states, lasts = decoder_states("train")  # (200 clips, 60 steps, 12), (200,)
test, _ = decoder_states("test")  # its lasts are for measuring, not for learning
target = (torch.arange(60) == lasts[:, None]).float()  # the obvious one
print(f"{target.sum():.0f} of {target.numel():,} steps are last steps")""",
    form="array of 200 whole numbers, a step for each clip of test",
    answer="stops_at",
    spec=Design(
        properties=(
            Property("no steps", _no_steps),
            Property("never stops", _never),
            Property("too early", _early),
            Property("too late", _late),
        ),
        score=_n_right,
        unit="clips of 200 that stop in time",
        best=200,
        smaller_is_better=False,
    ),
    reference=stops_at,
    hints=(
        "Train with the obvious target and look at the probabilities around the last step of one clip: how high do they rise?",
        "One step in 60 says stop, and the next one, which sounds the same, says go on. What would you tell the network of the steps "
        "behind the last one?",
        "Give *all* steps from the last one on the target 1: `torch.arange(60) >= lasts[:, None]`. Then one half is a good threshold.",
    ),
    wrongs=(
        Wrong("no steps", "", (lambda: np.zeros(12, int), lambda: np.linspace(0, 1, N_CLIPS))),
        Wrong("never stops", "", (lambda: np.full(N_CLIPS, 59), lambda: _trained(False, 1.0, 0.5))),
        Wrong("too early", "", (_moved(-1), lambda: _trained(True, 60.0, 0.5), lambda: np.zeros(N_CLIPS, int))),
        Wrong("too late", "", (_moved(4), _moved(3))),
    ),
    after="Trailing silence in the recordings does the reverse: it teaches a voice that silence goes on, so cut it before you train.",
    also_right=(_by_least_squares, lambda: _trained(True, 1.0, 0.7, seed=2)),
)
