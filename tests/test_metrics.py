"""Metrics against counts by hand, scikit-learn, torchmetrics, scipy, and cases worked in the manner of sed_eval."""

import itertools

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from course_utils.metrics import (
    Event,
    average_precision,
    confusion_matrix,
    det_curve,
    equal_error_rate,
    event_f1,
    events_to_frames,
    expected_calibration_error,
    frames_to_events,
    macro_f1,
    match_events,
    mean_average_precision,
    median_filter,
    precision_recall_f1,
    reliability,
    roc_auc,
    roc_curve,
    student_interval,
    wilson_interval,
)
from tests.hostile import COUNT, FEATURES, NAN, NO_ARRAYS, NOISE, NUMBER, POSITIVE, REAL, VECTOR, refusals
from tests.support import refuses

CLOSE = {"rtol": 1e-12, "atol": 1e-12}  # the same ratios of the same counts


def labelled(n_items=500, n_classes=6, seed=0):
    """Labels of which some 60 % are right, and some classes are rarer."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(n_classes, n_items, p=rng.dirichlet(np.ones(n_classes)))
    predicted = np.where(rng.random(n_items) < 0.6, truth, rng.integers(0, n_classes, n_items))
    return truth, predicted


def scored(n_items=300, seed=0, decimals=1):
    """Two overlapping Gaussians; rounded, so that many scores are equal."""
    rng = np.random.default_rng(seed)
    is_positive = rng.random(n_items) < 0.3
    return is_positive, np.round(rng.standard_normal(n_items) + 1.2 * is_positive, decimals)


def softmaxed(n_items=2000, n_classes=5, seed=0):
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.full(n_classes, 0.4), n_items)
    truth = np.array([rng.choice(n_classes, p=p**1.5 / (p**1.5).sum()) for p in probabilities])
    return truth, probabilities


# ------------------------------------------------------------------------------------- by hand


def test_confusion_of_six_items():
    confusion = confusion_matrix(np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 1, 2, 2]))
    assert_array_equal(confusion, [[2, 1, 0], [0, 1, 1], [0, 0, 1]])
    scores = precision_recall_f1(confusion)
    assert_allclose(scores.precision, [1, 1 / 2, 1 / 2], **CLOSE)
    assert_allclose(scores.recall, [2 / 3, 1 / 2, 1], **CLOSE)
    assert_allclose(scores.f1, [4 / 5, 1 / 2, 2 / 3], **CLOSE)
    assert_array_equal(scores.n_true, [3, 2, 1])
    assert macro_f1(confusion) == pytest.approx((4 / 5 + 1 / 2 + 2 / 3) / 3)


def test_a_class_that_is_never_predicted_and_one_that_does_not_occur():
    scores = precision_recall_f1(confusion_matrix(np.array([0, 1, 1]), np.array([0, 0, 0]), n_classes=3))
    assert_allclose(scores.precision, [1 / 3, 0, 0], **CLOSE)
    assert_array_equal(scores.recall, [1, 0, 0])
    assert_array_equal(scores.f1, [0.5, 0, 0])


def test_the_parrot_has_accuracy_and_no_f1():
    """95 of 100 right by always saying 0: macro F1 is below one half."""
    truth = np.repeat([0, 1], [95, 5])
    assert macro_f1(confusion_matrix(truth, np.zeros(100, int), n_classes=2)) == pytest.approx(0.5 * 190 / 195)


def test_a_class_that_does_not_occur_is_left_out_as_by_scikit_learn():
    rng = np.random.default_rng(3)
    for present in ([0, 2], [1], [0, 1, 3]):
        truth, predicted = rng.choice(present, 40), rng.choice([*present, 3], 40)
        theirs = sklearn.metrics.f1_score(truth, predicted, average="macro", zero_division=0)
        assert macro_f1(confusion_matrix(truth, predicted, n_classes=5)) == pytest.approx(theirs)
    assert macro_f1(np.zeros((3, 3), int)) == 0


def test_roc_of_four_items():
    threshold, fpr, tpr = roc_curve([False, False, True, True], [0.1, 0.4, 0.35, 0.8])
    assert_array_equal(threshold, [np.inf, 0.8, 0.4, 0.35, 0.1])
    assert_array_equal(fpr, [0, 0, 0.5, 0.5, 1])
    assert_array_equal(tpr, [0, 0.5, 0.5, 1, 1])
    assert roc_auc([False, False, True, True], [0.1, 0.4, 0.35, 0.8]) == 0.75
    alarms, misses = det_curve([False, False, True, True], [0.1, 0.4, 0.35, 0.8])[1:]
    assert_array_equal(alarms, fpr)
    assert_array_equal(misses, [1, 0.5, 0.5, 0, 0])


@pytest.mark.parametrize(
    ("is_positive", "score", "rate"),
    [
        ([0, 0, 1, 1], [1, 2, 3, 4], 0.0),  # parted
        ([1, 1, 0, 0], [1, 2, 3, 4], 1.0),  # parted the wrong way round
        ([0, 1, 0, 1], [1, 2, 3, 4], 0.5),  # one of two wrong on each side
        ([0, 0, 1, 1], [5, 5, 5, 5], 0.5),  # all tied: halfway along the diagonal
        ([0, 0, 0, 1, 0, 1, 1, 1], [1, 2, 3, 4, 5, 6, 7, 8], 0.25),
        ([0, 0, 1, 1, 1], [1, 3, 2, 4, 5], 1 / 3),  # between (0, 1/3) and (1/2, 1/3) the miss rate is 1/3
    ],
)
def test_equal_error_rate_by_hand(is_positive, score, rate):
    assert equal_error_rate(is_positive, score) == pytest.approx(rate, abs=1e-12)


def test_equal_error_rate_of_two_gaussians():
    """d' apart, both errors are Φ(−d'/2)."""
    rng = np.random.default_rng(0)
    score = np.concatenate([rng.standard_normal(200_000), rng.standard_normal(200_000) + 2])
    truth = np.repeat([False, True], 200_000)
    assert equal_error_rate(truth, score) == pytest.approx(scipy.stats.norm.cdf(-1), abs=0.002)  # 3 standard errors


def test_average_precision_by_hand():
    assert average_precision([1, 0, 1, 0], [4, 3, 2, 1]) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision([1, 0], [1, 1]) == 0.5  # a tie is one threshold
    assert average_precision([1, 1, 1], [3, 1, 2]) == 1
    assert mean_average_precision([[1, 0], [0, 1]], [[2.0, 1], [1, 2]]) == 1


def test_calibration_by_hand():
    """Four items promise 0.9 and half are right, two promise 0.6 and all are right."""
    probabilities = np.array([[0.9, 0.1]] * 4 + [[0.6, 0.4]] * 2)
    truth = np.array([0, 0, 1, 1, 0, 0])
    edges, confidence, accuracy, n_items = reliability(truth, probabilities, n_bins=5)
    assert_allclose(edges, [0, 0.2, 0.4, 0.6, 0.8, 1])
    assert_array_equal(n_items, [0, 0, 2, 0, 4])
    assert_allclose(confidence[[2, 4]], [0.6, 0.9], **CLOSE)
    assert_array_equal(accuracy[[2, 4]], [1, 0.5])
    assert np.isnan(confidence[0]) and np.isnan(accuracy[0])
    assert expected_calibration_error(truth, probabilities, n_bins=5) == pytest.approx((4 * 0.4 + 2 * 0.4) / 6)


DOG, BELL = 0, 1


@pytest.mark.parametrize(
    ("found", "pairs"),
    [
        ([Event(1.0, 2.0, DOG)], 1),
        ([Event(1.2, 2.2, DOG)], 1),  # both just within 200 ms
        ([Event(1.21, 2.0, DOG)], 0),  # onset late
        ([Event(0.79, 2.0, DOG)], 0),  # onset early
        ([Event(1.0, 2.21, DOG)], 0),  # offset late: 20 % of 1 s is 200 ms, no more
        ([Event(1.0, 2.0, BELL)], 0),
        ([Event(1.0, 2.0, DOG), Event(1.1, 2.1, DOG)], 1),  # one of the two has nobody left
        ([Event(1.0, 1.5, DOG), Event(1.5, 2.0, DOG)], 0),  # cut into two
        ([], 0),
    ],
)
def test_one_event_found_or_not(found, pairs):
    truth = [Event(1.0, 2.0, DOG)]
    assert len(match_events(truth, found)) == pairs
    scores = event_f1([truth], [found])
    assert scores.f1 == pytest.approx(2 * pairs / (1 + len(found)))
    assert scores.recall == pairs
    assert scores.precision == pytest.approx(pairs / max(len(found), 1))


def test_the_offset_of_a_long_event_may_be_a_fifth_of_its_length_off():
    truth = [Event(0.0, 10.0, DOG)]
    assert match_events(truth, [Event(0.1, 12.0, DOG)]) == [(0, 0)]
    assert match_events(truth, [Event(0.1, 12.1, DOG)]) == []
    assert match_events(truth, [Event(0.1, 8.0, DOG)]) == [(0, 0)]
    assert match_events(truth, [Event(0.1, 12.0, DOG)], offset_share=0) == []
    assert match_events([Event(0.0, 0.1, DOG)], [Event(0.2, 0.3, DOG)]) == [(0, 0)]


def test_greedy_matching_would_lose_a_pair():
    """The first true event could take either; the second only the one that greedy gives away."""
    truth = [Event(1.0, 2.0, DOG), Event(1.15, 2.15, DOG)]
    found = [Event(0.96, 1.96, DOG), Event(0.85, 1.85, DOG)]
    assert match_events(truth, found) == [(0, 1), (1, 0)]


def test_three_recordings_of_two_classes():
    """5 true, 6 found, 3 pairs: P = 3/6, R = 3/5, F1 = 6/11; dog 2·2/(3 + 3), bell 2·1/(2 + 3)."""
    truth = [[Event(1, 2, DOG), Event(1.5, 4, BELL)], [Event(0, 1, DOG), Event(3, 4, DOG), Event(6, 7, BELL)], []]
    found = [[Event(1.1, 2, DOG), Event(1.5, 3, BELL)], [Event(0.1, 1, DOG), Event(6, 7, BELL)]]
    found += [[Event(0, 1, DOG), Event(5, 6, BELL)]]
    scores = event_f1(truth, found)
    assert scores[:3] == pytest.approx((3 / 6, 3 / 5, 6 / 11))
    assert scores.f1_of_label == pytest.approx({DOG: 4 / 6, BELL: 2 / 5})


def test_events_of_other_recordings_do_not_match():
    assert event_f1([[Event(1, 2, DOG)], []], [[], [Event(1, 2, DOG)]]).f1 == 0


def test_a_difference_of_exactly_the_tolerance_counts():
    """2.2 − 2.0 is more than 0.2 in floating point."""
    assert 2.2 - 2.0 > 0.2
    assert match_events([Event(2.0, 4.0, "dog")], [Event(2.2, 4.2, "dog")]) == [(0, 0)]


def test_frames_to_events_by_hand():
    probability = np.array([[0.1, 0.9, 0.8, 0.2, 0.9, 0.1], [0.6, 0.5, 0.4, 0.1, 0.1, 0.7]])
    hop = {"hop_s": 0.1}
    assert frames_to_events(probability, **hop) == [
        pytest.approx(Event(0.0, 0.2, 1)),
        pytest.approx(Event(0.1, 0.3, 0)),
        pytest.approx(Event(0.4, 0.5, 0)),
        pytest.approx(Event(0.5, 0.6, 1)),
    ]
    long = frames_to_events(probability, **hop, minimum_s=0.2)
    assert [event.label for event in long] == [1, 0]
    filled = frames_to_events(probability[:1], **hop, n_median=3)
    assert filled == [pytest.approx(Event(0.1, 0.4, 0))]  # the gap is filled, and the single frame after it goes
    assert frames_to_events(probability, **hop, threshold=0.95) == []
    assert len(frames_to_events(probability, **hop, threshold=0.0)) == 2


def test_an_event_of_exactly_the_minimum_length_stays():
    """Three times 0.009 is less than 0.027 in floating point."""
    assert 3 * 0.009 < 0.027
    assert len(frames_to_events(np.ones((1, 3)), hop_s=0.009, minimum_s=0.027)) == 1


def test_median_filter_by_hand():
    active = np.array([0, 1, 0, 0, 1, 1, 0, 1, 1, 0, 0, 0, 1], bool)
    assert_array_equal(median_filter(active, 3), [0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 1])
    assert_array_equal(median_filter(active, 1), active)


def test_events_to_frames_by_hand():
    """The middles of the frames are 0.05, 0.15, 0.25, 0.35 s."""
    frames = events_to_frames([Event(0.06, 0.25, 0), Event(0.0, 9.0, 1)], n_frames=4, hop_s=0.1, n_classes=3)
    assert_array_equal(frames, [[0, 1, 0, 0], [1, 1, 1, 1], [0, 0, 0, 0]])


# ------------------------------------------------------------------------------------- oracles


@pytest.mark.parametrize("seed", range(5))
def test_confusion_and_f1_like_scikit_learn(seed):
    truth, predicted = labelled(seed=seed)
    confusion = confusion_matrix(truth, predicted, n_classes=6)
    assert_array_equal(confusion, sklearn.metrics.confusion_matrix(truth, predicted, labels=range(6)))
    theirs = sklearn.metrics.precision_recall_fscore_support(truth, predicted, labels=range(6), zero_division=0)
    for ours, each in zip(precision_recall_f1(confusion), theirs, strict=True):
        assert_allclose(ours, each, **CLOSE)
    macro = sklearn.metrics.f1_score(truth, predicted, labels=range(6), average="macro", zero_division=0)
    assert macro_f1(confusion) == pytest.approx(macro)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("decimals", [0, 1, 9])
def test_roc_and_average_precision_like_scikit_learn(seed, decimals):
    is_positive, score = scored(seed=seed, decimals=decimals)
    fpr, tpr, threshold = sklearn.metrics.roc_curve(is_positive, score, drop_intermediate=False)
    for ours, theirs in zip(roc_curve(is_positive, score), (threshold, fpr, tpr), strict=True):
        assert_allclose(ours, theirs, **CLOSE)
    assert roc_auc(is_positive, score) == pytest.approx(sklearn.metrics.roc_auc_score(is_positive, score))
    theirs = sklearn.metrics.average_precision_score(is_positive, score)
    assert average_precision(is_positive, score) == pytest.approx(theirs)


def test_det_like_scikit_learn():
    is_positive, score = scored(decimals=2)
    theirs = sklearn.metrics.det_curve(is_positive, score)
    threshold, alarms, misses = det_curve(is_positive, score)
    kept = np.isin(threshold, theirs[2])
    assert_allclose(alarms[kept], theirs[0][::-1][np.isin(theirs[2][::-1], threshold)], **CLOSE)
    assert_allclose(misses[kept], theirs[1][::-1][np.isin(theirs[2][::-1], threshold)], **CLOSE)


@pytest.mark.parametrize("seed", range(3))
def test_equal_error_rate_like_torchmetrics(seed):
    """torchmetrics takes the mean of the two rates at the nearest threshold: the same up to one item."""
    import torchmetrics.functional as tm  # here: it takes seconds

    is_positive, score = scored(n_items=4000, seed=seed, decimals=9)
    theirs = tm.classification.binary_eer(torch.from_numpy(score).sigmoid(), torch.from_numpy(is_positive).long())
    assert equal_error_rate(is_positive, score) == pytest.approx(float(theirs), abs=1 / (0.3 * 4000))


def test_mean_average_precision_like_torchmetrics():
    import torchmetrics.functional as tm  # here: it takes seconds

    rng = np.random.default_rng(4)
    is_positive, score = rng.random((200, 5)) < 0.2, rng.random((200, 5))
    theirs = tm.classification.multilabel_average_precision(
        torch.from_numpy(score), torch.from_numpy(is_positive).long(), num_labels=5
    )
    assert mean_average_precision(is_positive, score) == pytest.approx(float(theirs), abs=1e-6)  # float32 there


@pytest.mark.parametrize("n_bins", [5, 10, 15])
def test_calibration_like_torchmetrics(n_bins):
    import torchmetrics.functional as tm  # here: it takes seconds

    truth, probabilities = softmaxed()
    theirs = tm.classification.multiclass_calibration_error(
        torch.from_numpy(probabilities), torch.from_numpy(truth), num_classes=5, n_bins=n_bins
    )
    ours = expected_calibration_error(truth, probabilities, n_bins=n_bins)
    assert ours == pytest.approx(float(theirs), abs=1e-6)  # float32 there
    assert ours > 0.03  # these probabilities are too modest by construction


def test_students_interval_like_scipy():
    for values in ([0.9, 0.8], [0.5, 0.7, 0.9, 0.65], np.random.default_rng(0).standard_normal(11)):
        for confidence in (0.95, 0.8):
            theirs = scipy.stats.ttest_1samp(values, 0).confidence_interval(confidence)
            assert student_interval(values, confidence=confidence) == pytest.approx(tuple(theirs))
    assert student_interval([0.5, 0.5, 0.5]) == (0.5, 0.5)


def test_wilson_like_scipy():
    for n_right, n_items in ((0, 10), (10, 10), (97, 100), (485, 500), (1, 3)):
        theirs = scipy.stats.binomtest(n_right, n_items).proportion_ci(0.95, "wilson")
        assert wilson_interval(n_right, n_items, z=scipy.stats.norm.ppf(0.975)) == pytest.approx(tuple(theirs))


def random_events(rng, n):
    """Many events that crowd into two seconds."""
    onset_s = rng.uniform(0, 2, n)
    return [Event(on, on + rng.uniform(0.1, 1), int(rng.integers(2))) for on in onset_s.tolist()]


def tolerated(a, b):
    """The rule in words: same label, 200 ms, the larger of 200 ms and a fifth of the true length."""
    near = abs(a[0] - b[0]) <= 0.2 and abs(a[1] - b[1]) <= max(0.2, 0.2 * (a[1] - a[0]))
    return near and a[2] == b[2]


@pytest.mark.parametrize("seed", range(20))
def test_as_many_pairs_as_scipys_matching(seed):
    rng = np.random.default_rng(seed)
    truth, found = random_events(rng, 25), random_events(rng, 31)
    table = np.array([[tolerated(a, b) for b in found] for a in truth])
    most = np.count_nonzero(maximum_bipartite_matching(csr_array(table), perm_type="column") >= 0)
    pairs = match_events(truth, found)
    assert len(pairs) == most > 3
    assert all(table[i, j] for i, j in pairs)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == most


@pytest.mark.parametrize("seed", range(10))
def test_as_many_pairs_as_by_trying_all(seed):
    rng = np.random.default_rng(100 + seed)
    truth = [Event(on, on + 0.5, 0) for on in rng.uniform(0, 0.6, 5).tolist()]
    found = [Event(on, on + 0.5, 0) for on in rng.uniform(0, 0.6, 5).tolist()]
    most = max(sum(map(tolerated, truth, order)) for order in itertools.permutations(found))
    assert len(match_events(truth, found)) == most


# ------------------------------------------------------------------------------------- invariants


def test_matching_a_long_chain_needs_no_recursion():
    """A path over all 3,000 events: each must move on by one to let the last one in."""
    starts_s = 0.15 * np.arange(3000)
    truth = [Event(t, t + 0.1, 0) for t in starts_s]
    found = [Event(t + 0.14, t + 0.24, 0) for t in starts_s]
    pairs = match_events([*truth[1:], truth[0]], found)
    assert len(pairs) == 3000


@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 80))
def test_frames_and_events_are_inverse(seed, n_classes, n_frames):
    active = np.random.default_rng(seed).random((n_classes, n_frames)) < 0.6
    events = frames_to_events(active.astype(np.float32), hop_s=0.04)
    assert_array_equal(events_to_frames(events, n_frames=n_frames, hop_s=0.04, n_classes=n_classes), active)
    assert events == sorted(events)


@given(st.integers(0, 10_000), st.sampled_from([1, 3, 5, 7, 9]))
def test_median_filter_is_the_median(seed, n_median):
    active = np.random.default_rng(seed).random((2, 30)) < 0.5
    padded = np.pad(active, ((0, 0), (n_median // 2, n_median // 2)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, n_median, axis=1)
    assert_array_equal(median_filter(active, n_median), np.median(windows, axis=-1) == 1)


@given(st.integers(0, 10_000))
def test_only_the_order_of_scores_counts(seed):
    is_positive, score = scored(60, seed=seed)
    if 0 < is_positive.sum() < 60:
        for metric in (roc_auc, equal_error_rate, average_precision):
            assert metric(is_positive, np.exp(score)) == pytest.approx(metric(is_positive, score))
        flipped = equal_error_rate(~is_positive, -score)
        assert flipped == pytest.approx(equal_error_rate(is_positive, score))


@given(st.integers(0, 10_000))
def test_f1_is_the_harmonic_mean(seed):
    confusion = confusion_matrix(*labelled(100, seed=seed), n_classes=6)
    precision, recall, f1, n_true = precision_recall_f1(confusion)
    both = (precision > 0) & (recall > 0)
    assert_allclose(f1[both], 2 / (1 / precision[both] + 1 / recall[both]))
    assert confusion.sum() == n_true.sum() == 100


def test_honest_probabilities_are_nearly_calibrated():
    rng = np.random.default_rng(1)
    probabilities = rng.dirichlet(np.ones(4), 20_000)
    truth = (rng.random((20_000, 1)) < probabilities.cumsum(axis=1)).argmax(axis=1)
    assert expected_calibration_error(truth, probabilities) < 0.01  # 10 bins of some 2,000: standard error 0.011 each


def test_events_that_are_not_in_the_truth_are_no_exchange():
    """Precision and recall change places with truth and found while offsets do not depend on the length."""
    rng = np.random.default_rng(0)
    one, two = random_events(rng, 20), random_events(rng, 30)
    forth = event_f1([one], [two], offset_share=0)
    back = event_f1([two], [one], offset_share=0)
    assert forth.precision == back.recall and forth.f1 == back.f1


# ------------------------------------------------------------------------------------- edges


def test_float32_scores_and_single_items():
    assert roc_auc(np.array([0, 1]), np.array([0.1, 0.9], np.float32)) == 1
    assert confusion_matrix([2], [0]).shape == (3, 3)
    assert frames_to_events(np.ones((1, 1)), hop_s=0.5) == [Event(0.0, 0.5, 0)]
    assert median_filter(np.array([True]), 7).tolist() == [True]
    assert match_events([], []) == []


def test_all_right_does_not_prove_perfection():
    low, high = wilson_interval(100, 100)
    assert high == pytest.approx(1) and 0.96 < low < 0.97
    assert wilson_interval(0, 5)[0] == 0


def test_probability_of_exactly_one_is_in_the_last_bin():
    assert reliability([0], [[1.0, 0.0]], n_bins=3).n_items.tolist() == [0, 0, 1]


def test_probability_on_an_edge_belongs_to_the_bin_below():
    assert reliability([0], [[0.75, 0.25]], n_bins=4).n_items.tolist() == [0, 0, 1, 0]


# ------------------------------------------------------------------------------------- errors


def test_one_kind_only():
    for metric in (roc_curve, roc_auc, det_curve, equal_error_rate):
        with refuses("must hold both kinds, got 3 positive and 0 negative"):
            metric([1, 1, 1], [0.1, 0.2, 0.3])
        with refuses("must hold both kinds, got 0 positive and 2 negative"):
            metric([0, 0], [0.1, 0.2])
    with refuses("must hold a positive item, got 0"):
        average_precision([0, 0], [0.1, 0.2])
    with refuses("must hold a positive item, got 0"):
        mean_average_precision([[1, 0], [1, 0]], [[0.1, 0.2], [0.3, 0.4]])


def test_labels_that_are_none():
    with refuses("truth must hold whole numbers", TypeError):
        confusion_matrix([0.0, 1.0], [0, 1])
    with refuses("must lie in 0…9999, got -1…1"):
        confusion_matrix([0, 1], [-1, 1])
    with refuses("labels must lie below n_classes=2, got 2"):
        confusion_matrix([0, 2], [0, 1], n_classes=2)
    with refuses("must have the same shape"):
        confusion_matrix([0, 1], [0, 1, 2])
    with refuses("confusion must be square"):
        precision_recall_f1(np.ones((2, 3), int))
    with refuses("confusion must hold counts", TypeError):
        macro_f1(np.ones((2, 2)) / 4)
    with refuses("truth must have shape"):
        confusion_matrix([[0, 1]], [[0, 1]])


def test_scores_that_are_none():
    with refuses("score must be finite, got 1 NaN"):
        roc_curve([0, 1], [0.1, np.nan])
    with refuses("must hold True and False, got other numbers"):
        roc_curve([0, 2], [0.1, 0.2])
    with refuses("must have the same shape"):
        average_precision([0, 1, 1], [0.1, 0.2])
    with refuses(r"must have shape \(items, classes\)"):
        mean_average_precision([0, 1], [0.1, 0.2])


def test_probabilities_that_are_none():
    with refuses("must lie in 0…1, got -3…2: pass probabilities, after softmax"):
        reliability([0], [[2.0, -3.0]])
    with refuses("must add up to 1, got 1.4"):
        expected_calibration_error([0], [[0.7, 0.7]])
    with refuses("labels must lie below n_classes=2"):
        reliability([2], [[0.5, 0.5]])
    with refuses("must lie in 0…1"):
        frames_to_events(np.array([[1.5]]), hop_s=0.1)
    with refuses("must have 2 axes"):
        frames_to_events(np.array([0.5]), hop_s=0.1)


def test_events_that_are_none():
    with refuses("offset_s must be above 2"):
        match_events([Event(2.0, 1.0, 0)], [])
    with refuses("list of lists", TypeError):
        event_f1([Event(0.0, 1.0, 0)], [Event(0.0, 1.0, 0)])
    with refuses("as many recordings, got 1 and 2"):
        event_f1([[Event(0.0, 1.0, 0)]], [[], []])
    with refuses("truth must hold at least one event"):
        event_f1([[]], [[Event(0.0, 1.0, 0)]])
    with refuses("must be a list of Event", TypeError):
        match_events("dog", [])
    with refuses("a name or a whole number", TypeError):
        match_events([Event(0.0, 1.0, 0.5)], [])
    with refuses("labels must lie below n_classes=2, got 5"):
        events_to_frames([Event(0.0, 1.0, 5)], n_frames=3, hop_s=0.1, n_classes=2)
    with refuses("n_median must be odd"):
        median_filter([True, False], 4)
    with refuses("onset_tolerance_s must be at least 0"):
        match_events([], [], onset_tolerance_s=-1)
    with refuses("n_right must be at most 3"):
        wilson_interval(4, 3)


# ------------------------------------------------------------------------------------ hostile input

LABELS = [*NO_ARRAYS, [0.5, 1.0], [-1, 1], [[0, 1]], [10_000, 1], 1]
CLASSES = {"truth": ([0, 1, 1], [*LABELS, [0, 1]]), "predicted": ([0, 1, 0], [*LABELS, [0, 1]])}
NO_COUNTS = [*NO_ARRAYS, [1, 2], np.ones((2, 3), int), np.eye(2), -np.eye(2, dtype=int)]
NO_COUNTS += [np.full((2, 2), 2**62), np.full((2, 2), 2**63 + 5, np.uint64)]  # their sums have no place
COUNTED = {"confusion": (np.eye(3, dtype=int), NO_COUNTS)}
YES_NO = [*NO_ARRAYS[:-4], [0.5, 1], [2, 0], [[0, 1]], [1, 1, 0], 1]
SCORED = {"is_positive": ([0, 1, 1, 0], [*YES_NO, [1, 1, 1, 1]]), "score": (NOISE[:4], [*VECTOR, NOISE[:3]])}
CALIBRATED = {"truth": ([0, 1], [*LABELS, [0, 2], [0]]), "n_bins": (10, COUNT)}
CALIBRATED["probabilities"] = (np.array([[0.9, 0.1], [0.4, 0.6]]), [*REAL, NOISE[:2], [[0.5, 0.6]], [[1.5, -0.5]]])
EVENTS = [Event(0.5, 1.0, 1)]
NO_EVENTS = [None, "x", 5, [5], [(1, 2)], [(1.0, 0.5, 0)], [(-1.0, 2, 0)], [(0.0, NAN, 0)], [(0.0, 1.0, 0.5)], ["abc"]]
MATCHED = {"onset_tolerance_s": (0.2, [*NUMBER, -1]), "offset_tolerance_s": (0.2, [*NUMBER, -1])}
MATCHED["offset_share"] = (0.2, [*NUMBER, -1])


def test_events_may_be_plain_tuples_and_their_times_of_any_type():
    assert match_events([(0.0, 1.0, 0)], [(0.1, 1.0, 0)]) == [(0, 0)]
    assert event_f1([[(0.0, 1.0, "a")]], [[(0.1, 1.0, "a")]]).f1_of_label == {"a": 1.0}
    early, late = Event(np.uint32(1), np.uint32(9), np.uint8(0)), Event(np.uint32(2), np.uint32(9), 0)
    assert match_events([early], [late], onset_tolerance_s=np.uint8(2)) == [(0, 0)]
    assert match_events([late], [early], onset_tolerance_s=np.uint8(2)) == [(0, 0)]


@pytest.mark.parametrize("scale", [1e-300, 1e200, 1e307])
def test_an_interval_knows_no_scale(scale):
    lower, upper = student_interval(np.array([1.0, 3.0, 4.0]) * scale)
    assert_allclose([lower / scale, upper / scale], student_interval([1.0, 3.0, 4.0]), rtol=1e-12)  # rounding


CALLS = {
    confusion_matrix: {**CLASSES, "n_classes": (3, [*COUNT[1:], 1])},
    precision_recall_f1: COUNTED,
    macro_f1: COUNTED,
    student_interval: {
        "values": (NOISE[:4], [*VECTOR, [1.0], [1e308, -1e308]]), "confidence": (0.95, [*POSITIVE, 1.0, 95]),
    },
    wilson_interval: {
        "n_right": (3, [*NUMBER, -1, 1.5, 5]), "n_items": (4, [*COUNT[:-1], 2]), "z": (1.96, [*POSITIVE, 1e9]),
    },
    roc_curve: SCORED,
    roc_auc: SCORED,
    det_curve: SCORED,
    equal_error_rate: SCORED,
    average_precision: {**SCORED, "is_positive": ([0, 1, 1, 0], [*YES_NO, [0, 0, 0, 0]])},
    mean_average_precision: {
        "is_positive": (np.eye(2), [*YES_NO[:-2], [1, 0], np.eye(3), np.zeros((2, 2))]),
        "score": (np.eye(2), [*REAL, NOISE]),
    },
    reliability: CALIBRATED,
    expected_calibration_error: CALIBRATED,
    events_to_frames: {
        "events": (EVENTS, [*NO_EVENTS, [(0.0, 1.0, 5)], [(0.0, 1.0, "dog")]]), "n_frames": (9, COUNT),
        "hop_s": (0.1, POSITIVE), "n_classes": (2, COUNT),
    },
    median_filter: {"active": ([0, 1, 1], [*NO_ARRAYS[:9], [0.5], [NAN], 1]), "n_median": (3, [*COUNT, 2])},
    frames_to_events: {
        "probability": (abs(FEATURES), [*REAL, NOISE, FEATURES, 2 * abs(FEATURES)]), "hop_s": (0.1, POSITIVE),
        "threshold": (0.5, [*NUMBER, -0.1, 1.1]), "n_median": (3, [*COUNT, 2]), "minimum_s": (0.1, [*NUMBER, -1]),
    },
    match_events: {"truth": (EVENTS, NO_EVENTS), "found": (EVENTS, NO_EVENTS), **MATCHED},
    event_f1: {
        "truth": ([EVENTS], [*NO_EVENTS, EVENTS, [[]], [EVENTS, EVENTS]]),
        "found": ([EVENTS], [*NO_EVENTS, EVENTS, [EVENTS, []]]), **MATCHED,
    },
}  # fmt: skip

test_hostile_input_is_refused_in_one_sentence = refusals("metrics", CALLS)
