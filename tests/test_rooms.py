"""Rooms against places worked by hand, pyroomacoustics, scipy, the formulas of Sabine and Eyring, and made decays."""

import math

import numpy as np
import pyroomacoustics as pra
import pytest
import scipy.signal
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from course_utils.rooms import (
    convolve_rir,
    energy_decay_db,
    eyring_s,
    image_source_rir,
    image_sources,
    rt60_s,
    sabine_s,
    trim_rir,
)
from tests.hostile import COUNT, MONO, NAME, NO_ARRAYS, NOISE, NUMBER, POSITIVE, SAMPLE_RATE, SIGNAL, VECTOR, refusals
from tests.support import random_signal, refuses

RATE = 16000
ROOM, SOURCE, RECEIVER = (6.0, 5.0, 3.0), (2.0, 3.5, 1.5), (4.1, 1.2, 1.6)
SIX = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
PLACES = {"room_m": ROOM, "source_m": SOURCE, "receiver_m": RECEIVER}


def decay(rt_s, *, duration_s=1.0, seed=0):
    """Noise that falls by 60 dB in ``rt_s``."""
    n = round(duration_s * RATE)
    return np.random.default_rng(seed).standard_normal(n) * 10 ** (-3 * np.arange(n) / RATE / rt_s)


@pytest.fixture(autouse=True)
def _no_high_pass():
    before = pra.constants.get("rir_hpf_enable")
    pra.constants.set("rir_hpf_enable", False)
    yield
    pra.constants.set("rir_hpf_enable", before)


def their_room(absorption, max_order):
    walls = ("west", "east", "south", "north", "floor", "ceiling")
    materials = {name: pra.Material(a) for name, a in zip(walls, np.broadcast_to(absorption, 6), strict=True)}
    room = pra.ShoeBox(ROOM, fs=RATE, materials=materials, max_order=max_order, air_absorption=False)
    room.add_source(SOURCE)
    room.add_microphone(RECEIVER)
    room.image_source_model()
    return room


# ------------------------------------------------------------------------ closed form, hand-worked


def test_the_first_images_are_worked_by_hand():
    images = image_sources((4, 3, 2.5), (1, 1, 1), (3, 1, 1), absorption=0.36, max_order=1)
    expected = {
        (1, 1, 1): (2, 1 / 2),
        (-1, 1, 1): (4, 0.8 / 4),  # the wall x = 0 mirrors it; 1 − 0.36 = 0.8²
        (7, 1, 1): (4, 0.8 / 4),  # the wall x = 4
        (1, -1, 1): (math.sqrt(8), 0.8 / math.sqrt(8)),
        (1, 5, 1): (math.sqrt(20), 0.8 / math.sqrt(20)),
        (1, 1, -1): (math.sqrt(8), 0.8 / math.sqrt(8)),
        (1, 1, 4): (math.sqrt(13), 0.8 / math.sqrt(13)),
    }
    found = dict(zip(map(tuple, images.position_m), zip(images.distance_m, images.amplitude, strict=True), strict=True))
    assert found.keys() == expected.keys()
    for place, values in expected.items():
        assert_allclose(found[place], values)
    assert (np.diff(images.distance_m) >= 0).all()
    assert_array_equal(np.sort(images.order), [0, 1, 1, 1, 1, 1, 1])


def test_each_wall_takes_its_own_share():
    images = image_sources(**PLACES, absorption=SIX, max_order=2)
    for place, share in {
        (-2, 3.5, 1.5): 0.9,
        (10, 3.5, 1.5): 0.8,
        (2, -3.5, 1.5): 0.7,
        (2, 6.5, 1.5): 0.6,
        (2, 3.5, -1.5): 0.5,
        (2, 3.5, 4.5): 0.4,
        (14, 3.5, 1.5): 0.9 * 0.8,  # first x = 0, then x = 6
        (-10, 3.5, 1.5): 0.9 * 0.8,
        (-2, -3.5, 1.5): 0.9 * 0.7,
    }.items():
        (row,) = np.flatnonzero(np.abs(images.position_m - place).max(axis=1) < 1e-9)
        assert_allclose(images.amplitude[row] * images.distance_m[row], math.sqrt(share))


