"""Parts of networks: which frames count, attention and its cache, positions, encoder and decoder, a convolution block.

What a network holds inside is ``(batch, frames, width)``. ``valid`` is ``(batch, frames)`` and true where a clip has
sound, false where it is padded. Lecture: sequence_models
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from .._checks import layers as _checks

# -------------------------------------------------------------------------------- which frames count


def valid_frames(lengths: torch.Tensor | Sequence[int], n_frames: int) -> torch.Tensor:
    """Which frames belong to a clip: ``valid[b, t] = (t < lengths[b])``.

    Parameters
    ----------
    lengths : tensor or sequence of int, shape (batch,), frames
    n_frames : int
        Length of the longest clip, to which all are padded.

    Returns
    -------
    bool tensor, shape (batch, frames)
        True where there is sound: the opposite of what ``torch.nn.MultiheadAttention`` calls ``key_padding_mask``.

    Raises
    ------
    ValueError
        If a length is below 1 or above ``n_frames``.

    Lecture: sequence_models
    """
    lengths = _checks.whole_numbers(lengths)
    _checks.one_length_each(tuple(lengths.shape), lengths.numel())
    n_frames = _checks.count(n_frames, "n_frames")
    _checks.clip_lengths(lengths.tolist(), n_frames)
    _checks.fits_memory(
        len(lengths) * n_frames, f"a table of {len(lengths):,} clips and {n_frames:,} frames", "cut them"
    )
    return torch.arange(n_frames, device=lengths.device) < lengths[:, None]


def clip_lengths(features: torch.Tensor, lengths: torch.Tensor | Sequence[int] | None) -> torch.Tensor:
    """How many frames of each clip count: what was told, or all of them.

    Parameters
    ----------
    features : tensor, shape (batch, …, frames)
    lengths : tensor or sequence of int, shape (batch,), frames, or None

    Returns
    -------
    tensor of int, shape (batch,), where the features are

    Raises
    ------
    ValueError
        If there is not one length for each clip.

    Lecture: sequence_models
    """
    _checks.with_numbers(_checks.tensor(features, "features", at_least=2, any_kind=True), "features")
    n_batch, n_frames = len(features), features.shape[-1]
    lengths = torch.full((n_batch,), n_frames) if lengths is None else _checks.whole_numbers(lengths)
    _checks.one_length_each(tuple(lengths.shape), n_batch)
    return lengths.to(features.device)


def silenced(hidden: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """0 behind the end of each clip, so that a convolution finds there what it finds behind the last clip of all.

    Parameters
    ----------
    hidden : tensor, shape (batch, …, frames)
    lengths : tensor of int, shape (batch,), frames

    Returns
    -------
    tensor, shape (batch, …, frames)

    Lecture: sequence_models
    """
    lengths = clip_lengths(hidden, _checks.whole_numbers(lengths))
    valid = valid_frames(lengths, hidden.shape[-1])
    return hidden.masked_fill(~valid.view(len(hidden), *[1] * (hidden.ndim - 2), -1), 0)


def causal_mask(n_queries: int, n_keys: int | None = None, *, device: torch.device | str = "cpu") -> torch.Tensor:
    """Nobody looks ahead: ``mask[i, j] = (j ≤ i + n_keys − n_queries)``, the queries being the last of the keys.

    Parameters
    ----------
    n_queries : int
    n_keys : int, optional
        As many by default; more where a cache holds those before.
    device : torch.device or str

    Returns
    -------
    bool tensor, shape (queries, keys)
        True where a query may look.

    Lecture: sequence_models
    """
    n_queries = _checks.count(n_queries, "n_queries")
    n_keys = n_queries if n_keys is None else _checks.count(n_keys, "n_keys")
    _checks.no_more(n_queries, n_keys, "n_queries", "n_keys")
    table = f"a table of {n_queries:,} queries and {n_keys:,} keys"
    _checks.fits_memory(2 * n_queries * n_keys, table, "lower n_queries or n_keys")
    return _lower_triangle(n_queries, n_keys, _checks.place(device))


def _lower_triangle(n_queries: int, n_keys: int, device: torch.device) -> torch.Tensor:
    return torch.ones(n_queries, n_keys, dtype=torch.bool, device=device).tril(n_keys - n_queries)


def masked_mean(hidden: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
    """The mean over the frames that count: ``Σ_t valid[t] h[t] / Σ_t valid[t]``.

    Parameters
    ----------
    hidden : tensor, shape (batch, frames, width)
    valid : bool tensor, shape (batch, frames)

    Returns
    -------
    tensor, shape (batch, width)
        What stands in the padding has no influence, not even NaN.

    Raises
    ------
    ValueError
        If no frame of a clip counts: its mean would be 0 / 0.

    Lecture: sequence_models
    """
    _checks.some_frame_counts(_checks.flags(valid, _checks.tensor(hidden, "hidden", axes=3)))
    kept = hidden.masked_fill(~valid[..., None], 0)
    dtype = torch.float32 if hidden.dtype.itemsize < 4 else hidden.dtype  # half precision may overflow in the sum
    return (kept.sum(dim=1, dtype=dtype) / valid.sum(dim=1, keepdim=True)).to(hidden.dtype)


# ----------------------------------------------------------------------------------------- attention


def attention(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Scaled dot-product attention: ``softmax(Q Kᵀ / √d) V``.

    Parameters
    ----------
    query : tensor, shape (…, queries, d)
    key : tensor, shape (…, keys, d)
    value : tensor, shape (…, keys, d_value)
    mask : bool tensor, broadcast to (…, queries, keys), optional
        True where a query may look, as in ``torch.nn.functional.scaled_dot_product_attention``. What it may not see
        has no influence, not even NaN.

    Returns
    -------
    output : tensor, shape (…, queries, d_value)
    weights : tensor, shape (…, queries, keys)
        How much each query takes of each key: not negative, 1 in sum.

    Raises
    ------
    TypeError, ValueError
        If the mask is not boolean, or leaves a query nothing to look at: the softmax would be 0 / 0.

    After Vaswani et al. 2017, equation 1.
    Lecture: sequence_models
    """
    _checks.scores_fit(query, key, value)
    if mask is not None:
        shape = torch.broadcast_shapes(query.shape[:-2], key.shape[:-2]) + (query.shape[-2], key.shape[-2])
        _checks.attention_mask(mask, tuple(shape))
        _checks.something_to_attend(int((~mask.any(dim=-1)).sum()))
    return _attended(query, key, value, mask)


