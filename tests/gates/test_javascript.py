"""ESLint is silent on the scripts, and reports each fault that it is there for."""

import os

import pytest

from course_utils import explorables
from course_utils.practice import cards
from tests import npm
from tests.gates import javascript

SHARED = "function used(x) { return x; }\n"
MODULE = "function render() { return used(1); }\nexport default { render };\n"


@pytest.fixture
def found(tmp_path):
    """What is found in two programs that share a part, with code planted in it or in the first module."""

    def check(shared="", first="", second=""):
        library = ("shared.js", SHARED + shared)
        modules = {"one": first + MODULE, "two": second + MODULE}
        given = {name: [library, (f"{name}.js", text)] for name, text in modules.items()}
        return javascript.check_javascript(given, tmp_path)

    return check


def test_scripts():
    assert javascript.check_javascript() == []


def test_what_is_linted_is_what_runs():
    given = {name: javascript.text_of(parts) for name, parts in javascript.programs().items()}
    assert set(given) == {*explorables.__all__, "card", "quiz", "beats"}
    for name in explorables.__all__:
        assert given[name] == getattr(explorables, name)._esm
    assert given["card"].split() == cards.Card._esm.split()
    assert given["quiz"].split() == cards.Questions._esm.split()


def test_clean_programs(found):
    assert found() == []


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("used(nowhere);\n", "no-undef: 'nowhere' is not defined."),
        ("function idle() {}\n", "no-unused-vars: 'idle' is defined but never used."),
        ("const idle = 1;\n", "no-unused-vars: 'idle' is assigned a value but never used."),
        ("// " + 118 * "x" + "\n", "max-len: This line has a length of 121. Maximum allowed is 120."),
        ("var old = 1;\nused(old);\n", "no-var: Unexpected var, use let or const instead."),
        ("let fixed = 1;\nused(fixed);\n", "prefer-const: 'fixed' is never reassigned. Use 'const' instead."),
        ("used(used == 1);\n", "eqeqeq: Expected '===' and instead saw '=='."),
        ("function used() {}\n", "syntax: Parsing error: Identifier 'used' has already been declared"),
    ],
)
def test_fault_in_a_module_is_reported_at_its_place(found, code, fault):
    assert found(first=code) == [f"one.js:1 {fault}"]
    assert found(second=code) == [f"two.js:1 {fault}"]


def test_long_function_and_long_line_up_to_the_limit(found):
    def function_of(n_lines):
        return "used(() => {\n" + (n_lines - 2) * "\n" + "});\n"

    assert found(first=function_of(60)) == []
    (fault,) = found(first=function_of(61))
    assert fault.startswith("one.js:1 max-lines-per-function: ") and "(61)" in fault
    assert found(first="// " + 117 * "x" + "\n") == []


def test_fault_in_a_shared_part_is_reported_once(found):
    assert found(shared="used(nowhere);\n") == ["shared.js:2 no-undef: 'nowhere' is not defined."]


def test_shared_name_is_unused_only_if_no_module_uses_it(found):
    idle = "function idle() {}\n"
    assert found(shared=idle) == ["shared.js:2 no-unused-vars: 'idle' is defined but never used."]
    assert found(shared=idle, second="idle();\n") == []


def test_local_name_may_not_hide_one_that_stands_before(found):
    fault = "no-shadow: 'used' is already declared in the upper scope at shared.js:1."
    assert found(first="used((used) => used);\n") == [f"one.js:1 {fault}"]
    assert found(shared="used((used) => used);\n") == [f"shared.js:2 {fault}"]
    assert found(shared="used((render) => render);\n") == []  # what modules are called by their authors


@pytest.mark.parametrize("name", ["node", "npm"])
def test_without_npm_the_tests_are_skipped_and_fail_where_ci_is_set(monkeypatch, name):
    monkeypatch.setitem(os.environ, "PATH", "")
    monkeypatch.setenv("CI", "1")
    with pytest.raises(AssertionError, match=f"CI is set, but no {name} is found"):
        npm.program(name)
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match=f"no {name} found"):
        npm.program(name)
