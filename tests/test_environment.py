"""pyproject.toml, constraints.txt and environment.yml name the same packages in the same versions."""

import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from rattler import MatchSpec, Version, VersionSpec

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT, CONSTRAINTS, ENVIRONMENT = (
    (ROOT / name).read_text(encoding="utf-8") for name in ("pyproject.toml", "constraints.txt", "environment.yml")
)
READERS = ("models", "lab")  # extras that `make lab` installs, and conda users get as well
CONDA_NAMES = {"torch": "pytorch", "matplotlib": "matplotlib-base", "soundfile": "pysoundfile"}
PYTHONS = ("3.11.0", "3.11.2", "3.12.0", "3.13.0")  # 3.11.2 is Debian 12's


def pins(constraints):
    """The exact version of each package, and what is wrong with the lines that give none."""
    versions, faults = {}, []
    for line in filter(None, (line.partition("#")[0].strip() for line in constraints.splitlines())):
        requirement = Requirement(line)
        specifiers = list(requirement.specifier)
        name = canonicalize_name(requirement.name)
        if len(specifiers) != 1 or specifiers[0].operator != "==" or "*" in specifiers[0].version:
            faults.append(f"constraints.txt: {line} is no exact version")
        elif "+" in specifiers[0].version:
            faults.append(f"constraints.txt: {line} names a build that only one platform has")
        elif name in versions:
            faults.append(f"constraints.txt: {name} is there twice")
        else:
            versions[name] = specifiers[0].version
    return versions, faults


def conda_specs(environment):
    """The conda specifications of an environment file by package, and its pip lines."""
    lines = yaml.safe_load(environment)["dependencies"]
    pip_lines = [line for entry in lines if isinstance(entry, dict) for line in entry["pip"]]
    specs = [MatchSpec(line, strict=True) for line in lines if isinstance(line, str)]
    return {spec.name.normalized: spec for spec in specs}, pip_lines


def differences(pyproject, constraints, environment):
    """A sentence for each package on which the three files do not agree."""
    project = tomllib.loads(pyproject)["project"]
    extras = project["optional-dependencies"]
    readers = [Requirement(line) for lines in (project["dependencies"], *map(extras.pop, READERS)) for line in lines]
    testers = [Requirement(line) for lines in extras.values() for line in lines]
    versions, faults = pins(constraints)
    specs, pip_lines = conda_specs(environment)
    for requirement in readers + testers:
        name = canonicalize_name(requirement.name)
        if name not in versions:
            faults.append(f"constraints.txt: {name} of pyproject.toml is missing")
        elif not requirement.specifier.contains(versions[name]):
            faults.append(f"constraints.txt: {name}=={versions[name]} is not what pyproject.toml asks: {requirement}")
    pip_pins = dict(line.split("==") for line in pip_lines if "==" in line)  # what conda-forge may not have
    for requirement in readers:
        name = canonicalize_name(requirement.name)
        if name in pip_pins:
            if pip_pins.pop(name) != versions.get(name):
                faults.append(f"environment.yml: {name} is not version {versions.get(name)} of constraints.txt")
            continue
        spec = specs.pop(CONDA_NAMES.get(name, name), None)
        tested = versions.get(name)
        if spec is None:
            faults.append(f"environment.yml: {name} of pyproject.toml is missing")
        elif spec.version not in (f"{tested}.*", f"=={tested}"):
            faults.append(f"environment.yml: {spec} is not version {tested} of constraints.txt")
    python = specs.pop("python", None)
    if python is None or python.version != project["requires-python"]:
        faults.append(f"environment.yml: python is not {project['requires-python']} as in pyproject.toml")
    if [line for line in pip_lines if "==" not in line] != ["-e ."] or "pip" not in specs:
        faults.append("environment.yml: pip does not install the course itself")
    unknown = [*pip_pins, *(name for name in specs if name != "pip")]
    faults += [f"environment.yml: {name} is not in pyproject.toml" for name in unknown]
    return faults


def test_the_three_files_agree():
    assert differences(PYPROJECT, CONSTRAINTS, ENVIRONMENT) == []


def test_conda_specs_admit_the_tested_version_and_not_the_next():
    specs, _ = conda_specs(ENVIRONMENT)
    numpy, python = VersionSpec(specs["numpy"].version), VersionSpec(specs["python"].version)
    assert numpy.matches(Version(pins(CONSTRAINTS)[0]["numpy"]))
    assert not numpy.matches(Version("99"))
    assert all(python.matches(Version(version)) for version in PYTHONS)
    assert not python.matches(Version("3.10.14"))


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("environment", "numpy =2.4.6", "numpy =2.4.5", "numpy .*is not version 2.4.6"),
        ("environment", "pytorch =2.13.0", "pytorch >=2.13.0", "pytorch .*is not version 2.13.0"),
        ("environment", "scipy =1.17.1", "scipy", "scipy is not version 1.17.1"),
        ("environment", "  - librosa =0.11.0\n", "", "librosa of pyproject.toml is missing"),
        ("environment", "  - pip:", "  - pooch =1.9.0\n  - pip:", "pooch is not in pyproject.toml"),
        ("environment", "python >=3.11", "python >=3.10", "python is not >=3.11"),
        ("environment", "- -e .", "- course-utils", "does not install the course itself"),
        ("constraints", "torch==2.13.0", "torch==2.12.0", "torch==2.12.0 is not what pyproject.toml asks"),
        ("constraints", "torch==2.13.0", "torch==2.13.0+cpu", "only one platform has"),
        ("constraints", "ipywidgets==8.1.9\n", "", "constraints.txt: ipywidgets of pyproject.toml is missing"),
        ("constraints", "numpy==2.4.6", "numpy>=2.4.6", "no exact version"),
        ("constraints", "numpy==2.4.6\n", "numpy==2.4.6\nnumpy==2.4.7\n", "numpy is there twice"),
        ("environment", "fsrs==6.3.2", "fsrs==6.3.1", "fsrs is not version 6.3.2"),
        ("environment", "fsrs==6.3.2", "pooch==1.9.0", "pooch is not in pyproject.toml"),
        ("pyproject", '"scipy",', '"scipy", "pooch",', "pooch of pyproject.toml is missing"),
        ("pyproject", '"librosa",', '"librosa", "pooch",', "pooch of pyproject.toml is missing"),
        ("pyproject", '"pytest",', '"pytest", "hatch",', "hatch of pyproject.toml is missing"),
    ],
)
def test_a_planted_difference_is_found(file, old, new, fault):
    texts = {"pyproject": PYPROJECT, "constraints": CONSTRAINTS, "environment": ENVIRONMENT}
    assert old in texts[file]
    texts[file] = texts[file].replace(old, new, 1)
    with pytest.raises(AssertionError, match=fault):
        assert not (found := differences(**texts)), "\n".join(found)
