"""Pictures for the notebook: labelled axes, units, and a text for those who do not see them.

A picture is an HTML figure with an alt text, so it needs neither pyplot nor a backend. Lecture: start_here
"""

import base64
import gc
import html
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ._checks import plotting as _checks
from .dft import frequencies_hz, window
from .sound import amplitude_to_db, power_to_db
from .stft import spectrogram as power_spectrogram

if TYPE_CHECKING:
    from ipywidgets import VBox, Widget
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# After Okabe & Ito 2008, told apart with every kind of colour vision; the first two differ in lightness,
# the others also in line style, for prints in grey.
COLOURS = ("#00508C", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#000000")
LINES = ("-", "-", "--", "-.", ":", "--", ":")
COLOUR_MAP = "magma"
MOST_BYTES_DRAWN = 24_000_000
_STYLE = {
    "font.size": 12.5,
    "axes.titlesize": 13,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.35,
    "lines.linewidth": 1.6,
    "legend.fontsize": 11,
    "figure.dpi": 100,
}


@dataclass(frozen=True)
class Shown:
    """A finished picture: PNG and alt text, shown by the notebook."""

    png: bytes
    alt: str

    def _repr_html_(self) -> str:
        data = base64.b64encode(self.png).decode()
        return (
            '<figure style="margin:0.5em 0"><img style="max-width:100%;height:auto" '
            f'alt="{html.escape(self.alt)}" src="data:image/png;base64,{data}"></figure>'
        )

    def __repr__(self) -> str:
        return f"Picture: {self.alt}"


class Picture:
    """Axes to draw on, in the style of the course; ``show`` turns them into a picture with its alt text.

    Parameters
    ----------
    n_rows, n_cols : int
    height_in, width_in : float, inch
        Height of one row, width of the whole.
    sharex, sharey : bool
        All axes share their range.

    Attributes
    ----------
    axes : list of matplotlib Axes
        Row by row.

    Lecture: start_here
    """

    def __init__(
        self,
        n_rows: int = 1,
        n_cols: int = 1,
        *,
        height_in: float = 2.7,
        width_in: float = 9.0,
        sharex: bool = False,
        sharey: bool = False,
    ) -> None:
        from matplotlib import rc_context
        from matplotlib.figure import Figure

        n_rows = _checks.count(n_rows, "n_rows", maximum=20)
        n_cols = _checks.count(n_cols, "n_cols", maximum=20)
        height_in = _checks.number(height_in, "height_in", at_least=0.5, at_most=50)
        width_in = _checks.number(width_in, "width_in", at_least=0.5, at_most=50)
        sharex, sharey = _checks.switch(sharex, "sharex"), _checks.switch(sharey, "sharey")
        with rc_context(_STYLE):
            self.figure = Figure(figsize=(width_in, height_in * n_rows), layout="constrained")
            grid = self.figure.subplots(n_rows, n_cols, sharex=sharex, sharey=sharey)
        self._n_without_numbers = n_cols * (n_rows - 1) if sharex else 0  # axes above those that have them
        self.axes: list[Axes] = list(np.ravel(grid))
        for ax in self.axes:
            ax.set_prop_cycle(color=COLOURS, linestyle=LINES)

    def show(self, alt: str) -> Shown:
        """Draw it. ``alt`` says what is seen: the peak and its height, not "a plot"."""
        from matplotlib import rc_context
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.image import imsave

        _checks.words(alt, "alt")
        for ax in self.axes:
            _arrange_words(ax)
        for ax in self.axes[: self._n_without_numbers]:
            ax.set_xlabel("")
        _leave_bad_formulas(self.figure)
        canvas = FigureCanvasAgg(self.figure)
        with rc_context(_STYLE):
            canvas.draw()  # once; savefig would draw everything twice to find the layout
        file = io.BytesIO()
        imsave(file, canvas.buffer_rgba(), format="png", pil_kwargs={"compress_level": 2})
        _forget_earlier(canvas.buffer_rgba().nbytes + sum(i.get_array().nbytes for ax in self.axes for i in ax.images))
        return Shown(file.getvalue(), alt)


_bytes_drawn = 0  # since earlier figures were forgotten


def _forget_earlier(n_bytes: int) -> None:
    """Each figure is a ring of references with its images in it, up to 10 MB: they are collected once they are many."""
    global _bytes_drawn
    _bytes_drawn += n_bytes
    if _bytes_drawn > MOST_BYTES_DRAWN:
        _bytes_drawn = 0
        gc.collect()  # a tenth of a second where torch is loaded, too long for every move of a slider


def _arrange_words(ax: "Axes") -> None:
    """Title at the left, legend outside the drawing: above it where both fit in one line, else beside it."""
    title, labels = ax.get_title(), ax.get_legend_handles_labels()[1]
    is_formula = ax.title.get_parse_math()  # False where the title is text, such as the name of a file
    ax.set_title("")
    if title:
        ax.set_title(title, loc="left", parse_math=is_formula)
    if not labels:
        return
    width = ax.get_position().width * ax.figure.get_figwidth()
    n_letters = len(title) + sum(len(label) + 6 for label in labels)
    if n_letters < 10 * width:
        ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=len(labels), borderaxespad=0.1, frameon=False)
    else:
        ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), borderaxespad=0, frameon=False)