@pytest.mark.parametrize("max_order", [0, 1, 2, 3, 7])
def test_images_are_as_many_as_lattice_points_of_an_octahedron(max_order):
    images = image_sources(**PLACES, absorption=0.1, max_order=max_order)
    k = max_order
    assert len(images.order) == (2 * k + 1) * (2 * k**2 + 2 * k + 3) // 3
    assert images.order.max() == max_order


def test_the_direct_sound_comes_at_its_time_with_its_amplitude():
    distance_m = 343.0 * 160 / RATE  # 160 samples
    h = image_source_rir(
        (10, 10, 10),
        (2, 5, 5),
        (2 + distance_m, 5, 5),
        sample_rate=RATE,
        absorption=0.5,
        max_order=0,
        high_pass_hz=None,
    )
    assert len(h) == 160 + 41
    assert_allclose(h[160], 1 / distance_m)
    assert np.abs(np.delete(h, 160)).max() < 1e-12  # a whole number of samples: no ripple
    late = image_source_rir(
        (10, 10, 10), (2, 5, 5), (2 + distance_m * 160.5 / 160, 5, 5), sample_rate=RATE, absorption=0.5, max_order=0,
        high_pass_hz=None,
    )  # fmt: skip
    assert_allclose(late[160], late[161], rtol=1e-9)  # half-way: the pulse is symmetric about it


@given(delay=st.floats(50, 90))
def test_a_pulse_between_samples_has_its_group_delay(delay):
    distance_m = 343.0 * delay / RATE
    h = image_source_rir(
        (10, 10, 10),
        (1, 5, 5),
        (1 + distance_m, 5, 5),
        sample_rate=RATE,
        absorption=0.5,
        max_order=0,
        high_pass_hz=None,
    )
    f = np.arange(1, 100) / 256  # to 0.39 cycles per sample: beyond, the window bends the response
    response = (h * distance_m) @ np.exp(-2j * np.pi * np.outer(np.arange(len(h)), f))
    assert_allclose(np.abs(response), 1, atol=2e-3)
    assert_allclose(np.angle(response * np.exp(2j * np.pi * f * delay)), 0, atol=2e-3)


def test_sabine_and_eyring_are_worked_by_hand():
    # V = 90 m³, S = 126 m², A = 25.2 m²; 24 ln 10 / 343 = 0.16111
    assert_allclose(sabine_s(ROOM, 0.2), 0.161113 * 90 / 25.2, rtol=1e-5)
    assert_allclose(eyring_s(ROOM, 0.2), 0.161113 * 90 / (126 * 0.2231436), rtol=1e-5)
    assert_allclose(sabine_s(ROOM, [0, 0, 0, 0, 1, 0]), 0.161113 * 90 / 30, rtol=1e-5)  # the floor alone, 30 m²
    for wall, area in enumerate((15, 15, 18, 18, 30, 30)):
        assert_allclose(sabine_s(ROOM, 0.4 * np.eye(6)[wall]), 0.161113 * 90 / (0.4 * area), rtol=1e-5)
    assert eyring_s(ROOM, 1.0) == 0
    assert_allclose(eyring_s(ROOM, 0.001), sabine_s(ROOM, 0.001), rtol=1e-3)


def test_the_energy_decay_is_worked_by_hand():
    h = np.array([0.0, 2, 1, 2, 0])  # energies 4, 1, 4: to come 9, 9, 5, 4, 0
    assert_allclose(energy_decay_db(h), [0, 0, 10 * math.log10(5 / 9), 10 * math.log10(4 / 9), -200])


@pytest.mark.parametrize("rt_s", [0.15, 0.4, 0.9])
def test_the_time_of_an_exponential_decay_is_found(rt_s):
    smooth = 10 ** (-3 * np.arange(2 * RATE) / RATE / rt_s)
    for decay_db in (10, 20, 30):
        assert_allclose(rt60_s(smooth, sample_rate=RATE, decay_db=decay_db), rt_s, rtol=1e-3)
    assert_allclose(rt60_s(decay(rt_s, duration_s=2), sample_rate=RATE), rt_s, rtol=0.05)  # noise: a few per cent


