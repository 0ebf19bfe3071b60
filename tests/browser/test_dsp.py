"""The shared scripts in a real browser: js/dsp.js equals the references of course_utils on random inputs."""

import warnings

import numpy as np
import pytest

from course_utils import augmentation, descriptors, dft, filters, gammatone, mel, mfcc, rooms, sampling, sound, stft
from course_utils.explorables import base
from tests.browser.lab import browser

rng = np.random.default_rng(5)
CLOSE = {"rtol": 1e-5, "atol": 1e-9}  # both sides compute in float64; what the issue of the interactives asks for
NAMES = """clamp nearest sumOf peakOf powerOf rmsOf decibels largestOf differenceOf partsOf magnitudesOf fft ifft rfft
    windowOf stft istft spectrogram powerToDb highpass lfilter frequencyResponse resampleKernel resample sumOfSines adsr
    aliasFrequencyHz noiseShape sqnrDb seededRandom triangularDither hzToMel melToHz melFilterbank applyBank dctMatrix
    hzToErbRate erbRateToHz erbBandwidthHz yinDifference yinNormalise yinPick groupDelay pairPolynomial
    gammatoneSections gammatoneFilter gammatonePower shiftedSum colaError griffinLimStep melToLinear interpolate
    griffinLim polarOf phaseVocoder mixAtSnr timeStretch changeSpeed pitchShift imageSources roomResponse trimResponse
    convolve attend signed labelOf percent StreamResampler""".split()


@pytest.fixture(scope="module")
def js():
    """What evaluates an expression of the shared parts; typed arrays go in as lists and come out as arrays."""
    code = base.LIBRARY + f"\nexport {{ {', '.join(NAMES)} }};"
    with browser() as program:
        page = program.new_page()
        page.evaluate(
            """async (code) => {
                window.dsp = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
                window.plain = (value) => ArrayBuffer.isView(value) ? [...value]
                    : Array.isArray(value) ? value.map(plain)
                    : value && typeof value === "object"
                        ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)])) : value;
            }""",
            code,
        )

        def evaluate(expression, **given):
            given = {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in given.items()}
            names = f"const {{ {', '.join(NAMES)} }} = dsp; const {{ {', '.join(given)} }} = given;"
            return page.evaluate(f"(given) => {{ {names} return plain({expression}); }}", given)

        yield evaluate
        page.close()


def complex_of(parts):
    return np.array(parts["re"]) + 1j * np.array(parts["im"])


@pytest.mark.parametrize("n", [1, 2, 3, 7, 8, 100, 127, 256, 1000])
def test_fft_of_any_length_and_its_inverse(js, n):
    x = rng.standard_normal(n) + 1j * rng.standard_normal(n)
    code = (
        "(() => {{ const re = Float64Array.from(a), im = Float64Array.from(b); {}(re, im); return {{ re, im }}; }})()"
    )
    np.testing.assert_allclose(complex_of(js(code.format("fft"), a=x.real, b=x.imag)), dft.fft(x), **CLOSE)
    np.testing.assert_allclose(complex_of(js(code.format("ifft"), a=x.real, b=x.imag)), dft.ifft(x), **CLOSE)
    np.testing.assert_allclose(complex_of(js("rfft(a)", a=x.real)), dft.rfft(x.real), **CLOSE)


@pytest.mark.parametrize("name", dft.WINDOWS)
@pytest.mark.parametrize("length", [1, 2, 33, 64])
def test_windows(js, name, length):
    expected = dft.window(name, length, beta=8.6)
    np.testing.assert_allclose(js("windowOf(name, length)", name=name, length=length), expected, **CLOSE)