def _attended(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor | None) -> tuple:
    _checks.table_of_scores(query, key.shape[-2])
    key, value, spoilt = _without_hidden(key, value, mask)
    if query.dtype.itemsize < 4:  # half precision may overflow in the products
        scores = (query.float() / math.sqrt(query.shape[-1])) @ key.float().transpose(-1, -2)
    else:
        scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    weights = torch.softmax(scores, dim=-1).to(query.dtype)
    output = weights @ value
    return (output, weights) if spoilt is None else tuple(torch.where(spoilt, math.nan, x) for x in (output, weights))


def _is_finite(x: torch.Tensor) -> bool:
    """Whether the sum of all is, which costs a tenth of looking at each; one that overflows is looked at closely."""
    return math.isfinite(x.detach().sum(dtype=torch.float32).item())


def _without_hidden(key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor | None) -> tuple:
    """Keys and values with 0 for those that are not finite, and which queries may look at one of these, or None.

    A weight of 0 does not hide them: 0 · NaN is NaN.
    """
    if mask is None or (_is_finite(key) and _is_finite(value)):
        return key, value, None
    is_lost = ~(key.isfinite().all(dim=-1) & value.isfinite().all(dim=-1))
    key, value = (torch.where(is_lost[..., None], 0, x) for x in (key, value))
    return key, value, (mask & is_lost[..., None, :]).any(dim=-1, keepdim=True)


