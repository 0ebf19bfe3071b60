"""The shape of what the bench reports, and that it can fail; its numbers are measured by ``make bench``."""

import json

import nbformat.v4 as v4
import pytest

from tests.bench import bench, memory

KEYS = ["name", "ours_ms", "peer", "peer_ms", "ratio"]


def faked(monkeypatch, tmp_path, ratio_of):
    rows = [bench.row(name, ratio_of(*bound), "a peer", 1.0) for name, bound in bench.BOUNDS.items()]
    monkeypatch.setattr(bench, "measure", lambda n_runs: rows)
    monkeypatch.setattr(bench, "ROOT", tmp_path)


def test_a_row_holds_both_times_and_their_ratio():
    rows = list(bench.bench_memory())
    assert [list(measured) for measured in rows] == [KEYS]
    assert rows[0]["ratio"] == rows[0]["ours_ms"] / rows[0]["peer_ms"]


def test_two_functions_take_turns_after_one_run_that_is_not_counted():
    calls = []
    assert len(bench.interleaved(lambda: calls.append("ours"), lambda: calls.append("peer"), 3)) == 2
    assert calls == ["ours", "peer"] * 4


def test_bounds_that_hold_give_status_0_and_a_json_file(monkeypatch, tmp_path, capsys):
    faked(monkeypatch, tmp_path, lambda limit, words: limit)
    assert bench.main([]) == 0
    rows = json.loads((tmp_path / "build" / "bench.json").read_text(encoding="utf-8"))
    assert [measured["name"] for measured in rows] == list(bench.BOUNDS)
    assert all(list(measured) == KEYS for measured in rows)
    assert "must be" not in capsys.readouterr().out


def test_every_bound_that_is_missed_is_named_and_gives_status_1_unless_told_otherwise(monkeypatch, tmp_path, capsys):
    faked(monkeypatch, tmp_path, lambda limit, words: 1.01 * limit if words == "at most" else 0.99 * limit)
    assert bench.main([]) == 1
    assert capsys.readouterr().out.count("the ratio must be at") == len(bench.BOUNDS)
    assert bench.main(["--no-fail"]) == 0


def test_what_a_kernel_and_its_children_keep_is_measured():
    source = """
import subprocess, sys
holds = "x = b'1' * 50_000_000; print(1, flush=True); input()"
child = subprocess.Popen([sys.executable, "-c", holds], stdin=-1, stdout=-1)
child.stdout.readline()
"""
    bare, with_child = (memory.run(v4.new_notebook(cells=[v4.new_code_cell(cell)])).kept_mb for cell in ("1", source))
    assert 10 < bare < 100 and with_child > bare + 49


@pytest.mark.parametrize(("megabytes", "status"), [(219.0, 0), (221.0, 1)])
def test_a_lecture_that_keeps_too_much_is_named_and_gives_status_1(monkeypatch, capsys, megabytes, status):
    monkeypatch.setattr(memory, "measure", lambda paths: [(paths[0].stem, megabytes, memory.LARGEST_MB, "MB")])
    assert memory.main(["04_stft"]) == status
    assert ("04_stft" in (said := capsys.readouterr().out)) and ("missed" in said) == bool(status)
