"""Whisper against transformers and OpenAI's code, token for token; its rules by hand; long audio with a stand-in."""

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from course_utils import filters, mel
from course_utils.bpe import BytePairEncoding, whisper_ranks
from course_utils.models import whisper
from course_utils.models.whisper import (
    AudioEncoder,
    Decoded,
    TextDecoder,
    Whisper,
    WhisperConfig,
    WhisperTokens,
    decode,
    detect_language,
    sinusoids,
    timestamp_rules,
    transcribe,
)
from tests import openai
from tests.hostile import COUNT, MONO, NO_TENSORS, NUMBER, POSITIVE, refusals
from tests.networks import normal, seeded  # noqa: F401
from tests.support import processor_s, random_signal, refuses

LOGITS = {"rtol": 0, "atol": 1e-4}  # what the issue promises; the largest logits are about 5
SMALL = WhisperConfig(width=8, n_heads=2, n_encoder_layers=1, n_decoder_layers=2, n_mels=8, n_frames=20, n_longest=24)
TOKENS = WhisperTokens()


def network(config, scale, seed=0):
    """A network away from its first values, where texts differ, and end sometimes."""
    torch.manual_seed(seed)
    model = openai.without_key_bias(Whisper(config))
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if not name.endswith("in_proj_bias"):
                weight.add_(scale * torch.randn_like(weight))
    return model.eval()


@pytest.fixture(scope="module")
def toy():
    return network(WhisperConfig.preset("toy"), 0.3)


@pytest.fixture(scope="module")
def tiny():
    return network(WhisperConfig.preset("tiny"), 0.02)


# ------------------------------------------------------------------------------------------ the network


def test_positions_are_those_of_openai():
    expected = openai.module("model").sinusoids(1500, 384)
    assert_close(sinusoids(1500, 384), expected, rtol=0, atol=3e-4)  # its angles, up to 1500, are in single precision
    assert sinusoids(3, 4)[2].tolist() == pytest.approx([math.sin(2), math.sin(2e-4), math.cos(2), math.cos(2e-4)])


@pytest.mark.parametrize("size", ["toy", "tiny"])
def test_logits_are_those_of_transformers_from_a_checkpoint_of_full_size(size, tmp_path):
    from transformers import WhisperConfig as Config
    from transformers import WhisperForConditionalGeneration

    width, n_heads, n_layers = (32, 2, 2) if size == "toy" else (384, 6, 4)
    sizes = {"d_model": width, "encoder_ffn_dim": 4 * width, "decoder_ffn_dim": 4 * width}
    sizes |= {f"{side}_attention_heads": n_heads for side in ("encoder", "decoder")}
    sizes |= {f"{side}_layers": n_layers for side in ("encoder", "decoder")}
    theirs = WhisperForConditionalGeneration(Config(**sizes)).eval()
    with torch.no_grad():
        for weight in theirs.parameters():
            weight.add_((0.2 if size == "toy" else 0.02) * torch.randn_like(weight))
    theirs.save_pretrained(tmp_path)
    ours = Whisper.from_pretrained(tmp_path)
    assert ours.config == WhisperConfig.preset(size)
    if size == "tiny":
        assert (tmp_path / "model.safetensors").stat().st_size > 150e6
    x, tokens = normal(1, 80, 3000), torch.randint(0, 51_865, (1, 40))
    with torch.no_grad():
        memory, expected = ours.encode(x), theirs(input_features=x, decoder_input_ids=tokens)
        logits = ours.logits(tokens, memory)
    assert memory.shape == (1, 1500, width) and logits.shape == (1, 40, 51_865) and expected.logits.abs().max() > 1
    assert_close(memory, expected.encoder_last_hidden_state, **LOGITS)
    assert_close(logits, expected.logits, **LOGITS)


def test_a_token_a_call_with_the_cache_gives_what_one_call_gives(toy):
    memory, tokens = normal(2, 1500, 32), torch.randint(0, 51_865, (2, 12))
    with torch.no_grad():
        expected, cache = toy.logits(tokens, memory), toy.new_cache()
        parts = [toy.logits(tokens[:, :3], memory, cache)]
        keys = [layer.memory.key for layer in cache]
        parts += [toy.logits(tokens[:, n : n + 1], memory, cache) for n in range(3, 12)]
    assert_close(torch.cat(parts, dim=1), expected, rtol=1e-4, atol=1e-4)
    assert all(layer.memory.key is key for layer, key in zip(cache, keys, strict=True))  # computed once
    assert [len(layer) for layer in cache] == [12, 12]


def test_without_its_offset_the_cache_puts_every_token_at_place_0(toy):
    memory, token = normal(1, 1500, 32), torch.tensor([[7]])
    with torch.no_grad():
        cache = toy.new_cache()
        first, second = (toy.decoder(token, memory, cache) for _ in range(2))
        assert (first - second).abs().max() > 0.1
        expected = toy.decoder(torch.tensor([[7, 7]]), memory)[:, 1:]
    assert_close(second, expected, rtol=1e-4, atol=1e-4)


def test_the_cache_makes_a_step_at_200_tokens_8_times_faster(tiny):
    """The ratio in one process: 31 measured, on the whole 4 layers of tiny."""
    memory, tokens = normal(1, 1500, 384), torch.randint(0, 51_865, (1, 201))
    with torch.no_grad():
        cache = tiny.new_cache()
        tiny.logits(tokens[:, :200], memory, cache)

        def with_cache():
            for layer in cache:
                layer.tokens.key, layer.tokens.value = layer.tokens.key[..., :200, :], layer.tokens.value[..., :200, :]
            tiny.logits(tokens[:, 200:], memory, cache)

        times = {}
        for step in (with_cache, lambda: tiny.logits(tokens, memory)) * 4:  # the first of each warms up
            start = processor_s()
            step()
            times.setdefault(step.__name__, []).append(processor_s() - start)
    cached, whole = (min(column[1:]) for column in times.values())
    assert whole > 8 * max(cached, 0.005)


