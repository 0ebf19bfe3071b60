"""stream_microphone as Python sees it: what it makes of the messages of a page, and what it refuses."""

import numpy as np
import pytest

from course_utils import explorables
from tests.support import refuses


def made(**options):
    return explorables.stream_microphone(options.pop("on_chunk", lambda samples: None), **options)


class Told:
    """A widget and what it answers to messages that a page might send."""

    def __init__(self, **options):
        self.widget, self.answers = made(**options), []
        self.widget.send = self.answers.append

    def tell(self, kind, run="a", samples=None, **content):
        buffers = [] if samples is None else [memoryview(np.asarray(samples, "<f4").tobytes())]
        self.widget._receive(self.widget, {"kind": kind, "run": run} | content, buffers)
        found, self.answers[:] = list(self.answers), []
        return found

    def chunk(self, number, value=0.25, run="a"):
        return self.tell("chunk", run, np.full(960, value), number=number, delays_ms=[80 + number] if number else [])


def test_functions_are_called_in_order_and_their_text_is_sent():
    calls = []
    told = Told(
        on_start=lambda: calls.append("start"),
        on_chunk=lambda samples: calls.append(float(samples[0])) or f"{len(calls)}",
        on_stop=lambda: calls.append("stop") or "all",
    )
    for run in "ab":
        calls.clear()
        assert told.tell("start", run) == []
        assert told.chunk(0, 0.5, run) == [{"kind": "answer", "run": run, "text": "2", "number": 0}]
        assert told.chunk(1, 0.75, run) == [{"kind": "answer", "run": run, "text": "3", "number": 1}]
        assert told.tell("stop", run) == [{"kind": "stopped", "run": run, "text": "all"}]
        assert told.tell("measured", run, delays_ms=[99]) == []
        assert calls == ["start", 0.5, 0.75, "stop"]
        assert told.widget.signal.tolist() == [0.5] * 960 + [0.75] * 960
        assert told.widget.delays_ms.tolist() == [81, 99]


def test_a_chunk_belongs_to_the_reader():
    told = Told(on_chunk=lambda samples: samples.fill(7))
    told.tell("start")
    assert told.chunk(0) == [{"kind": "answer", "run": "a", "text": None, "number": 0}]
    assert set(told.widget.signal) == {0.25}


def test_what_was_left_out_is_counted_before_the_function_is_called():
    seen = []
    told = Told(on_chunk=lambda samples: seen.append(told.widget.left_out_s))
    told.tell("start")
    for number in (0, 1, 5, 6, 9):
        told.chunk(number)
    np.testing.assert_allclose(seen, [0, 0, 0.18, 0.18, 0.3])
    told.tell("start", "b")
    assert told.widget.left_out_s == 0


def test_a_minute_is_kept():
    told = Told()
    told.tell("start")
    for number in range(1100):
        told.chunk(number, number / 2000)
    assert len(told.widget.signal) == 60 * 16_000 and told.widget.signal[0] == np.float32(100 / 2000)


@pytest.mark.parametrize("name", ["on_start", "on_chunk", "on_stop"])
@pytest.mark.parametrize("error", [ValueError("no such word"), KeyboardInterrupt()])
def test_whichever_function_fails_the_stream_ends(name, error):
    def fails(*_):
        raise error

    told = Told(**{name: fails})
    found = told.tell("start") + told.chunk(0) + told.tell("stop")
    words = ": no such word" if error.args else ""
    assert found[-1] == {
        "kind": "ended",
        "run": "a",
        "text": f"{name} has failed with {type(error).__name__}{words}; mend it, run its cell again, and start anew.",
    }
    assert told.widget.error is error
    assert told.chunk(1) == []
    assert told.tell("start", "b")[:1] in ([], found[-1:] and [found[-1] | {"run": "b"}])


@pytest.mark.parametrize("name", ["on_chunk", "on_stop"])
def test_what_is_no_text_ends_the_stream_and_says_what_to_return(name):
    told = Told(**{name: lambda *_: 3})
    found = told.tell("start") + told.chunk(0) + told.tell("stop")
    assert f"{name} must return text or None, got 3: return str(…), or nothing; mend it" in found[-1]["text"]
    assert isinstance(told.widget.error, TypeError)


def test_started_in_another_place_the_first_one_ends():
    told = Told()
    told.tell("start")
    (found,) = told.tell("start", "b")
    assert found == {"kind": "ended", "run": "a", "text": "It was started in another place, and streams from there."}
    assert told.chunk(0) == [] and told.chunk(0, run="b")
    told.tell("stop", "b")
    assert told.tell("start", "c") == [], "what has stopped is told nothing"


def test_messages_before_a_start_and_strange_ones_are_passed_over():
    told = Told()
    assert told.chunk(0) == [] and told.tell("stop") == [] and told.tell("nonsense", None) == []
    with pytest.raises(ValueError, match="nothing has been heard yet, .*: press its button"):
        told.widget.signal  # noqa: B018
    assert told.widget.delays_ms.shape == (0,) and told.widget.left_out_s == 0


def test_refusals():
    for value in (None, "print", 3):
        with refuses("on_chunk must be a function, got .*: pass its name without brackets", TypeError):
            explorables.stream_microphone(value)
    for name in ("on_start", "on_stop"):
        with refuses(f"{name} must be a function, got 3", TypeError):
            made(**{name: 3})
    x = np.zeros(8000)
    for value in (x, 3, "speech/digits", (x,), (x, 8000, 1)):
        with refuses(r"clip must be \(signal, sample_rate\), got .*: pass the two that cu.audio.load gives", TypeError):
            made(clip=value)
    with refuses("sample_rate of clip must be at least 8000, got 4000"):
        made(clip=(x, 4000))
    with refuses("must lie within ±1, got a peak of 2: scale it down by that factor"):
        made(clip=(x + 2, 8000))
    with refuses("must be finite"):
        made(clip=(np.r_[x, np.nan], 8000))
    with refuses("clip must fit into 1,000,000 bytes"):
        made(clip=(np.zeros(500_001), 48_000))
    for value in (12_000, 0, -8000):
        with refuses("sample_rate must be one of 8000, 11025, .*, 48000, got .*: choose one of them"):
            made(sample_rate=value)
    with refuses("sample_rate must be a number, got '16000'", TypeError):
        made(sample_rate="16000")
    with refuses("source must be one of 'microphone', 'clip', got 'file'"):
        made(source="file")
    for value, words in ((30, "at least 40"), (200, "at most 100")):
        with refuses(f"chunk_ms must be {words}, got {value}"):
            made(chunk_ms=value)
    with refuses("the name of a trait must be one of"):
        made(chunk=60)


@pytest.mark.parametrize("name", ["on_start", "on_stop"])
@pytest.mark.parametrize("nothing", [0, "", False, [], {}])
def test_what_is_empty_is_no_function(name, nothing):
    with refuses(f"{name} must be a function, got", TypeError):
        explorables.stream_microphone(print, **{name: nothing})
