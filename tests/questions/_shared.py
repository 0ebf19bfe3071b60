"""What proofs of several topics measure."""

from contextlib import contextmanager

import numpy as np

from course_utils import audio, dft, sound, stft


def clip(name, *, seconds=None, sample_rate=None):
    """A clip of the course in mono, or its beginning; with its sampling rate."""
    signal, rate = audio.load(name, sample_rate=sample_rate, mono=True, dtype=np.float64)
    return signal[: None if seconds is None else int(seconds * rate)], rate


def level_db(signal):
    """RMS level in dBFS."""
    return 20 * np.log10(np.sqrt(np.mean(np.square(signal, dtype=float))))


def stripes(signal, sample_rate):
    """How much of the log spectrum below 4 kHz repeats from line to line: the median of the loud frames of 64 ms.

    The cepstrum's highest peak for lines 70 to 300 Hz apart, as a multiple of the mean there: 2.5 for a noise.
    """
    n_fft = round(0.064 * sample_rate)
    frames = stft.frame(signal, frame_length=n_fft, hop_length=n_fft // 2).T
    frames = frames[sound.rms(frames) > 0.3 * sound.rms(frames).max()] * dft.window("hann", n_fft)
    levels = np.log(np.abs(np.fft.rfft(frames)) + 1e-6)[:, : round(4000 * 0.064)]
    ripples = np.abs(np.fft.rfft(levels - levels.mean(axis=1, keepdims=True), 1024))
    hz = 1024 / np.maximum(np.arange(ripples.shape[1]), 1) / 0.064  # what distance of lines a ripple has
    ripples = ripples[:, (hz > 70) & (hz < 300)]
    return np.median(ripples.max(axis=1) / ripples.mean(axis=1))


@contextmanager
def one_thread():
    """Small networks are faster on one thread, and whatever else the machine does costs them less."""
    import torch

    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)
