"""The shape of what the bench reports, and that it can fail; its numbers are measured by ``make bench``."""

import json

from tests.bench import bench

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
