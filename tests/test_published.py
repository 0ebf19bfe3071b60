"""Published weights: read as they were written, and every way in which a folder can be wrong."""

import json
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from course_utils._checks import published as checks
from course_utils.models import published
from course_utils.models.whisper import Whisper
from tests.hostile import COUNT, NAME, refusals
from tests.networks import seeded  # noqa: F401
from tests.support import refuses

SIZES = {"d_model": 16, "vocab_size": 51_865, "num_mel_bins": 8, "max_source_positions": 10, "max_target_positions": 12}
SIZES |= {"encoder_layers": 1, "decoder_layers": 2, "encoder_attention_heads": 2, "decoder_attention_heads": 2}
SIZES |= {"encoder_ffn_dim": 64, "decoder_ffn_dim": 64}


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A small Whisper of transformers in a folder, as its ``save_pretrained`` writes it, and the network itself."""
    from transformers import WhisperConfig as Config
    from transformers import WhisperForConditionalGeneration

    torch.manual_seed(0)
    network = WhisperForConditionalGeneration(Config(**SIZES)).eval()
    network.save_pretrained(folder := tmp_path_factory.mktemp("whisper"))
    return folder, network


@pytest.fixture
def folder(original, tmp_path):
    """A copy of it that a test may damage."""
    for path in original[0].iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def change(folder, **settings):
    path = folder / "config.json"
    kept = json.loads(path.read_text(encoding="utf-8")) | settings
    kept = {name: value for name, value in kept.items() if value is not None}
    path.write_text(json.dumps(kept), encoding="utf-8")


def rewrite(folder, edit):
    weights = load_file(folder / "model.safetensors")
    edit(weights)
    save_file(weights, folder / "model.safetensors")


# ------------------------------------------------------------------------------------------ what is read


def test_sizes_are_those_of_the_paper():
    """Radford et al. 2022, table 1: layers, width, heads; large-v3 has 128 bands, its turbo four layers to decode."""
    table = {"tiny": (4, 384, 6), "base": (6, 512, 8), "small": (12, 768, 12), "medium": (24, 1024, 16)}
    table |= {"large": (32, 1280, 20), "large-v2": (32, 1280, 20), "large-v3": (32, 1280, 20)}
    for name, (n_layers, width, n_heads) in table.items():
        size = published.preset(name)
        assert (size["n_encoder_layers"], size["n_decoder_layers"]) == (n_layers, n_layers)
        assert (size["width"], size["n_heads"], size["n_mels"]) == (width, n_heads, 128 if name == "large-v3" else 80)
    assert published.preset("large-v3-turbo")["n_decoder_layers"] == 4
    assert published.preset("tiny.en") == published.preset("tiny") | {"vocabulary": 51_864}


def test_every_weight_is_read_as_it_was_written(original):
    folder, network = original
    assert published.folder_of(folder) == folder == published.folder_of(str(folder))
    assert published.sizes(folder) == {
        **{"width": 16, "n_heads": 2, "n_mels": 8, "vocabulary": 51_865, "n_frames": 10, "n_longest": 12},
        **{"n_encoder_layers": 1, "n_decoder_layers": 2},
    }
    model = Whisper.from_pretrained(folder)
    attention, theirs = model.decoder.layers[1].multihead_attn, network.model.decoder.layers[1].encoder_attn
    query, key, value = attention.in_proj_weight.chunk(3)
    for ours, linear in ((query, theirs.q_proj), (key, theirs.k_proj), (value, theirs.v_proj)):
        assert torch.equal(ours, linear.weight)
    assert torch.equal(attention.in_proj_bias, torch.cat([theirs.q_proj.bias, torch.zeros(16), theirs.v_proj.bias]))
    assert torch.equal(model.encoder.layers[0].norm2.weight, network.model.encoder.layers[0].final_layer_norm.weight)
    x, tokens = torch.randn(2, 8, 20), torch.randint(0, 51_865, (2, 5))
    with torch.no_grad():
        assert torch.allclose(model(x, tokens), network(input_features=x, decoder_input_ids=tokens).logits, atol=1e-5)
    assert not model.training


def test_parts_of_a_large_model_are_read_together(original, tmp_path):
    original[1].save_pretrained(tmp_path, max_shard_size="200kB")
    assert len(list(tmp_path.glob("model-*.safetensors"))) > 1
    whole, parts = (Whisper.from_pretrained(folder).state_dict() for folder in (original[0], tmp_path))
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


def test_half_precision_and_a_model_without_its_head_are_read(original, folder):
    def shorten(weights):
        for name in list(weights):
            weights[name.removeprefix("model.")] = weights.pop(name).half()

    rewrite(folder, shorten)
    model, exact = Whisper.from_pretrained(folder), Whisper.from_pretrained(original[0])
    assert {weight.dtype for weight in model.parameters()} == {torch.float32}
    assert torch.allclose(model.decoder.embed_tokens.weight, exact.decoder.embed_tokens.weight, atol=1e-3)


def test_what_a_publication_says_of_its_tokens_is_kept(folder):
    said = {"suppress_tokens": [5, 7, -1], "begin_suppress_tokens": [220, 50_257]}
    (folder / "generation_config.json").write_text(json.dumps(said), encoding="utf-8")
    tokens = Whisper.from_pretrained(folder).tokens
    assert {5, 7, tokens.start, tokens.no_speech} <= set(tokens.suppressed) and len(tokens.suppressed) == 8
    assert tokens.blank == [220, 50_257]
    (folder / "generation_config.json").unlink()
    assert len(Whisper.from_pretrained(folder).tokens.suppressed) > 80
    said["suppress_tokens"] = ["a"]
    (folder / "generation_config.json").write_text(json.dumps(said), encoding="utf-8")
    with refuses("suppress_tokens of generation_config.json must list tokens of 0…51864, got"):
        Whisper.from_pretrained(folder)


def test_an_english_only_model_brings_its_own_words(folder):
    options = published.token_options(folder, 51_864)
    assert options["encoding"] is None
    signs = [*range(33, 127), *range(161, 173), *range(174, 256)]
    words = {chr(byte): place for place, byte in enumerate(signs)}
    words |= {chr(256 + place): len(signs) + place for place in range(256 - len(signs))}
    others = {f"x{place}": place for place in range(257, 50_256)}  # as many tokens of text as GPT-2 has
    (folder / "vocab.json").write_text(json.dumps(words | {"ab": 256} | others), encoding="utf-8")
    assert published.token_options(folder, 51_864)["encoding"].encode("abc") == [256, ord("c") - 33]
    assert published.token_options(folder, 51_865)["encoding"] is None


# ------------------------------------------------------------------------------------------ what is refused


def test_a_folder_that_lacks_something_says_what(folder, tmp_path):
    with refuses("config.json must be JSON, got .*, which is not .JSONDecodeError.: fetch it again"):
        (folder / "config.json").write_text("{", encoding="utf-8")
        Whisper.from_pretrained(folder)
    with refuses("config.json must hold settings by name"):
        (folder / "config.json").write_text("[]", encoding="utf-8")
        Whisper.from_pretrained(folder)
    (folder / "config.json").unlink()
    with refuses("must hold config.json, got none in", FileNotFoundError):
        Whisper.from_pretrained(folder)
    (folder / "model.safetensors").unlink()
    with refuses("must hold model.safetensors, got none in", FileNotFoundError):
        published.weights(folder, {})


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"model_type": "wav2vec2"}, "model_type of config.json must be 'whisper', got 'wav2vec2'"),
        ({"activation_function": "relu"}, "activation_function of config.json must be 'gelu'"),
        ({"decoder_ffn_dim": 50}, "decoder_ffn_dim of config.json must be 64, got 50"),
        ({"decoder_attention_heads": 4}, "decoder_attention_heads of config.json must be 2, got 4"),
        ({"d_model": None}, "config.json must say 'd_model' with a whole number, got None"),
        ({"vocab_size": "many"}, "config.json must say 'vocab_size' with a whole number, got 'many'"),
        ({"vocab_size": 1000}, "vocabulary must be at least 51864, got 1000|vocabulary must be 51864"),
        ({"encoder_layers": 10**9}, "n_encoder_layers must be at most 1000"),
        ({"encoder_layers": 3}, "must hold 'encoder.layers.1.self_attn.q_proj.weight', got"),
        ({"encoder_layers": 1, "decoder_layers": 1}, "must be those that config.json asks for, got 'decoder.layers.1"),
        ({"num_mel_bins": 9}, r"'encoder.conv1.weight' in .* must have the shape \(16, 9, 3\) that config.json asks"),
    ],
)
def test_settings_that_do_not_fit_are_refused(folder, settings, sentence):
    change(folder, **settings)
    with refuses(sentence):
        Whisper.from_pretrained(folder)


def test_weights_that_are_broken_are_refused(folder):
    whole = (folder / "model.safetensors").read_bytes()
    for content in (whole[:-1000], whole[:50], b"", b"PK\x03\x04" + whole[4:], np.random.default_rng(0).bytes(5000)):
        (folder / "model.safetensors").write_bytes(content)
        with refuses(
            "model.safetensors must be a whole safetensors file, got .*, which cannot be read .*: fetch it again"
        ):
            Whisper.from_pretrained(folder)


def test_weights_that_are_missing_of_another_shape_or_not_finite_are_refused(folder):
    name = "model.decoder.layers.0.fc1.weight"
    whole = load_file(folder / "model.safetensors")
    with refuses("must hold 'decoder.layers.0.fc1.weight', got"):
        rewrite(folder, lambda weights: weights.pop(name))
        Whisper.from_pretrained(folder)
    for wrong in (whole[name].T.contiguous(), whole[name].int()):
        with refuses(r"'decoder.layers.0.fc1.weight' in .* must have the shape \(64, 16\)"):
            rewrite(folder, lambda weights, wrong=wrong: weights.update({name: wrong}))
            Whisper.from_pretrained(folder)
    with refuses("'decoder.layers.0.fc1.weight' in .* must be finite in torch.float32, got NaN, infinity"):
        rewrite(folder, lambda weights: weights.update({name: whole[name] * float("nan")}))
        Whisper.from_pretrained(folder)


@pytest.mark.parametrize("parts", [{}, [], {"a": 5}, {"a": "../model.safetensors"}, {"a": "model.bin"}, None])
def test_a_list_of_parts_names_files_of_its_folder(folder, parts):
    (folder / "model.safetensors").rename(folder / "elsewhere")
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": parts}), encoding="utf-8")
    with refuses("model.safetensors.index.json must name the files that hold the weights, got"):
        Whisper.from_pretrained(folder)


class Trap:
    """What a pickle may do when it is opened."""

    def __reduce__(self):
        return sys.exit, ()


def test_a_pickle_is_never_opened(folder):
    (folder / "model.safetensors").unlink()
    torch.save(Trap(), folder / "pytorch_model.bin")
    torch.save(Trap(), folder / "tiny.pt")
    for source in (folder, folder / "tiny.pt", folder / "pytorch_model.bin", "nowhere/tiny.pt"):
        with refuses("must be a folder with safetensors, got the pickle .*, which can run any program"):
            Whisper.from_pretrained(source)
    with refuses("must be the folder with config.json and model.safetensors, got the file"):
        published.folder_of(folder / "config.json")


# ------------------------------------------------------------------------------------------ the hub


def test_a_name_is_looked_for_in_the_hubs_cache(monkeypatch, original):
    import huggingface_hub

    asked = []

    def snapshot_download(name, *, allow_patterns, local_files_only):
        asked.append((name, local_files_only))
        assert not any("bin" in pattern for pattern in allow_patterns)
        return str(original[0])

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    assert published.folder_of("tiny.en", local_files_only=True) == original[0]
    assert Whisper.from_pretrained("someone/whisper-small").config.width == 16
    assert asked == [("openai/whisper-tiny.en", True), ("someone/whisper-small", False)]


def test_a_model_that_is_out_of_reach_is_one_sentence(monkeypatch, tmp_path):
    import huggingface_hub

    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with refuses("got 'openai/whisper-tiny', which it does not find in its cache .LocalEntry", FileNotFoundError):
        published.folder_of("tiny", local_files_only=True)

    def unreachable(*_, **__):
        raise OSError("no route to host")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", unreachable)
    with refuses("does not find in its cache or on the network .OSError.: fetch it where", FileNotFoundError):
        published.folder_of("tiny")
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    with refuses("a name on the hub, and huggingface_hub is not installed: pip install", FileNotFoundError):
        published.folder_of("openai/whisper-tiny")


SOURCES = [
    None,
    5,
    True,
    "",
    " ",
    "tine",
    "a/b/c",
    "/no/such/folder",
    "a\0b",
    "../x",
    "a b/c",
    object(),
    [],
    "a" * 5000,
]
FOLDERS = [None, 5, True, "", "missing", object(), [], "a" * 5000, "a\0b"]


@pytest.mark.parametrize("source", SOURCES)
def test_sources_that_are_neither_folder_nor_name(source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # beside which there is no folder x
    with refuses("source must be a folder", (TypeError, FileNotFoundError)):
        Whisper.from_pretrained(source)


@pytest.fixture(autouse=True)
def here(original, monkeypatch):
    """A folder of that name for hostile input."""
    CALLS[published.folder_of]["source"] = str(original[0]), SOURCES
    for function in (published.sizes, published.token_options, published.weights):
        CALLS[function]["folder"] = str(original[0]), FOLDERS
    CALLS[published.weights]["wanted"] = Whisper.from_pretrained(original[0]).state_dict(), [None, 5, "x", [], {"a": 1}]


# ------------------------------------------------------------------------------------------ SpeechT5

SPEECH = {"hidden_size": 16, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2, "vocab_size": 40}
SPEECH |= {"decoder_attention_heads": 2, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32, "max_text_positions": 60}
SPEECH |= {"speech_decoder_prenet_units": 8, "speech_decoder_postnet_units": 8, "num_mel_bins": 10}
SPEECH |= {"speech_decoder_postnet_layers": 2, "speaker_embedding_dim": 6, "conv_dim": (8,), "conv_stride": (2,)}
SPEECH |= {"conv_kernel": (3,), "num_conv_pos_embeddings": 4, "num_conv_pos_embedding_groups": 2}
HIFIGAN = {"model_in_dim": 10, "upsample_initial_channel": 8, "upsample_rates": [4, 4], "upsample_kernel_sizes": [8, 8]}
HIFIGAN |= {"resblock_kernel_sizes": [3], "resblock_dilation_sizes": [[1, 3]]}
VOICE = np.array([1.0, -2.0, 0.5, 0.0, 3.0, -1.0])


@pytest.fixture(scope="module")
def spoken(tmp_path_factory):
    """A small SpeechT5 with random weights, its vocoder and its characters, in two folders, and the networks."""
    import io

    import sentencepiece
    from transformers import SpeechT5Config, SpeechT5ForTextToSpeech, SpeechT5HifiGan, SpeechT5HifiGanConfig

    torch.manual_seed(0)
    model, vocoder = (
        SpeechT5ForTextToSpeech(SpeechT5Config(**SPEECH)),
        SpeechT5HifiGan(SpeechT5HifiGanConfig(**HIFIGAN)),
    )
    torch.nn.init.constant_(model.speech_decoder_postnet.prob_out.bias, -9.0)  # with random weights it stops at once
    folders = [tmp_path_factory.mktemp(name) for name in ("speech", "vocoder")]
    for network, folder in zip((model, vocoder), folders, strict=True):
        network.save_pretrained(folder)
    with io.BytesIO() as written:
        lines, options = iter(["abcdefghijklmnopqrstuvwxyz"] * 3), {"model_type": "char", "vocab_size": 31}
        options |= {"bos_id": 0, "pad_id": 1, "eos_id": 2, "unk_id": 3, "minloglevel": 2}
        sentencepiece.SentencePieceTrainer.train(sentence_iterator=lines, model_writer=written, **options)
        (folders[0] / "spm_char.model").write_bytes(written.getvalue())
    return *folders, model.eval(), vocoder.eval()


@pytest.fixture(scope="module")
def speech(spoken):
    return published.SpeechT5.from_pretrained(spoken[0], vocoder=spoken[1], local_files_only=True)


def test_speecht5_says_what_transformers_says(speech, spoken):
    tokens = speech.tokenizer("a cab").input_ids
    torch.manual_seed(3)
    vector = torch.from_numpy(VOICE).float()[None]
    with torch.no_grad():
        theirs = spoken[2].generate_speech(torch.tensor([tokens]), vector, vocoder=spoken[3])
    ours = speech("a cab", VOICE, seed=3)
    assert np.allclose(ours, theirs, atol=1e-5) and np.array_equal(ours, speech(tokens, VOICE, seed=3))
    mel = speech.mel("a cab", VOICE, seed=3)
    assert mel.shape[0] == 10 and len(ours) == 16 * mel.shape[1]  # of this vocoder; 256 of the published one


def test_the_dropout_stays_on_and_the_seed_is_its_own(speech):
    state = torch.get_rng_state()
    first, again, other = (speech.mel("a cab", VOICE, seed=seed) for seed in (0, 0, 1))
    assert np.array_equal(first, again) and torch.equal(torch.get_rng_state(), state)
    assert first.shape != other.shape or not np.allclose(first, other)


def test_it_stops_by_the_sum_of_the_stop_tokens_of_a_step(spoken, monkeypatch):
    """Two frames a step, each with a stop token of 0.3: a threshold of 0.5 is met, and one of 0.7 is not."""
    speech = published.SpeechT5(*spoken[2:])
    stop = speech.model.speech_decoder_postnet.prob_out
    monkeypatch.setattr(stop, "forward", lambda hidden: torch.full((len(hidden), 2), float(np.log(0.3 / 0.7))))
    assert speech.mel([5, 6], VOICE).shape == (10, 2)
    assert speech.mel([5, 6], VOICE, threshold=0.7).shape == (10, 40)  # 10 steps a token at most


def test_the_direction_of_a_speaker_counts_and_its_length_does_not(speech):
    one, louder, opposite = (speech.mel("a cab", scale * VOICE) for scale in (1.0, 1000.0, -1.0))
    assert np.allclose(one, louder, atol=1e-4)
    assert one.shape != opposite.shape or not np.allclose(one, opposite, atol=1e-3)


def test_what_transformers_says_with_no_speaker(speech):
    tokens = torch.tensor([speech.tokenizer("a cab").input_ids])
    with torch.no_grad(), pytest.raises(ValueError, match="`speaker_embeddings` must be specified"):
        speech.model.generate_speech(tokens)
    with torch.no_grad():  # nobody's voice, and no complaint
        assert torch.isfinite(speech.model.generate_speech(tokens, torch.zeros(1, 6))).all()
        with pytest.raises(RuntimeError):  # a wrong length is told in the words of a matrix product
            speech.model.generate_speech(tokens, torch.ones(1, 5))
    with refuses("speaker must be an x-vector, got None", TypeError):
        speech("a cab", None)
    with refuses("speaker must have a direction, got nothing but zeros"):
        speech("a cab", np.zeros(6))
    with refuses(r"speaker must have shape \(6,\), got \(5,\)"):
        speech("a cab", np.ones(5))


def test_paths_of_imports_that_stand_in_tutorials():
    """SpeechBrain is not installed here: its path is told as its maintainers told it. These two are measured."""
    import transformers

    assert hasattr(transformers, "SpeechT5ForTextToSpeech") and hasattr(transformers, "SpeechT5ForSpeechToSpeech")
    assert not hasattr(transformers, "SpeechT5ForVoiceConversion")


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "spm_char.model"])
def test_a_folder_of_speech_that_lacks_something_is_refused(spoken, tmp_path, name):
    for path in spoken[0].iterdir():
        if path.name != name:
            (tmp_path / path.name).write_bytes(path.read_bytes())
    with refuses("must hold (config.json|weights, settings and characters)", (ValueError, FileNotFoundError)):
        published.SpeechT5.from_pretrained(tmp_path, vocoder=spoken[1])


def test_other_networks_do_not_speak(spoken, original):
    with refuses("model_type of config.json must be 'speecht5', got 'whisper'"):
        published.SpeechT5.from_pretrained(original[0], vocoder=spoken[1])
    with refuses("model_type of config.json must be 'speecht5_hifigan', got 'speecht5'"):
        published.SpeechT5.from_pretrained(spoken[0], vocoder=spoken[0])
    with refuses("does not find in its cache", FileNotFoundError):
        published.SpeechT5.from_pretrained("nobody/nothing-here", local_files_only=True)
    with refuses("text must be tokens where there is no tokenizer"):
        published.SpeechT5(*spoken[2:])("a cab", VOICE)
    with refuses("text must have at most 60 tokens, got 61"):
        published.SpeechT5(*spoken[2:])([5] * 61, VOICE)


def test_without_transformers_it_says_what_to_install(spoken, monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    monkeypatch.setattr("course_utils._checks.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"SpeechT5 needs transformers.*course-utils\[speech\]"):
        published.SpeechT5.from_pretrained(spoken[0], vocoder=spoken[1])


TEXT = [None, 5, b"abc", "", " ", [], [1.5], ["a"], [-1], [10**6], {}, [True]]
SPEAKER = [None, 5, "slt", [], np.zeros(6), np.ones(5), np.ones((1, 6)), np.full(6, np.nan), [1j] * 6]


def test_hostile_text_and_speakers_are_refused(speech):
    for text in TEXT:
        with refuses("text must", (ValueError, TypeError)):
            speech(text, VOICE)
    for speaker in SPEAKER:
        with refuses("speaker must", (ValueError, TypeError)):
            speech("a", speaker)
    for options in ({"threshold": 2}, {"threshold": None}, {"seed": -1}, {"seed": "x"}):
        with refuses("(threshold|seed) must", (ValueError, TypeError)):
            speech("a", VOICE, **options)


@pytest.fixture(autouse=True)
def arguments_of_speech(spoken):
    CALLS[published.SpeechT5] = {
        "model": (spoken[2], [None, 5, "x", torch.nn.Linear(1, 1), spoken[3]]),
        "vocoder": (spoken[3], [None, 5, "x", torch.nn.Linear(1, 1), spoken[2]]),
        "tokenizer": (None, [5, "x", []]),
    }


CALLS = {
    published.preset: {"name": ("tiny", NAME)},
    published.folder_of: {"files": (["config.json"], [None, 5, "config.json", [], [5], [""]])},
    published.sizes: {},
    published.token_options: {"vocabulary": (51_865, COUNT)},
    published.weights: {},
}

test_hostile_input_is_refused_in_one_sentence = refusals("models.published", CALLS)


def test_numbers_that_the_model_cannot_hold_are_refused(folder):
    name = "encoder.conv1.bias"
    state = Whisper.from_pretrained(folder).state_dict()

    def become(kind, value):
        return lambda weights: weights.update({f"model.{name}": torch.full_like(state[name], value).to(kind)})

    for kind, value in ((torch.float64, 1.0), (torch.bfloat16, 2.0), (torch.float8_e4m3fn, 2.0)):
        rewrite(folder, become(kind, value))
        assert (Whisper.from_pretrained(folder).state_dict()[name] == value).all()
    rewrite(folder, lambda weights: weights.update({f"model.{name}": weights[f"model.{name}"].double() * 1e300}))
    with refuses("'encoder.conv1.bias' in .* must be finite in torch.float32, got NaN, infinity or larger"):
        Whisper.from_pretrained(folder)


def test_scores_by_another_table_than_the_embedding_are_refused(folder):
    def untie(weights):
        weights["proj_out.weight"] = weights["model.decoder.embed_tokens.weight"] * 2

    rewrite(folder, untie)
    with refuses("'proj_out.weight' in .* must equal 'decoder.embed_tokens.weight'"):
        Whisper.from_pretrained(folder)
