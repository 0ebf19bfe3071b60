from collections import Counter

import numpy as np

from ...practice.model import Design, Exercise, Property, Wrong
from ._shared import spelled_by

LETTERS = "abcde"
N_TEST, LEAST = 200, 180


def _written(split: str) -> list[str]:
    """Texts of two to five letters, some of them twice in a row."""
    rng = np.random.default_rng({"train": 1, "test": 2}[split])
    n_texts = {"train": 400, "test": N_TEST}[split]
    return ["".join(LETTERS[k] for k in rng.integers(0, 5, rng.integers(2, 6))) for _ in range(n_texts)]


def spoken_tones(split: str):
    """Texts spoken in tones: features (clips, 5 bands, frames), padded; the frames of each clip; and the texts.

    Each letter sounds in a band of its own for 2 to 4 frames, and each is followed by 2 or 3 frames of rest, all in noise.
    """
    import torch

    rng = np.random.default_rng({"train": 3, "test": 4}[split])
    clips, texts = [], _written(split)
    for text in texts:
        parts = [np.zeros((5, int(rng.integers(0, 3))))]
        for letter in text:
            n_sounding = int(rng.integers(2, 5))
            part = np.zeros((5, n_sounding + int(rng.integers(2, 4))))
            part[LETTERS.index(letter), :n_sounding] = 2
            parts.append(part)
        clip = np.hstack(parts)
        clips.append(clip + 0.4 * rng.standard_normal(clip.shape))
    longest = max(clip.shape[1] for clip in clips)
    padded = [np.pad(clip, ((0, 0), (0, longest - clip.shape[1]))) for clip in clips]
    n_frames = torch.tensor([clip.shape[1] for clip in clips])
    return torch.tensor(np.array(padded), dtype=torch.float32), n_frames, texts


def _no_texts(answer):
    try:
        said = list(answer)
    except TypeError:
        return f"A list of {N_TEST} texts is asked, one for each clip of `test`."
    if len(said) != N_TEST:
        more = ", as many as `train` has clips" if len(said) == len(_written("train")) else ""
        return f"A list of {N_TEST} texts is asked, one for each clip of `test`; this has {len(said)}{more}."
    if all(isinstance(text, str) for text in said):
        for step, words in ((1, "next one"), (-1, "one before it")):
            if _n_right(["".join(chr(ord(letter) - step) for letter in text) for text in said]) > LEAST // 2:
                return f"The texts are heard, and each letter is written as the {words}: the classes are counted otherwise there."
    odd = next((text for text in said if not isinstance(text, str) or set(text) - set(LETTERS)), None)
    if odd is not None:
        return f"Texts of the letters {LETTERS} are asked, such as 'abba'; {str(odd)[:40]!r} is none. The blank is no letter."
    return None


def _n_right(answer) -> int:
    return sum(text == true for text, true in zip(answer, _written("test"), strict=True))


def _silent(answer):
    n_empty = sum(not text for text in answer)
    if n_empty > N_TEST // 2:
        return (
            f"{n_empty} of {N_TEST} texts are empty. Most CTC trainings begin on a plateau of blanks: was it long enough, and "
            "the learning rate high enough, to leave it? Or did the loss leave the numbers?"
        )
    return None


def _a_letter_missing(answer):
    true = "".join(_written("test"))
    for letter in LETTERS:
        if not any(letter in text for text in answer):
            return (
                f"The letter {letter} is never written, and is said {true.count(letter)} times. Which class has it, and which "
                "one is the blank of the loss?"
            )
    return None


def _others_letters(answer):
    """Right but for the names of the letters."""
    for shift in range(1, 5):
        turned = ["".join(LETTERS[(LETTERS.index(k) + shift) % 5] for k in text) for text in answer]
        if _n_right(turned) > LEAST // 2:
            return "The texts are heard, and written with other letters: a class has another letter in training than at the end."
    return None


def _texts_of_train(answer):
    train = _written("train")
    for part, words in ((train[:N_TEST], "first"), (train[-N_TEST:], "last")):
        n_same = sum(text == true for text, true in zip(answer, part, strict=True))
        if n_same > LEAST // 2:
            return f"{n_same} of the texts are those of the {words} {N_TEST} clips of `train`; the clips of `test` are asked."
    return None


def _another_order(answer):
    n_there = (Counter(answer) & Counter(_written("test"))).total()
    if n_there >= LEAST > _n_right(answer):
        return (
            f"{n_there} of the {N_TEST} texts are texts of `test`, and {_n_right(answer)} of them stand in their places: the order "
            "is another one. Were the clips sorted by their lengths, or shuffled, and the texts not put back?"
        )
    return None


def _too_many_letters(answer):
    n_letters, n_said = sum(map(len, answer)), sum(map(len, _written("test")))
    if n_letters > 1.5 * n_said and _n_right(answer) < N_TEST // 10:
        return (
            f"{_n_right(answer)} of {N_TEST} texts are right, and they have {n_letters} letters, where {n_said} are said. Does "
            "each frame that the loss gets belong to the clip whose text it gets? `reshape` exchanges no axes: it counts the "
            "numbers through, and deals those of one clip out to others. `permute` exchanges axes."
        )
    return None