@pytest.mark.parametrize(("n", "n_fft", "hop"), [(1000, 256, 64), (777, 128, 50), (300, 100, 25), (64, 64, 16)])
@pytest.mark.parametrize("window", ["hann", "blackman"])
def test_stft_spectrogram_and_inverse(js, n, n_fft, hop, window):
    x = rng.standard_normal(n)
    given = {"x": x, "o": {"nFft": n_fft, "hop": hop, "win": dft.window(window, n_fft).tolist()}}
    reference = stft.stft(x, n_fft=n_fft, hop_length=hop, window=window)
    got = js("stft(x, o)", **given)
    np.testing.assert_allclose(complex_of(got).reshape(got["nFrames"], got["nBins"]).T, reference, **CLOSE)
    power = js("spectrogram(x, o)", **given)
    np.testing.assert_allclose(np.reshape(power["values"], (-1, got["nBins"])).T, np.abs(reference) ** 2, **CLOSE)
    changed = js(
        """(() => {
            const s = stft(x, o);
            for (let i = 0; i < s.re.length; i++) s.re[i] *= 1 + (i % 7);
            return { s, y: istft(s, o) };
        })()""",
        **given,
    )
    S = complex_of(changed["s"]).reshape(got["nFrames"], got["nBins"]).T
    np.testing.assert_allclose(changed["y"], stft.istft(S, n_fft=n_fft, hop_length=hop, window=window), **CLOSE)
    back = js("istft(stft(x, o), { ...o, length: x.length })", **given)
    # The last samples may lie beyond the last whole hop; what a frame has seen comes back.
    n_seen = (got["nFrames"] - 1) * hop
    np.testing.assert_allclose(back[:n_seen], x[:n_seen], **CLOSE)


@pytest.mark.parametrize(("length", "hop"), [(64, 16), (64, 48), (64, 64), (100, 30)])
@pytest.mark.parametrize("window", dft.WINDOWS)
def test_cola_error(js, window, length, hop):
    weights = dft.window(window, length)
    expected = stft.cola_error(weights, hop_length=hop)
    np.testing.assert_allclose(js("colaError(w, hop)", w=weights, hop=hop), expected, rtol=1e-5, atol=1e-9)
    if weights.min() > 0:  # the dual window is w / Σ w², which tells the sum
        total = (weights / stft.dual_window(weights, hop_length=hop))[:hop]
        np.testing.assert_allclose(js("shiftedSum(w.map((v) => v * v), hop)", w=weights, hop=hop), total, **CLOSE)


@pytest.mark.parametrize(("n", "n_fft", "hop"), [(1000, 256, 64), (777, 128, 50)])
@pytest.mark.parametrize("momentum", [0.0, 0.99])
def test_griffin_lim_from_the_same_phases(js, n, n_fft, hop, momentum):
    magnitude = np.abs(stft.stft(rng.standard_normal(n), n_fft=n_fft, hop_length=hop))
    turns = np.random.default_rng(3).random(magnitude.shape)
    expected, convergence = stft.griffin_lim(
        magnitude, rng=np.random.default_rng(3), n_iter=6, hop_length=hop, momentum=momentum, length=n
    )
    begin = magnitude * np.exp(2j * np.pi * turns)
    got = js(
        """(() => {
            const [nFrames, nBins] = [re.length, re[0].length];
            let spectrum = { re: Float64Array.from(re.flat()), im: Float64Array.from(im.flat()), nFrames, nBins };
            let before = null;
            const S = Float64Array.from(magnitude.flat()), convergence = [];
            for (let i = 0; i < 6; i++) {
                const step = griffinLimStep(spectrum, S, before, o);
                convergence.push(step.convergence);
                before = step.consistent;
                spectrum = step.next;
            }
            return { convergence, signal: istft(spectrum, o) };
        })()""",
        re=begin.real.T, im=begin.imag.T, magnitude=magnitude.T,
        o={"nFft": n_fft, "hop": hop, "momentum": momentum, "length": n},
    )  # fmt: skip
    np.testing.assert_allclose(got["convergence"], convergence, rtol=1e-5)
    np.testing.assert_allclose(got["signal"], expected, rtol=1e-5, atol=1e-7)