def test_a_response_that_is_long_enough_to_pass_is_hardly_biased_by_its_end():
    smooth = 10 ** (-3 * np.arange(RATE) / RATE / 1.35)  # 44 dB in its second
    assert_allclose(rt60_s(smooth, sample_rate=RATE), 1.35, rtol=0.05)


def test_a_bent_decay_is_read_where_it_is_asked():
    early, late = 10 ** (-3 * np.arange(2 * RATE) / RATE / 0.2), 10 ** (-3 * np.arange(2 * RATE) / RATE / 1.0)
    bent = np.sqrt(early**2 + 1e-3 * late**2)
    assert rt60_s(bent, sample_rate=RATE, decay_db=10) < 0.27
    assert rt60_s(bent, sample_rate=RATE, decay_db=40) > 0.6


# ------------------------------------------------------------------------------ independent oracles


@pytest.mark.parametrize("absorption", [0.2, SIX])
def test_images_are_those_of_pyroomacoustics(absorption):
    room = their_room(absorption, 5)
    theirs, damping = room.sources[0].images.T, room.sources[0].damping[0]
    ours = image_sources(**PLACES, absorption=absorption, max_order=5)
    assert len(ours.order) == len(theirs)
    distance_m = np.linalg.norm(theirs - np.array(RECEIVER), axis=1)
    nearest = np.argsort(distance_m)[:21]  # the direct sound and 20 reflections
    samples = RATE / 343.0
    assert_allclose(ours.distance_m[:21] * samples, distance_m[nearest] * samples, atol=1)  # the promise: one sample
    assert_allclose(ours.distance_m[:21], distance_m[nearest], rtol=1e-6)
    assert_allclose(ours.amplitude[:21], (damping / distance_m)[nearest], rtol=0.01)  # the promise: 1 %
    assert_allclose(ours.amplitude[:21], (damping / distance_m)[nearest], rtol=1e-5)


@pytest.mark.parametrize("absorption", [0.35, SIX])
def test_the_response_is_that_of_pyroomacoustics(absorption):
    room = their_room(absorption, 10)
    room.compute_rir()
    theirs = room.rir[0][0][40:]  # it waits for half a pulse before it begins
    ours = image_source_rir(**PLACES, sample_rate=RATE, absorption=absorption, max_order=10, high_pass_hz=None)
    n = min(len(ours), len(theirs))
    assert abs(len(ours) - len(theirs)) <= 2
    # its sinc comes from a table of 20 values a sample, in float32
    assert_allclose(ours[:n], theirs[:n], atol=4e-3 * np.abs(ours).max())


@pytest.mark.parametrize("absorption", [0.15, 0.25, 0.4])
def test_a_nearly_cubic_room_decays_as_eyring_says(absorption):
    room = (5.0, 4.5, 4.0)
    h = image_source_rir(room, (1.5, 2.7, 1.8), (3.5, 1.4, 2.4), sample_rate=8000, absorption=absorption)
    assert_allclose(rt60_s(h, sample_rate=8000), eyring_s(room, absorption), rtol=0.15)  # the promise
    assert_allclose(rt60_s(h, sample_rate=8000), pra.experimental.measure_rt60(h, 8000, decay_db=30), rtol=0.03)


def test_without_a_high_pass_the_response_drifts_and_seems_to_last_longer():
    options = PLACES | {"sample_rate": 8000, "absorption": 0.2, "duration_s": 0.9}
    raw, mended = image_source_rir(**options, high_pass_hz=None), image_source_rir(**options)
    assert abs(raw.sum()) > 20 * abs(mended.sum())
    assert rt60_s(raw, sample_rate=8000) > 1.1 * rt60_s(mended, sample_rate=8000)


def test_the_high_pass_is_scipys():
    options = PLACES | {"sample_rate": 8000, "absorption": 0.3, "max_order": 4}
    b, a = scipy.signal.butter(2, 55.0, "high", fs=8000)
    raw = image_source_rir(**options, high_pass_hz=None)
    assert_allclose(image_source_rir(**options, high_pass_hz=55.0), scipy.signal.lfilter(b, a, raw), atol=1e-12)


