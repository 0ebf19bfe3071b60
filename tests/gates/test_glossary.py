"""Every term is explained once, where it first stands, and the start page links to the place."""

from pathlib import Path

import nbformat
from nbformat import v4

from authoring import glossary
from authoring.cells import all_lectures, read, tagged

# Terms that must be explained before they are used; and words of every day that one lecture makes a term of.
LISTED = (Path(__file__).parent / "terms.txt").read_text(encoding="utf-8").lower().splitlines()
EVERYDAY = {line.removesuffix(" (everyday)") for line in LISTED if line.endswith(" (everyday)")}
WORDS = {glossary.singular(line) for line in LISTED if not line.endswith(" (everyday)")}


def used_too_soon(name, lectures, explained):
    """The first place where a term is used before it is explained, or without; else None."""
    for path in glossary.taught(lectures):
        for number, cell in glossary.prose(read(path)):
            if explained and (path, number) == (explained.lecture, explained.number):
                return None
            if glossary.used_in(name, cell):
                where = f"{explained.lecture.name}, cell {explained.number}," if explained else "nothing"
                return f"{path.name}, cell {number}: uses {name}, which {where} explains"
    return None


def problems(lectures, words):
    by_name = {}
    for term in glossary.terms(lectures):
        first = by_name.setdefault(glossary.singular(term.name), term)
        if first is not term:
            yield f"{term.lecture.name}, cell {term.number}: {term.name} is bold, and explained in {first.lecture.name}"
    for name in sorted((words | set(by_name)) - EVERYDAY):
        if problem := used_too_soon(name, lectures, by_name.get(name)):
            yield problem


def test_every_term_is_explained_where_it_first_stands():
    found = list(problems(None, WORDS))
    assert found == [], "\n".join(found)


def test_the_glossary_of_the_start_page_is_up_to_date():
    """If this fails: make fix."""
    [(_, cell)] = tagged(read(all_lectures()[0]), glossary.TAG)
    assert cell.source == glossary.glossary_text()
    assert len(glossary.terms()) > 100


def lectures_of(folder, *cells):
    """A lecture for each list of texts."""
    paths = []
    for number, texts in enumerate(cells, start=1):
        paths.append(folder / f"{number:02d}_topic.ipynb")
        nbformat.write(v4.new_notebook(cells=[v4.new_markdown_cell(text) for text in texts]), paths[-1])
    return paths


def test_faults_in_the_terms_are_reported(tmp_path):
    good = lectures_of(tmp_path, ["## 1 Turns", "A **phasor** turns. Phasors add."], ["Two phasors and `a bin`."])
    assert list(problems(good, {"bin"})) == []
    assert glossary.glossary_text(good).endswith("P — [phasor](01_topic.ipynb#1-Turns)")
    heads = {"Batch norm": "batch norm", "Macro F1": "macro F1"}
    heads |= {name: name for name in ("Nyquist frequency", "A-weighting", "F1", "SpecAugment")}
    assert {name: glossary.in_a_row(name) for name in heads} == heads
    soon = lectures_of(tmp_path, ["Two Phasors."], ["A **phasor** turns.", "The phasor."])
    assert list(problems(soon, set())) == [
        "01_topic.ipynb, cell 1: uses phasor, which 02_topic.ipynb, cell 1, explains"
    ]
    never = lectures_of(tmp_path, ["It falls into one bin."])
    assert list(problems(never, {"bin"})) == ["01_topic.ipynb, cell 1: uses bin, which nothing explains"]
    twice = lectures_of(tmp_path, ["A **bin** is one number."], ["A **bin**."])
    assert list(problems(twice, set())) == ["02_topic.ipynb, cell 1: bin is bold, and explained in 01_topic.ipynb"]