def test_high_pass_filtering_and_response(js):
    x, hz = rng.standard_normal(200), np.linspace(10, 7900, 40)
    b, a = filters.biquad("highpass", frequency_hz=1234.5, sample_rate=16_000.0)
    got = js("highpass(1234.5, 16000)")
    np.testing.assert_allclose(got["b"], b, **CLOSE)
    np.testing.assert_allclose(got["a"], a, **CLOSE)
    np.testing.assert_allclose(js("lfilter(b, a, x)", b=b, a=a, x=x), filters.lfilter(b, a, x), **CLOSE)
    expected = filters.frequency_response(b, a, frequency_hz=hz, sample_rate=16_000)
    got = js("frequencyResponse(b, a, hz, 16000)", b=b, a=a, hz=hz)
    np.testing.assert_allclose(complex_of(got), expected, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize(("order_b", "order_a"), [(0, 3), (5, 0), (2, 4)])
def test_filters_of_other_orders_and_a_gain_in_front(js, order_b, order_a):
    b, x = rng.standard_normal(order_b + 1), rng.standard_normal(50)
    a = np.r_[2.0, 0.1 * rng.standard_normal(order_a)]
    np.testing.assert_allclose(js("lfilter(b, a, x)", b=b, a=a, x=x), filters.lfilter(b, a, x), **CLOSE)


@pytest.mark.parametrize(("radius", "degrees"), [(0.9, 33.0), (1.3, 120.0), (0.5, 0.0), (1.0, 180.0)])
def test_pair_of_roots_as_a_polynomial(js, radius, degrees):
    root = radius * np.exp(1j * np.deg2rad(degrees))
    got = js("pairPolynomial(radius, degrees)", radius=radius, degrees=degrees)
    np.testing.assert_allclose(got, np.poly([root, root.conj()]).real, **CLOSE)


def test_group_delay(js):
    b, a = rng.standard_normal(4), np.r_[1, 0.2 * rng.standard_normal(3)]
    hz = rng.uniform(0, 8000, 40)
    expected = filters.group_delay(b, a, frequency_hz=hz, sample_rate=16_000)
    np.testing.assert_allclose(js("groupDelay(b, a, hz, 16000)", b=b, a=a, hz=hz), expected, **CLOSE)


@pytest.mark.parametrize(("rate", "to"), [(48_000, 32_000), (8000, 48_000), (22_050, 16_000), (3, 7), (5, 5)])
@pytest.mark.parametrize(("width", "rolloff", "window"), [(6, 0.99, "hann"), (12, 0.8, "kaiser")])
def test_resampling_kernel_and_signal(js, rate, to, width, rolloff, window):
    options = {"from_rate": rate, "to_rate": to, "lowpass_filter_width": width, "rolloff": rolloff, "window": window}
    given = {"o": {"fromRate": rate, "toRate": to, "width": width, "rolloff": rolloff, "win": window}}
    bank = js("resampleKernel(o)", **given)
    values = np.reshape(bank["values"], (bank["nPhases"], bank["nTaps"]))
    np.testing.assert_allclose(values, filters.resample_kernel(**options), rtol=1e-5, atol=1e-8)
    if rate != to:  # equal rates: the reference copies
        x = rng.standard_normal(300)
        np.testing.assert_allclose(
            js("resample(x, o)", x=x, **given), filters.resample(x, **options), rtol=1e-5, atol=1e-8
        )


PUSHED = """(() => {
    const stream = new StreamResampler(o), ends = [0, ...cuts, x.length];
    const parts = ends.slice(1).map((end, i) => [...stream.push(Float32Array.from(x.slice(ends[i], end)))]);
    return { parts, rest: [...stream.flush()] };
})()"""


@pytest.mark.parametrize("width", [6, 16])
@pytest.mark.parametrize(
    ("rate", "to"), [(48_000, 16_000), (44_100, 16_000), (44_100, 8000), (16_000, 48_000), (8000, 22_050), (8000, 8000)]
)
def test_resampling_block_by_block_gives_the_same_and_waits_only_for_what_it_needs(js, rate, to, width):
    x = rng.standard_normal(1500).astype(np.float32)
    cuts = [0, 1, 2, 300, 301, 700]  # an empty block, single samples, long ones
    got = js(PUSHED, x=x, cuts=cuts, o={"fromRate": rate, "toRate": to, "width": width})
    expected = filters.resample(x.astype(float), from_rate=rate, to_rate=to, lowpass_filter_width=width)
    streamed = np.concatenate([*got["parts"], got["rest"]])[: len(expected)]
    assert len(streamed) == len(expected)
    np.testing.assert_allclose(streamed, expected, rtol=1e-5, atol=1e-6)  # it keeps float32
    reach_s = width / (0.99 * min(rate, to)) if rate != to else 0  # half of the filter
    for end, n in zip([*cuts, len(x)], np.cumsum([len(part) for part in got["parts"]]), strict=True):
        assert n >= (end / rate - reach_s) * to - 1, "it has given less than it could"


def test_sum_of_sines_and_envelope(js):
    amplitudes, phases = rng.uniform(0, 1, 9), rng.uniform(0, 7, 9)
    partials = [{"hz": 311.7 * (k + 1), "amplitude": amplitudes[k], "phase": phases[k]} for k in range(9)]
    expected = sound.harmonic_tone(
        311.7, amplitudes=amplitudes, phases_rad=phases, duration_s=2, sample_rate=48_000
    )  # fmt: skip
    got = js("sumOfSines(partials, 96000, 48000)", partials=partials)
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-7)
    for attack_s, decay_s, release_s in ((0.1, 0.2, 0.3), (0.0, 0.2, 0.3), (0.1, 0.0, 0.9), (0.0, 0.0, 0.0)):
        given = {"attack_s": attack_s, "decay_s": decay_s, "release_s": release_s}
        expected = sound.adsr(**given, sustain_level=0.4, duration_s=1, sample_rate=1000)
        options = {"attackS": attack_s, "decayS": decay_s, "releaseS": release_s, "sustain": 0.4}
        np.testing.assert_allclose(js("adsr(1000, 1000, o)", o=options), expected, **CLOSE)


