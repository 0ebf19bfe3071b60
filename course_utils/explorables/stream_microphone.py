"""The microphone in small chunks, while one speaks: a function of yours gets them and answers with a line of text.

Lecture: ctc
"""

from collections import deque
from collections.abc import Callable

import numpy as np
import traitlets

from .. import audio
from .._checks import explorables as _checks
from .base import Choice, Explorable, Slider, sound_bytes

RATES = (8000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
KEPT_S, MOST_DELAYS = 60, 1500  # how much of the sound and of the delays Python keeps
CLIP = "speech/digits"  # stands in for the microphone unless another clip is given


class StreamMicrophone(Explorable):
    """Speak, and ``on_chunk`` is called with each chunk of the sound; the text that it returns stands on the page.

    The page resamples what the microphone hears to ``sample_rate`` and sends ``⌊sample_rate · chunk_ms / 1000 + ½⌋``
    samples at a time, in order and without gaps. Three chunks at most are with Python at once; further ones wait in
    the page. If a second of sound is waiting, because Python is slower than the sound or runs a cell, that second is
    left out, the page says so, and ``left_out_s`` grows: the text is late by little more than a second, never by more
    and more. After *Stop* the last chunk is filled up with zeros.

    The delay runs from the moment when the browser has the first sample of a chunk to the moment when the answer to
    it stands in the page: the length of the chunk, the way to Python and back, and ``on_chunk`` itself. What the sound
    card adds before, and the screen after it, no page can see.

    Where there is no microphone, or the page may not use it, ``clip`` is played in its place, and streamed in real time
    through the same resampler and chunks, with 0.5 s of silence after it.

    Parameters
    ----------
    on_chunk : callable
        Called with the samples, an ndarray of shape (time,), float32, full scale ±1. It returns the line of text that
        the page is to show, or None to leave the line as it is. An exception ends the stream and is shown in one
        sentence; ``error`` holds it.
    sample_rate : {8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000}, Hz
        What ``on_chunk`` gets.
    on_start : callable, optional
        Called without arguments before the first chunk: here a recogniser forgets what it heard before.
    on_stop : callable, optional
        Called without arguments after the last chunk; it may return text as ``on_chunk`` does.
    clip : (signal, sample_rate), optional
        An ndarray of shape (time,), within ±1, of at most 500,000 samples, and its rate in Hz, 8,000…48,000. Without
        it, ten spoken digits: ``speech/digits`` of ``data/``.
    chunk_ms : float, ms, 40…100
        Length of a chunk; another one holds from the next start.
    source : {"microphone", "clip"}
        What is streamed.

    Attributes
    ----------
    signal : ndarray, shape (time,), float32, full scale ±1
        What ``on_chunk`` got since the last start, its last 60 s at most. A ``ValueError`` says so if it got nothing.
    delays_ms : ndarray, shape (n_answers,), ms
        Measured delays since the last start, the last 1,500 at most.
    left_out_s : float, s
        How much of the sound was left out since the last start.
    error : Exception or None
        What ended the stream.

    Raises
    ------
    TypeError, ValueError
        If what should be a function is none, for a rate that is not listed, and for a clip that is no sound, leaves
        ±1, or is too long.

    Lecture: ctc
    """

    title = traitlets.Unicode("Stream the microphone").tag(sync=True)
    source = Choice("microphone", ("microphone", "clip"), label="sound from")
    chunk_ms = Slider(60, 40, 100, label="chunk", unit="ms", step=10)
    sample_rate = traitlets.TraitType(16_000).tag(sync=True)
    audio = traitlets.Bytes().tag(sync=True)  # the clip
    clip_rate = traitlets.Float().tag(sync=True)

    def __init__(
        self,
        on_chunk: Callable[[np.ndarray], str | None],
        *,
        on_start: Callable[[], object] | None = None,
        on_stop: Callable[[], str | None] | None = None,
        clip: tuple[np.ndarray, float] | None = None,
        **state,
    ):
        self._on_chunk = _checks.function(on_chunk, "on_chunk")
        self._on_start = None if on_start is None else _checks.function(on_start, "on_start")
        self._on_stop = None if on_stop is None else _checks.function(on_stop, "on_stop")
        signal, rate = audio.load(CLIP, mono=True) if clip is None else _checks.clip(clip)
        rate = _checks.number(rate, "sample_rate of clip", at_least=8000, at_most=48_000)
        super().__init__(audio=sound_bytes([signal], "clip"), clip_rate=float(rate), **state)
        self._begin(None)
        self.on_msg(self._receive)

    @traitlets.validate("sample_rate")
    def _one_of_the_rates(self, proposal):
        return int(_checks.listed(_checks.number(proposal["value"], "sample_rate"), "sample_rate", RATES))

    def _begin(self, run):
        self._run, self._is_on, self._n_expected = run, False, 0
        self._chunks, self._delays_ms = deque(), deque(maxlen=MOST_DELAYS)
        self.left_out_s, self.error = 0.0, None

    def _receive(self, _, content, buffers):
        """A message of the page: start, chunk, stop, or delays that were measured after the last chunk."""
        kind, run = content.get("kind"), content.get("run")
        if kind == "start":
            if self._is_on:
                self._answer("ended", self._run, "It was started in another place, and streams from there.")
            self._begin(run)
            self._is_on = True
        if run is None or run != self._run:
            return
        self._delays_ms.extend(content.get("delays_ms", ()))
        try:
            if kind == "start" and self._on_start:
                self._on_start()
            elif kind == "chunk":
                text = self._take(content, np.frombuffer(buffers[0], dtype="<f4").astype(np.float32))
                self._answer("answer", run, text, number=content["number"])
            elif kind == "stop":
                self._is_on = False
                text = self._on_stop() if self._on_stop else None
                self._answer("stopped", run, _checks.line_of_text(text, "on_stop"))
        except (Exception, KeyboardInterrupt) as error:
            self._fail(error, kind)

    def _take(self, content, samples):
        """Count, keep, and hand over one chunk."""
        self.left_out_s += (content["number"] - self._n_expected) * len(samples) / self.sample_rate
        self._n_expected = content["number"] + 1
        self._chunks.append(samples)
        while len(self._chunks) * len(samples) > KEPT_S * self.sample_rate:
            self._chunks.popleft()
        return _checks.line_of_text(self._on_chunk(samples.copy()), "on_chunk")

    def _fail(self, error, kind):
        name = {"start": "on_start", "chunk": "on_chunk", "stop": "on_stop"}[kind]
        words = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(".: ")
        run, self._run, self._is_on, self.error = self._run, None, False, error
        self._answer(
            "ended", run, f"{name} has failed with {words[:300]}; mend it, run its cell again, and start anew."
        )

    def _answer(self, kind, run, text, **more):
        self.send({"kind": kind, "run": run, "text": text} | more)

    @property
    def signal(self) -> np.ndarray:
        return np.concatenate(_checks.heard(self._chunks or None))

    @property
    def delays_ms(self) -> np.ndarray:
        return np.array(self._delays_ms, dtype=float)