def _leave_bad_formulas(figure: "Figure") -> None:
    """Text between two dollars that is no formula stays as it is: the price of two things, a Windows path."""
    from matplotlib.mathtext import MathTextParser
    from matplotlib.text import Text

    parser = MathTextParser("agg")
    for text in figure.findobj(lambda artist: isinstance(artist, Text) and artist.get_text().count("$") > 1):
        try:
            parser.parse(text.get_text())
        except ValueError:
            text.set_parse_math(False)


def _unit_of_time(duration_s: float) -> tuple[float, str]:
    return (1e3, "time in ms") if duration_s < 0.5 else (1.0, "time in s")


def draw_waveform(ax: "Axes", signal: np.ndarray, sample_rate: float, *, label: str | None = None) -> None:
    """Amplitude against time; the time axis is in ms below half a second.

    Parameters
    ----------
    ax : matplotlib Axes
    signal : ndarray, shape (time,) or (channels, time), full scale ±1
    sample_rate : float, Hz
    label : str, optional
        For the legend.

    Lecture: sound
    """
    ax = _checks.axes(ax)
    signal = _checks.channels_first(_checks.signal(signal))
    sample_rate = _checks.sample_rate(sample_rate)
    factor, words = _unit_of_time(signal.shape[-1] / sample_rate)
    times = np.arange(signal.shape[-1]) * factor / sample_rate
    for number, channel in enumerate(signal):
        name = f"channel {number}" if label is None and len(signal) > 1 else label
        ax.plot(times, channel, label=name, linewidth=0.8 if len(times) > 4000 else 1.6)
    ax.set(xlabel=words, ylabel="amplitude", xlim=(0, times[-1] if len(times) > 1 else 1))


def draw_spectrum(
    ax: "Axes", frequency_hz: np.ndarray, level_db: np.ndarray, *, label: str | None = None, log_x: bool = False
) -> None:
    """Level against frequency.

    Parameters
    ----------
    ax : matplotlib Axes
    frequency_hz : ndarray, shape (freq,), Hz
    level_db : ndarray, shape (freq,), dB
    label : str, optional
        For the legend.
    log_x : bool
        A logarithmic axis, one octave as wide as the next.

    Lecture: dft
    """
    ax = _checks.axes(ax)
    frequency_hz = _checks.array(frequency_hz, "frequency_hz", real=True, one_axis=True)
    level_db = _checks.array(level_db, "level_db", real=True)
    _checks.same_shape(frequency_hz, level_db, "frequency_hz and level_db")
    if _checks.switch(log_x, "log_x"):
        _checks.number(frequency_hz.max(), "the highest frequency_hz on a logarithmic axis", above=20)
    ax.plot(frequency_hz, level_db, label=label)
    ax.set(xlabel="frequency in Hz", ylabel="level in dB")
    if log_x:
        ax.set(xscale="log", xlim=(max(20.0, frequency_hz[frequency_hz > 0].min()), frequency_hz.max()))
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    elif len(frequency_hz) > 1:
        ax.set_xlim(frequency_hz.min(), frequency_hz.max())