def test_aliases(js):
    hz = np.r_[rng.uniform(0, 40_000, 50), 0, 4000, 8000, 12_000]
    expected = sampling.alias_frequency_hz(hz, sample_rate=8000)
    np.testing.assert_allclose(js("hz.map((f) => aliasFrequencyHz(f, 8000))", hz=hz), expected, **CLOSE)


@pytest.mark.parametrize("n_bits", [1, 2, 3, 8, 16])
def test_quantiser_with_halves_and_clipping(js, n_bits):
    x = np.r_[rng.uniform(-1.2, 1.2, 200), np.arange(-9, 10) / 2**n_bits, 1, -1]
    expected = sampling.quantize(x, n_bits=n_bits)
    np.testing.assert_array_equal(js("noiseShape(x, n, { coefficients: [] })", x=x, n=n_bits), expected)
    np.testing.assert_allclose(js("sqnrDb(x, q)", x=x, q=expected), sampling.sqnr_db(x, expected), **CLOSE)


@pytest.mark.parametrize("coefficients", [[1.0], [2.033, -2.165, 1.959, -1.590, 0.6149]])
def test_noise_shaping_without_and_with_dither(js, coefficients):
    x = 0.4 * np.sin(np.arange(300) / 9)
    expected = sampling.noise_shape(x, n_bits=6, coefficients=coefficients)
    np.testing.assert_array_equal(js("noiseShape(x, 6, { coefficients: c })", x=x, c=coefficients), expected)
    noise = sampling.dither(np.zeros(300), n_bits=6, rng=np.random.default_rng(1))
    expected = sampling.noise_shape(x, n_bits=6, coefficients=coefficients, rng=np.random.default_rng(1))
    got = js("noiseShape(x, 6, { coefficients: c, noise })", x=x, c=coefficients, noise=noise)
    np.testing.assert_array_equal(got, expected)


def test_dither_has_the_moments_of_a_triangle(js):
    noise = np.array(js("triangularDither(40000, 6, seededRandom(3))")) * 2**5  # in steps
    assert np.abs(noise).max() < 1
    assert abs(noise.mean()) < 0.02 and abs(noise.var() - 1 / 6) < 0.005  # 4 standard errors: 0.008 and 0.003
    again = np.array(js("triangularDither(40000, 6, seededRandom(3))")) * 2**5
    np.testing.assert_array_equal(noise, again)


@pytest.mark.parametrize("scale", mel.SCALES)
@pytest.mark.parametrize("norm", mel.NORMS)
def test_mel_scale_and_filter_bank(js, scale, norm):
    hz = np.r_[0, rng.uniform(0, 8000, 30), 1000]
    there = np.array(js("hz.map((f) => hzToMel(f, scale))", hz=hz, scale=scale))
    np.testing.assert_allclose(there, mel.hz_to_mel(hz, scale=scale), **CLOSE)
    np.testing.assert_allclose(js("m.map((f) => melToHz(f, scale))", m=there, scale=scale), hz, rtol=1e-5, atol=1e-6)
    options = {"sample_rate": 16_000, "n_fft": 512, "n_mels": 30}
    bank = js("melFilterbank({ sampleRate: 16000, nFft: 512, nMels: 30, scale, norm })", scale=scale, norm=norm)
    expected = mel.mel_filterbank(**options, scale=scale, norm=norm)
    np.testing.assert_allclose(np.reshape(bank["values"], (30, 257)), expected, rtol=1e-5, atol=1e-9)
    S = rng.random((20, 257))
    got = js("applyBank(bank, 30, { values: S.flat(), nFrames: 20, nBins: 257 })", bank=expected.ravel(), S=S)
    np.testing.assert_allclose(np.reshape(got, (20, 30)), S @ expected.T, **CLOSE)


