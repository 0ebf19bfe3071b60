"""Parts of networks against hand-worked values and torch.nn: attention and its cache, positions, encoder, decoder."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.testing import assert_close

from course_utils import _checks
from course_utils.models.layers import (
    ConvolutionBlock,
    DecoderCache,
    KeyValueCache,
    LearnedPositions,
    MultiHeadAttention,
    TransformerDecoderLayer,
    TransformerEncoderLayer,
    attention,
    causal_mask,
    clip_lengths,
    finite_padding,
    masked_mean,
    rotated,
    silenced,
    sinusoidal_positions,
    valid_frames,
)
from course_utils.models.sequence_models import Transformer, kept_bytes
from tests.hostile import COUNT, DEVICE, LENGTHS, NAME, NO_TENSORS, SHARE, refusals
from tests.networks import SINGLE, normal, seeded, shuffled  # noqa: F401
from tests.support import refuses


def test_frames_that_count_are_those_before_the_end():
    assert valid_frames([1, 3], 3).tolist() == [[True, False, False], [True, True, True]]


def test_what_lies_behind_the_end_is_silenced():
    x = torch.tensor([[[1.0, 2.0, math.nan]], [[4.0, 5.0, 6.0]]])
    assert silenced(x, torch.tensor([2, 3])).tolist() == [[[1, 2, 0]], [[4, 5, 6]]]
    assert silenced(x[:, None], torch.tensor([1, 3]))[0, 0].tolist() == [[1, 0, 0]]


def test_padding_is_0_where_it_is_not_finite_and_else_itself():
    x = torch.tensor([[[1.0], [math.nan], [3.0]], [[4.0], [math.inf], [math.nan]]])
    valid = torch.tensor([[True, True, False], [True, False, False]])
    assert finite_padding(x, valid)[..., 0].nan_to_num(nan=-1).tolist() == [[1, -1, 3], [4, 0, 0]]
    assert torch.equal(finite_padding(x[1:, 1:], valid[1:], 1), torch.zeros(1, 2, 1))  # a cache holds the first frame


def test_causal_masks_by_hand():
    assert causal_mask(3).tolist() == [[True, False, False], [True, True, False], [True, True, True]]
    assert causal_mask(2, 4).tolist() == [[True, True, True, False], [True, True, True, True]]
    assert causal_mask(1, 3).tolist() == [[True, True, True]]
    with refuses("n_queries=4 exceeds n_keys=3"):
        causal_mask(4, 3)


def test_lengths_that_nobody_told_are_all_frames():
    assert clip_lengths(torch.zeros(2, 5, 7), None).tolist() == [7, 7]
    assert clip_lengths(torch.zeros(2, 5, 7), [3, 7]).tolist() == [3, 7]
    with refuses("lengths must hold one number for each of 2 clips"):
        clip_lengths(torch.zeros(2, 5, 7), [3])


def test_a_convolution_block_by_hand():
    """A kernel of ones over 2 × 4 ones: sums of neighbours; a batch norm that is new divides them by √(1 + ε)."""
    block = ConvolutionBlock(1, 1, pool=(2, 2)).eval()
    nn.init.ones_(block.convolution.weight)
    found, lengths = block(torch.ones(1, 1, 2, 4), torch.tensor([4]))
    assert lengths.tolist() == [2]
    assert_close(found[0, 0], torch.tensor([[6.0, 6.0]]) / math.sqrt(1 + 1e-5))
    found, lengths = block(torch.ones(1, 1, 2, 4), torch.tensor([3]))  # the fourth frame is taken for 0
    assert lengths.tolist() == [1]
    assert_close(found[0, 0, :, :1], torch.tensor([[6.0]]) / math.sqrt(1 + 1e-5))
    assert torch.equal(block(torch.ones(1, 1, 2, 4))[0], block(torch.ones(1, 1, 2, 4), torch.tensor([4]))[0])
    nn.init.constant_(block.convolution.weight, -1.0)
    assert (block(torch.ones(1, 1, 2, 4))[0] == 0).all()
    with refuses("kernel_size must be odd"):
        ConvolutionBlock(1, 1, kernel_size=2)


def test_the_mean_is_over_the_frames_that_count_whatever_stands_behind_them():
    hidden = torch.tensor([[[1.0], [3.0], [math.nan]], [[2.0], [4.0], [9.0]]])
    assert_close(masked_mean(hidden, valid_frames([2, 3], 3)), torch.tensor([[2.0], [5.0]]))


def test_attention_by_hand():
    """Scores 0 and ln 3 after division by √4: weights ¼ and ¾."""
    query, key = torch.tensor([[2.0, 0, 0, 0]]), torch.tensor([[0.0, 1, 1, 1], [math.log(3), 0, 0, 0]])
    output, weights = attention(query, key, torch.tensor([[8.0], [4.0]]))
    assert_close(weights, torch.tensor([[0.25, 0.75]]))
    assert_close(output, torch.tensor([[5.0]]))


def test_attention_with_mask_by_hand():
    one, value = torch.ones(2, 1), torch.tensor([[8.0], [4.0]])
    output, weights = attention(one, one, value, torch.tensor([[True, False], [True, True]]))
    assert_close(weights, torch.tensor([[1.0, 0.0], [0.5, 0.5]]))
    assert_close(output, torch.tensor([[8.0], [6.0]]))


def test_attention_with_huge_scores_is_finite():
    output, weights = attention(torch.tensor([[1e3]]), torch.tensor([[1e3], [-1e3]]), torch.tensor([[1.0], [2.0]]))
    assert_close(weights, torch.tensor([[1.0, 0.0]]))
    assert_close(output, torch.tensor([[1.0]]))


def test_sinusoidal_positions_by_hand():
    p = sinusoidal_positions(3, 4)
    expected = [[math.sin(t), math.cos(t), math.sin(t / 100), math.cos(t / 100)] for t in range(3)]
    assert_close(p, torch.tensor(expected), rtol=0, atol=1e-7)


def test_attention_equals_torch():
    q, k, v = normal(2, 3, 5, 8), normal(2, 3, 7, 8, seed=1), normal(2, 3, 7, 4, seed=2)
    mask = normal(2, 1, 5, 7, seed=3) > 0
    mask[..., 2] = True
    for allowed in (None, mask):
        expected = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=allowed)
        assert_close(attention(q, k, v, allowed)[0], expected, **SINGLE)


def pair_of_attentions(width=12, n_heads=3, **options):
    theirs = shuffled(nn.MultiheadAttention(width, n_heads, batch_first=True))
    ours = MultiHeadAttention(width, n_heads, **options).eval()
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("causal", [False, True])
def test_multi_head_attention_equals_torch(fused, padded, causal):
    ours, theirs = pair_of_attentions(fused=fused)
    x = normal(3, 7, 12)
    valid = valid_frames([7, 2, 5], 7) if padded else None
    mask = torch.ones(7, 7, dtype=torch.bool).tril() if causal else None
    output, weights = ours(x, valid=valid, mask=mask)
    options = {"key_padding_mask": None if valid is None else ~valid, "attn_mask": None if mask is None else ~mask}
    expected, table = theirs(x, x, x, average_attn_weights=False, **options)
    assert_close(output, expected, **SINGLE)
    if not fused:
        assert_close(weights, table, **SINGLE)
        assert_close(weights.sum(dim=-1), torch.ones(3, 3, 7), **SINGLE)


def test_cross_attention_equals_torch():
    ours, theirs = pair_of_attentions()
    query, key, value = normal(2, 4, 12), normal(2, 9, 12, seed=1), normal(2, 9, 12, seed=2)
    assert_close(ours(query, key, value)[0], theirs(query, key, value)[0], **SINGLE)
    assert_close(ours(query, key)[0], theirs(query, key, key)[0], **SINGLE)


each_order = pytest.mark.parametrize("norm_first", [False, True])
each_activation = pytest.mark.parametrize("activation", ["relu", "gelu"])


@each_order
@each_activation
@pytest.mark.parametrize("fused", [False, True])
def test_encoder_layer_equals_torch(norm_first, fused, activation):
    options = {"norm_first": norm_first, "activation": activation}
    theirs = shuffled(nn.TransformerEncoderLayer(12, 3, 20, batch_first=True, **options))
    ours = TransformerEncoderLayer(12, 3, 20, fused=fused, **options).eval()
    ours.load_state_dict(theirs.state_dict())
    x, valid = normal(3, 7, 12), valid_frames([7, 2, 5], 7)
    assert_close(ours(x), theirs(x), **SINGLE)
    expected = theirs(x, src_key_padding_mask=~valid)
    assert_close(ours(x, valid)[valid], expected[valid], **SINGLE)


@each_order
@each_activation
@pytest.mark.parametrize("fused", [False, True])
def test_decoder_layer_equals_torch(norm_first, fused, activation):
    options = {"norm_first": norm_first, "activation": activation}
    theirs = shuffled(nn.TransformerDecoderLayer(12, 3, 20, batch_first=True, **options))
    ours = TransformerDecoderLayer(12, 3, 20, fused=fused, **options).eval()
    ours.load_state_dict(theirs.state_dict())
    tokens, memory = normal(3, 5, 12), normal(3, 9, 12, seed=1)
    valid, memory_valid = valid_frames([5, 2, 4], 5), valid_frames([9, 3, 7], 9)
    ahead = torch.ones(5, 5, dtype=torch.bool).triu(1)  # theirs is true where nobody may look
    assert_close(ours(tokens, memory), theirs(tokens, memory, tgt_mask=ahead), **SINGLE)
    masks = {"tgt_mask": ahead, "tgt_key_padding_mask": ~valid, "memory_key_padding_mask": ~memory_valid}
    found = ours(tokens, memory, valid=valid, memory_valid=memory_valid)
    assert_close(found[valid], theirs(tokens, memory, **masks)[valid], **SINGLE)


def decoder(**options):
    """Two layers and positions, as a recogniser has them; tokens at a time, from where the caches stand."""
    layers = nn.ModuleList(shuffled(TransformerDecoderLayer(12, 3, 20, **options)) for _ in range(2))

    def run(tokens, memory, memory_valid=None, caches=(None, None)):
        first = 0 if caches[0] is None else len(caches[0])
        x = tokens + sinusoidal_positions(first + tokens.shape[1], 12)[first:]
        for layer, cache in zip(layers, caches, strict=True):
            x = layer(x, memory, memory_valid=memory_valid, cache=cache)
        return x

    return run


@each_order
@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("steps", [[1] * 7, [3, 1, 2, 1], [7]])
def test_step_by_step_with_a_cache_is_all_at_once(norm_first, fused, steps):
    run, memory, memory_valid = decoder(norm_first=norm_first, fused=fused), normal(2, 9, 12), valid_frames([9, 4], 9)
    tokens, caches = normal(2, 7, 12, seed=1), [DecoderCache(), DecoderCache()]
    parts = [run(part, memory, memory_valid, caches) for part in tokens.split(steps, dim=1)]
    assert_close(torch.cat(parts, dim=1), run(tokens, memory, memory_valid), **SINGLE)
    assert [len(cache) for cache in caches] == [7, 7] and len(caches[0].memory) == 9


def test_a_cache_reads_the_memory_once_and_each_token_once():
    layer, memory = shuffled(TransformerDecoderLayer(12, 3, 20)), normal(1, 9, 12)
    cache, seen = DecoderCache(), []
    project = MultiHeadAttention._project

    def counted(self, x, part):
        seen.append((part, x.shape[1]))
        return project(self, x, part)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MultiHeadAttention, "_project", counted)
        for token in normal(1, 3, 12, seed=1).split(1, dim=1):
            layer(token, memory, cache=cache)
    queries, keys, values = ([n for part, n in seen if part == kind] for kind in range(3))
    assert queries == [1] * 6 and sorted(keys) == sorted(values) == [1, 1, 1, 9]


def test_a_cache_joins_what_comes():
    cache = KeyValueCache()
    assert len(cache) == 0
    cache.extend(torch.ones(2, 3, 4, 5), torch.ones(2, 3, 4, 5))
    key, value = cache.extend(2 * torch.ones(2, 3, 1, 5), 3 * torch.ones(2, 3, 1, 5))
    assert (
        len(cache) == 5
        and key[0, 0, :, 0].tolist() == [1, 1, 1, 1, 2]
        and value[0, 0, :, 0].tolist() == [1, 1, 1, 1, 3]
    )


def test_nobody_looks_ahead():
    """A change of token 3 changes no output before it."""
    run, memory, tokens = decoder(), normal(1, 9, 12), normal(1, 6, 12, seed=1)
    changed = tokens.clone()
    changed[:, 3] = normal(1, 12, seed=2)
    moved = (run(tokens, memory) - run(changed, memory)).abs().amax(dim=(0, 2))
    assert (moved[:3] < 1e-6).all() and (moved[3:] > 1e-4).all()


def test_parameters_and_memory_of_attention_grow_as_the_table_does():
    """The table of weights alone has heads · frames² numbers; the fused kernel keeps none of it."""
    x = {n: torch.randn(1, n, 12) for n in (64, 128)}
    for fused, at_least, at_most in ((False, 3 * (128**2 - 64**2) * 4, math.inf), (True, 0, 3 * 64 * 12 * 4 * 8)):
        module = MultiHeadAttention(12, 3, fused=fused)
        extra = kept_bytes(module, x[128]) - kept_bytes(module, x[64])
        assert at_least <= extra <= at_most


def test_rotary_positions_by_hand():
    x = torch.tensor([[1.0, 0.0, 0.0, 2.0]] * 2)
    c, s, c2, s2 = math.cos(1), math.sin(1), math.cos(0.01), math.sin(0.01)  # of the place 1: angles 1 and 1/100
    assert_close(rotated(x), torch.tensor([[1.0, 0, 0, 2], [c, s, -2 * s2, 2 * c2]]))
    assert_close(rotated(x[1:], 1), rotated(x)[1:])


def test_rotary_positions_equal_gpt_j():
    from transformers.models.gptj.modeling_gptj import apply_rotary_pos_emb, create_sinusoidal_positions

    x = normal(2, 3, 9, 8)  # batch, heads, frames, width
    sine, cosine = create_sinusoidal_positions(9, 8).chunk(2, dim=-1)
    theirs = apply_rotary_pos_emb(x.transpose(1, 2), sine[None], cosine[None]).transpose(1, 2)
    assert_close(rotated(x), theirs, rtol=1e-5, atol=1e-5)


@given(apart=st.integers(0, 30), first=st.integers(0, 30), shift=st.integers(0, 200), half_width=st.integers(1, 8))
def test_rotary_scores_depend_on_distance_only(apart, first, shift, half_width):
    query, key = normal(1, 2 * half_width, seed=1), normal(1, 2 * half_width, seed=2)
    here, there = ((rotated(query, place + apart) * rotated(key, place)).sum() for place in (first, first + shift))
    assert_close(here, there, rtol=1e-4, atol=1e-4)  # angles of single precision


def test_rotary_attention_knows_distances_and_nothing_else():
    """In front of a clip stands another that may not be looked at: no output changes."""
    layer = shuffled(MultiHeadAttention(8, 2, rotary=True))
    clip, other = normal(1, 6, 8), normal(1, 5, 8, seed=1)
    mask = torch.block_diag(torch.ones(5, 5), torch.ones(6, 6)).bool()
    assert_close(layer(torch.cat([other, clip], dim=1), mask=mask)[0][:, 5:], layer(clip)[0], rtol=1e-5, atol=1e-5)
    assert not torch.allclose(layer(clip.flip(1))[0].flip(1), layer(clip)[0], atol=1e-3)  # and the order counts
    with refuses("rotary positions are distances within one sequence, so key must be the query, got another"):
        layer(clip, other)
    with refuses("width / n_heads must be even, got 3: use 4"):
        MultiHeadAttention(6, 2, rotary=True)


@given(n_frames=st.integers(1, 40), shift=st.integers(0, 20), half_width=st.integers(1, 16))
def test_products_of_positions_depend_on_distance_only(n_frames, shift, half_width):
    p = sinusoidal_positions(n_frames + shift, 2 * half_width).double()
    assert_close((p**2).sum(dim=1), torch.full((n_frames + shift,), float(half_width)).double(), rtol=1e-5, atol=1e-5)
    product = p @ p.T
    assert_close(product[:n_frames, :n_frames], product[shift:, shift:], rtol=1e-4, atol=1e-4)


def test_positions_within_the_table_are_its_rows():
    positions = LearnedPositions(8, 4, past="interpolate")
    found = positions(valid_frames([8, 5], 8))
    assert_close(found[0], positions.table)
    assert_close(found[1, :5], positions.table[:5])


def test_positions_past_the_table_stretch_over_the_clip():
    positions = LearnedPositions(5, 2, past="interpolate")
    found = positions(valid_frames([9, 3], 9))
    assert_close(found[0, ::2], positions.table)
    assert_close(found[0, 1::2], (positions.table[1:] + positions.table[:-1]) / 2)
    assert_close(found[1, :3], positions.table[:3])


def test_a_table_of_one_row():
    positions = LearnedPositions(1, 2, past="interpolate")
    assert_close(positions(valid_frames([3, 1], 3)), positions.table.expand(2, 3, 2))


def test_learned_positions_begin_as_asked():
    assert torch.equal(LearnedPositions(9, 4).table, sinusoidal_positions(9, 4))
    noise = LearnedPositions(500, 40, start="random").table
    assert noise.square().mean().item() == pytest.approx(0.5, rel=0.05)  # as large as a sinusoid, on average
    assert abs((noise[1:] * noise[:-1]).mean().item()) < 0.02
    assert Transformer(6, 4, start="random").positions.table.std() > 0 and noise.requires_grad


def test_lengths_that_do_not_fit_are_refused():
    with refuses("lengths must lie in 1…9, the frames of the batch, got 10 for clip 1"):
        valid_frames([3, 10], 9)
    with refuses("got 0 for clip 0"):
        valid_frames([0, 9], 9)
    with refuses("lengths must be whole numbers, got torch.float32", TypeError):
        valid_frames([0.5, 1.0], 9)
    with refuses("n_frames must be at least 1"):
        valid_frames([1], 0)


def test_masks_that_cannot_be_meant_are_refused():
    x = normal(1, 3, 4)
    with refuses("mask must be boolean, true where a query may look, got torch.float32", TypeError):
        attention(x, x, x, torch.zeros(3, 3))
    with refuses("mask must leave every query a key to look at, got 1 rows"):
        attention(x, x, x, torch.tensor([[True] * 3, [False] * 3, [True] * 3]))


def test_parts_that_cannot_be_are_refused():
    with refuses("width=10 must be a multiple of n_heads=4"):
        MultiHeadAttention(10, 4)
    with refuses("past must be one of 'error', 'interpolate', got 'wrap'"):
        LearnedPositions(5, 2, past="wrap")
    with refuses("width must be even, got 5: use 6"):
        sinusoidal_positions(3, 5)
    with refuses("activation must be one of 'relu', 'gelu', got 'swish'"):
        TransformerDecoderLayer(8, 2, 8, activation="swish")
    for options in ({"n_hidden": 0}, {"width": 0}, {"dropout": -0.5}, {"dropout": 1.5}):
        with refuses(f"{next(iter(options))} must be at (least|most)"):
            TransformerDecoderLayer(**{"width": 8, "n_heads": 2, "n_hidden": 8} | options)
    with refuses("pool must be at least 1, got 0"):
        ConvolutionBlock(1, 1, pool=(0, 2))
    with refuses(r"pool must be two whole numbers, bands and frames, got 2: pass \(2, 2\)", TypeError):
        ConvolutionBlock(1, 1, pool=2)
    with refuses("n_inputs must be at least 1"):
        ConvolutionBlock(0, 1)
    with refuses("n_queries must be at least 1, got 0"):
        causal_mask(0, 3)
    with refuses("n_queries must be a whole number, got 1.5", TypeError):
        causal_mask(1.5, 3)


def test_a_convolution_block_refuses_what_it_cannot_pool():
    block = ConvolutionBlock(1, 1)
    for shape in ((1, 1, 4, 1), (1, 1, 1, 4), (1, 3, 4, 4), (1, 4, 4)):
        with refuses(r"x must have the shape \(batch, 1, bands, frames\) with at least 2 bands and 2 frames, got"):
            block(torch.ones(shape))
    with refuses("lengths must lie in 2…4, the frames of the batch, got 1 for clip 1"):
        block(torch.ones(2, 1, 4, 4), torch.tensor([4, 1]))
    with refuses("lengths must hold one number for each of 2 clips"):
        block(torch.ones(2, 1, 4, 4), torch.tensor([4]))
    assert block(torch.ones(2, 1, 4, 4), [4, 2])[1].tolist() == [2, 1]


EITHER = pytest.mark.parametrize("fused", [False, True])


@EITHER
def test_attention_refuses_alike_with_either_arithmetic(fused):
    layer, x, full = (
        TransformerEncoderLayer(12, 3, 20, fused=fused),
        normal(3, 5, 12),
        torch.ones(3, 5, dtype=torch.bool),
    )
    blind = full.clone()
    blind[1] = False
    with refuses("mask must leave every query a key to look at, got 1 rows"):
        layer(x, blind)
    with refuses("mask must be boolean", TypeError):
        layer(x, mask=causal_mask(5).float())
    with refuses("valid must be boolean", TypeError):
        layer(x, full.int())
    for wrong in (full[:1], full[:2], full[:, :4]):
        with refuses(r"valid must have the shape \(batch, keys\) = \(3, 5\), keys of the cache included, got"):
            layer(x, wrong)
    for wrong in (causal_mask(4), causal_mask(5)[:1], causal_mask(5).repeat(3, 1, 1)):
        with refuses(r"mask must have the shape \(queries, keys\) = \(5, 5\)"):
            layer(x, mask=wrong)


@EITHER
def test_a_memory_of_other_clips_is_refused(fused):
    layer, x, memory = TransformerDecoderLayer(12, 3, 20, fused=fused), normal(3, 5, 12), normal(3, 7, 12)
    for wrong in (memory[:1], memory[:2], memory[:, :0], memory[..., :9], memory[0]):
        with refuses("query must have the shape .*nothing is repeated"):
            layer(x, wrong)


@EITHER
def test_not_a_number_in_the_padding_reaches_no_sound(fused):
    """Of tokens and of a memory."""
    layer = shuffled(TransformerDecoderLayer(12, 3, 20, fused=fused))
    tokens, memory = normal(2, 5, 12), normal(2, 7, 12, seed=1)
    valid, memory_valid = valid_frames([5, 3], 5), valid_frames([4, 7], 7)
    expected = layer(tokens, memory, valid=valid, memory_valid=memory_valid)
    tokens[~valid], memory[~memory_valid] = math.nan, math.nan
    found = layer(tokens, memory, valid=valid, memory_valid=memory_valid)
    assert torch.equal(found[valid], expected[valid]) and found[valid].isfinite().all()
    attend = shuffled(MultiHeadAttention(12, 3, fused=fused))
    found = attend(normal(2, 5, 12), memory, memory.clone(), valid=memory_valid)[0]
    assert found.isfinite().all()


@EITHER
def test_a_cache_belongs_to_one_batch_and_one_memory(fused):
    """What is refused leaves it as it was: the next token gives what it gives without the mistakes."""
    layer = shuffled(TransformerDecoderLayer(12, 3, 20, fused=fused))
    tokens, memory = normal(2, 4, 12), normal(2, 7, 12, seed=1)
    expected, cache = layer(tokens, memory)[:, 2:3], DecoderCache()
    layer(tokens[:, :2], memory, cache=cache)
    token = tokens[:, 2:3]
    with refuses("a cache must be given the memory that it has read, .*begin with a new DecoderCache"):
        layer(token, memory + 1, cache=cache)
    with refuses("a cache must be given the memory"):
        layer(token, memory[:, :5], cache=cache)
    with refuses(r"a cache of \(batch, heads, d\) = \(2, 3, 4\) must be given the same again, got \(1, 3, 4\)"):
        layer(token[:1], memory[:1], cache=cache)
    with refuses("mask must leave every query a key"):
        layer(token, memory, memory_valid=torch.zeros(2, 7, dtype=torch.bool), cache=cache)
    with refuses(r"valid must have the shape \(batch, keys\) = \(2, 3\)"):
        layer(token, memory, valid=torch.ones(2, 1, dtype=torch.bool), cache=cache)
    assert len(cache) == 2
    assert_close(layer(token, memory.clone(), cache=cache), expected, **SINGLE)
    assert len(cache) == 3
    new = DecoderCache()
    with refuses("mask must leave every query a key"):
        layer(token, memory, memory_valid=torch.zeros(2, 7, dtype=torch.bool), cache=new)
    assert len(new) == len(new.memory) == 0


X = normal(2, 6, 8)
VALID = torch.tensor([[True] * 6, [True] * 4 + [False] * 2])
NO_FLAGS = [*NO_TENSORS[1:], torch.ones(2, 6), torch.ones(3, 6, dtype=torch.bool)]
SIZES = {"width": (8, [*COUNT, 7, 10**6]), "n_heads": (2, [*COUNT, 3]), "n_hidden": (4, COUNT), "dropout": (0.1, SHARE)}
CALLS = {
    valid_frames: {"lengths": ([3, 5], [None, *LENGTHS[:-2]]), "n_frames": (5, [*COUNT, 2])},
    clip_lengths: {"features": (X, NO_TENSORS), "lengths": ([3, 5], LENGTHS[:7])},
    silenced: {"hidden": (X, NO_TENSORS), "lengths": (torch.tensor([3, 5]), [None, *LENGTHS])},
    causal_mask: {"n_queries": (3, [*COUNT, 5]), "n_keys": (4, [*COUNT[1:], 2]), "device": ("cpu", DEVICE)},
    masked_mean: {"hidden": (X, NO_TENSORS), "valid": (VALID, [None, *NO_FLAGS, VALID & False])},
    finite_padding: {"x": (X, NO_TENSORS), "valid": (VALID, NO_FLAGS), "n_before": (0, [*COUNT[:-5], -1, 1.5, 1])},
    attention: {
        "query": (X, NO_TENSORS),
        "key": (X, NO_TENSORS),
        "value": (X, NO_TENSORS),
        "mask": (VALID[:, None], NO_FLAGS),
    },
    KeyValueCache: {},
    DecoderCache: {},
    MultiHeadAttention: {name: SIZES[name] for name in ("width", "n_heads")},
    MultiHeadAttention(8, 2).eval().forward: {
        "query": (X, NO_TENSORS),
        "key": (X, NO_TENSORS[1:]),
        "value": (X, NO_TENSORS[1:]),
        "valid": (VALID, NO_FLAGS),
        "mask": (torch.ones(6, 6, dtype=torch.bool), NO_FLAGS),
        "cache": (None, ["x", 5, {}, torch.ones(3)]),
    },
    sinusoidal_positions: {"n_frames": (5, COUNT), "width": (8, [*COUNT, 7])},
    rotated: {"x": (X, [*NO_TENSORS, X[..., :3], X[0, 0]]), "start": (2, [*COUNT[:-5], -1, 1.5])},
    LearnedPositions: {
        "n_longest": (5, COUNT),
        "width": (8, [*COUNT, 7]),
        "past": ("error", NAME),
        "start": ("random", NAME),
    },
    LearnedPositions(9, 8).forward: {"valid": (VALID, [None, *NO_FLAGS[:-1]])},
    TransformerEncoderLayer: {**SIZES, "activation": ("relu", NAME)},
    TransformerEncoderLayer(8, 2, 4).eval().forward: {
        "x": (X, NO_TENSORS),
        "valid": (VALID, NO_FLAGS),
        "mask": (torch.ones(6, 6, dtype=torch.bool), NO_FLAGS),
        "cache": (None, ["x", 5, {}, torch.ones(3)]),
    },
    TransformerDecoderLayer: SIZES,
    TransformerDecoderLayer(8, 2, 4).eval().forward: {
        "x": (X, NO_TENSORS),
        "memory": (X, NO_TENSORS),
        "valid": (VALID, NO_FLAGS),
        "memory_valid": (VALID, NO_FLAGS),
        "cache": (None, ["x", 5, {}, torch.ones(3), KeyValueCache()]),
    },
    ConvolutionBlock: {
        "n_inputs": (1, COUNT),
        "n_outputs": (2, COUNT),
        "kernel_size": (3, [*COUNT, 4]),
        "pool": ((2, 2), [None, 5, "x", (2,), (0, 2), (2, 2.0), {}]),
    },
    ConvolutionBlock(1, 2).eval().forward: {"x": (X[:, None], NO_TENSORS), "lengths": ([3, 8], LENGTHS)},
}

test_hostile_input_is_refused_in_one_sentence = refusals("models.layers", CALLS)


def test_weights_that_no_memory_holds_are_refused_before_torch_asks_for_them(monkeypatch):
    monkeypatch.setattr(_checks, "free_bytes", lambda: 2**30)
    with refuses("attention of width=44100 needs 31.1 GB of memory, .* lower width"):
        MultiHeadAttention(44_100, 3)
    with refuses("a layer of width=4096 and n_hidden=1048576 needs 34.4 GB of memory, .* lower n_hidden"):
        TransformerEncoderLayer(4096, 4, 1_048_576)
