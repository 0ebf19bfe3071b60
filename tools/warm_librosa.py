"""Run once what the lectures use of librosa, so that numba compiles it now and not in a lecture."""

import warnings

import librosa
import numpy as np

warnings.simplefilter("ignore")
SAMPLE_RATE = 22050
rng = np.random.default_rng(0)
signal = rng.standard_normal(SAMPLE_RATE).astype(np.float32)

spectrum = librosa.stft(signal)
librosa.istft(spectrum)
librosa.griffinlim(np.abs(spectrum), n_iter=1)
librosa.resample(signal, orig_sr=SAMPLE_RATE, target_sr=16000)
librosa.feature.melspectrogram(y=signal, sr=SAMPLE_RATE)
librosa.feature.mfcc(y=signal, sr=SAMPLE_RATE)
librosa.yin(signal, fmin=80, fmax=800)
librosa.onset.onset_detect(y=signal, sr=SAMPLE_RATE)
