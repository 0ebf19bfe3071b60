"""What the questions of text_to_speech claim, computed. A function proves the question of its name."""

import math

import numpy as np
import torch

from course_utils import text
from course_utils.models import speech_features, text_to_speech, training


def needs_context():
    """Our rules read 3/4 alike in two sentences that mean different things; the others have one reading."""
    date, share = text.normalize("On 3/4 we met."), text.normalize("Fill 3/4 of it.")
    assert "three quarters" in date and "three quarters" in share
    assert text.normalize("the 22nd") == "the twenty-second"
    assert text.normalize("€1.2m") == "one point two million euros"
    assert "two thirty" in text.normalize("2:30 pm")


def mean_of_two():
    """Mean squared errors against both phases, in units of the tone's power."""
    tone = np.sin(2 * np.pi * 5 * np.arange(1000) / 1000)
    power = np.mean(tone**2)

    def error(answer):
        return np.mean([np.mean((answer - phase) ** 2) for phase in (tone, -tone)]) / power

    assert math.isclose(error(tone), 2) and math.isclose(error(0 * tone), 1) and math.isclose(error(tone / 2), 1.25)
    assert math.isclose(np.mean((tone - -tone) ** 2) / power, 4)


def guide_corner():
    def penalty(apart):
        return 1 - math.exp(-(apart**2) / (2 * 0.2**2))

    assert round(penalty(0.5), 2) == 0.96 and round(penalty(0.1), 2) == 0.12 and round(1 - penalty(0.5), 2) == 0.04
    table = torch.zeros(1, 10, 10)
    table[0, 5, 0] = 1  # the first letter, half way
    found = text_to_speech.guided_attention_loss(table, [10], [10])
    assert math.isclose(10 * float(found), penalty(0.5), rel_tol=1e-3)  # of ten steps


def steps_of_reduction():
    frames_a_second = speech_features.SAMPLE_RATE / speech_features.HOP
    assert math.isclose(1000 / frames_a_second, 16)
    assert 4.8 * frames_a_second == 300 and text_to_speech.Tacotron().reduction == 3 and 300 / 3 == 100


def _mel():
    rng = np.random.default_rng(15)
    return 0.3 * rng.standard_normal((64, 40)).cumsum(axis=0)


def louder_copy():
    mel = _mel()
    louder = mel + math.log(10 ** (6 / 10))
    assert speech_features.mel_cepstral_distortion(mel, louder) < 1e-6
    assert round(10 / math.log(10), 2) == 4.34


def slower_copy():
    mel = _mel()
    slower = np.repeat(mel, 3, axis=1)[:, ::2]
    assert slower.shape[1] == 60
    assert speech_features.mel_cepstral_distortion(mel, slower) < 1e-6


def interval_of_ratings():
    error = math.sqrt(1 / 20 + 1 / 20)
    assert round(error, 2) == 0.32
    assert round(0.2 - 2.02 * error, 1) == -0.4 and round(0.2 + 2.02 * error, 1) == 0.8  # t with 38 degrees of freedom


def two_pronunciations():
    words = text.lexicon()
    assert all(len(words[word]) > 1 for word in ("read", "lead", "record") if word in words) and "read" in words


def second_judge():
    record = training.recorded("text_to_speech")
    of_copy = [
        run["test"]["other voices"] for run in record["runs"] if (run["kind"], run["budget"]) == ("guided", "long")
    ]
    of_recordings = record["top_line"]["recordings"]["other voices"]
    assert len(of_copy) == 3 and max(of_copy) < of_recordings < 2 * min(of_copy)


def people_against_voices():
    runs = [run for run in training.recorded("verification")["runs"] if run["steps"] == 1000]
    runs = [run for run in runs if run["kind"] == "rooms and lines"]
    assert len(runs) == 3
    for run in runs:
        assert run["test"]["3 others"]["3"] < 3 and 30 < run["people"]["3 others"]["3"] < 36
        assert run["spread"]["people"]["other"] > run["spread"]["test"]["other"] + 0.2


def vector_alone():
    for run in training.recorded("cloning")["runs"]:
        assert 30 < run["trials"]["vector"]["clone own, clone other"] < 42
        assert run["trials"]["true, Griffin-Lim"]["clone own, clone other"] < 4


def mark_survives():
    attacks = training.recorded("watermark")["marks"]["1.0"]["attacks"]
    assert attacks["5 % faster"]["found at 1 %"] < 10
    assert min(attacks[name]["found at 1 %"] for name in ("MP3", "Griffin-Lim", "telephone")) > 70


def unknown_maker():
    detectors = [run["detectors"]["Griffin-Lim"]["as made"] for run in training.recorded("watermark")["fakes"]]
    missed = [found["vocoder"]["taken for true"] for found in detectors]
    assert [round(min(missed)), round(max(missed))] == [71, 99] and len(missed) == 3
    assert all(found["Griffin-Lim"]["eer"] == found["Griffin-Lim"]["taken for true"] == 0 for found in detectors)


def rare_stop():
    """The constant with the smallest cross-entropy is the share of last steps."""
    share, answers = 1 / 60, np.linspace(0.001, 0.999, 999)
    loss = -share * np.log(answers) - (1 - share) * np.log(1 - answers)
    assert round(answers[loss.argmin()], 2) == 0.02 and round(share, 3) == 0.017


def nine_of_ten():
    ways = math.comb(10, 9) + math.comb(10, 10)
    assert ways == 11 and round(100 * ways / 2**10, 1) == 1.1 and round(100 / 2**10, 1) == 0.1
