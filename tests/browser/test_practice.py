"""Cards and quizzes in the real JupyterLab: by keyboard, with names for screen readers, in both themes."""

import subprocess
import sys

import pytest
from axe_playwright_python.sync_playwright import Axe
from nbformat import v4

from authoring.normal_form import normal_text
from course_utils import exercises
from course_utils.practice import store
from tests.browser.lab import lab, wait

CELLS = (
    "import numpy as np\n\nfrom course_utils.practice import check, progress, quiz, review",
    'check("dft/idft", lambda spectrum: np.fft.fft(spectrum) / len(spectrum))',
    'quiz("03_dft")',
    'quiz("03_dft", "five_turns")',
    'check("dft/mirror_bin", 975)',
    "progress()",
)
CHECKPOINT = exercises.questions("dft", "checkpoint")
PREDICTION = next(question for question in exercises.questions("dft") if question.name == "five_turns")


def notebook(folder):
    path = folder / "practice.ipynb"
    made = v4.new_notebook(cells=[v4.new_code_cell(source) for source in CELLS])
    path.write_text(normal_text(made), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A file of progress for this module, known to the kernels of its JupyterLab."""
    with pytest.MonkeyPatch.context() as patch:
        path = tmp_path_factory.mktemp("progress") / "progress.sqlite3"
        patch.setenv(store.VARIABLE, str(path))
        yield path


@pytest.fixture(scope="module")
def shown(tmp_path_factory, kept):
    """The page, run from top to bottom."""
    path = notebook(tmp_path_factory.mktemp("practice"))
    with lab([path]) as opened, opened(path) as page:
        page.run_all()
        yield page


def sections(shown):
    return shown.page.locator("section.practice")


def test_card_tells_what_is_wrong_and_gives_a_hint_by_keyboard(shown):
    card = shown.page.get_by_role("region", name="dft/idft: wrong")
    assert "The phasors turn backward" in card.inner_text()
    assert card.get_by_role("rowheader").all_inner_texts() == ["input", "expected", "got"]
    button = card.get_by_role("button", name="Hint")
    button.focus()
    shown.page.keyboard.press("Enter")
    said = card.get_by_role("status")
    said.get_by_text("Hint 1 of 3").wait_for()
    assert button.evaluate("button => button === document.activeElement"), "the focus has gone elsewhere"
    shown.page.keyboard.press("Space")
    said.get_by_text("Hint 2 of 3").wait_for()
    shown.page.keyboard.press("Tab")
    assert shown.page.evaluate("document.activeElement.textContent") == "Solution"
    shown.page.keyboard.press("Enter")
    said.get_by_text("ask once more").wait_for()
    shown.page.keyboard.press("Enter")
    said.get_by_text("def idft(spectrum").wait_for()
    assert [event.kind for event in store.events("dft/idft")[0]][-4:] == ["hint", "hint", "solution", "solution"]


def test_checkpoint_is_answered_by_keyboard(shown):
    page, quiz = shown.page, sections(shown).nth(1)
    number = 1  # the second question
    question = CHECKPOINT[number]
    group = quiz.get_by_role("group", name=f"{number + 1}. {question.text}")
    options = group.get_by_role("radio")
    assert options.count() == len(question.options)
    check = group.get_by_role("button", name="Check")
    assert check.is_disabled()
    before = page.locator(".jp-Cell.jp-mod-selected").count(), page.evaluate("document.activeElement.tagName")
    options.first.focus()
    page.keyboard.press("Space")
    for _ in range((question.right + 1) % len(question.options)):
        page.keyboard.press("ArrowDown")
    wrong = (question.right + 1) % len(question.options)
    assert options.nth(wrong).is_checked(), f"arrow keys do not choose: {before}"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    why = group.get_by_role("status")
    why.get_by_text("✗ Not quite").wait_for()
    assert question.options[wrong].why[:20] in why.inner_text()
    options.nth(question.right).check()
    check.click()
    why.get_by_text("✓ Right").wait_for()
    events = store.events(f"dft?{question.name}")[0]
    assert [(event.kind, event.outcome) for event in events] == [("quiz", "wrong")], "only the first choice counts"


def test_prediction_is_kept_and_explained_only_when_asked(shown):
    page, quiz = shown.page, sections(shown).nth(2)
    wrong = (PREDICTION.right + 1) % len(PREDICTION.options)
    group = quiz.get_by_role("group", name=PREDICTION.text)
    group.get_by_role("radio").nth(wrong).check()
    group.get_by_role("button", name="Note my prediction").click()
    why = group.get_by_role("status")
    why.get_by_text("Noted. Run the next cell").wait_for()
    assert PREDICTION.options[PREDICTION.right].why[:20] not in why.inner_text()
    assert all(radio.is_disabled() for radio in group.get_by_role("radio").all())
    group.get_by_role("button", name="Compare").click()
    text = why.inner_text()
    assert "✗ Not quite" in text and PREDICTION.options[PREDICTION.right].why[:20] in text
    wait(page, 300)
    assert [event.outcome for event in store.events("dft?five_turns")[0]] == ["wrong"]


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_nothing_is_inaccessible_in_either_theme(shown, theme):
    page = shown.page
    page.evaluate("theme => window.jupyterapp?.commands.execute('apputils:change-theme', {theme})", theme)
    if page.evaluate("document.body.dataset.jpThemeName") != theme:
        page.locator(".lm-MenuBar-item", has_text="Settings").click()
        page.locator(".lm-Menu-item", has_text="Theme").first.hover()
        page.locator(".lm-Menu-item", has_text=theme).first.click()
    page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)
    wait(page, 300)
    found = Axe().run(page, context="section.practice")
    assert found.response["violations"] == [], found.generate_report()
    assert len(found.response["passes"]) > 10
    ink, paper = (
        sections(shown).first.evaluate(f"card => getComputedStyle(card).{name}")
        for name in ("color", "backgroundColor")
    )
    assert (lightness(ink) < lightness(paper)) == (theme == "JupyterLab Light")


def lightness(colour):
    return sum(float(part) for part in colour.strip("rgba()").split(",")[:3])


def test_axe_would_see_a_fault(shown):
    """The gate can fail: an image without words, and a control without a name, are reported."""
    bad = "<img src=x id=bad><input id=bad2>"
    shown.page.evaluate("bad => document.querySelector('.practice').insertAdjacentHTML('beforeend', bad)", bad)
    found = {violation["id"] for violation in Axe().run(shown.page, context="section.practice").response["violations"]}
    shown.page.evaluate("document.querySelectorAll('#bad, #bad2').forEach(element => element.remove())")
    assert {"image-alt", "label"} <= found


def test_the_map_has_words_for_every_sign(shown):
    table = shown.page.get_by_role("table", name="Where you stand")
    signs = table.get_by_role("img")
    assert signs.count() > 50
    assert table.get_by_role("img", name="where the mirror image stands (predict a number): right").count() == 1
    assert table.get_by_role("rowheader").count() == len(exercises.TOPICS)


def test_nothing_left_the_machine_and_nothing_failed(shown):
    assert shown.outside == []
    assert shown.errors() == []


def test_a_page_without_scripts_has_every_explanation_folded(shown, tmp_path):
    """What nbconvert writes where no widget state is stored, which is what JupyterLab saves."""
    path = notebook(tmp_path)
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--execute", path]
    options = ["--ExecutePreprocessor.store_widget_state=False"]
    subprocess.run([*command, *options], check=True, capture_output=True, cwd=tmp_path)
    context = shown.page.context.browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.with_suffix(".html").as_uri())
    quiz = page.locator("section[aria-label^='Choose, then see why']")
    assert quiz.locator("details").count() == sum(len(question.options) for question in CHECKPOINT)
    first = quiz.locator("details").first
    first.locator("summary").click()
    assert first.inner_text().count(CHECKPOINT[0].options[0].why[:20]) == 1
    assert page.get_by_text("The phasors turn backward").count() == 1
    context.close()
