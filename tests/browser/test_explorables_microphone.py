"""record and live_spectrogram in the real JupyterLab: what Chromium's microphone hears arrives in the kernel."""

from nbformat import v4

from authoring.normal_form import normal_text
from tests.browser.lab import lab, wait
from tests.browser.test_explorables_start import microphone

CELLS = (
    "import numpy as np\n\nimport course_utils as cu\n\nrecord = cu.explorables.record(longest_s=2)\nrecord",
    "live = cu.explorables.live_spectrogram()\nlive",
    """for heard in (record, live):
    try:
        spectrum = np.abs(np.fft.rfft(heard.signal * np.hanning(len(heard.signal))))
        hz = spectrum.argmax() * heard.sample_rate / len(heard.signal)
        print(f"{hz:.0f} Hz, {len(heard.signal) / heard.sample_rate:.0f} s, {heard.signal.dtype}")
    except ValueError as error:
        print(error)""",
)


def test_a_tone_of_1_khz_arrives_in_the_kernel_of_jupyterlab(tmp_path):
    path = tmp_path / "microphone.ipynb"
    notebook = v4.new_notebook(cells=[v4.new_code_cell(source) for source in CELLS])
    path.write_text(normal_text(notebook), encoding="utf-8")
    with lab([path], flags=microphone(tmp_path)) as opened, opened(path) as shown:
        shown.run_all()
        page, output = shown.page, shown.page.locator(".jp-CodeCell").nth(2).locator(".jp-OutputArea")
        assert output.inner_text().count("nothing has been heard yet") == 2
        page.get_by_role("button", name="Record").click()
        page.get_by_role("button", name="Hear it").wait_for(timeout=10_000)
        page.get_by_role("button", name="● Start").click()
        page.get_by_role("button", name="Freeze").wait_for()
        wait(page, 2500)
        page.get_by_role("button", name="Freeze").click()
        page.get_by_role("button", name="Hear what is frozen").wait_for()
        wait(page, 500)
        page.locator(".jp-CodeCell").nth(2).locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        output.get_by_text("1000 Hz").first.wait_for(timeout=10_000)
        lines = [line for line in output.inner_text().splitlines() if line.strip()]
        assert [line.split(",")[0] for line in lines] == ["1000 Hz", "1000 Hz"], lines
        assert all("float32" in line for line in lines)
        assert not shown.errors() and not shown.outside and not shown.page_errors