def test_hearing_in_a_room_is_a_convolution():
    x, h = random_signal(2, 300), random_signal(77, seed=1)
    full = np.array([np.convolve(one, h) for one in x])
    assert_allclose(convolve_rir(x, h, tail=True), full, atol=1e-12)
    assert_allclose(convolve_rir(x, h), full[:, :300], atol=1e-12)
    assert_allclose(convolve_rir(x[0], [0.0, 0, 1]), np.r_[0, 0, x[0, :-2]], atol=1e-12)
    assert convolve_rir(x.astype(np.float32), h).dtype == np.float32


# --------------------------------------------------------------------------------------- invariants


@given(
    swap=st.permutations(range(3)),
    absorption=st.floats(0.05, 0.95),
    order=st.integers(0, 4),
)
def test_naming_the_axes_otherwise_changes_nothing(swap, absorption, order):
    ours = image_sources(**PLACES, absorption=absorption, max_order=order)
    turned = image_sources(*(np.array(p)[swap] for p in PLACES.values()), absorption=absorption, max_order=order)
    assert_allclose(turned.distance_m, ours.distance_m)
    assert_allclose(np.sort(turned.amplitude), np.sort(ours.amplitude))


def test_source_and_receiver_may_change_places():
    options = {"sample_rate": RATE, "absorption": SIX, "max_order": 6}
    there = image_source_rir(ROOM, SOURCE, RECEIVER, **options)
    back = image_source_rir(ROOM, RECEIVER, SOURCE, **options)
    assert_allclose(there, back, atol=1e-9)


def test_a_distance_or_a_duration_leaves_out_what_comes_later():
    all_of_them = image_sources(**PLACES, absorption=0.2, max_order=12)
    near = image_sources(**PLACES, absorption=0.2, max_order=12, max_distance_m=12.0)
    assert_allclose(near.distance_m, all_of_them.distance_m[all_of_them.distance_m <= 12])
    options = PLACES | {"sample_rate": RATE, "absorption": 0.2}
    long = image_source_rir(**options, max_order=12)
    for n in (200, 400, 700):
        short = image_source_rir(**options, max_order=12, duration_s=n / RATE)
        assert len(short) == n
        assert_allclose(short[: n - 41], long[: n - 41], atol=1e-12)
    by_time = image_source_rir(**options, duration_s=0.02)  # all orders that arrive in 20 ms
    assert_allclose(by_time[:-41], long[: len(by_time) - 41], atol=1e-12)


def test_the_default_lasts_as_long_as_eyring_says_and_dead_walls_leave_the_direct_sound():
    h = image_source_rir(**PLACES, sample_rate=RATE, absorption=0.3)
    assert len(h) == round(eyring_s(ROOM, 0.3) * RATE)
    dead = image_source_rir(**PLACES, sample_rate=RATE, absorption=1.0, high_pass_hz=None)
    direct_m = math.dist(SOURCE, RECEIVER)
    assert_allclose(np.argmax(np.abs(dead)), direct_m / 343 * RATE, atol=1)
    assert_allclose(np.sum(dead), 1 / direct_m, rtol=1e-3)


def test_softer_walls_make_a_shorter_time():
    times = [rt60_s(image_source_rir(**PLACES, sample_rate=8000, absorption=a), sample_rate=8000) for a in (0.2, 0.4)]
    assert times[1] < 0.6 * times[0]


@given(gain=st.floats(1e-3, 1e3), before=st.integers(0, 300))
def test_level_and_delay_change_no_reverberation_time(gain, before):
    h = decay(0.3, duration_s=0.6)
    assert_allclose(rt60_s(np.pad(gain * h, (before, 0)), sample_rate=RATE), rt60_s(h, sample_rate=RATE), rtol=1e-9)