def draw_spectrogram(
    ax: "Axes",
    level_db: np.ndarray,
    *,
    sample_rate: float,
    hop_length: int,
    max_hz: float | None = None,
    floor_db: float = -80.0,
    ref: str = "dB re maximum",
) -> None:
    """Level as colour over time and frequency, with a colour bar that says what 0 dB is.

    Parameters
    ----------
    ax : matplotlib Axes
    level_db : ndarray, shape (freq, time), dB
        From a centred STFT.
    sample_rate : float, Hz
    hop_length : int, samples
    max_hz : float, Hz, optional
        Upper end of the axis; Nyquist by default.
    floor_db : float, dB below the largest value
        Darkest colour.
    ref : str
        Text at the colour bar.

    Lecture: stft
    """
    ax = _checks.axes(ax)
    level_db = _checks.one_spectrogram(_checks.spectrum(level_db, "level_db", real=True), "level_db")
    hop_length = _checks.count(hop_length, "hop_length")
    floor_db = _checks.number(floor_db, "floor_db", at_least=-10_000, at_most=0)
    sample_rate = _checks.sample_rate(sample_rate)
    max_hz = _checks.top_of_axis(max_hz, sample_rate)
    factor, words = _unit_of_time(level_db.shape[-1] * hop_length / sample_rate)
    half_frame, half_bin = 0.5 * hop_length / sample_rate * factor, 0.25 * sample_rate / (len(level_db) - 1)
    end = (level_db.shape[-1] - 1) * hop_length / sample_rate * factor
    extent = (-half_frame, end + half_frame, -half_bin, sample_rate / 2 + half_bin)
    image = ax.imshow(
        level_db.astype(np.float32),
        origin="lower",
        aspect="auto",
        extent=extent,
        cmap=COLOUR_MAP,
        vmin=level_db.max() + floor_db,
        vmax=level_db.max(),
        interpolation="nearest",
    )
    ax.grid(visible=False)
    ax.set(xlabel=words, ylabel="frequency in Hz", xlim=(0, end or half_frame), ylim=(0, max_hz))
    ax.figure.colorbar(image, ax=ax, label=ref, pad=0.01)


def draw_samples(ax: "Axes", times: Sequence[float], samples: np.ndarray, *, label: str | None = None) -> None:
    """Samples as dots on stems: values exist at these instants and nowhere else.

    Parameters
    ----------
    ax : matplotlib Axes
    times : sequence of float
        In the unit of the axis.
    samples : ndarray, shape (time,)
    label : str, optional
        For the legend.

    Lecture: sampling
    """
    ax = _checks.axes(ax)
    samples = _checks.array(samples, "samples", real=True, one_axis=True)
    times = _checks.array(times, "times", real=True)
    _checks.same_shape(times, samples, "times and samples")
    (dots,) = ax.plot(times, samples, linestyle="none", marker="o", markersize=4.5, label=label)
    ax.vlines(times, 0, samples, color=dots.get_color(), linewidth=1)
    ax.axhline(0, color="0.4", linewidth=0.8, linestyle="-")


def waveform(signal: np.ndarray, sample_rate: float, *, title: str, alt: str | None = None) -> Shown:
    """The waveform of a sound in one line.

    Parameters
    ----------
    signal : ndarray, shape (time,) or (channels, time), full scale ±1
    sample_rate : float, Hz
    title : str
    alt : str, optional
        What is seen; by default length, peak, and where the loudest tenth of the sound is.

    Returns
    -------
    Shown

    Lecture: start_here
    """
    picture = Picture()
    draw_waveform(picture.axes[0], signal, sample_rate)
    picture.axes[0].set_title(title, parse_math=False)
    loudest_s = int(np.argmax(np.max(np.atleast_2d(np.abs(signal)), axis=0))) / sample_rate
    description = (
        f"Waveform of {title}: {np.shape(signal)[-1] / sample_rate:.2f} s long, "
        f"peak {np.abs(signal).max():.2f} of full scale at {loudest_s:.2f} s."
    )
    return picture.show(alt or description)