# ------------------------------------------------------------------------------------------ tokens


@pytest.mark.parametrize(("vocabulary", "n_languages"), [(51_865, 99), (51_866, 100), (51_864, 99)])
def test_special_tokens_are_those_of_openai(vocabulary, n_languages):
    tokenizer = openai.module("tokenizer")
    theirs = tokenizer.get_tokenizer(vocabulary > 51_864, num_languages=n_languages)
    words = tokenizer.__file__.replace("tokenizer.py", "assets/gpt2.tiktoken")
    encoding = BytePairEncoding(whisper_ranks(words)) if vocabulary == 51_864 else None
    ours = WhisperTokens(vocabulary, encoding=encoding)
    names = {"end": "eot", "start": "sot", "translate": "translate", "transcribe": "transcribe", "previous": "sot_prev"}
    names |= {"no_speech": "no_speech", "no_timestamps": "no_timestamps", "first_timestamp": "timestamp_begin"}
    assert {ours_: getattr(ours, ours_) for ours_ in names} == {a: getattr(theirs, b) for a, b in names.items()}
    assert ours.vocabulary == theirs.encoding.n_vocab and ours.language_model == theirs.sot_lm
    assert ours.blank == [*theirs.encode(" "), theirs.eot]
    specials = {theirs.sot, theirs.sot_lm, theirs.sot_prev, theirs.no_speech, theirs.transcribe, theirs.translate}
    assert ours.suppressed == sorted(specials.union(theirs.non_speech_tokens))
    if vocabulary > 51_864:
        codes = zip(theirs.all_language_codes, theirs.all_language_tokens, strict=True)
        assert ours.languages == dict(codes) and len(ours.languages) == n_languages
        assert ours.prompt("en", "transcribe", True) == list(theirs.sot_sequence)
        assert ours.prompt("de", "translate", False)[1:] == [
            ours.languages["de"],
            theirs.translate,
            theirs.no_timestamps,
        ]
    else:
        assert ours.languages == {} and ours.prompt(None, "transcribe", True) == [theirs.sot]
        assert ours.prompt("en", "transcribe", False) == [theirs.sot, theirs.no_timestamps]


def test_text_and_times_of_tokens():
    ids = [TOKENS.start, TOKENS.first_timestamp, *TOKENS.encode("Hello there"), TOKENS.first_timestamp + 60, TOKENS.end]
    assert TOKENS.text(ids) == " Hello there" and TOKENS.seconds(ids[-2]) == pytest.approx(1.2)
    assert TOKENS.seconds(TOKENS.vocabulary - 1) == pytest.approx(30)


def test_what_a_model_cannot_do_is_refused():
    english = WhisperTokens(51_864)
    with refuses(r"language must be a code that the model knows \(en, zh, de, es, ru, …\), got 'xx'"):
        TOKENS.prompt("xx", "transcribe", True)
    with refuses("language must be a code that the model knows .*, got None"):
        TOKENS.prompt(None, "transcribe", True)
    with refuses(r"language must be a code that the model knows \(en\), got 'de'"):
        english.prompt("de", "transcribe", True)
    with refuses("task must be 'transcribe' for an English-only model"):
        english.prompt("en", "translate", True)
    with refuses("task must be 'transcribe' or 'translate', got 'summarise'"):
        TOKENS.prompt("en", "summarise", True)
    with refuses(r"vocabulary=51864 \(English only\) needs the encoding of GPT-2, got none"):
        english.encode("a")


# ------------------------------------------------------------------------------------------ rules


def allowed(text, max_initial_timestamp=1.0):
    """What may follow: "t" for text, "end", or the times in s; with equal scores, where times do not win by number."""
    past = torch.tensor([[TOKENS.first_timestamp + round(p / 0.02) if isinstance(p, float) else 100 for p in text]])
    logits = torch.zeros(1, TOKENS.vocabulary)
    logits[:, : TOKENS.first_timestamp] = 20.0  # a text token is more probable than all times
    past = past.reshape(1, len(text)).long()
    after = timestamp_rules(logits, past, TOKENS, max_initial_timestamp=max_initial_timestamp)[0].isfinite()
    assert not after[TOKENS.no_timestamps]
    times = [round(TOKENS.seconds(n), 2) for n in range(TOKENS.first_timestamp, TOKENS.vocabulary) if after[n]]
    return bool(after[100]), bool(after[TOKENS.end]), (times[0], times[-1]) if times else None


def test_rules_of_times_by_hand():
    assert allowed([]) == (False, False, (0.0, 1.0))  # a time comes first, within a second
    assert allowed([], None) == (False, False, (0.0, 30.0))
    assert allowed([], 0.5) == (False, False, (0.0, 0.5))
    assert allowed([0.4]) == (True, True, None)  # then text
    assert allowed([0.4, "a"]) == (True, True, (0.42, 30.0))  # text or a later time
    assert allowed([0.4, "a", 1.0]) == (False, True, (1.0, 30.0))  # the next begins with a time, or nothing follows
    assert allowed([0.4, "a", 1.0, 1.0]) == (True, True, None)
    assert allowed([0.4, "a", 1.0, 1.2, "a"]) == (True, True, (1.22, 30.0))