class KeyValueCache:
    """What an attention has read already: its keys and values, so that each frame is turned into them once.

    Parameters
    ----------
    is_fixed : bool
        Filled by the first call and then left alone: for attention to what does not grow, such as an encoder's output.

    Lecture: sequence_models
    """

    def __init__(self, *, is_fixed: bool = False) -> None:
        self.is_fixed = _checks.switch(is_fixed, "is_fixed")
        self.key = self.value = self.source = None

    def __len__(self) -> int:
        """Frames held: the position at which the next one stands."""
        return 0 if self.key is None else self.key.shape[-2]

    def extend(self, key: torch.Tensor, value: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Keys and values (batch, heads, frames, d) behind those that are held; gives all of them."""
        if self.key is not None:
            _checks.same_cache(_but_frames(self.key), _but_frames(key))
            key, value = torch.cat([self.key, key], dim=-2), torch.cat([self.value, value], dim=-2)
        self.key, self.value = key, value
        return key, value

    def is_filled_from(self, source: torch.Tensor) -> bool:
        """Whether nothing needs to be read: a fixed cache holds what this source gives; another one is refused."""
        if not self.is_fixed or self.key is None:
            return False
        is_same = self.source is None or source is self.source
        is_same = is_same or (source.shape == self.source.shape and torch.equal(source, self.source))
        _checks.same_memory(is_same, tuple(self.source.shape), tuple(source.shape))
        return True


def _but_frames(x: torch.Tensor) -> tuple[int, ...]:
    return *x.shape[:2], x.shape[3]


@contextmanager
def _unless_refused(*caches: KeyValueCache) -> Iterator[None]:
    """Caches that are left as they were where the call that fills them fails."""
    before = [(cache.key, cache.value, cache.source) for cache in caches]
    try:
        yield
    except BaseException:
        for cache, held in zip(caches, before, strict=True):
            cache.key, cache.value, cache.source = held
        raise


class MultiHeadAttention(nn.Module):
    """``n_heads`` attentions side by side, each on its own ``width / n_heads`` numbers, then mixed.

    Parameters
    ----------
    width : int
        Numbers per frame; a multiple of ``n_heads``.
    n_heads : int
    fused : bool
        Let torch's fused kernel do the arithmetic: the same result without the table of weights in memory.
    rotary : bool
        Turn queries and keys by their places, see ``rotated``; for attention of a sequence to itself.

    The weights have the names of ``torch.nn.MultiheadAttention``; for the same weights the results agree to 1e−5.
    After Vaswani et al. 2017, section 3.2.2. Lecture: sequence_models
    """

    def __init__(self, width: int, n_heads: int, *, fused: bool = False, rotary: bool = False) -> None:
        super().__init__()
        width, n_heads = _checks.count(width, "width", maximum=65_536), _checks.count(n_heads, "n_heads")
        _checks.heads_divide(width, n_heads)
        self.rotary = _checks.switch(rotary, "rotary")
        if rotary:
            _checks.even(width // n_heads, "width / n_heads")
        _checks.weights_fit(4 * width**2, f"attention of width={width}", "lower width")
        self.n_heads, self.fused = n_heads, _checks.switch(fused, "fused")
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = nn.Linear(width, width)
        nn.init.xavier_uniform_(self.in_proj_weight)
        nn.init.zeros_(self.out_proj.bias)

    def forward(
        self,
        query: torch.Tensor,
        key: torch.Tensor | None = None,
        value: torch.Tensor | None = None,
        *,
        valid: torch.Tensor | None = None,
        mask: torch.Tensor | None = None,
        cache: KeyValueCache | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Queries (batch, queries, width), and keys and values (batch, keys, width): the queries by default.

        ``valid`` (batch, keys) says which keys are sound, ``mask`` (queries, keys) where a query may look. Keys of a
        ``cache`` stand before the new ones, and count among the keys of both. What stands in keys and values that are
        not sound has no influence, not even NaN.
        Gives the output (batch, queries, width) and the weights (batch, heads, queries, keys), None if fused.
        """
        key = query if key is None else key
        value = key if value is None else value
        _checks.cache_of(cache, KeyValueCache)
        for name, part in (("query", query), ("key", key), ("value", value)):
            _checks.for_network(part, name, self)
        _checks.same_batch(tuple(query.shape), tuple(key.shape), tuple(value.shape), self.out_proj.in_features)
        is_read = cache is not None and cache.is_filled_from(key)
        n_keys = (0 if is_read else key.shape[1]) + (0 if cache is None else len(cache))
        allowed = _allowed(valid, mask, len(query), query.shape[1], n_keys)
        q = self._project(finite_padding(query, valid, n_keys - key.shape[1]) if query is key else query, 0)
        if self.rotary:
            _checks.of_itself(query is key, "rotary")
            q = rotated(q, n_keys - key.shape[1])
        k, v = (cache.key, cache.value) if is_read else self._read(key, value, valid, cache)
        if self.fused:
            k, v, spoilt = _without_hidden(k, v, allowed)
            mixed, table = F.scaled_dot_product_attention(q, k, v, attn_mask=allowed), None
            mixed = mixed if spoilt is None else torch.where(spoilt, math.nan, mixed)
        else:
            mixed, table = _attended(q, k, v, allowed)
        return self.out_proj(mixed.transpose(1, 2).flatten(2)), table

    def _project(self, x: torch.Tensor, part: int) -> torch.Tensor:
        """Queries, keys or values of all heads: (batch, frames, width) → (batch, heads, frames, width / heads)."""
        x = F.linear(x, self.in_proj_weight.chunk(3)[part], self.in_proj_bias.chunk(3)[part])
        return x.unflatten(-1, (self.n_heads, -1)).transpose(1, 2)

    def _read(self, key: torch.Tensor, value: torch.Tensor, valid: torch.Tensor | None, cache: KeyValueCache | None):
        """Keys and values of what is new, padding taken for 0, behind those that the cache holds."""
        source, is_both = key, value is key
        if valid is not None:
            padding = ~valid[:, -key.shape[1] :, None]
            key = key.masked_fill(padding, 0)
            value = key if is_both else value.masked_fill(padding, 0)
        key, value = self._project(key, 1), self._project(value, 2)
        if self.rotary:
            key = rotated(key, 0 if cache is None else len(cache))
        if cache is not None:
            key, value = cache.extend(key, value)
            cache.source = source
        return key, value


def finite_padding(x: torch.Tensor, valid: torch.Tensor | None, n_before: int = 0) -> torch.Tensor:
    """0 for NaN and infinity in the padding, from where they would reach the weights by the gradients.

    Parameters
    ----------
    x : tensor, shape (batch, frames, width)
    valid : bool tensor, shape (batch, n_before + frames), or None
        None where nothing is padded.
    n_before : int
        Frames of a cache, which ``valid`` tells of as well.

    Returns
    -------
    tensor, shape (batch, frames, width)
        Equal to x where that is finite.

    Lecture: sequence_models
    """
    n_before = _checks.count(n_before, "n_before", minimum=0)
    _checks.tensor(x, "x", axes=3, empty=True)
    if valid is None:
        return x
    _checks.valid_fits(valid, (len(x), n_before + x.shape[1]), x.device)
    if _is_finite(x):
        return x
    return x.masked_fill(~(valid[:, n_before:, None] | x.isfinite()), 0)


def _allowed(
    valid: torch.Tensor | None, mask: torch.Tensor | None, n_batch: int, n_queries: int, n_keys: int
) -> torch.Tensor | None:
    """Where each query may look: what is broadcast to (batch, heads, queries, keys), or None for everywhere."""
    if mask is not None:
        _checks.attention_mask(mask)
        _checks.mask_fits(tuple(mask.shape), n_queries, n_keys)
    if valid is not None:
        _checks.valid_fits(valid, (n_batch, n_keys))
        valid = valid[:, None, None, :]
        mask = valid if mask is None else mask & valid
    if mask is not None:
        _checks.something_to_attend(int((~mask.any(dim=-1)).sum()))
    return mask


# ----------------------------------------------------------------------------------------- positions


def sinusoidal_positions(n_frames: int, width: int) -> torch.Tensor:
    """``p[t, 2k] = sin(t / 10000^(2k / width))``, ``p[t, 2k + 1]`` the cosine of the same angle.

    Parameters
    ----------
    n_frames : int
    width : int, even

    Returns
    -------
    tensor, shape (frames, width)
        Each row has the squared norm ``width / 2``; the product of two rows depends on their distance only.

    After Vaswani et al. 2017, section 3.5.
    Lecture: sequence_models
    """
    n_frames, width = _checks.count(n_frames, "n_frames"), _checks.count(width, "width")
    _checks.even(width, "width")
    table = f"a table of {n_frames:,} frames and width={width}"
    _checks.fits_memory(32 * n_frames * width, table, "lower n_frames or width")
    # By numpy in double precision, which not every device has.
    angle = np.arange(n_frames)[:, np.newaxis] * 10_000.0 ** (-np.arange(0, width, 2) / width)
    rows = np.stack([np.sin(angle), np.cos(angle)], axis=-1).reshape(n_frames, width)
    return torch.from_numpy(rows.astype(np.float32))


def rotated(x: torch.Tensor, start: int = 0) -> torch.Tensor:
    """Rotary positions: of frame t, numbers 2k and 2k + 1 are turned as a pair by the angle ``t / 10000^(2k / width)``.

    The product of a query at place s with a key at place t is then one of their distance, ``q · R(t − s) k``: it is
    the same wherever both stand, and no place is further than any that training has seen; only distances are.

    Parameters
    ----------
    x : tensor, shape (…, frames, width), floating
        Queries or keys of one head; the width is even.
    start : int
        Place of the first frame: how many a cache holds.

    Returns
    -------
    tensor, shape (…, frames, width)
        Each frame as long as before.

    Source: Su et al. 2021, RoFormer, equations 14 to 16, neighbours taken as pairs.
    Lecture: attention_asr
    """
    start = _checks.count(start, "start", minimum=0)
    _checks.even(_checks.tensor(x, "x", at_least=2).shape[-1], "the width of x")
    angle = sinusoidal_positions(start + x.shape[-2], x.shape[-1])[start:].to(x)  # sine and cosine in turns
    sine, cosine = angle[:, 0::2], angle[:, 1::2]
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * cosine - odd * sine, even * sine + odd * cosine], dim=-1).flatten(-2)


