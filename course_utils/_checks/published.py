"""What ``published`` words."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import numpy as np
import torch

from .files import shown, unreadable
from .layers import *  # noqa: F403
from .layers import _show, array

_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")


def folder(source) -> Path | None:
    """A folder that is there; None for what may be a name on the hub. A pickle is refused."""
    if isinstance(source, bool) or not isinstance(source, str | os.PathLike) or not str(source).strip():
        raise TypeError(
            f"source must be a folder, or a name such as 'tiny' or 'openai/whisper-tiny', got {_show(source)}: name one"
        )
    try:
        path = Path(source)
        is_folder, is_file = path.is_dir(), path.is_file()
    except (OSError, ValueError):
        return None
    if is_file or path.suffix in _PICKLES:
        _no_pickle(path) if path.suffix in _PICKLES else _not_a_folder(path)
    return path if is_folder else None


def _no_pickle(path: Path) -> NoReturn:
    raise ValueError(
        f"source must be a folder with safetensors, got the pickle {shown(path)}, which can run any program when it is "
        "opened: fetch model.safetensors and config.json of the same model"
    )


def _not_a_folder(path: Path) -> NoReturn:
    raise ValueError(
        f"source must be the folder with config.json and model.safetensors, got the file {shown(path)}: "
        "name the folder that it lies in"
    )


def name_on_hub(source) -> str:
    """What can be a name there: owner/model."""
    name = str(source)
    parts = name.split("/")
    is_name = len(parts) == 2 and all(
        part and part.replace("-", "").replace("_", "").replace(".", "").isalnum() for part in parts
    )
    if not is_name or not name.isascii() or ".." in name:
        raise FileNotFoundError(
            f"source must be a folder that is there, a size such as 'tiny', or owner/model on the hub, got "
            f"{_show(name)}: look for a slip in the name"
        )
    return name


def hub_installed(name: str) -> None:
    """The client that fetches models and knows where it has put them."""
    if find_spec("huggingface_hub") is None:
        raise FileNotFoundError(
            f"source must be a folder on this machine, got {_show(name)}, a name on the hub, and huggingface_hub is "
            "not installed: pip install huggingface_hub, or copy the model's folder here"
        )


def not_reached(name: str, is_local: bool, error: Exception) -> NoReturn:
    """A model that is neither in the cache nor within reach."""
    where = "in its cache" if is_local else "in its cache or on the network"
    raise FileNotFoundError(
        f"source must be a folder, or a model that huggingface_hub finds, got {_show(name)}, which it does not find "
        f"{where} ({type(error).__name__}): fetch it where there is a network, and copy its folder here"
    ) from error


def inside(folder, name: str) -> Path:
    """A file of a folder that is there."""
    if isinstance(folder, bool) or not isinstance(folder, str | os.PathLike) or not str(folder):
        raise TypeError(f"folder must be a path, got {_show(folder)}: pass what folder_of gives")
    if not isinstance(name, str) or not name or Path(name).name != name:
        raise ValueError(f"name must be the name of a file in the folder, got {_show(name)}: pass 'config.json'")
    try:
        is_there = Path(folder).is_dir()
    except (OSError, ValueError):
        is_there = False
    if not is_there:
        raise FileNotFoundError(f"folder must be one that is there, got {_show(str(folder))}: check the spelling")
    return Path(folder) / name


def json_of(path: Path) -> dict:
    """A file of settings."""
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise FileNotFoundError(
            f"the folder of a published model must hold {path.name}, got none in {shown(path.parent)}: copy all of its "
            "json files and weights"
        ) from None
    except OSError as error:
        sentence = unreadable(path, error)
        raise sentence from None
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f"{path.name} must be JSON, got {shown(path)}, which is not ({type(error).__name__}): fetch it again"
        ) from None
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} must hold settings by name, got {_show(found)}: fetch it again")
    return found


def of_whisper(found: dict, names: dict[str, str]) -> dict[str, str]:
    """Settings of a network that this one can be."""
    usual = {"model_type": "whisper", "activation_function": "gelu", "scale_embedding": False}
    wide, heads = found.get("d_model"), found.get("encoder_attention_heads")
    if isinstance(wide, int):
        usual |= {"encoder_ffn_dim": 4 * wide, "decoder_ffn_dim": 4 * wide, "decoder_attention_heads": heads}
    for name, value in usual.items():
        if found.get(name, value) != value:
            raise ValueError(
                f"{name} of config.json must be {value!r}, got {_show(found[name])}: name a published Whisper"
            )
    return names


def size(found: dict, name: str) -> int:
    """One whole number of a file of settings."""
    if type(found.get(name)) is not int:
        raise ValueError(
            f"config.json must say {name!r} with a whole number, got {_show(found.get(name))}: fetch that of a Whisper"
        )
    return found[name]


def list_of_tokens(found: dict, name: str, n_tokens: int) -> list[int] | None:
    """Numbers of tokens in a file of settings, or nothing."""
    value = found.get(name)
    if value is None:
        return None
    is_list = isinstance(value, list) and all(type(number) is int and -1 <= number < n_tokens for number in value)
    if not is_list:
        raise ValueError(
            f"{name} of generation_config.json must list tokens of 0…{n_tokens - 1}, got {_show(value)}: fetch it again"
        )
    return [number for number in value if number >= 0]


def state(wanted) -> dict[str, torch.Tensor]:
    """The state of a model."""
    if not isinstance(wanted, Mapping) or not all(
        isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in wanted.items()
    ):
        raise TypeError(f"wanted must be a dict of tensors, got {_show(wanted)}: pass model.state_dict()")
    return dict(wanted)


def weight_files(folder) -> list[Path]:
    """The one file with weights, or its parts."""
    index, whole = (inside(folder, name) for name in ("model.safetensors.index.json", "model.safetensors"))
    if whole.is_file():
        return [whole]
    if not index.is_file():
        pickles = sorted(path.name for path in whole.parent.iterdir() if path.suffix in _PICKLES)
        if pickles:
            _no_pickle(whole.parent / pickles[0])
        raise FileNotFoundError(
            f"the folder of a published model must hold model.safetensors, got none in {shown(folder)}: fetch it"
        )
    parts = json_of(index).get("weight_map")
    names = sorted(set(parts.values())) if isinstance(parts, dict) and all(map(_is_part, parts.values())) else []
    if not names:
        raise ValueError(f"{index.name} must name the files that hold the weights, got {_show(parts)}: fetch it again")
    return [whole.parent / name for name in names]


def _is_part(name) -> bool:
    return isinstance(name, str) and Path(name).name == name and name.endswith(".safetensors")


def broken_weights(path: Path, error: Exception) -> NoReturn:
    """A file that is no safetensors file, or not whole."""
    raise ValueError(
        f"{path.name} must be a whole safetensors file, got {shown(path)}, which cannot be read "
        f"({type(error).__name__}): fetch it again"
    ) from error


def tied(scores, embedding, folder) -> None:
    """What turns vectors into scores is the table that turns tokens into vectors, where it is published at all."""
    if scores is None or embedding is None:
        return
    if scores.shape != embedding.shape or not (scores == embedding).all():
        raise ValueError(
            f"'proj_out.weight' in {shown(folder)} must equal 'decoder.embed_tokens.weight', by which Whisper scores, "
            f"got another one of shape {tuple(scores.shape)}: name a published Whisper"
        )


def weight(found: dict[str, torch.Tensor], name: str, shape: tuple, dtype: torch.dtype, folder) -> torch.Tensor:
    """One published weight, taken out of those that were read, in the model's precision."""
    if name not in found:
        raise ValueError(
            f"the weights in {shown(folder)} must hold {name!r}, got {len(found)} others: "
            "fetch the whole model, or one of Whisper's kind"
        )
    value = found.pop(name)
    if tuple(value.shape) != shape or not value.is_floating_point():
        raise ValueError(
            f"{name!r} in {shown(folder)} must have the shape {shape} that config.json asks for, got "
            f"{tuple(value.shape)} of {value.dtype}: fetch weights and config.json of the same model"
        )
    if not (value := value.to(dtype)).isfinite().all():
        raise ValueError(
            f"{name!r} in {shown(folder)} must be finite in {dtype}, got NaN, infinity or larger numbers: "
            "fetch the weights again"
        )
    return value


