"""Questions: the parser of a page, what each question must have, and the proof of every one."""

import importlib
import types
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils import exercises
from course_utils.practice.model import Option, Question
from course_utils.practice.questions import parse_questions, read_questions
from tests.support import tell  # which sets Hypothesis up, too

PAGE = """\
## half_bin (predict)

Where does a tone between
two bins show?

- [ ] in neither | Each bin hears a part of it.
- [x] in both | Its phasors never close a whole turn.

## loudest
Which bin is it?
- [x] where |X[k]| is largest | |X[k]|² says the same | and so does its logarithm.
- [ ] where X[k] is real | That is a matter of phase.
"""

# ------------------------------------------------------------------------------------------- the parser


def test_a_page_is_read():
    first, second = parse_questions(PAGE)
    assert first == Question(
        name="half_bin",
        kind="predict",
        text="Where does a tone between two bins show?",
        options=(
            Option("in neither", "Each bin hears a part of it."),
            Option("in both", "Its phasors never close a whole turn.", right=True),
        ),
    )
    assert (second.name, second.kind, second.right) == ("loudest", "checkpoint", 0)
    assert second.options[0].text == "where |X[k]| is largest"
    assert second.options[0].why == "|X[k]|² says the same | and so does its logarithm."


def as_page(questions):
    """Markdown as an author writes it."""
    lines = []
    for question in questions:
        lines += [f"## {question.name}{' (predict)' * (question.kind == 'predict')}", "", question.text, ""]
        lines += [f"- [{' x'[option.right]}] {option.text} | {option.why}" for option in question.options] + [""]
    return "\n".join(lines)


words = st.text(alphabet="abcXY019 |[]().,:;?=−²$`*_#é", min_size=1).map(str.strip).filter(bool)
texts = words.filter(lambda text: text[0] not in "#*[-+`0123456789")
option_texts = words.filter(lambda text: f"{text} | ".index(" | ") == len(text))  # ` | ` ends the text of an option


@st.composite
def pages(draw):
    names = draw(st.lists(st.text(alphabet="abc_09", min_size=1), min_size=1, max_size=3, unique=True))
    questions = []
    for name in names:
        pairs = st.tuples(option_texts, words)
        parts = draw(st.lists(pairs, min_size=2, max_size=4, unique_by=lambda pair: pair[0]))
        right = draw(st.integers(0, len(parts) - 1))
        options = tuple(Option(text, why, right=n == right) for n, (text, why) in enumerate(parts))
        kind = draw(st.sampled_from(("predict", "checkpoint")))
        questions.append(Question(name=name, kind=kind, text=draw(texts), options=options))
    return tuple(questions)


@given(pages())
def test_what_is_written_is_read(questions):
    assert parse_questions(as_page(questions)) == questions


def test_marks_and_spaces_that_nobody_sees_do_not_count():
    spaced = "\ufeff" + PAGE.replace("\n", "  \n")
    assert parse_questions(spaced) == parse_questions(PAGE)
    with pytest.raises(TypeError, match="^questions must be text, got bytes: pass a str"):
        parse_questions(PAGE.encode())


def test_a_page_with_windows_line_ends_is_the_same(tmp_path):
    assert parse_questions(PAGE.replace("\n", "\r\n")) == parse_questions(PAGE)
    path = tmp_path / "questions.md"
    path.write_bytes(PAGE.replace("\n", "\r\n").encode())
    assert read_questions(path) == parse_questions(PAGE)


