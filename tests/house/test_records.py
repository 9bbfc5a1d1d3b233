"""Runs gathered over several days count while the code they ran is what it was."""

from pathlib import Path

from bench.record import ROOT, Record


def test_runs_count_while_the_files_under_test_are_what_they_were(tmp_path: Path) -> None:
    here = Record("mine", ("bench/record.py",), folder=tmp_path)
    assert here.counted() == []
    assert here.next_seed() == 0

    here.append(first=0, seeds=30, seconds=90, verdict="kept", violations=0)
    here.append(first=30, seeds=20, seconds=60, verdict="kept", violations=0)
    assert [(run["first"], run["seeds"], run["minutes"]) for run in here.counted()] == [(0, 30, 1.5), (30, 20, 1.0)]
    assert here.next_seed() == 50

    changed = Record("mine", ("bench/record.py", "bench/report.py"), folder=tmp_path)
    assert changed.counted() == []
    assert changed.next_seed() == 0


def test_a_folder_stands_for_the_python_files_in_it() -> None:
    whole, part = Record("mine", ("bench/allocate",)), Record("mine", ("bench/allocate/batches.py",))
    assert (ROOT / "bench/allocate/__main__.py").is_file()
    assert whole.digest() != part.digest()