def test_a_time_must_come_where_all_times_are_more_probable_than_any_word():
    logits, first = torch.full((2, TOKENS.vocabulary), -30.0), TOKENS.first_timestamp
    logits[:, 100] = 0.0
    logits[0, first + 50 : first + 60] = -2.0  # ten of e^−2 are 1.35 of the word
    logits[1, first + 50 : first + 55] = -2.0
    after = timestamp_rules(logits, torch.tensor([[first, 7]] * 2), TOKENS)
    assert after.argmax(dim=1).tolist() == [first + 50, 100]


def test_rules_are_those_of_openai():
    rng = np.random.default_rng(0)
    theirs = openai.module("decoding").ApplyTimestampRules(openai.module("tokenizer").get_tokenizer(True), 2, 50)
    first = TOKENS.first_timestamp
    for n in range(90):
        past = rng.integers(0, 2, (3, n % 9)) * first + rng.integers(0, 1500, (3, n % 9))
        logits = torch.from_numpy(rng.normal(0, 3, (3, TOKENS.vocabulary)).astype(np.float32))
        logits[:, first:] -= rng.uniform(-3, 5)
        expected = logits.clone()
        theirs.apply(expected, torch.tensor(np.concatenate([np.ones((3, 2)), past], axis=1)).long())
        assert torch.equal(timestamp_rules(logits, torch.from_numpy(past), TOKENS), expected)


# ------------------------------------------------------------------------------------------ decoding


def ends_early(model):
    """The network with an end that is the most probable token at one step in five."""
    decoder, direction = model.decoder, torch.nn.functional.normalize(torch.randn(model.config.width), dim=0)
    with torch.no_grad():
        memory = model.encode(normal(1, 80, 3000))
        (written,) = decode(model, memory, language="en", n_longest=20)
        decoder.layer_norm.bias.add_(3 * direction)
        decoder.embed_tokens.weight[TOKENS.end] = direction
        logits = model.logits(torch.tensor([written.tokens]), memory)[0]
        end = logits[:, TOKENS.end].clone()
        logits[:, TOKENS.end] = -math.inf
        decoder.embed_tokens.weight[TOKENS.end] *= (logits.amax(dim=1) / end).quantile(0.2)
    return model


WAYS = [
    {},
    {"timestamps": False, "language": "de"},
    {"beam_size": 3},
    {"beam_size": 4, "patience": 2.0, "length_penalty": 0.6, "timestamps": False, "language": "en"},
    {"beam_size": 2, "prompt": "hello there", "language": "fr", "task": "translate"},
    {"beam_size": 3, "patience": 0.5, "language": "en", "max_initial_timestamp": None},
    {"prompt": [5, 6] * 200, "language": "en", "suppress": False},
]


def agree(ours, theirs, memory, way, n_longest):
    """Ours and OpenAI's write the same tokens, and find them equally probable."""
    options = {name: value for name, value in way.items() if name not in ("timestamps", "suppress")}
    options |= {"without_timestamps": not way.get("timestamps", True), "sample_len": n_longest, "fp16": False}
    options |= {} if way.get("suppress", True) else {"suppress_tokens": "", "suppress_blank": False}
    decoding = openai.module("decoding")
    (written,) = decode(ours, memory, n_longest=n_longest, **way)
    (expected,) = decoding.decode(theirs, memory, decoding.DecodingOptions(**options))
    assert written.tokens == expected.tokens, way
    assert written.language == expected.language
    assert written.mean_log_prob == pytest.approx(expected.avg_logprob, abs=1e-4)
    assert written.no_speech_prob == pytest.approx(expected.no_speech_prob, rel=1e-3)
    if not any(TOKENS.end <= token < TOKENS.first_timestamp for token in written.tokens):
        assert written.text == expected.text
        assert written.compression_ratio == pytest.approx(expected.compression_ratio)
    return written.tokens


def test_toys_write_token_for_token_what_openais_write():
    lengths = set()
    for seed in range(2):
        ours = network(WhisperConfig.preset("toy"), 0.3, seed)
        ours = ends_early(ours) if seed else ours
        theirs = openai.network(ours)
        with torch.no_grad():
            memory = ours.encode(normal(1, 80, 3000, seed=seed))
        lengths |= {len(agree(ours, theirs, memory, way, 20)) for way in WAYS}
    assert len(lengths) > 3  # some of them end


def test_a_full_tiny_writes_token_for_token_what_openais_writes(tiny):
    theirs = openai.network(tiny)
    with torch.no_grad():
        memory = tiny.encode(normal(1, 80, 3000))
    ways = (({"timestamps": False, "language": "en"}, 16), ({}, 8), (WAYS[2], 6))
    assert len({token for way, n in ways for token in agree(tiny, theirs, memory, way, n)}) > 5


def test_greedy_and_beams_are_those_of_transformers(tmp_path):
    """Where no text ends early: transformers and OpenAI weigh ended texts differently, and we do as OpenAI."""
    from transformers import GenerationMixin, WhisperForConditionalGeneration
    from transformers import WhisperConfig as Config

    sizes = {"d_model": 32, "encoder_ffn_dim": 128, "decoder_ffn_dim": 128, "encoder_layers": 2, "decoder_layers": 2}
    theirs = WhisperForConditionalGeneration(
        Config(**sizes, encoder_attention_heads=2, decoder_attention_heads=2)
    ).eval()
    with torch.no_grad():
        for weight in theirs.parameters():
            weight.add_(0.2 * torch.randn_like(weight))
    theirs.save_pretrained(tmp_path)
    model = Whisper.from_pretrained(tmp_path)
    model.tokens = WhisperTokens(suppressed=[TOKENS.end, 11, 13])
    x = normal(1, 80, 3000)
    told = model.tokens.prompt("en", "transcribe", False)
    for n_beams in (1, 3):
        options = {"num_beams": n_beams, "do_sample": False, "max_new_tokens": 20, "length_penalty": 1.0}
        options |= {"suppress_tokens": model.tokens.suppressed, "begin_suppress_tokens": model.tokens.blank}
        with torch.no_grad():
            expected = GenerationMixin.generate(theirs, x, decoder_input_ids=torch.tensor([told]), **options)
            way = {"beam_size": n_beams if n_beams > 1 else None, "language": "en", "timestamps": False}
            (written,) = decode(model, model.encode(x), n_longest=20, **way)
        assert written.tokens == expected[0, len(told) :].tolist() and len(set(written.tokens)) > 3