def nothing_left(names: set[str], folder) -> None:
    """Weights of a model that has a place for each."""
    if names:
        raise ValueError(
            f"the weights in {shown(folder)} must be those that config.json asks for, got {min(names)!r} and "
            f"{len(names) - 1} more without a place: fetch weights and config.json of the same model"
        )


# ------------------------------------------------------------------------------------------ SpeechT5


def patterns(files) -> list[str]:
    """Names of files, with or without a star."""
    is_list = isinstance(files, list | tuple) and files
    if not is_list or not all(isinstance(name, str) and name for name in files):
        raise TypeError(
            f"files must be a list of names, got {_show(files)}: write ['config.json', 'model.safetensors']"
        )
    return list(files)


def of_kind(found: dict, kind: str) -> None:
    """Settings of the network that is asked for."""
    if found.get("model_type") != kind:
        raise ValueError(
            f"model_type of config.json must be {kind!r}, got {_show(found.get('model_type'))}: name a published "
            f"{'SpeechT5' if kind == 'speecht5' else 'HiFi-GAN for SpeechT5'}"
        )


@contextmanager
def readable(folders: Sequence[Path]) -> Iterator[None]:
    """What transformers reads, it can read."""
    try:
        yield
    except Exception as error:  # whatever transformers, safetensors, torch and sentencepiece raise
        where = " and ".join(map(shown, folders))
        raise ValueError(
            f"source and vocoder must hold weights, settings and characters that transformers reads, got {where}, "
            f"where it finds a fault ({type(error).__name__}): copy or download both again"
        ) from error