def _singles(text: str) -> str:
    return "".join(k for k, before in zip(text, " " + text, strict=False) if k != before)


def _doubles_lost(answer):
    pairs = list(zip(answer, _written("test"), strict=True))
    n_doubles = sum(_singles(true) != true for _, true in pairs)
    n_lost = sum(text == _singles(true) != true for text, true in pairs)
    if n_lost > n_doubles // 2:
        return (
            f"{n_doubles} texts have a letter twice in a row, and in {n_lost} of them it is written once. Repeats are merged "
            "before the blanks are taken out."
        )
    return None


def _repeats_kept(answer):
    pairs = list(zip(answer, _written("test"), strict=True))
    n_longer = sum(text != true and _singles(text) == _singles(true) and len(text) > len(true) for text, true in pairs)
    if n_longer > N_TEST // 4:
        return f"{n_longer} texts are right but for letters that are written too often: a letter that lasts several frames is one."
    return None


def _too_few(answer):
    if _n_right(answer) < LEAST:
        more = "More epochs, or another learning rate, may do; does" if _n_right(answer) >= N_TEST // 10 else "Does"
        return (
            f"{_n_right(answer)} of {N_TEST} texts are right, and {LEAST} are asked. {more} each clip meet its own text and its own "
            "length, and does the padding stay out of what is spelled?"
        )
    return None


def spelled():
    import torch

    features, n_frames, texts = spoken_tones("train")
    targets = [torch.tensor([1 + LETTERS.index(letter) for letter in text]) for text in texts]
    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Conv1d(5, 32, kernel_size=5, padding="same"), torch.nn.ReLU(), torch.nn.Conv1d(32, 6, kernel_size=1)
    )
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    for _ in range(15):
        for batch in torch.randperm(len(texts)).split(20):
            chosen = [targets[k] for k in batch]
            log_probs = network(features[batch]).log_softmax(dim=1).permute(2, 0, 1)
            lengths = torch.tensor([len(target) for target in chosen])
            loss = torch.nn.functional.ctc_loss(log_probs, torch.cat(chosen), n_frames[batch], lengths)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    features, n_frames, _ = spoken_tones("test")
    with torch.no_grad():
        best = network(features).argmax(dim=1)
    runs = [torch.unique_consecutive(path[:n]).tolist() for path, n in zip(best, n_frames, strict=True)]
    return ["".join(LETTERS[k - 1] for k in run if k) for run in runs]


def _by_lstm():
    """Another network, and the blank as the last class."""
    import torch

    features, n_frames, texts = spoken_tones("train")
    torch.manual_seed(1)
    lstm, scores = torch.nn.LSTM(5, 16, bidirectional=True, batch_first=True), torch.nn.Linear(32, 6)
    optimizer = torch.optim.Adam([*lstm.parameters(), *scores.parameters()], lr=2e-2)
    loss_of = torch.nn.CTCLoss(blank=5)
    for _ in range(12):
        for batch in torch.randperm(len(texts)).split(20):
            chosen = [texts[k] for k in batch]
            log_probs = scores(lstm(features[batch].transpose(1, 2))[0]).log_softmax(dim=2).transpose(0, 1)
            targets = torch.tensor([LETTERS.index(letter) for text in chosen for letter in text])
            optimizer.zero_grad()
            loss_of(log_probs, targets, n_frames[batch], torch.tensor([len(text) for text in chosen])).backward()
            optimizer.step()
    features, n_frames, _ = spoken_tones("test")
    with torch.no_grad():
        best = scores(lstm(features.transpose(1, 2))[0]).argmax(dim=2)
    runs = [torch.unique_consecutive(path[:n]).tolist() for path, n in zip(best, n_frames, strict=True)]
    return tuple("".join(LETTERS[k] for k in run if k < 5) for run in runs)


def _by_threshold():
    """Nothing learned: two neighbouring frames are averaged, and a band above a threshold is a letter."""
    features, n_frames, _ = spoken_tones("test")
    found = []
    for clip, n in zip(features.numpy(), n_frames.tolist(), strict=True):
        smooth = (clip[:, : n - 1] + clip[:, 1:n]) / 2
        path = np.where(smooth.max(axis=0) > 1.15, 1 + smooth.argmax(axis=0), 0)
        found.append("".join(LETTERS[k - 1] for k in spelled_by(path)))
    return found


def _mixed_up():
    """About the texts of a training in which ``reshape`` stands for ``permute``: long, and none of its clip."""
    rng = np.random.default_rng(6)
    return ["".join(LETTERS[k] for k in rng.integers(0, 5, rng.integers(5, 19))) for _ in range(N_TEST)]


def _changed(change):
    return lambda: [change(text, n) for n, text in enumerate(_written("test"))]