@pytest.mark.parametrize(("n_fft", "n_mels", "n_iter"), [(512, 30, 20), (128, 80, 5)])
def test_bins_from_mel_bands_even_if_some_are_empty(js, n_fft, n_mels, n_iter):
    options = {"sample_rate": 16_000, "n_fft": n_fft}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # 128 samples are too few for 80 bands, which is the point
        bank = mel.mel_filterbank(**options, n_mels=n_mels)
        M = rng.random((n_mels, 7))
        M[:, 3] = 0
        expected = mel.mel_to_linear(M, **options, n_iter=n_iter)
    given = {"bank": bank.ravel(), "M": M.T, "n": n_mels, "steps": n_iter}
    got = js("melToLinear(Float64Array.from(bank), n, { values: M.flat(), nFrames: 7 }, steps)", **given)
    np.testing.assert_allclose(np.reshape(got["values"], (7, -1)).T, expected, **CLOSE)


def test_interpolation(js):
    xs, ys = np.sort(rng.uniform(0, 10, 8)), rng.standard_normal(8)
    x = np.r_[xs, -1, 11, rng.uniform(-1, 11, 30)]
    np.testing.assert_allclose(js("interpolate(x, xs, ys)", x=x, xs=xs, ys=ys), np.interp(x, xs, ys), **CLOSE)


def test_griffin_lim_finds_a_signal_with_nearly_these_magnitudes(js):
    x = np.sin(np.arange(4000) * 0.2) * np.hanning(4000) + 0.01 * rng.standard_normal(4000)
    S = np.abs(stft.stft(x, n_fft=256, hop_length=64))
    given = {"S": S.T.ravel(), "n": S.shape[1]}
    options = "{ nFft: 256, hop: 64, length: 4000 }"
    code = f"griffinLim({{ values: Float64Array.from(S), nFrames: n, nBins: 129 }}, steps, {options})"

    def distance(y):
        return np.linalg.norm(np.abs(stft.stft(np.array(y), n_fft=256, hop_length=64)) - S) / np.linalg.norm(S)

    reference, _ = stft.griffin_lim(S, hop_length=64, n_iter=30, rng=np.random.default_rng(1), length=4000)
    found = [distance(js(code, steps=steps, **given)) for steps in (1, 30)]
    assert found[1] < 0.5 * found[0] and found[1] < 2 * distance(reference)  # other phases: as near, not the same


@pytest.mark.parametrize(("n_out", "n_in"), [(13, 40), (5, 5), (1, 1)])
def test_dct(js, n_out, n_in):
    got = js("dctMatrix(a, b)", a=n_out, b=n_in)
    np.testing.assert_allclose(np.reshape(got, (n_out, n_in)), mfcc.dct_matrix(n_out, n_in), **CLOSE)


def test_erb_rate(js):
    hz = np.r_[0, rng.uniform(0, 20_000, 30)]
    np.testing.assert_allclose(js("hz.map(hzToErbRate)", hz=hz), gammatone.hz_to_erb_rate(hz), rtol=1e-5)
    np.testing.assert_allclose(js("hz.map(erbBandwidthHz)", hz=hz), gammatone.erb_bandwidth_hz(hz), rtol=1e-5)
    erb = gammatone.hz_to_erb_rate(hz)
    np.testing.assert_allclose(js("e.map(erbRateToHz)", e=erb), gammatone.erb_rate_to_hz(erb), rtol=1e-5)