def speech_networks(model, vocoder) -> tuple:
    """The two networks of transformers, ready to speak."""
    for network, name, kind in ((model, "model", "speecht5"), (vocoder, "vocoder", "speecht5_hifigan")):
        is_network = isinstance(network, torch.nn.Module)
        if not is_network or getattr(getattr(network, "config", None), "model_type", None) != kind:
            way = "SpeechT5.from_pretrained reads both"
            raise TypeError(f"{name} must be a network {kind!r} of transformers, got {_show(network)[:60]}: {way}")
    if not hasattr(model, "generate_speech"):
        raise TypeError("model must be a SpeechT5ForTextToSpeech, got a SpeechT5 without a voice: load that class")
    if model.config.num_mel_bins != vocoder.config.model_in_dim:
        raise ValueError(
            f"vocoder must take the {model.config.num_mel_bins} bands that model gives, got one of "
            f"{vocoder.config.model_in_dim}: load the vocoder that was published with it"
        )
    return model.eval(), vocoder.eval()


def tokenizer(value):
    """What turns text into tokens, or nothing."""
    if value is not None and not callable(value):
        raise TypeError(f"tokenizer must be a SpeechT5Tokenizer or None, got {_show(value)}: load one, or pass None")
    return value


def tokens_of_text(text, tokenizer, config) -> torch.Tensor:
    """One row of tokens that the network can take."""
    if isinstance(text, str):
        if tokenizer is None:
            raise ValueError(f"text must be tokens where there is no tokenizer, got {_show(text)}: pass a tokenizer")
        if not text.strip():
            raise ValueError(f"text must hold something to say, got {_show(text)}: pass a sentence")
        text = tokenizer(text).input_ids
    elif not isinstance(text, list | tuple) or not text:
        raise TypeError(f"text must be a string or a list of tokens, got {_show(text)}: pass a sentence")
    if not all(isinstance(token, int) and not isinstance(token, bool) for token in text):
        raise TypeError(f"text must hold whole numbers where it is a list, got {_show(text)}: pass tokens, or a string")
    if not all(0 <= token < config.vocab_size for token in text):
        raise ValueError(f"text must hold tokens of 0…{config.vocab_size - 1}, got {_show(text)}: use its tokenizer")
    if len(text) > config.max_text_positions:
        raise ValueError(
            f"text must have at most {config.max_text_positions} tokens, got {len(text)}: say it sentence by sentence"
        )
    return torch.tensor([text])


def speaker(value, n_values: int) -> torch.Tensor:
    """The voice: a vector with a direction."""
    if value is None:
        raise TypeError("speaker must be an x-vector, got None: the weights have no voice of their own, pass one")
    vector = np.asarray(array(value, "speaker", real=True), np.float64)
    if vector.shape != (n_values,):
        raise ValueError(f"speaker must have shape ({n_values},), got {vector.shape}: pass one x-vector")
    if not (largest := np.abs(vector).max()):
        raise ValueError(
            "speaker must have a direction, got nothing but zeros, which the network takes without complaint and "
            "speaks with nobody's voice: pass the x-vector of a recording"
        )
    return torch.tensor(vector / largest, dtype=torch.float32)[None]
