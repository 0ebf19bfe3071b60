"""Weights that others have published, in the layout of transformers.

Those of a Whisper are read from safetensors into the course's own network, never from a pickle. SpeechT5 is run by
transformers itself, which reads safetensors, or a pickle with ``weights_only``, which holds tensors and no program.
Lecture: attention_asr
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
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
_FILES = ("config.json", "generation_config.json", "vocab.json", "model.safetensors*", "model-*.safetensors")
_FILES_OF_SPEECH = ("*.json", "spm_char.model", "model.safetensors", "pytorch_model.bin")
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


def folder_of(source: str | Path, *, local_files_only: bool = False, files: Sequence[str] = _FILES) -> Path:
    """The folder with a model's weights: itself, or where the hub's client keeps the model of that name.

    Parameters
    ----------
    source : str or path
        A folder, a size ("tiny", "small.en"), or a name on the hub ("openai/whisper-tiny").
    local_files_only : bool
        Do not ask the network, even if the model is not in the cache.
    files : sequence of str
        Which files of the model to fetch, as patterns; those of a Whisper by default.

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
    files = _checks.patterns(files)
    if (folder := _checks.folder(source)) is not None:
        return folder
    name = f"openai/whisper-{source}" if source in SIZES else _checks.name_on_hub(source)
    _checks.hub_installed(name)
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=files, local_files_only=local_files_only))
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


# ------------------------------------------------------------------------------------------ SpeechT5


class SpeechT5:
    """Text to 16 kHz speech in the voice of an embedding: SpeechT5 and its HiFi-GAN vocoder, run by transformers.

    Parameters
    ----------
    model : transformers.SpeechT5ForTextToSpeech
    vocoder : transformers.SpeechT5HifiGan
    tokenizer : transformers.SpeechT5Tokenizer, optional
        Needed where text is given, and not tokens. It needs sentencepiece.

    What transformers 5.23 does with the speaker, and this class does not leave to it: None is refused, and a vector of
    zeros, as in the example of its documentation, is accepted and gives nobody's voice. The length of the vector does
    not matter, since it is divided by it. The x-vectors that the weights were trained with came from
    ``speechbrain.pretrained``, a path that went with SpeechBrain 1.0: it is ``speechbrain.inference.speaker`` now.

    Source: Ao et al. 2022, ACL. Lecture: text_to_speech
    """

    sample_rate = 16_000

    def __init__(self, model: object, vocoder: object, tokenizer: object = None) -> None:
        self.model, self.vocoder = _checks.speech_networks(model, vocoder)
        self.tokenizer = _checks.tokenizer(tokenizer)

    @classmethod
    def from_pretrained(
        cls,
        source: str | Path = "microsoft/speecht5_tts",
        *,
        vocoder: str | Path = "microsoft/speecht5_hifigan",
        local_files_only: bool = False,
    ) -> "SpeechT5":
        """Read both from folders, or from the hub's cache, or fetch them: see ``folder_of``."""
        _checks.installed("transformers", "SpeechT5", "speech")
        _checks.installed("sentencepiece", "SpeechT5", "speech")
        from transformers import SpeechT5ForTextToSpeech, SpeechT5HifiGan, SpeechT5Tokenizer

        options = {"local_files_only": local_files_only, "files": _FILES_OF_SPEECH}
        folders = [folder_of(name, **options) for name in (source, vocoder)]
        for folder, kind in zip(folders, ("speecht5", "speecht5_hifigan"), strict=True):
            _checks.of_kind(_checks.json_of(_checks.inside(folder, "config.json")), kind)
        with _checks.readable(folders):
            networks = [
                kind.from_pretrained(folder, weights_only=True, local_files_only=True)
                for kind, folder in zip((SpeechT5ForTextToSpeech, SpeechT5HifiGan), folders, strict=True)
            ]
            return cls(*networks, SpeechT5Tokenizer.from_pretrained(folders[0], local_files_only=True))

    @torch.no_grad()
    def mel(
        self, text: str | Sequence[int], speaker: np.ndarray, *, threshold: float = 0.5, seed: int = 0
    ) -> np.ndarray:
        """The log-mel spectrogram (base 10) that it says a text with, float32, shape (80, frames), 62.5 a second.

        Parameters
        ----------
        text : str, or sequence of int
            Normalized, see ``course_utils.text.normalize``; or the tokens.
        speaker : array, shape (512,)
            An x-vector. Its direction counts, its length does not.
        threshold : float, 0…1
            It stops where the stop tokens of a step add up to so much: there are two, one for each of its two frames.
        seed : int
            Of the dropout in its pre-net, which stays on in synthesis: another seed says it a little differently.
        """
        tokens = _checks.tokens_of_text(text, self.tokenizer, self.model.config)
        speaker = _checks.speaker(speaker, self.model.config.speaker_embedding_dim)
        threshold = _checks.number(threshold, "threshold", at_least=0, at_most=1)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(_checks.count(seed, "seed", minimum=0))
            return self.model.generate_speech(tokens, speaker, threshold=threshold).T.numpy()

    @torch.no_grad()
    def __call__(self, text: str | Sequence[int], speaker: np.ndarray, **options: object) -> np.ndarray:
        """The signal, float32, shape (time,), at 16 kHz: the vocoder's reading of ``mel``, which takes the options."""
        return self.vocoder(torch.from_numpy(self.mel(text, speaker, **options).T.copy())).numpy()