@pytest.mark.parametrize(("hz", "rate"), [(80.0, 16_000), (1000.0, 16_000), (7000.0, 16_000), (123.4, 44_100)])
def test_gammatone_filter_and_response(js, hz, rate):
    centers, x, f = np.array([hz]), rng.standard_normal(600), np.geomspace(50, 0.49 * rate, 40)
    sections = gammatone.gammatone_sections(centers, sample_rate=rate)[0]
    got = js("gammatoneSections(hz, rate)", hz=hz, rate=rate)
    np.testing.assert_allclose([stage["b"] for stage in got], sections[:, :2], **CLOSE)
    np.testing.assert_allclose([stage["a"] for stage in got], sections[:, 3:], **CLOSE)
    expected = gammatone.gammatone_filterbank(x, center_hz=centers, sample_rate=rate)[0]
    np.testing.assert_allclose(js("gammatoneFilter(x, hz, rate)", x=x, hz=hz, rate=rate), expected, **CLOSE)
    impulse = gammatone.gammatone_filterbank(np.eye(1, rate)[0], center_hz=centers, sample_rate=rate)[0]
    power = np.abs(np.exp(-2j * np.pi * np.outer(f, np.arange(rate)) / rate) @ impulse) ** 2
    np.testing.assert_allclose(js("gammatonePower(hz, f, rate)", hz=hz, f=f, rate=rate), power, **CLOSE)


@pytest.mark.parametrize("f0_hz", [82.4, 220.0, 613.0])
@pytest.mark.parametrize("threshold", [0.02, 0.15, 0.9])
def test_yin_of_one_frame(js, f0_hz, threshold):
    t = np.arange(1024) / 16_000
    frame = sum(np.sin(2 * np.pi * k * f0_hz * t + k) / k for k in (1, 2, 3)) + 0.05 * rng.standard_normal(1024)
    options = {"sample_rate": 16_000, "f_min": 70.0, "f_max": 800.0, "threshold": threshold}
    # The middle one of three frames that do not overlap is this frame, untouched by the padding.
    padded = np.r_[np.zeros(1024), frame, np.zeros(1024)]
    hz, rest = descriptors.yin(padded, **options, frame_length=1024, hop_length=512)
    got = js(
        """(() => {
            const d = yinDifference(frame, longest + 2), relative = yinNormalise(d);
            const { lag, period } = yinPick(d, relative, { shortest, longest, threshold });
            return [16000 / period, relative[lag]];
        })()""",
        frame=frame, threshold=threshold, shortest=16_000 // 800, longest=-(-16_000 // 70),
    )  # fmt: skip
    np.testing.assert_allclose(got, [hz[3], rest[3]], rtol=1e-5)


def test_mixing_at_an_exact_ratio_and_a_noise_that_is_too_short(js):
    x, noise = rng.standard_normal(300), rng.standard_normal(110)
    for piece, snr_db in ((noise, 7.5), (np.tile(noise, 4), -12.0)):
        expected = augmentation.mix_at_snr(x, piece, snr_db)
        np.testing.assert_allclose(js("mixAtSnr(x, v, snr)", x=x, v=piece, snr=snr_db), expected, **CLOSE)


@pytest.mark.parametrize("factor", [0.5, 0.85, 1.3, 2.0])
def test_speed_stretch_and_pitch(js, factor):
    x = np.sin(np.arange(3000) ** 1.3 / 40)
    given = {"x": x, "factor": factor}
    typed = "Float64Array.from(x)"
    speed = augmentation.change_speed(x, factor)
    np.testing.assert_allclose(js(f"changeSpeed({typed}, factor)", **given), speed, **CLOSE)
    np.testing.assert_allclose(
        js(f"timeStretch({typed}, factor)", **given), augmentation.time_stretch(x, factor), rtol=1e-5, atol=1e-7
    )  # fmt: skip
    frames = "phaseVocoder(polarOf(stft(x, o)), factor, o)"
    got = js(frames, **given, o={"nFft": 256, "hop": 64})
    expected = stft.phase_vocoder(stft.stft(x, n_fft=256, hop_length=64), rate=factor)
    np.testing.assert_allclose(complex_of(got).reshape(-1, 129).T, expected, rtol=1e-5, atol=1e-7)
    semitones = 12 * np.log2(factor)
    shifted = augmentation.pitch_shift(x, semitones)
    np.testing.assert_allclose(js(f"pitchShift({typed}, factor)", **given), shifted, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("length", "absorption", "duration_s"), [(5.0, 0.4, 0.2), (12.0, 0.3, 0.3), (2.0, 0.9, 0.1)])
