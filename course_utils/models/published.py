"""Weights that others have published, read from safetensors in the layout of transformers; never from a pickle.

Lecture: attention_asr
"""

from collections.abc import Mapping
from pathlib import Path

import torch

from .._checks import published as _checks
from ..bpe import BytePairEncoding, whisper_ranks

SIZES = {  # width, heads, layers of the encoder, layers of the decoder, bands, tokens
    "tiny": (384, 6, 4, 4, 80, 51_865),
    "base": (512, 8, 6, 6, 80, 51_865),
    "small": (768, 12, 12, 12, 80, 51_865),
    "medium": (1024, 16, 24, 24, 80, 51_865),
    "large": (1280, 20, 32, 32, 80, 51_865),
    "large-v2": (1280, 20, 32, 32, 80, 51_865),
    "large-v3": (1280, 20, 32, 32, 128, 51_866),
    "large-v3-turbo": (1280, 20, 32, 4, 128, 51_866),
}
SIZES |= {f"{name}.en": (*SIZES[name][:5], 51_864) for name in ("tiny", "base", "small", "medium")}
LANGUAGES = tuple(  # in the order of their tokens; the last came with large-v3
    "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs "
    "ro da hu ta no th ur hr bg lt la mi ml cy sk te fa lv bn sr az sl kn et mk "  # codespell:ignore te
    "br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so af oc ka be tg sd gu "
    "am yi lo uz fo ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jw su yue".split()  # codespell:ignore fo
)
# What transcripts write and nobody says: signs, and notes.
SIGNS = [
    *'"#()*+/:;<=>@[\\]^_`{|}~「」『』',
    *"<< >> <<< >>> -- --- -( -[ (' (\" (( )) ((( ))) [[ ]] {{ }} ♪♪ ♪♪♪".split(),
]
NOTES = [*"♩♪♫♬♭♮♯"]
_SIZES = {
    "width": "d_model",
    "n_heads": "encoder_attention_heads",
    "n_mels": "num_mel_bins",
    "vocabulary": "vocab_size",
}
_SIZES |= {"n_encoder_layers": "encoder_layers", "n_decoder_layers": "decoder_layers"}
_SIZES |= {"n_frames": "max_source_positions", "n_longest": "max_target_positions"}
# Our name of a part of a layer, and the published one. In the encoder norm2 stands where norm3 is in the decoder.
_RENAMED = {".norm1.": ".self_attn_layer_norm.", ".norm2.": ".encoder_attn_layer_norm.", ".linear1.": ".fc1."}
_RENAMED |= {".norm3.": ".final_layer_norm.", ".linear2.": ".fc2.", ".multihead_attn.": ".encoder_attn."}


def preset(name: str) -> dict[str, int]:
    """The size of a published Whisper, or of a toy with the same windows and tokens.

    Parameters
    ----------
    name : str
        "tiny" to "large-v3-turbo", the English-only "tiny.en" to "medium.en", or "toy".

    Returns
    -------
    dict
        Options of ``WhisperConfig``.

    Lecture: attention_asr
    """
    sizes = {"toy": (32, 2, 2, 2, 80, 51_865), **SIZES}
    names = ("width", "n_heads", "n_encoder_layers", "n_decoder_layers", "n_mels", "vocabulary")
    return dict(zip(names, sizes[_checks.choice(name, "name", tuple(sizes))], strict=True))


def folder_of(source: str | Path, *, local_files_only: bool = False) -> Path:
    """The folder with a Whisper's weights: itself, or where the hub's client keeps the model of that name.

    Parameters
    ----------
    source : str or path
        A folder, a size ("tiny", "small.en"), or a name on the hub ("openai/whisper-tiny").
    local_files_only : bool
        Do not ask the network, even if the model is not in the cache.

    Returns
    -------
    Path

    Raises
    ------
    FileNotFoundError
        If there is no such folder, and huggingface_hub is not installed, or does not find the model.
    ValueError
        If the source is a pickle.

    Lecture: attention_asr
    """
    local_files_only = _checks.switch(local_files_only, "local_files_only")
    if (folder := _checks.folder(source)) is not None:
        return folder
    name = f"openai/whisper-{source}" if source in SIZES else _checks.name_on_hub(source)
    _checks.hub_installed(name)
    from huggingface_hub import snapshot_download

    wanted = ["config.json", "generation_config.json", "vocab.json", "model.safetensors*", "model-*.safetensors"]
    try:
        return Path(snapshot_download(name, allow_patterns=wanted, local_files_only=local_files_only))
    except Exception as error:  # whatever the client and the network raise
        _checks.not_reached(name, local_files_only, error)


