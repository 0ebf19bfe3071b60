"""Interactives that run in the page: each is drawn and heard without asking Python, and shares its state with Python.

``cu.explorables.aliasing(frequency_hz=3000)`` shows one. Lecture: start_here
"""

from .abx import Abx as abx
from .aliasing import Aliasing as aliasing
from .attention_asr_lab import AttentionAsrLab as attention_asr_lab
from .attention_lab import AttentionLab as attention_lab
from .augment_lab import AugmentLab as augment_lab
from .beam_lab import BeamLab as beam_lab
from .cepstrum_lab import CepstrumLab as cepstrum_lab
from .cochlea import Cochlea as cochlea
from .codec_lab import CodecLab as codec_lab
from .ctc_lab import CtcLab as ctc_lab
from .film import Film as film
from .formula import Formula as formula
from .griffin_lim_lab import GriffinLimLab as griffin_lim_lab
from .leakage import Leakage as leakage
from .live_spectrogram import LiveSpectrogram as live_spectrogram
from .mel_lab import MelLab as mel_lab
from .phasors import Phasors as phasors
from .pitch_lab import PitchLab as pitch_lab
from .player import Player as player
from .pole_zero import PoleZero as pole_zero
from .quantizer import Quantizer as quantizer
from .record import Record as record
from .resampling_lab import ResamplingLab as resampling_lab
from .sampler_lab import SamplerLab as sampler_lab
from .stft_lab import StftLab as stft_lab
from .stream_microphone import StreamMicrophone as stream_microphone
from .tts_lab import TtsLab as tts_lab
from .wave_lab import WaveLab as wave_lab

__all__ = [
    "abx",
    "aliasing",
    "attention_asr_lab",
    "attention_lab",
    "augment_lab",
    "beam_lab",
    "cepstrum_lab",
    "cochlea",
    "codec_lab",
    "ctc_lab",
    "film",
    "formula",
    "griffin_lim_lab",
    "leakage",
    "live_spectrogram",
    "mel_lab",
    "phasors",
    "pitch_lab",
    "player",
    "pole_zero",
    "quantizer",
    "record",
    "resampling_lab",
    "sampler_lab",
    "stft_lab",
    "stream_microphone",
    "tts_lab",
    "wave_lab",
]
