"""The network in the page says what it says in Python; tunes are drawn and continued; stages, codes."""

import numpy as np
import pytest
import torch

from course_utils import explorables, melody_tokens, music, sampling_rules
from course_utils.models import checkpoints, codec, music_generation
from course_utils.quantisation import nearest
from tests.browser import bare
from tests.browser.lab import wait
from tests.support import refuses

KIND = melody_tokens.KINDS[8]


def model():
    return checkpoints.load(music_generation.MelodyRNN(n_kinds=12), "melody/lstm").eval()


def state(page, *names):
    return page.evaluate("names => names.map((name) => model.get(name))", list(names))


def tune():
    return melody_tokens.encode(next(t for t in music.tunes("test") if t.metre == "6/8"))[:-1]


# ------------------------------------------------------------------------------------------ sampler_lab


@pytest.mark.parametrize("n", [1, 5, 30])
@pytest.mark.parametrize("rules", [(1, 302, 1), (0.7, 302, 1), (1.3, 5, 1), (1, 302, 0.6), (0.8, 12, 0.7), (0, 302, 1)])
def test_the_bars_are_the_networks_probabilities(page, n, rules):
    """Weights of 16 bits in the page: within 2 % of the largest."""
    temperature, k, p = rules
    bare.show(page, explorables.sampler_lab(tokens=tune()[:n], temperature=temperature, top_k=k, nucleus=p))
    before = music_generation.Continuation(model(), melody_tokens.KINDS.index(KIND))(tune()[:n])
    after = sampling_rules.nucleus(sampling_rules.top_k(sampling_rules.temperature(before, temperature), k), p)
    (bars,) = state(page, "bars")
    assert [bar[0] for bar in bars[:5]] == np.argsort(-before)[:5].tolist()
    for token, shown, left in bars:
        assert shown == pytest.approx(before[token], abs=0.02 * before.max())
        assert left == pytest.approx(after[token], abs=0.02 * after.max())


def test_a_tune_is_drawn_heard_and_continued(page):
    bare.show(page, explorables.sampler_lab(tokens=[0], seed=3))
    page.get_by_role("button", name="Draw one note").click()
    page.get_by_role("button", name="Take the likeliest").click()
    (notes, bars) = state(page, "notes", "bars")
    assert len(notes) == 2 and len(bars) == 16
    page.get_by_role("button", name="Draw to the end").click()
    (whole, kept) = state(page, "notes", "kept")
    assert whole[:2] == notes and kept == len(whole) and (whole[-1] == 0 or len(whole) == 120)
    assert page.get_by_role("button", name="Draw one note").is_disabled()
    melody_tokens.decode([0, *whole])
    for _ in range(3):
        page.get_by_role("button", name="One note back").click()
    page.get_by_role("button", name="Draw one note").click()
    (again,) = state(page, "notes")
    assert again[:-1] == whole[: len(whole) - 3] and len(again) == len(whole) - 2
    page.get_by_role("button", name="Hear the tune").click()
    assert np.abs(page.evaluate(bare.LISTEN)["samples"]).max() > 0.01


def test_a_seed_draws_the_same_tune_and_another_seed_another(page):
    bare.show(page, explorables.sampler_lab(seed=1))
    tunes = []
    for seed in (1, 1, 2):
        page.evaluate("seed => model.set('seed', seed)", seed)
        page.get_by_role("button", name="Start again").click()
        page.get_by_role("button", name="Draw to the end").click()
        tunes.append(state(page, "notes")[0])
    assert tunes[0] == tunes[1] != tunes[2]


def test_greedy_takes_the_likeliest_of_all(page):
    bare.show(page, explorables.sampler_lab(tokens=[0], temperature=0))
    for _ in range(6):
        page.get_by_role("button", name="Draw one note").click()
    says = music_generation.Continuation(model(), melody_tokens.KINDS.index(KIND))
    expected = sampling_rules.generate(
        says, np.random.default_rng(0), rule=lambda p: sampling_rules.top_k(p, 1), longest=7
    )
    assert [0, *state(page, "notes")[0]] == expected