def sizes(folder: str | Path) -> dict[str, int]:
    """What ``config.json`` says of the size of a Whisper.

    Parameters
    ----------
    folder : path

    Returns
    -------
    dict
        The options of ``WhisperConfig``.

    Raises
    ------
    ValueError, FileNotFoundError
        If there is no such file, or it is that of another kind of network.

    Lecture: attention_asr
    """
    found = _checks.json_of(_checks.inside(folder, "config.json"))
    return {ours: _checks.size(found, theirs) for ours, theirs in _checks.of_whisper(found, _SIZES).items()}


def token_options(folder: str | Path, vocabulary: int) -> dict[str, object]:
    """What a publication says of its tokens: what is never written, what a text does not begin with, and the alphabet.

    Parameters
    ----------
    folder : path
        Where ``generation_config.json`` may lie, and ``vocab.json``, which is read for an English-only model.
    vocabulary : int
        Number of tokens.

    Returns
    -------
    dict
        The options of ``WhisperTokens``; None for what is not said.

    Lecture: attention_asr
    """
    path, words = (_checks.inside(folder, name) for name in ("generation_config.json", "vocab.json"))
    vocabulary = _checks.count(vocabulary, "vocabulary")
    found = _checks.json_of(path) if path.is_file() else {}
    names = {"suppressed": "suppress_tokens", "blank": "begin_suppress_tokens"}
    lists = {ours: _checks.list_of_tokens(found, theirs, vocabulary) for ours, theirs in names.items()}
    is_english = vocabulary == 51_864 and words.is_file()
    return {"encoding": BytePairEncoding(whisper_ranks(words)) if is_english else None, **lists}


def weights(folder: str | Path, wanted: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Published weights under the course's names: queries, keys and values are one table, and keys have a bias of 0.

    Published keys have no bias, and need none: ``q · (k + b) = q · k + q · b`` adds the same to all scores of a query,
    and the softmax does not see it.

    Parameters
    ----------
    folder : path
        Holds ``model.safetensors``, or its parts and ``model.safetensors.index.json``.
    wanted : mapping, str → tensor
        ``model.state_dict()``, for names, shapes and precision.

    Returns
    -------
    dict, str → tensor
        What ``model.load_state_dict`` takes.

    Raises
    ------
    ValueError, FileNotFoundError
        If a file is missing, broken or cut off, or it holds the weights of another model.

    Lecture: attention_asr
    """
    wanted, found = _checks.state(wanted), {}
    for path in _checks.weight_files(folder):
        found |= _read(path)
    _checks.tied(found.pop("proj_out.weight", None), found.get("decoder.embed_tokens.weight"), folder)
    own = {}
    for name, value in wanted.items():
        parts, shape = _sources(name, tuple(value.shape))
        for part in parts:
            if part.endswith("k_proj.bias"):
                found[part] = torch.zeros(shape)
        own[name] = torch.cat([_checks.weight(found, part, shape, value.dtype, folder) for part in parts])
    _checks.nothing_left(set(found), folder)
    return own


def _sources(name: str, shape: tuple) -> tuple[list[str], tuple]:
    """What a weight is called where it was published, the three of them where ours is one, and their shape."""
    if name.startswith("encoder"):
        name = name.replace(".norm2.", ".norm3.")
    for ours, theirs in _RENAMED.items():
        name = name.replace(ours, theirs)
    name = name.replace("embed_positions", "embed_positions.weight")
    if "in_proj_" not in name:
        return [name], shape
    return [name.replace("in_proj_", f"{part}_proj.") for part in "qkv"], (shape[0] // 3, *shape[1:])


def _read(path: Path) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            return {name.removeprefix("model."): file.get_tensor(name) for name in file.keys()}
    except (OSError, SafetensorError) as error:
        _checks.broken_weights(path, error)
