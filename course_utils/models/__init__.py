"""Models that learn: the only part of the course that imports torch, each module when it is first used."""

from importlib import import_module

from .. import _checks

_checks.installed("torch", "course_utils.models", "models")

_SUBMODULES = (
    "attention_asr",
    "beam_search",
    "checkpoints",
    "classification",
    "codec",
    "codec_recipes",
    "ctc",
    "datasets",
    "durations",
    "encoders",
    "events",
    "features",
    "layers",
    "music_generation",
    "music_recipes",
    "parallel_speech",
    "published",
    "recipes",
    "recogniser",
    "recurrent",
    "sequence_models",
    "small_whisper",
    "speakers",
    "speech_features",
    "speech_recipes",
    "text_to_speech",
    "training",
    "transducer",
    "vocoder",
    "whisper",
)


def __getattr__(name):
    if name in _SUBMODULES:
        return import_module(f"course_utils.models.{name}")
    raise AttributeError(f"course_utils.models has no module {name!r}: choose one of {', '.join(_SUBMODULES)}")


def __dir__():
    return sorted([*globals(), *_SUBMODULES])