def test_drawn_notes_follow_the_bars(page):
    """400 first notes: the likeliest comes as often as its bar says, within five standard errors."""
    bare.show(page, explorables.sampler_lab(tokens=[0]))
    (bars,) = state(page, "bars")
    page.evaluate("""() => { globalThis.first = []; }""")
    button = "[...document.querySelectorAll('button')].find((b) => b.textContent === 'Draw one note')"
    found = page.evaluate(f"""() => Array.from({{ length: 400 }}, (_, n) => {{
        model.set("kept", 0);
        {button}.click();
        return model.get("notes")[0];
    }})""")
    share = found.count(bars[0][0]) / 400
    assert share == pytest.approx(bars[0][1], abs=5 * np.sqrt(bars[0][1] * (1 - bars[0][1]) / 400))


def test_another_kind_has_other_bars(page):
    bare.show(page, explorables.sampler_lab(tokens=tune()[:9]))
    (jig,) = state(page, "bars")
    page.get_by_label("kind of tune", exact=True).select_option("4/4 minor")
    wait(page, 200)
    assert state(page, "bars")[0] != jig


def test_what_cannot_be_continued_is_refused():
    for tokens in ([], [1], [0, 5, 0], [0, 400], [0] + [5] * 200):
        with refuses("must"):
            explorables.sampler_lab(tokens=tokens)
    for other in (
        music_generation.MelodyRNN(),
        music_generation.MelodyRNN(n_kinds=12, n_layers=2),
        torch.nn.Linear(2, 2),
    ):
        with refuses("model must be a MelodyRNN of one LSTM layer"):
            explorables.sampler_lab(other)
    with refuses("kind must be one of"):
        explorables.sampler_lab(kind="5/4 major")


# -------------------------------------------------------------------------------------------- codec_lab


def test_stages_are_those_of_the_codec(page):
    widget = explorables.codec_lab()
    bare.show(page, widget)
    clip = np.frombuffer(widget.audio, "<i2").reshape(widget.n_sounds, -1)[0] / 32767
    network = checkpoints.load(codec.FrameCodec(), "codec/network")
    for stages in (1, 6, 12):
        found = codec.decode(network, codec.encode(network, clip.astype(np.float32), n_stages=stages), length=len(clip))
        snr_db = 10 * np.log10(np.sum(clip**2) / np.sum((clip - found) ** 2))
        assert widget.snr_db[stages - 1] == pytest.approx(snr_db, abs=0.1)
    page.get_by_label("stages", exact=True).press("End")
    assert state(page, "stages") == [12]
    for heard in ("original", "what is missing", "coded"):
        page.get_by_label("sound and picture", exact=True).select_option(heard)
    page.get_by_role("button", name="Hear it").click()
    assert np.abs(page.evaluate(bare.LISTEN)["samples"]).max() > 0.001


def test_turns_are_those_of_k_means(page):
    widget = explorables.codec_lab(codes=4)
    bare.show(page, widget)
    for _ in range(12):
        page.get_by_role("button", name="One turn of k-means").click()
    errors, turns = state(page, "errors", "turns")
    assert turns == 12 and all(b <= a + 1e-12 for a, b in zip(errors, errors[1:], strict=False))
    points = np.array(widget.points)
    spread = np.mean((points - points.mean(axis=0)) ** 2)
    assert errors[-1] < 0.6 * spread
    one = nearest(points, points.mean(axis=0)[None])
    assert one.shape == (len(points),)


def test_dead_codes_are_told_and_come_back(page):
    bare.show(page, explorables.codec_lab(codes=8, first="all at one place"))
    text = page.locator("section.explorable").inner_text()
    assert "0 dead" not in text and "dead" in text
    for _ in range(4):
        wait(page, 150)
        revive = page.get_by_role("button", name="Move dead codes to the busiest")
        if revive.is_enabled():
            revive.click()
        page.get_by_role("button", name="One turn of k-means").click()
    wait(page, 150)
    assert ", 0 dead" in page.locator("section.explorable").inner_text()


def test_a_sound_of_the_readers_own(page):
    t = np.arange(16_000) / 16_000
    widget = explorables.codec_lab(0.3 * np.sin(2 * np.pi * 400 * t), 16_000, stages=3)
    bare.show(page, widget)
    assert len(widget.snr_db) == 12 and widget.snr_db[11] > widget.snr_db[0]
    with refuses("model must be a FrameCodec of 40 bins and 12 stages"):
        explorables.codec_lab(model=codec.FrameCodec(n_bins=8, latent=8))
    with refuses("must last at least"):
        explorables.codec_lab(np.zeros(100), 8000)