def test_a_batch_writes_what_each_clip_writes_alone(toy):
    with torch.no_grad():
        memory = toy.encode(normal(3, 80, 3000))
    for way in ({}, {"beam_size": 2}):
        together = decode(toy, memory, n_longest=10, **way)
        alone = [decode(toy, clip[None], n_longest=10, **way)[0] for clip in memory]
        assert [written.tokens for written in together] == [written.tokens for written in alone]


def test_a_prompt_and_a_text_never_pass_the_last_position():
    model = network(SMALL, 0.3)
    (written,) = decode(model, normal(1, 20, 8), language="en", prompt=[5] * 100, n_longest=24)
    assert len(written.tokens) == 24 + 1 - (1 + 11 + 3)  # what the table of 24 places leaves behind the prompt
    with refuses("a text must have at most 24 tokens, those of the cache included, got 25"):
        model.logits(torch.ones(1, 25, dtype=torch.long), normal(1, 20, 8))


def test_languages_are_as_probable_as_with_openai(toy):
    theirs = openai.network(toy)
    with torch.no_grad():
        memory = toy.encode(normal(2, 80, 3000))
    _, expected = openai.module("decoding").detect_language(theirs, memory)
    for ours, other in zip(detect_language(toy, memory), expected, strict=True):
        assert ours == pytest.approx(other, abs=1e-6) and sum(ours.values()) == pytest.approx(1, abs=1e-5)
    english = Whisper(WhisperConfig(width=8, n_heads=2, vocabulary=51_864, n_frames=20, n_mels=8))
    with refuses("model must be multilingual to detect a language"):
        detect_language(english, normal(1, 20, 8))


# ------------------------------------------------------------------------------------------ a stand-in


