import numpy as np

from ...dft import window
from ...practice.model import Exercise, Value, Wrong


def _click_truth():
    """Windows laid over a click, by hand; the frame that shows it strongest."""
    n_fft, hop_length, weights = 1024, 160, window("hann", 1024)
    found = []
    for n_padded in (0, n_fft // 2):
        signal = np.zeros(16_000 + 2 * n_padded)
        signal[n_padded + 8100] = 1
        starts = range(0, len(signal) - n_fft + 1, hop_length)
        found.append(int(np.argmax([np.abs(signal[start : start + n_fft] * weights).sum() for start in starts])))
    return found


def click_frames():
    click, n_fft, hop_length = 8100, 1024, 160
    plain = round((click - n_fft / 2) / hop_length)  # the window is highest in the middle of the frame
    centred = round(click / hop_length)  # padding has moved the middle of frame m to m · hop
    return [plain, centred]


EXERCISE = Exercise(
    title="in which frame is the click?",
    stars=1,
    kind="predict",
    task="""
A label file says: a click at sample 8,100. The recording has 16,000 samples, 1 s, and the front end makes an STFT with `n_fft=1024`, `hop_length=160` and a periodic Hann window. **In which frame is the click strongest**, with `center=False`, and with `center=True`? Give a list of two numbers; frames are counted from 0.
""",
    form="[center=False, center=True]",
    answer="click_frames",
    spec=Value(truth=_click_truth, absolute=0.01),  # whole numbers are asked
    reference=click_frames,
    hints=(
        "At which of its samples is a Hann window highest?",
        "Without padding frame m begins at sample m · 160. Where is its middle?",
        "The middle lies 512 samples after the beginning; with center=True, 512 zeros in front make up for it.",
    ),
    wrongs=(
        Wrong(
            "as if both were centred",
            "The second is right. Without padding, frame 51 begins at sample 8,160, after the click: it does not see it "
            "at all.",
            lambda: [51, 51],
        ),
        Wrong(
            "exchanged",
            "These are the right frames, exchanged: the padding of center=True is what moves the middle of frame m "
            "to sample m · 160.",
            lambda: [51, 47],
        ),
        Wrong(
            "padding counted on top",
            "The padding moves the click by 512 samples, and the middle of each frame lies 512 samples after its "
            "beginning: with center=True the two cancel, and with center=False only the second is there.",
            lambda: [51, 54],
        ),
        Wrong(
            "first frame that reaches it",
            "Frame 45 is the first that reaches the click, at its sample 900, where the window is down to 0.14. "
            "The strongest has the click near its middle.",
            lambda: [45, 51],
        ),
        Wrong(
            "rounded down",
            "With padding the click lies 50.6 hops after the middle of frame 0. Rounded down that is a frame whose middle "
            "is 100 samples away; that of the next is 60 samples away.",
            lambda: [47, 50],
        ),
        Wrong(
            "not rounded",
            "Frames are whole: which one has its middle nearest to the click?",
            lambda: [(8100 - 512) / 160, 8100 / 160],
        ),
        Wrong(
            "begins before the click",
            "That is the last frame that begins before the click: it has the click at its sample 100, where the window is only at 0.09.",
            (lambda: [50, 51], lambda: [50, 53], lambda: [50, 54]),
        ),
        Wrong(
            "exchanged and rounded down",
            "The two are exchanged, and one is rounded down: the middle of frame 51 is nearer than that of frame 50.",
            lambda: [50, 47],
        ),
        Wrong(
            "as if neither were padded",
            "With padding the middles lie elsewhere: frame m has its middle at sample m · 160.",
            (lambda: [47, 47], lambda: [50, 50]),
        ),
        Wrong(
            "rounded up",
            "47.4 and 50.6 are the places of the click in hops: which whole frames are nearest?",
            (lambda: [48, 51], lambda: [47, 52]),
        ),
        Wrong(
            "counted from 1",
            "Each is one too high: frames are counted from 0.",
            lambda: [48, 52],
        ),
        Wrong(
            "one too low",
            "Each is one too low. Frame 0 is the first.",
            lambda: [46, 50],
        ),
        Wrong(
            "a whole frame for half",
            "The click is laid at the end of the frame; the window is highest in its middle, after 512 samples.",
            (lambda: [44, 47], lambda: [44, 48], lambda: [44, 51]),
        ),
        Wrong(
            "frames end to end",
            "A new frame begins every 160 samples, not every 1,024.",
            (lambda: [7, 8], lambda: [7, 7], lambda: [8, 8]),
        ),
        Wrong(
            "padding on the wrong side",
            "The 512 zeros stand before the sound with center=True; with center=False there are none. Yours come later with center=False.",
            (lambda: [54, 51], lambda: [53, 50]),
        ),
    ),
    after="Labels cut with one of the two settings and features with the other are 512 samples, 3.2 frames or 32 ms, apart: at each border between two sounds a network is taught the wrong one for as long.",
    also_right=(lambda: (47, 51), lambda: np.array([(8100 - 512 + 80) // 160, (8100 + 80) // 160], np.float32)),
)