def spectrum(
    signal: np.ndarray, sample_rate: float, *, title: str, max_hz: float | None = None, alt: str | None = None
) -> Shown:
    """The spectrum of a whole sound in one line: Hann window, magnitude in dB re its maximum.

    Parameters
    ----------
    signal : ndarray, shape (time,), full scale ±1
    sample_rate : float, Hz
    title : str
    max_hz : float, Hz, optional
        Upper end of the axis; Nyquist by default.
    alt : str, optional
        What is seen; by default where the highest peak is.

    Returns
    -------
    Shown

    Lecture: sound
    """
    signal = _checks.signal(signal, mono=True)
    magnitude = np.abs(np.fft.rfft(signal * window("hann", len(signal))))
    f = frequencies_hz(len(signal), sample_rate=sample_rate)
    max_hz = _checks.top_of_axis(max_hz, sample_rate)
    picture = Picture()
    draw_spectrum(picture.axes[0], f, amplitude_to_db(magnitude, ref=np.max, floor_db=-100.0))
    picture.axes[0].set_title(title, parse_math=False)
    picture.axes[0].set(ylabel="level in dB re maximum", xlim=(0, max_hz))
    found = f"the highest peak is at {f[magnitude.argmax()]:.0f} Hz" if signal.any() else "silence"
    return picture.show(alt or f"Spectrum of {title}: {found}.")


def spectrogram(
    signal: np.ndarray,
    sample_rate: float,
    *,
    title: str,
    n_fft: int = 1024,
    hop_length: int = 256,
    max_hz: float | None = None,
    floor_db: float = -80.0,
    alt: str | None = None,
) -> Shown:
    """The spectrogram of a sound in one line: power in dB re its maximum.

    Parameters
    ----------
    signal : ndarray, shape (time,), full scale ±1
    sample_rate : float, Hz
    title : str
    n_fft, hop_length : int, samples
    max_hz : float, Hz, optional
        Upper end of the axis; Nyquist by default.
    floor_db : float, dB re maximum
        Darkest colour.
    alt : str, optional
        What is seen; by default below which frequency 95 % of the energy lies, and when it is loudest.

    Returns
    -------
    Shown

    Lecture: stft
    """
    power = power_spectrogram(_checks.signal(signal, mono=True), n_fft=n_fft, hop_length=hop_length)
    picture = Picture(height_in=3.4)
    draw_spectrogram(
        picture.axes[0],
        power_to_db(power, ref=np.max, floor_db=floor_db),
        sample_rate=sample_rate,
        hop_length=hop_length,
        max_hz=max_hz,
        floor_db=floor_db,
    )
    picture.axes[0].set_title(title, parse_math=False)
    share = np.cumsum(power.sum(axis=1)) / max(power.sum(), np.finfo(power.dtype).tiny)
    edge_hz = frequencies_hz(n_fft, sample_rate=sample_rate)[np.searchsorted(share, 0.95).clip(max=len(share) - 1)]
    loudest_s = int(power.sum(axis=0).argmax()) * int(hop_length) / float(sample_rate)
    found = f"95 % of the energy lies below {edge_hz:.0f} Hz, the loudest moment is at {loudest_s:.2f} s"
    found = found if power.any() else "silence"
    return picture.show(alt or f"Spectrogram of {title}: {len(signal) / sample_rate:.2f} s, {found}.")


def explore(update: Callable[..., list], **controls: "Widget") -> "VBox":
    """Controls with pictures and sounds below them, made anew at each change.

    Parameters
    ----------
    update : callable
        Takes the value of each control by name; returns a list of pictures (``Picture.show``) and sounds
        (``audio.play``).
    **controls : ipywidgets
        A description in words is their label.

    Returns
    -------
    ipywidgets.VBox
        Controls in a row, output below. An error in ``update`` is shown in its place.

    Lecture: sound
    """
    import ipywidgets

    _checks.redraws(update, controls)
    output = ipywidgets.HTML()

    def refresh(_change=None):
        values = {name: control.value for name, control in controls.items()}
        try:
            parts = _checks.shown_parts(update(**values))
        except (ValueError, TypeError) as error:
            output.value = f"<p><strong>Cannot draw this:</strong> {html.escape(str(error))}</p>"
            return
        output.value = "".join(part._repr_html_() for part in parts)

    for control in controls.values():
        control.style.description_width = "initial"
        control.layout.width = "28em"
        control.observe(refresh, names="value")
    refresh()
    row = ipywidgets.HBox(list(controls.values()), layout=ipywidgets.Layout(flex_flow="row wrap"))
    return ipywidgets.VBox([row, output])