FAULTS = {  # what is replaced, by what, the line that is named, and what is said of it
    "a title": ("## half_bin", "# Questions\n\n## half_bin", 1, "a heading must be `## name`"),
    "capitals in a name": ("## half_bin", "## Half_bin", 1, "a heading must be `## name`"),
    "a name of two words": ("## loudest", "## loudest bin", 9, "a heading must be `## name`"),
    "another kind": ("(predict)", "(checkpoint)", 1, "a heading must be `## name` or `## name (predict)`"),
    "no space": ("## loudest", "##loudest", 9, "a heading must be `## name`"),
    "a name twice": ("## loudest", "## half_bin", 9, "a name must stand once in a page"),
    "text before the first heading": ("## half_bin", "About bins\n\n## half_bin", 1, "must begin with a heading"),
    "no reason": (" | Each bin hears a part of it.", "", 6, "an option must be `- [ ] text | why`"),
    "no space around |": ("neither | Each", "neither|Each", 6, "an option must be `- [ ] text | why`"),
    "no text": ("- [ ] in neither |", "- [ ] |", 6, "an option must be `- [ ] text | why`"),
    "an empty box": ("- [ ] in neither", "- [] in neither", 6, "an option must be `- [ ] text | why`"),
    "a capital X": ("- [x] in both", "- [X] in both", 7, "an option must be `- [ ] text | why`"),
    "no box": ("- [ ] in neither", "- in neither", 6, "an option must be `- [ ] text | why`"),
    "an asterisk": ("- [ ] in neither", "* [ ] in neither", 6, "an option must be `- [ ] text | why`"),
    "an indented option": ("- [ ] in neither", "  - [ ] in neither", 6, "an option must be `- [ ] text | why`"),
    "text after options": ("## loudest", "So it is.\n\n## loudest", 9, "options must come last"),
    "an option on two lines": ("hears a part", "hears\na part", 7, "options must come last"),
    "no right option": ("- [x] in both", "- [ ] in both", 1, "mark one option with [x]"),
    "two right": ("- [ ] in neither", "- [x] in neither", 1, "mark one option only with [x]"),
    "a single option": (
        "- [ ] where X[k] is real | That is a matter of phase.\n",
        "",
        9,
        "write two options or more",
    ),
    "a number for a box": ("- [ ] in neither", "1. [ ] in neither", 6, "an option must be `- [ ] text | why`"),
    "a long dash": ("- [ ] in neither", "– [ ] in neither", 6, "an option must be `- [ ] text | why`"),
    "a bare box": ("- [ ] in neither", "[ ] in neither", 6, "an option must be `- [ ] text | why`"),
    "a blank option": ("- [ ] in neither | Each", "- [ ]   | Each", 6, "an option must be `- [ ] text | why`"),
    "an indented heading": ("two bins show?", "  ## show", 4, "the text must be one paragraph"),
    "a block of code": ("two bins show?", "```python", 4, "the text must be one paragraph"),
    "two options that say the same": ("- [ ] in neither", "- [ ] in both", 1, "two options say the same"),
    "nothing is asked": ("Which bin is it?\n", "", 9, "write what is asked below the heading"),
}