def test_trimming_leaves_the_response_after_its_direct_sound():
    h = decay(0.3, duration_s=0.5)
    h[0] = 5.0
    late = np.pad(0.2 * h, (700, 0)) + 1e-3 * random_signal(8700)
    for pre_s, n_pre in ((0.0, 0), (0.001, 16)):
        trimmed = trim_rir(late, sample_rate=RATE, pre_s=pre_s)
        assert len(trimmed) == 8000 + n_pre
        assert trimmed.argmax() == n_pre
        assert_allclose(np.sum(trimmed**2), 1)
    assert_allclose(trim_rir(late, sample_rate=RATE, normalize="peak").max(), 1)
    assert_array_equal(trim_rir(late, sample_rate=RATE, normalize="none"), late[700 - 16 :])
    assert_array_equal(trim_rir(h, sample_rate=RATE, normalize="none"), h)  # nothing before it
    weak_direct = np.array([0.0, 0, 0.2, 0, 1.0])
    for threshold_db, start in ((-20, 2), (-12, 4)):  # 0.2 is −14 dB
        trimmed = trim_rir(weak_direct, sample_rate=RATE, pre_s=0, threshold_db=threshold_db, normalize="none")
        assert_array_equal(trimmed, weak_direct[start:])
    assert trim_rir(late.astype(np.float32), sample_rate=RATE).dtype == np.float32


def test_power_of_noise_survives_a_room_of_unit_energy():
    x = random_signal(200_000)
    h = trim_rir(image_source_rir(**PLACES, sample_rate=RATE, absorption=0.4), sample_rate=RATE)
    assert_allclose(np.std(convolve_rir(x, h)), np.std(x), rtol=0.02)


def test_batches_and_precision():
    h = np.stack([[decay(0.1 * (i + j + 1), duration_s=0.8, seed=3 * i + j) for j in range(2)] for i in range(3)])
    assert_allclose(energy_decay_db(h)[2, 1], energy_decay_db(h[2, 1]))
    assert_allclose(rt60_s(h, sample_rate=RATE), [[rt60_s(one, sample_rate=RATE) for one in row] for row in h])
    assert rt60_s(h.astype(np.float32), sample_rate=RATE).dtype == np.float32
    assert energy_decay_db(h.astype(np.float32)).dtype == np.float32
    assert rt60_s(h[0, 0], sample_rate=RATE).shape == ()


def test_the_input_is_left_as_it_was():
    x, h = random_signal(500), decay(0.2)
    copies = x.copy(), h.copy()
    convolve_rir(x, h), trim_rir(h, sample_rate=RATE), rt60_s(h, sample_rate=RATE)
    assert_array_equal(x, copies[0])
    assert_array_equal(h, copies[1])


# ------------------------------------------------------------------------------------------- errors


def test_rooms_that_are_none_are_refused():
    with refuses("room_m must be length, width and height, got 2"):
        image_sources((4, 3), SOURCE, RECEIVER, absorption=0.1, max_order=1)
    with refuses("room_m must be above 0"):
        sabine_s((4, 0, 3), 0.1)
    with refuses("source_m must be three coordinates inside the room"):
        image_sources(ROOM, (7, 1, 1), RECEIVER, absorption=0.1, max_order=1)
    with refuses("receiver_m must be three coordinates inside the room.*move it off the walls"):
        image_sources(ROOM, SOURCE, (0, 1, 1), absorption=0.1, max_order=1)
    with refuses("source_m and receiver_m must be at least 0.01 m apart"):
        image_sources(ROOM, SOURCE, SOURCE, absorption=0.1, max_order=1)
    with refuses("absorption must lie in 0…1.*got 20…20: divide percent by 100"):
        image_sources(**PLACES, absorption=20.0, max_order=1)
    with refuses(r"absorption must be one number or six.*got shape \(3,\)"):
        sabine_s(ROOM, [0.1, 0.2, 0.3])
    with refuses("absorption must be above 0 for at least one wall"):
        image_source_rir(**PLACES, sample_rate=RATE, absorption=0.0)
    with refuses("at most 8000000 mirror images .* lower max_order"):
        image_source_rir(**PLACES, sample_rate=RATE, absorption=0.001)
    with refuses("the response must reach the direct sound, 3.12 m or 0.0091 s away, got 1.72 m: raise duration_s"):
        image_source_rir(**PLACES, sample_rate=RATE, absorption=0.5, duration_s=0.005)
    with refuses("n_taps must be odd"):
        image_source_rir(**PLACES, sample_rate=RATE, absorption=0.5, n_taps=80)