EXERCISE = Exercise(
    title="teach a network to spell",
    stars=2,
    kind="train",
    task=f"""
Each of five letters is a tone in a band of its own. The clips of `train` spell texts of two to five letters; where in a clip a letter sounds, nobody has noted. The training below runs without an error, and not a text is right. It has **two bugs**, and either alone would do.

**Mend it, or write your own, and train a network that spells.** Hand in `spelled`, a list of {N_TEST} texts, one for each clip of `test`, in its order. At least {LEAST} must be right to the letter. A try takes some seconds.
""",
    given='''import torch

from course_utils.exercises.ctc import spoken_tones

LETTERS = "abcde"
features, n_frames, texts = spoken_tones("train")  # (400, 5 bands, frames), (400,), 400 texts


def small_network():
    return torch.nn.Sequential(
        torch.nn.Conv1d(5, 32, kernel_size=5, padding="same"),
        torch.nn.ReLU(),
        torch.nn.Conv1d(32, 6, kernel_size=1),
    )

# %%
def published(n_epochs=15):
    targets = [torch.tensor([LETTERS.index(letter) for letter in text]) for text in texts]
    network = small_network()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    for _ in range(n_epochs):
        for batch in torch.randperm(len(texts)).split(20):
            chosen = [targets[k] for k in batch]
            log_probs = network(features[batch]).log_softmax(dim=1)  # (batch, classes, frames)
            log_probs = log_probs.reshape(-1, len(batch), 6)  # (frames, batch, classes)
            sizes = n_frames[batch], torch.tensor([len(target) for target in chosen])
            loss = torch.nn.functional.ctc_loss(log_probs, torch.cat(chosen), *sizes)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return network

# %%
def spell(network, features, n_frames):
    """Greedy: the best class of each frame, repeats merged, blanks out."""
    with torch.no_grad():
        best = network(features).argmax(dim=1)
    paths = [path[:n] for path, n in zip(best, n_frames, strict=True)]
    runs = [torch.unique_consecutive(path).tolist() for path in paths]
    return ["".join(LETTERS[k - 1] for k in run if k) for run in runs]

# %%
torch.manual_seed(0)
found = spell(published(), features, n_frames)
n_right = sum(map(str.__eq__, found, texts))
print(f"{n_right} of {len(texts)} training texts are right; {found[:3]} for {texts[:3]}")''',
    form=f"a list of {N_TEST} texts",
    answer="spelled",
    spec=Design(
        properties=(
            Property("no texts", _no_texts),
            Property("silent", _silent),
            Property("a letter missing", _a_letter_missing),
            Property("other letters", _others_letters),
            Property("texts of train", _texts_of_train),
            Property("another order", _another_order),
            Property("double letters lost", _doubles_lost),
            Property("repeats kept", _repeats_kept),
            Property("too many letters", _too_many_letters),
            Property("too few", _too_few),
        ),
        score=lambda answer: _n_right(answer) / N_TEST,
        unit="of the texts right",
        best=0.995,
        smaller_is_better=False,
    ),
    reference=spelled,
    hints=(
        "Which class is the blank of `torch.nn.functional.ctc_loss`, unless it is told otherwise, and which letter has that class?",
        "Follow one number of one clip: where is frame 3 of clip 5 before the line with `reshape`, and where is it behind it?",
        "Number the letters from 1, as `spell` does, and put `.permute(2, 0, 1)` in the place of the `reshape`.",
    ),
    wrongs=(
        Wrong(
            "no texts",
            "",
            (
                lambda: np.zeros((N_TEST, 4)),
                lambda: ["abc"],
                lambda: _written("train"),
                _changed(lambda text, n: "_".join(text)),
                _changed(lambda text, n: text.translate(str.maketrans("abcde", "bcdef"))),
            ),
        ),
        Wrong("silent", "", (_changed(lambda text, n: ""), _changed(lambda text, n: text if n % 4 == 0 else ""))),
        Wrong("a letter missing", "", _changed(lambda text, n: text.replace("a", ""))),
        Wrong("other letters", "", _changed(lambda text, n: text.translate(str.maketrans("abcde", "bcdea")))),
        Wrong("texts of train", "", (lambda: _written("train")[:N_TEST], lambda: _written("train")[-N_TEST:])),
        Wrong("another order", "", (lambda: sorted(_written("test"), key=len), lambda: _written("test")[::-1])),
        Wrong("double letters lost", "", _changed(lambda text, n: _singles(text))),
        Wrong("repeats kept", "", _changed(lambda text, n: "".join(2 * letter for letter in text))),
        Wrong("too many letters", "", _mixed_up),
        Wrong("too few", "", _changed(lambda text, n: text if n % 5 else text[:-1] + "a" + text[-1])),
    ),
    after="Nobody has told the network where a letter sounds, and it finds out: draw its posteriors below a clip.",
    also_right=(_by_lstm, _by_threshold),
)