@pytest.mark.parametrize(("old", "new", "line", "said"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_refused_with_its_file_and_line(tmp_path, old, new, line, said):
    folder = tmp_path / "dft"
    folder.mkdir()
    path = folder / "questions.md"
    assert PAGE.count(old) == 1
    path.write_text(PAGE.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError) as caught:
        read_questions(path)
    message = str(caught.value)
    assert message.startswith(f"dft/questions.md, line {line}: ") and said in message
    shown = path.read_text(encoding="utf-8").splitlines()[line - 1]
    assert f"got {shown!r}: " in message and "\n" not in message


@pytest.mark.parametrize("text", ["", "\n\n", "   \n"])
def test_an_empty_page_is_refused(text):
    with pytest.raises(ValueError, match=r"^bank/dft\.md: a page must hold a question, got none: write `## name`"):
        parse_questions(text, "bank/dft.md")


# -------------------------------------------------------------------------------- what a question must have

QUESTIONS = {topic: exercises.questions(topic) for topic in exercises.TOPICS}
ALL = [(topic, question) for topic, found in QUESTIONS.items() for question in found]
each = pytest.mark.parametrize(("topic", "question"), ALL, ids=[f"{topic}/{question.name}" for topic, question in ALL])
each_topic = pytest.mark.parametrize("topic", exercises.TOPICS)


@each_topic
def test_a_checkpoint_has_four_to_eight_questions(topic):
    checkpoint = exercises.questions(topic, "checkpoint")
    assert 4 <= len(checkpoint) <= 8
    assert len({question.right for question in checkpoint}) > 1, "the right option stands always in the same place"


def test_no_question_is_asked_twice():
    assert [key for key, n in Counter((topic, question.text) for topic, question in ALL).items() if n > 1] == []


@each
def test_question_is_complete(topic, question):
    assert question.text.endswith(("?", ".", ":"))
    assert 2 <= len(question.options) <= 5
    assert len({option.text for option in question.options}) == len(question.options)
    assert all(len(option.why) >= 20 for option in question.options)
    assert not any(option.why.startswith(("Right", "Not quite")) for option in question.options)
    assert "$" not in "".join([question.text, *(o.text + o.why for o in question.options)]), "no TeX in a widget"


# Of the questions of a lecture, in at most this share may the right option be strictly the longest: with three options
# of equal length it is a third by chance, and whoever picks the longest must gain nothing. The lectures' own issue has
# to get there; until then the offenders are listed in the summary and nothing fails.
LONGEST_RIGHT = 0.35


def told_by_length(questions):
    """The questions whose right option is strictly the longest."""
    found = []
    for question in questions:
        lengths = [len(option.text) for option in question.options]
        if lengths[question.right] > max(n for at, n in enumerate(lengths) if at != question.right):
            found.append(question)
    return found


def test_the_longest_option_is_counted():
    def question(name, *texts, right):
        options = tuple(Option(text, "", right=n == right) for n, text in enumerate(texts))
        return Question(name=name, text="", options=options)

    told = question("told", "one", "three", "two", right=1)
    others = [
        question("a wrong one is longer", "one", "three", "two", right=0),
        question("as long as another", "three", "seven", "two", right=0),
        question("the shortest", "one", "three", "seven", right=0),
    ]
    assert told_by_length([told, *others]) == [told]


@pytest.mark.parametrize("topic", [topic for topic, found in QUESTIONS.items() if found])
def test_the_right_option_is_not_told_by_its_length(topic):
    told, n_asked = told_by_length(QUESTIONS[topic]), len(QUESTIONS[topic])
    names = " ".join(question.name for question in told)
    assert len(told) <= LONGEST_RIGHT * n_asked, f"strictly the longest in {len(told)} of {n_asked}: {names}"


# --------------------------------------------------------------------------------------------- the proofs


def proofs_in(module):
    """The public functions of a module that were defined there; ``a = b`` lets one measurement prove two."""
    found = {name: value for name, value in vars(module).items() if callable(value) and not name.startswith("_")}
    return {name: proof for name, proof in found.items() if proof.__module__ == module.__name__}


def unmatched(questions, module):
    """Questions without a proof, and proofs without a question."""
    asked, proved = {question.name for question in questions}, set(proofs_in(module))
    return sorted(asked - proved), sorted(proved - asked)


PROOFS = {topic: importlib.import_module(f"tests.questions.{topic}") for topic in exercises.TOPICS}


@each_topic
def test_every_question_has_a_proof_and_every_proof_a_question(topic):
    tell(unproved(topic, *unmatched(QUESTIONS[topic], PROOFS[topic])))


def unproved(topic, without, left_over):
    """What to do about each question without a proof and each proof without a question."""
    page = f"tests/questions/{topic}.py"
    return [f"the question {name} has no proof: write {name}() in {page}" for name in without] + [
        f"the proof {name}() in {page} has no question: rename or remove it" for name in left_over
    ]


def test_what_lacks_a_proof_is_one_sentence():
    with pytest.raises(pytest.fail.Exception) as failed:
        tell(unproved("dft", ["bin_spacing"], []))
    assert str(failed.value) == "the question bin_spacing has no proof: write bin_spacing() in tests/questions/dft.py"


@each_topic
def test_a_missing_proof_is_noticed(topic, monkeypatch):
    name = QUESTIONS[topic][0].name
    monkeypatch.delattr(PROOFS[topic], name)
    assert unmatched(QUESTIONS[topic], PROOFS[topic]) == ([name], [])


def test_helpers_and_imports_are_no_proofs():
    module = types.ModuleType("toy")
    exec("from math import sqrt\ndef loudest(): pass\ndef _helper(): pass\nhalf_bin = loudest\nlimit = 3", vars(module))
    assert unmatched(parse_questions(PAGE), module) == ([], [])
    exec("def left_over(): pass\ndel half_bin", vars(module))
    assert unmatched(parse_questions(PAGE), module) == (["half_bin"], ["left_over"])


@each
def test_what_a_question_claims_is_proved(topic, question):
    if question.name not in (proofs := proofs_in(PROOFS[topic])):
        pytest.skip("it has no proof, which another test says")
    proofs[question.name]()