def test_responses_that_are_none_are_refused():
    with refuses("rir must not be silent"):
        energy_decay_db(np.zeros(100))
    for rt_s in (2.0, 5.0):  # 30 dB and 12 dB in its second
        with refuses("rir must decay by 40 dB, 5 more than are fitted, got .* dB: pass a longer response, or lower"):
            rt60_s(decay(rt_s), sample_rate=RATE)
    assert_allclose(rt60_s(decay(2.0), sample_rate=RATE, decay_db=10), 2.0, rtol=0.1)
    with refuses("rir must not be silent"):
        trim_rir(np.zeros(10), sample_rate=RATE)
    with refuses("normalize must be one of 'energy', 'peak', 'none'"):
        trim_rir(decay(0.2), sample_rate=RATE, normalize="rms")
    with refuses("threshold_db must be below 0 dB"):
        trim_rir(decay(0.2), sample_rate=RATE, threshold_db=20)
    with refuses(r"rir must be mono with shape \(time,\)"):
        convolve_rir(random_signal(100), random_signal(2, 10))


# ------------------------------------------------------------------------------------ hostile input

BOX = {
    "room_m": ((5.0, 4.0, 3.0), [*VECTOR, (5.0, 4.0), (5.0, 4.0, -3.0), (5.0, 4.0, 1.0)]),
    "source_m": ((1.0, 2.0, 1.5), [*VECTOR, (6.0, 2.0, 1.0), (0.0, 2.0, 1.0), (3.0, 2.0, 1.5), (1.0, 2.0)]),
    "receiver_m": ((3.0, 2.0, 1.5), [*VECTOR, (6.0, 2.0, 1.0), (1.0, 2.0, 1.5), (1.0, 2.0)]),
    "absorption": (0.5, [*NO_ARRAYS, 1j, [0.1, 0.2], 50, -0.1, np.full((2, 3), 0.5)]),
}  # fmt: skip
WALLS = {
    "room_m": ((5.0, 4.0, 3.0), [*VECTOR, (5.0, 4.0), (5.0, 4.0, -3.0), (1e200,) * 3, (1e-200,) * 3]),
    "absorption": (0.5, [*BOX["absorption"][1], 0, 5e-324]),
}
RIR = 0.9 ** np.arange(200.0)
CALLS = {
    image_sources: {
        **BOX, "max_order": (2, [*NUMBER, -1, 1.5, 10**12]), "max_distance_m": (20, [*POSITIVE[1:], 1.9]),
    },
    image_source_rir: {
        **BOX, **SAMPLE_RATE, "max_order": (2, [*NUMBER[1:], -1, 1.5, 10**12]),
        "duration_s": (0.05, [*POSITIVE[1:], 1e300, 0.005]), "n_taps": (81, [*COUNT, 80, 1]),
        "high_pass_hz": (20.0, [*NUMBER[1:], 0, -1, 4000]),
    },
    sabine_s: WALLS,
    eyring_s: WALLS,
    energy_decay_db: {"rir": (RIR, [*SIGNAL, np.zeros(9)])},
    rt60_s: {
        "rir": (RIR, [*SIGNAL, np.zeros(9), np.ones(9)]), **SAMPLE_RATE, "decay_db": (30, [*NUMBER, 4, 101]),
    },
    trim_rir: {
        "rir": (RIR, [*MONO, np.zeros(9)]), **SAMPLE_RATE, "pre_s": (0.001, [*NUMBER, -1, 1e9]),
        "threshold_db": (-20, [*NUMBER, 0, 20]), "normalize": ("peak", NAME),
    },
    convolve_rir: {"signal": (NOISE, SIGNAL), "rir": (RIR, MONO)},
}  # fmt: skip

test_hostile_input_is_refused_in_one_sentence = refusals("rooms", CALLS)