class LearnedPositions(nn.Module):
    """A table of ``n_longest`` rows, learned like any weight; row t is added to frame t.

    Parameters
    ----------
    n_longest : int, frames
    width : int, even
    past : {"error", "interpolate"}
        What to do with a clip of more frames: refuse it, or stretch the table over its own length.
    start : {"sinusoidal", "random"}
        First values: the sinusoids, of which neighbours are alike, or noise, where that must be learned too.

    Lecture: sequence_models
    """

    def __init__(self, n_longest: int, width: int, *, past: str = "error", start: str = "sinusoidal") -> None:
        super().__init__()
        self.past = _checks.choice(past, "past", ("error", "interpolate"))
        n_longest = _checks.count(n_longest, "n_longest")
        rows = sinusoidal_positions(n_longest, width)
        is_random = _checks.choice(start, "start", ("sinusoidal", "random")) == "random"
        self.table = nn.Parameter(math.sqrt(0.5) * torch.randn(rows.shape) if is_random else rows)

    def forward(self, valid: torch.Tensor) -> torch.Tensor:
        """(batch, frames) → (batch, frames, width). The neighbours of a clip do not change its positions."""
        _checks.with_numbers(_checks.boolean(valid, "valid", axes=2), "valid")
        last, lengths = len(self.table) - 1, valid.sum(dim=1)
        if self.past == "error":
            _checks.positions_reach(int(lengths.max()), len(self.table))
        stretch = last / (lengths - 1).clamp(min=max(last, 1))  # 1 for every clip that the table covers
        at = (torch.arange(valid.shape[1], device=valid.device) * stretch[:, None]).clamp(max=last)
        low = at.floor().long()
        part = (at - low)[..., None]
        rows = (1 - part) * self.table[low] + part * self.table[(low + 1).clamp(max=last)]
        return rows.to(self.table.dtype)  # of a network in half precision; the places need single