class StandIn:
    """Writes what a script says of a window: its tokens, how probable silence is, and ``ln p`` of each token."""

    n_longest, frame_rate, n_window = 448, 100, 3000

    def __init__(self, script):
        self.script, self.tokens, self.asked = script, TOKENS, []

    def features(self, signal, sample_rate):
        assert sample_rate == 16_000
        return torch.arange(len(signal) // 160 + 3000.0)[None]  # each frame tells where it stands

    def encode(self, heard):
        assert heard.shape == (1, 1, 3000)
        return heard.transpose(1, 2)[:, :1]

    def new_cache(self):
        return []

    def logits(self, tokens, memory, cache=None):
        start = round(memory[0, 0, 0].item())
        text, silence, log_prob = self.script(start)
        logits = torch.full((*tokens.shape, TOKENS.vocabulary), -60.0)
        if TOKENS.start in tokens[0]:
            self.asked.append((start, tokens[0].tolist()))
            self.left = [*text, TOKENS.end]
            place = tokens[0].tolist().index(TOKENS.start)
            logits[0, place, [TOKENS.no_speech, 100]] = torch.tensor([silence, 1 - silence]).log()
        logits[:, -1, 1000:31_000] = math.log(max(1 - math.exp(log_prob), 1e-9) / 30_000)
        logits[:, -1, self.left.pop(0)] = log_prob
        return logits


def time_of(seconds):
    return TOKENS.first_timestamp + round(seconds / 0.02)


def words(text):
    return TOKENS.encode(text)


def sound(seconds):
    return np.zeros(round(16_000 * seconds), np.float32)


def test_long_audio_is_read_in_windows_that_begin_at_the_last_time():
    """40 s: the first window breaks off in its third sentence at 25 s, and the next begins there."""
    script = {
        0: [
            time_of(0),
            *words("one"),
            time_of(10),
            time_of(10),
            *words("two"),
            time_of(25),
            time_of(25),
            *words("thr"),
        ],
        2500: [time_of(0.5), *words("three"), time_of(14)],
    }
    model = StandIn(lambda start: (script[start], 0.0, 0.0))
    found = transcribe(model, sound(40), sample_rate=16_000, language="en")
    assert found.text == " one two three" and found.language == "en"
    assert [(s.start_s, s.end_s, s.text) for s in found.segments] == [
        *((0.0, 10.0, " one"), (10.0, 25.0, " two"), (25.5, 39.0, " three")),
    ]
    assert [start for start, _ in model.asked] == [0, 2500]
    (_, first), (_, second) = model.asked
    assert first == TOKENS.prompt("en", "transcribe", True)
    assert second == [TOKENS.previous, *script[0][:-2], *first]  # what was said before, its times included


def test_times_behind_the_end_of_the_sound_are_cut_and_what_begins_there_is_dropped():
    text = [time_of(0), *words("all"), time_of(4), time_of(4), *words("nothing"), time_of(20)]
    found = transcribe(StandIn(lambda start: (text, 0.0, 0.0)), sound(3), sample_rate=16_000, language="en")
    assert [(s.start_s, s.end_s, s.text) for s in found.segments] == [(0.0, 3.0, " all")] and found.text == " all"


def test_a_window_without_pairs_of_times_is_one_piece():
    for text, end_s in (([time_of(0), *words("a")], 30.0), ([time_of(0), *words("a"), time_of(2)], 2.0)):
        found = transcribe(StandIn(lambda start, t=text: (t, 0.0, 0.0)), sound(30), sample_rate=16_000, language="en")
        assert [(s.start_s, s.end_s, s.text) for s in found.segments] == [(0.0, end_s, " a")]


def test_silence_is_passed_over_where_the_text_is_improbable():
    text = [time_of(0), *words("Thank you"), time_of(2)]
    for log_prob, n_segments in ((-3.0, 0), (-0.1, 1)):
        model = StandIn(lambda start, p=log_prob: (text, 0.9, p))
        found = transcribe(model, sound(20), sample_rate=16_000, language="en", temperatures=[0.0])
        assert len(found.segments) == n_segments


def scripted(monkeypatch, results):
    """decode() that gives what a list says, and notes what it was asked."""
    asked = []

    def fake(model, memory, **options):
        asked.append(options)
        written = results[min(len(asked), len(results)) - 1]
        return [Decoded(temperature=options["temperature"], language="en", **written)]

    monkeypatch.setattr(whisper, "decode", fake)
    monkeypatch.setattr(whisper._checks, "options_of", lambda function, options, *_: dict(options))
    return asked


def result(text, log_prob=-0.2, silence=0.0):
    ids = [time_of(0), *words(text), time_of(30)]
    return {"tokens": ids, "text": text, "mean_log_prob": log_prob, "no_speech_prob": silence}


def test_a_text_that_repeats_itself_or_is_improbable_is_written_again(monkeypatch):
    loop, poor, good = result("and so " * 40), result("brr", -1.5), result("a good text")
    asked = scripted(monkeypatch, [loop, poor, good])
    model = StandIn(None)
    found = transcribe(model, sound(20), sample_rate=16_000, beam_size=5, best_of=4)
    assert found.text == " a good text" and found.segments[0].window.temperature == 0.4
    assert [options["temperature"] for options in asked] == [0.0, 0.2, 0.4]
    assert [options.get("beam_size") for options in asked] == [5, None, None]
    assert [options.get("best_of") for options in asked] == [None, 4, 4]


def test_of_temperatures_that_all_fail_the_last_counts(monkeypatch):
    asked = scripted(monkeypatch, [result("brr", -1.5)])
    found = transcribe(StandIn(None), sound(20), sample_rate=16_000, temperatures=(0.0, 1.0))
    assert found.text == " brr" and len(asked) == 2


def test_silence_is_not_written_again(monkeypatch):
    asked = scripted(monkeypatch, [result("brr", -1.5, silence=0.9)])
    assert transcribe(StandIn(None), sound(20), sample_rate=16_000).segments == [] and len(asked) == 1


def test_thresholds_can_be_switched_off(monkeypatch):
    asked = scripted(monkeypatch, [result("and so " * 40, -9.0, silence=0.99)])
    off = {"compression_ratio_threshold": math.inf, "logprob_threshold": -math.inf, "no_speech_threshold": math.inf}
    assert len(transcribe(StandIn(None), sound(20), sample_rate=16_000, **off).segments) == 1 and len(asked) == 1


def test_a_text_drawn_at_a_high_temperature_is_no_prompt(monkeypatch):
    asked = scripted(monkeypatch, [result("fine"), result("brr", -1.5), result("wild"), result("fine again")])
    transcribe(StandIn(None), sound(100), sample_rate=16_000, temperatures=(0.0, 0.8), initial_prompt="Names: Ann")
    prompts = [TOKENS.text(options["prompt"]) for options in asked]
    assert prompts == [" Names: Ann", " Names: Ann fine", " Names: Ann fine", "", " fine again"]
    asked.clear()
    options = {"condition_on_previous_text": False, "temperatures": [0.0]}
    transcribe(StandIn(None), sound(60), sample_rate=16_000, **options)
    assert [options["prompt"] for options in asked] == [[], []]


def test_the_segments_of_long_audio_are_those_of_openai(toy):
    """But for the last window, which OpenAI fills with zeros and we with silence."""
    theirs, signal = openai.network(toy), random_signal(16_000 * 65, dtype=np.float32)
    signal *= np.linspace(0.01, 1, len(signal), dtype=np.float32)
    limits = {"compression_ratio_threshold": math.inf, "logprob_threshold": -math.inf, "no_speech_threshold": math.inf}
    ours = transcribe(toy, signal, sample_rate=16_000, temperatures=[0.0], language="en", n_longest=12, **limits)
    options = dict.fromkeys(limits) | {"temperature": (0.0,), "fp16": False, "language": "en", "sample_len": 12}
    expected = openai.module("transcribe").transcribe(theirs, signal, **options)["segments"]
    expected = [segment for segment in expected if segment["tokens"] and segment["seek"] <= 3500]
    assert len(expected) > 3
    for segment, other in zip(ours.segments, expected, strict=False):
        assert segment.tokens == other["tokens"] and segment.end_s == pytest.approx(other["end"])
        # OpenAI lets a window that is one piece begin with the window.
        begin_s = TOKENS.seconds(segment.tokens[0])
        assert segment.start_s == pytest.approx(other["seek"] / 100 + begin_s)


# ------------------------------------------------------------------------------------------ drawing


class Dice:
    """The same probabilities of tokens 0, 1 and the end, 2, at every step; as small as what decode() asks for."""

    tokens = SimpleNamespace(
        **{"end": 2, "languages": {}, "previous": None, "no_speech": None, "suppressed": [], "blank": []},
        **{"prompt": lambda language, task, timestamps: [3], "encode": lambda text: [], "text": str},
    )
    n_longest = 448

    def __init__(self, *shares):
        self.scores = torch.tensor([*shares, 1e-30]).log()

    def new_cache(self):
        return []

    def logits(self, tokens, memory, cache=None):
        return self.scores.expand(*tokens.shape, 4).clone()


ONE = torch.zeros(1, 1, 1)


def test_tokens_are_drawn_as_their_probabilities_to_the_power_of_one_over_the_temperature():
    for temperature in (0.5, 1.0, 2.0):
        options = {"timestamps": False, "n_longest": 1, "temperature": temperature}
        drawn = decode(Dice(0.5, 0.3, 0.2), torch.zeros(4000, 1, 1), **options)
        shares = np.array([0.5, 0.3, 0.2]) ** (1 / temperature)
        first = [written.tokens[0] if written.tokens else 2 for written in drawn]
        found = [first.count(number) / 4000 for number in range(3)]
        # Three standard deviations of a share of one half.
        assert found == pytest.approx(shares / shares.sum(), abs=3 * 0.5 / math.sqrt(4000))


def test_draws_repeat_with_their_seed_and_the_best_of_several_is_given():
    def draw(seed, best_of=1):
        options = {"timestamps": False, "temperature": 1.0, "n_longest": 10, "length_penalty": 0.0}
        return decode(Dice(0.5, 0.3, 0.2), ONE, seed=seed, best_of=best_of, **options)[0]

    def log_prob(written):
        return written.mean_log_prob * (len(written.tokens) + 1)

    assert draw(0) == draw(0) and len({str(draw(seed).tokens) for seed in range(9)}) > 4
    single, best = ([log_prob(draw(seed, n)) for seed in range(20)] for n in (1, 8))
    assert np.mean(best) > np.mean(single) + 1 and max(single) <= math.log(0.2) + 1e-6


def test_beams_by_hand():
    """0, 1 and the end have 0.5, 0.15 and 0.35. Two have ended after two steps: none at all, 0.35, and 0, 0.175."""
    options = {"timestamps": False, "beam_size": 2, "n_longest": 9}
    (per_token,) = decode(Dice(0.5, 0.15, 0.35), ONE, **options)
    (in_all,) = decode(Dice(0.5, 0.15, 0.35), ONE, length_penalty=0.0, **options)
    assert per_token.tokens == [0] and per_token.mean_log_prob == pytest.approx(math.log(0.175) / 2)
    assert in_all.tokens == [] and in_all.mean_log_prob == pytest.approx(math.log(0.35))
    (patient,) = decode(Dice(0.5, 0.15, 0.35), ONE, patience=2.0, **options)
    assert patient.tokens == [0, 0, 0] and patient.mean_log_prob == pytest.approx(math.log(0.5**3 * 0.35) / 4)
    assert decode(Dice(0.5, 0.3, 0.2), ONE, timestamps=False, n_longest=3)[0].tokens == [0, 0, 0]


# ------------------------------------------------------------------------------------------ sounds


def test_sounds_of_other_rates_are_resampled(toy):
    signal = random_signal(8000, dtype=np.float32)
    heard = toy.features(signal, 8000)
    assert heard.shape == (80, 100 + 3000)
    expected = filters.resample(signal, from_rate=8000, to_rate=16_000)
    assert_close(toy.features(expected, 16_000), heard)
    assert_close(heard[:, :3000], torch.from_numpy(mel.whisper_log_mel(expected)), rtol=1e-5, atol=1e-5)
    assert toy.features(random_signal(44_100), 44_100.0).dtype == torch.float32
    raw = torch.from_numpy(mel.whisper_log_mel(signal))
    assert (raw[:, :50] - heard[:, :50]).abs().mean() > 0.1


@pytest.mark.parametrize(
    ("signal", "rate", "sentence"),
    [
        (np.zeros((2, 16_000)), 16_000, r"signal must be mono with shape \(time,\), got shape \(2, 16000\): take one"),
        (np.zeros(0), 16_000, "signal must not be empty"),
        (np.full(1000, np.nan), 16_000, "signal must be finite, got 1000 NaN"),
        (np.zeros(1000), 22_050.5, "sample_rate must be a whole number of Hz, got 22050.5"),
        (np.zeros(1000), 16, "sample_rate must be at least 1000, got 16"),
    ],
)
def test_sounds_that_cannot_be_read_are_refused(toy, signal, rate, sentence):
    with refuses(sentence):
        transcribe(toy, signal, sample_rate=rate)


def test_options_that_exclude_each_other_are_refused(toy):
    memory = normal(1, 1500, 32)
    for options, sentence in (
        ({"temperature": 0.5, "beam_size": 2}, "beam_size must go with temperature=0"),
        ({"beam_size": 2, "patience": 0.1}, "and a patience that leaves one text, got temperature=0 and patience=0.1"),
        ({"best_of": 2}, "best_of must be 1 where temperature=0, got 2"),
        ({"temperature": 1e-9}, "temperature must be 0 or at least 0.001, got 1e-09"),
    ):
        with refuses(sentence):
            decode(toy, memory, language="en", **options)
    for name in ("temperature", "prompt", "beams"):
        with refuses(f"options must be those of decode, got '{name}'", TypeError):
            transcribe(toy, sound(1), sample_rate=16_000, **{name: 1})
    mute = SimpleNamespace(**{name: getattr(TOKENS, name) for name in ("previous", "languages")} | {"previous": None})
    with refuses("prompt must be empty for a model that takes none, got 1 tokens"):
        whisper._checks.prompt([5], mute)


def test_windows_of_another_length_are_refused(toy):
    with refuses(r"log_mel must have the shape \(batch, 80, 3000\), got \(1, 80, 2999\): pass mel.whisper_log_mel"):
        toy.encode(normal(1, 80, 2999))
    with refuses(r"log_mel must have the shape \(batch, 80, 3000\), got \(1, 128, 3000\)"):
        toy.encode(normal(1, 128, 3000))


def test_networks_that_cannot_be_are_refused():
    with refuses("width must be even, got 15|width=15 must be a multiple"):
        WhisperConfig(width=15, n_heads=3)
    with refuses("width=16 must be a multiple of n_heads=3"):
        WhisperConfig(width=16, n_heads=3)
    with refuses(r"vocabulary must be 51864 \(English only\), 51865 or 51866"):
        WhisperConfig(vocabulary=60_000)
    with refuses("name must be one of 'toy', 'tiny', .* got 'huge'"):
        WhisperConfig.preset("huge")
    with refuses("config must be a WhisperConfig, got 'tiny': pass WhisperConfig.preset", TypeError):
        Whisper("tiny")


# ------------------------------------------------------------------------------------------ hostile input


def spoilt(model, **tokens):
    """A network whose scores are NaN, or, with the tokens given, one that may write none of them."""
    model = network(replace(SMALL, n_longest=24), 0.3)
    if tokens:
        model.tokens = WhisperTokens(**tokens)
    else:
        torch.nn.init.constant_(model.decoder.layer_norm.weight, math.nan)
    return model


EACH_WAY = ({}, {"timestamps": False}, {"beam_size": 2, "timestamps": False}, {"temperature": 1.0, "timestamps": False})


@pytest.mark.parametrize("way", EACH_WAY, ids=str)
@pytest.mark.parametrize("tokens", [{}, {"suppressed": range(51_865)}], ids=str)
def test_scores_that_leave_nothing_to_choose_are_refused(way, tokens):
    with refuses("logits must be numbers, got NaN|model must score some token above −∞"):
        decode(spoilt(MODEL, **tokens), MEMORY, language="en", n_longest=3, **way)


def test_no_language_is_found_in_nan():
    with refuses("model must score some token above −∞ and none with NaN"):
        detect_language(spoilt(MODEL), MEMORY)


@pytest.mark.parametrize("value", [math.nan, math.inf, 1e30])
def test_windows_and_memories_that_are_not_finite_are_refused(value):
    log_mel, memory = normal(1, 8, 40), MEMORY.clone()
    log_mel[0, 3, 5] = memory[0, 0, 0] = value
    with refuses("log_mel must be finite and within ±1,000,000"):
        MODEL.encode(log_mel)
    with refuses("memory must be finite|model must score some token"):
        decode(MODEL, memory, language="en", timestamps=False, n_longest=3)


def test_tokens_of_another_vocabulary_are_refused():
    for vocabulary in (51_864, 51_866):
        with refuses(f"tokens must be of the vocabulary 51865 that config asks for, got {vocabulary}"):
            Whisper(SMALL, tokens=WhisperTokens(vocabulary))
    with refuses("encoding must have the 50,257 tokens of text of vocabulary=51865"):
        WhisperTokens(encoding=BytePairEncoding({bytes([n]): n for n in range(256)}))
    with refuses("encoding must have the 50,256 tokens of text of vocabulary=51864, .* got 50,257 up to 50,256"):
        WhisperTokens(51_864, encoding=BytePairEncoding(whisper_ranks()))


def test_caches_that_layers_share_or_that_are_out_of_step_are_refused():
    tokens = torch.tensor([[1, 2]])
    cache, fresh = MODEL.new_cache(), MODEL.new_cache()
    MODEL.logits(tokens, MEMORY, cache)
    for wrong in ([fresh[0]] * len(fresh), [*cache[:-1], fresh[-1]]):
        if len(wrong) > 1:
            with refuses("cache must hold another one for each layer, and all of one length"):
                MODEL.logits(tokens, MEMORY, wrong)


def test_searches_beyond_the_memory_are_refused(monkeypatch):
    monkeypatch.setattr("course_utils._checks.free_bytes", lambda: 2**28)
    with refuses("a search with 1,000 texts for each of 1 windows needs .*: lower beam_size or best_of"):
        decode(MODEL, MEMORY, language="en", temperature=1.0, best_of=1000)
    with refuses("beam_size must be at most 100, got 101: lower beam_size"):
        decode(MODEL, MEMORY, language="en", beam_size=101)


NO_ROWS = [None, "ab", 5, b"ab", bytearray(b"ab"), [1.5], [True], [-1], [60_000], ["a"], [[1]], np.array(1), {}]
NO_ROWS += [torch.tensor([1.0]), torch.zeros(2, dtype=int, device="meta"), torch.tensor([1, 2]).to_sparse()]


@pytest.mark.parametrize("ids", NO_ROWS, ids=lambda value: type(value).__name__)
def test_rows_that_are_no_tokens_are_refused(ids):
    with refuses("ids must", (TypeError, ValueError)):
        TOKENS.text(ids)
    if ids is not None:
        for name in ("suppressed", "blank"):
            with refuses(f"{name} must", (TypeError, ValueError)):
                WhisperTokens(**{name: ids})
    if not isinstance(ids, str):
        with refuses("prompt must|tokens must lie in", (TypeError, ValueError)):
            decode(MODEL, MEMORY, language="en", prompt=ids)


def test_special_tokens_take_what_they_name():
    for token in (None, "x", 1.5, True, [1], math.nan, 10**400, -1, 7, TOKENS.vocabulary):
        with refuses("token must be", (TypeError, ValueError)):
            TOKENS.seconds(token)
    for switch in (None, 1, "no"):
        with refuses("timestamps must be True or False", TypeError):
            TOKENS.prompt("en", "transcribe", switch)


@pytest.mark.parametrize("past", [[[-1, 5]], [[60_000, 5]]])
def test_rules_refuse_what_no_text_can_hold(past):
    logits = normal(1, TOKENS.vocabulary)
    with refuses("past must hold tokens of 0…51864, got"):
        timestamp_rules(logits, torch.tensor(past), TOKENS)
    with refuses("logits must have the shape"):
        timestamp_rules(torch.cat([logits, logits], dim=1), torch.tensor([[5, 6]]), TOKENS)
    with refuses("logits must be numbers, got NaN or ∞"):
        timestamp_rules(logits.index_fill(1, torch.tensor([3]), math.inf), torch.tensor([[5, 6]]), TOKENS)


BAD_OPTIONS = [("language", "zz"), ("task", "sing"), ("best_of", 0), ("best_of", "x"), ("beam_size", 0)]
BAD_OPTIONS += [("temperatures", [0.0, 1e-9]), ("timestamps", None), ("no_speech_threshold", 10**400)]


@pytest.mark.parametrize(("name", "value"), BAD_OPTIONS)
def test_options_are_refused_before_anything_is_heard(name, value):
    """A sound of less than a frame is never decoded, and 0 is tried before other temperatures."""
    with refuses("must", (TypeError, ValueError)):
        transcribe(BRIEF, np.zeros(50), sample_rate=16_000, **{"language": "en", name: value})


def test_a_text_before_the_first_time_begins_with_its_window():
    first = TOKENS.first_timestamp
    pieces, _ = whisper._pieces([5, first + 10, first + 10, 6, first + 20], TOKENS, 100, 3000)
    assert [begin for begin, _, _ in pieces] == pytest.approx([0, 0.2])


MODEL, BRIEF = (network(replace(SMALL, n_longest=n), 0.3) for n in (24, 8))
MEMORY = normal(1, 20, 8)
CONFIGS = [None, "tiny", 5, {}, object(), WhisperConfig]
NO_MODELS = [None, "x", 5, object(), torch.nn.Linear(2, 2), Whisper]
OPTIONS = {
    "language": ("en", [5, "xx", "", True, ["en"], object()]),
    "task": ("transcribe", [None, 5, "", "sing", ["transcribe"]]),
    "temperature": (0.0, [*NUMBER, -1, 1e-9, 1e9]),
    "best_of": (1, [*COUNT, 2]),
    "beam_size": (2, COUNT[1:]),
    "patience": (1.0, [*POSITIVE, 0.1]),
    "length_penalty": (0.5, [*NUMBER[1:], -0.1, 1.1]),
    "prompt": ("", [None, 5, [1.5], ["a"], [True], [-1], b"a", object()]),
    "n_longest": (4, [*COUNT[1:], 25]),
    "max_initial_timestamp": (0.1, [*NUMBER[1:], -1]),
    "seed": (0, [*COUNT[:-5], -1, 1.5, 10**30]),
}
CALLS = {
    sinusoids: {"n_frames": (5, COUNT), "width": (8, [*COUNT, 7, 2])},
    AudioEncoder: {"config": (SMALL, CONFIGS)},
    AudioEncoder(SMALL).eval().forward: {"log_mel": (normal(1, 8, 40), NO_TENSORS)},
    TextDecoder: {"config": (SMALL, CONFIGS)},
    TextDecoder(SMALL).eval().forward: {
        "tokens": (torch.tensor([[1, 2]]), [*NO_TENSORS, torch.tensor([[-1]]), torch.tensor([[60_000]])]),
        "memory": (MEMORY, NO_TENSORS),
        "cache": (None, ["x", 5, {}, [], [None, None], torch.ones(3)]),
    },
    Whisper: {"config": (SMALL, CONFIGS), "tokens": (None, ["x", 5, object(), WhisperTokens])},
    MODEL.forward: {"log_mel": (normal(1, 8, 40), NO_TENSORS), "tokens": (torch.tensor([[1, 2]]), NO_TENSORS)},
    WhisperTokens: {
        "vocabulary": (51_865, [*COUNT, 50_257]),
        "encoding": (None, ["x", 5, {}, BytePairEncoding]),
        "suppressed": ([5], ["x", 5, [1.5], [-1], [True], [60_000], object()]),
        "blank": ([5], ["x", 5, [1.5], [-1], [True], [60_000], object()]),
    },
    timestamp_rules: {
        "logits": (normal(1, TOKENS.vocabulary), NO_TENSORS),
        "past": (torch.tensor([[50_400, 7]]), NO_TENSORS),
        "tokens": (TOKENS, [None, 5, "x", object(), WhisperTokens]),
        "max_initial_timestamp": (1.0, [*NUMBER[1:], -1]),
    },
    detect_language: {"model": (MODEL, NO_MODELS), "memory": (MEMORY, NO_TENSORS)},
    decode: {"model": (MODEL, NO_MODELS), "memory": (MEMORY, NO_TENSORS), **OPTIONS},
    transcribe: {
        "model": (BRIEF, NO_MODELS),
        "signal": (random_signal(3000), MONO),
        "sample_rate": (16_000, [*POSITIVE, "44100", 999, 1e9]),
        "language": ("en", OPTIONS["language"][1]),
        "temperatures": ([0.0], [None, "x", [], [-1], ["a"], [None], object(), {}]),
        "compression_ratio_threshold": (2.4, [*NUMBER[:-3]]),
        "logprob_threshold": (-1.0, [*NUMBER[:-3]]),
        "no_speech_threshold": (0.6, [*NUMBER[:-3]]),
        "initial_prompt": ("", [None, 5, b"a", ["a"]]),
    },
}

test_hostile_input_is_refused_in_one_sentence = refusals("models.whisper", CALLS)