def test_room_from_mirror_images(js, length, absorption, duration_s):
    box = np.array([1, 0.8, 0.6]) * length
    places = [box, box * [0.3, 0.35, 0.5], box * [0.7, 0.6, 0.45]]
    options = {"absorption": absorption, "max_order": 9}
    expected = rooms.image_sources(*places, **options, max_distance_m=343 * duration_s)
    given = dict(zip(("room", "source", "receiver"), map(list, places), strict=True))
    given |= {"absorption": absorption, "maxOrder": 9, "maxDistance": 343 * duration_s}
    got = js("imageSources(o)", o=given)
    order = np.argsort(got["distance"])
    np.testing.assert_allclose(np.array(got["distance"])[order], expected.distance_m, rtol=1e-5)
    # Images at equal distances may stand in another order; the response below holds each at its place.
    np.testing.assert_allclose(np.sort(got["amplitude"]), np.sort(expected.amplitude), rtol=1e-5)
    rir = rooms.image_source_rir(*places, sample_rate=16_000, duration_s=duration_s, **options)
    shape = {"sampleRate": 16_000, "length": len(rir)}
    np.testing.assert_allclose(js("roomResponse(imageSources(o), shape)", o=given, shape=shape), rir, **CLOSE)
    trimmed = rooms.trim_rir(rir, sample_rate=16_000)
    np.testing.assert_allclose(js("trimResponse(Float64Array.from(h), 16000)", h=rir), trimmed, **CLOSE)
    x = rng.standard_normal(500)
    np.testing.assert_allclose(js("convolve(x, h)", x=x, h=trimmed), rooms.convolve_rir(x, trimmed), **CLOSE)


@pytest.mark.parametrize("last", [1, 3, 7])
def test_attention(js, last):
    import torch

    from course_utils.models import layers

    query, keys, values = rng.standard_normal(5), rng.standard_normal((7, 5)), rng.standard_normal((7, 3))
    given = {"q": query, "k": keys, "v": values, "last": last}
    got = js("attend(q, k, v, { mayLook: (j) => j < last })", **given)
    output, weights = layers.attention(
        *(torch.from_numpy(part) for part in (query[None], keys, values)), torch.arange(7)[None] < last
    )
    np.testing.assert_allclose(got["weights"], weights[0], **CLOSE)
    np.testing.assert_allclose(got["output"], output[0], **CLOSE)
    plain = js("attend(q, k, v, { scaled: false })", **given)
    np.testing.assert_allclose(plain["scores"], keys @ query, **CLOSE)


def test_decibels_relative_to_the_maximum(js):
    got = js("powerToDb(Float64Array.from([0, 1e-3, 1, 10]), -60)")
    np.testing.assert_allclose(got, [-60, -40, -10, 0], atol=1e-5)


def test_numbers(js):
    x = rng.standard_normal(50)
    for name, expected in (
        ("sumOf", x.sum()), ("peakOf", sound.peak(x)), ("rmsOf", sound.rms(x)), ("powerOf", sound.rms(x) ** 2),
        ("largestOf", x.max()),
    ):  # fmt: skip
        np.testing.assert_allclose(js(f"{name}(x)", x=x), expected, **CLOSE)
    assert js("[peakOf([0.1, -0.2], 0.3), largestOf([-5, -7], -200), largestOf([0.1], 0.3)]") == [0.3, -5, 0.3]
    np.testing.assert_allclose(js("differenceOf(x, y)", x=x, y=x[::-1]), x - x[::-1])
    np.testing.assert_allclose(js("x.map((v) => clamp(v, -0.5, 1))", x=x), np.clip(x, -0.5, 1))
    assert js("[5, 5.6, -3].map((v) => nearest([2, 4, 7], v))") == [4, 7, 2]
    assert js("[decibels(100), decibels(0), decibels(0, 1e-3)]") == [20, -120, -30]
    S = rng.standard_normal(20) + 1j * rng.standard_normal(20)
    np.testing.assert_allclose(js("magnitudesOf(S)", S={"re": S.real.tolist(), "im": S.imag.tolist()}), np.abs(S))
    np.testing.assert_allclose(complex_of(js("partsOf(size, angle)", size=np.abs(S), angle=np.angle(S))), S)


def test_numbers_in_words(js):
    words = js("[-0.004, 0.004, -0.005001, -1.5, 12, -Infinity].map((value) => signed(value, 2))")
    assert words == ["0.00", "0.00", "−0.01", "−1.50", "12.00", "−Infinity"]
    assert js("[-0, 0.1 + 0.2, -1234567].map((value) => labelOf(value))") == ["0", "0.3", "−1234570"]
    assert js("[labelOf(12345, 3), percent(0.125)]") == ["12300", "13 %"]