# ------------------------------------------------------------------------------- encoder and decoder


ACTIVATIONS = {"relu": torch.relu, "gelu": F.gelu}


class TransformerEncoderLayer(nn.Module):
    """Attention, then two linear layers on each frame alone; each is added to what went in, and normalised.

    ``x ← norm(x + attention(x))``, ``x ← norm(x + W₂ σ(W₁ x))``; with ``norm_first`` the sum is left alone and
    what goes into each part is normalised, which trains without a warm-up.

    Parameters
    ----------
    width, n_heads, n_hidden : int
    dropout : float, 0…1
    norm_first, fused : bool
    rotary : bool
        Of the attention to itself, see ``MultiHeadAttention``.
    activation : {"relu", "gelu"}
        The σ between the two linear layers.

    Names and results are those of ``torch.nn.TransformerEncoderLayer``, to 1e−5. Lecture: sequence_models
    """

    def __init__(
        self,
        width: int,
        n_heads: int,
        n_hidden: int,
        *,
        dropout: float = 0.1,
        norm_first: bool = True,
        fused: bool = False,
        rotary: bool = False,
        activation: str = "relu",
    ) -> None:
        super().__init__()
        width, n_hidden = _checks.count(width, "width"), _checks.count(n_hidden, "n_hidden", maximum=1_048_576)
        dropout = _checks.number(dropout, "dropout", at_least=0, at_most=1)
        self.norm_first = _checks.switch(norm_first, "norm_first")
        self.activation = _checks.choice(activation, "activation", tuple(ACTIVATIONS))
        self.self_attn = MultiHeadAttention(width, n_heads, fused=fused, rotary=rotary)
        _checks.weights_fit(2 * width * n_hidden, f"a layer of width={width} and n_hidden={n_hidden}", "lower n_hidden")
        self.linear1, self.linear2 = nn.Linear(width, n_hidden), nn.Linear(n_hidden, width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        x: torch.Tensor,
        valid: torch.Tensor | None = None,
        *,
        mask: torch.Tensor | None = None,
        cache: KeyValueCache | None = None,
    ) -> torch.Tensor:
        """(batch, frames, width) → (batch, frames, width); the options are those of ``MultiHeadAttention``.

        With ``mask=causal_mask(n_frames)`` this is the layer of a language model.
        """
        _checks.inside(_checks.for_network(x, "x", self), self.linear1.in_features)
        _checks.cache_of(cache, KeyValueCache)
        x = finite_padding(x, valid, 0 if cache is None else len(cache))
        x = self._add(x, lambda inside: self.self_attn(inside, valid=valid, mask=mask, cache=cache)[0], self.norm1)
        return self._add(x, self._feed_forward, self.norm2)

    def _add(self, x: torch.Tensor, part: Callable, norm: nn.Module) -> torch.Tensor:
        if self.norm_first:
            return x + self.dropout(part(norm(x)))
        return norm(x + self.dropout(part(x)))

    def _feed_forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear2(self.dropout(ACTIVATIONS[self.activation](self.linear1(x))))


