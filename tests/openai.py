"""OpenAI's Whisper as an oracle: its modules one by one, since its ``__init__`` wants more than is installed here."""

import importlib
import importlib.util
import sys
import types

import torch


def module(name):
    """``whisper.<name>`` of the package openai-whisper."""
    if "whisper" not in sys.modules:
        package = types.ModuleType("whisper")
        package.__path__ = importlib.util.find_spec("whisper").submodule_search_locations
        sys.modules["whisper"] = package
    return importlib.import_module(f"whisper.{name}")


RENAMED = {
    "blocks": "layers",
    "ln_post": "layer_norm",
    "decoder.ln.": "decoder.layer_norm.",
    "token_embedding": "embed_tokens",
    "positional_embedding": "embed_positions",
    ".mlp.0.": ".linear1.",
    ".mlp.2.": ".linear2.",
    ".cross_attn_ln.": ".norm2.",
    ".attn_ln.": ".norm1.",
    ".cross_attn.": ".multihead_attn.",
    ".attn.": ".self_attn.",
    ".out.": ".out_proj.",
}
PARTS = ("query", "key", "value")


def network(ours):
    """OpenAI's network with the weights of ours, whose keys must have no bias."""
    config, model = ours.config, module("model")
    sides = (config.width, config.n_heads)
    theirs = model.Whisper(
        model.ModelDimensions(
            *(config.n_mels, config.n_frames, *sides, config.n_encoder_layers),
            *(config.vocabulary, config.n_longest, *sides, config.n_decoder_layers),
        )
    )
    state, weights = ours.state_dict(), {}
    for name in theirs.state_dict():
        own = name.replace(".mlp_ln.", ".norm2." if name.startswith("encoder") else ".norm3.")
        for published, here in RENAMED.items():
            own = own.replace(published, here)
        part = next((part for part in PARTS if f".{part}." in own), None)
        if part is None:
            weights[name] = state[own]
        else:
            table = own.replace(f".{part}.weight", ".in_proj_weight").replace(f".{part}.bias", ".in_proj_bias")
            weights[name] = state[table].chunk(3)[PARTS.index(part)]
    theirs.load_state_dict(weights)
    return theirs.eval()


def without_key_bias(ours):
    """Our network where its keys have no bias, as published ones have none."""
    with torch.no_grad():
        for name, bias in ours.named_parameters():
            if name.endswith("in_proj_bias"):
                bias.chunk(3)[1].zero_()
    return ours