class DecoderCache:
    """What one decoder layer has read: the tokens so far, and once for all what it listens to.

    Lecture: sequence_models
    """

    def __init__(self) -> None:
        self.tokens, self.memory = KeyValueCache(), KeyValueCache(is_fixed=True)

    def __len__(self) -> int:
        """Tokens held: the position at which the next one stands."""
        return len(self.tokens)


class TransformerDecoderLayer(TransformerEncoderLayer):
    """Attention to the tokens so far, attention to a memory, two linear layers on each token alone.

    ``x ← norm(x + attention(x, x so far))``, ``x ← norm(x + attention(x, memory))``, ``x ← norm(x + W₂ σ(W₁ x))``, or
    with ``norm_first`` as in the encoder. One token a call with a ``DecoderCache`` gives what one call with all gives.

    Parameters
    ----------
    width, n_heads, n_hidden : int
    **options
        Those of ``TransformerEncoderLayer``.

    Names and results are those of ``torch.nn.TransformerDecoderLayer`` with a causal mask, to 1e−5.
    Lecture: sequence_models
    """

    def __init__(self, width: int, n_heads: int, n_hidden: int, **options: object) -> None:
        super().__init__(width, n_heads, n_hidden, **options)
        self.multihead_attn = MultiHeadAttention(width, n_heads, fused=self.self_attn.fused)
        self.norm3 = nn.LayerNorm(width)

    def forward(
        self,
        x: torch.Tensor,
        memory: torch.Tensor,
        *,
        valid: torch.Tensor | None = None,
        memory_valid: torch.Tensor | None = None,
        cache: DecoderCache | None = None,
    ) -> torch.Tensor:
        """Tokens (batch, tokens, width), memory (batch, frames, width) → (batch, tokens, width).

        ``valid`` (batch, tokens) and ``memory_valid`` (batch, frames) say what is no padding. With a ``cache`` the
        tokens follow those that it holds, and ``valid`` covers both. It belongs to one memory; a call that is refused
        leaves it as it was.
        """
        _checks.inside(_checks.for_network(x, "x", self), self.linear1.in_features)
        _checks.for_network(memory, "memory", self)
        _checks.cache_of(cache, DecoderCache)
        n_before = 0 if cache is None else len(cache)
        x = finite_padding(x, valid, n_before)
        mask = _lower_triangle(x.shape[1], x.shape[1] + n_before, x.device)
        own, other = (None, None) if cache is None else (cache.tokens, cache.memory)
        attend = self.multihead_attn
        with _unless_refused(*(part for part in (own, other) if part is not None)):
            x = self._add(x, lambda inside: self.self_attn(inside, valid=valid, mask=mask, cache=own)[0], self.norm1)
            x = self._add(x, lambda inside: attend(inside, memory, valid=memory_valid, cache=other)[0], self.norm2)
        return self._add(x, self._feed_forward, self.norm3)


# --------------------------------------------------------------------------------------- convolution


class ConvolutionBlock(nn.Module):
    """Convolution over bands and frames, batch norm, ReLU, and the maximum of each patch of ``pool``.

    Parameters
    ----------
    n_inputs, n_outputs : int
        Channels.
    kernel_size : int, odd
    pool : (int, int)
        Bands and frames of a patch.

    Forward
    -------
    x : tensor, shape (batch, n_inputs, bands, frames)
    lengths : tensor of int, shape (batch,), frames, optional
        What lies behind them is taken for 0, as it is at the edge of a clip that stands alone.

    Returns the tensor of shape (batch, n_outputs, bands // pool[0], frames // pool[1]), and the lengths after pooling.
    In training the batch norm counts padding, too. Lecture: classification
    """

    def __init__(self, n_inputs: int, n_outputs: int, *, kernel_size: int = 3, pool: tuple[int, int] = (2, 2)) -> None:
        super().__init__()
        kernel_size = _checks.count(kernel_size, "kernel_size", maximum=1023)
        _checks.odd(kernel_size, "kernel_size")
        n_inputs = _checks.count(n_inputs, "n_inputs", maximum=65_536)
        n_outputs = _checks.count(n_outputs, "n_outputs", maximum=65_536)
        self.patch = _checks.patch(pool)
        self.convolution = nn.Conv2d(n_inputs, n_outputs, kernel_size, padding=kernel_size // 2, bias=False)
        self.norm, self.pool = nn.BatchNorm2d(n_outputs), nn.MaxPool2d(self.patch)

    def forward(self, x: torch.Tensor, lengths: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor | None]:
        _checks.for_network(x, "x", self)
        _checks.image(tuple(x.shape), self.convolution.in_channels, self.patch)
        if lengths is None:
            return self.pool(torch.relu(self.norm(self.convolution(x)))), None
        lengths = clip_lengths(x, lengths)
        _checks.clip_lengths(lengths.tolist(), x.shape[-1], at_least=self.patch[1])
        x = self.pool(torch.relu(self.norm(self.convolution(silenced(x, lengths)))))
        return x, lengths // self.patch[1]
