"""The functions of skipzeros: the same answers and records as the command line, in one call."""

from __future__ import annotations

import doctest
import json
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import skipzeros
from skipzeros import BadInput, Incorrect, OnlineNetwork, Reviews, api
from skipzeros.bench.corpus import Corpus
from skipzeros.bench.outcomes import Status, Verdict
from skipzeros.impls.add_reduce import AddReduce
from skipzeros.results import CheckResult, RunResult

pytestmark = [pytest.mark.clock, pytest.mark.usefixtures("one_set")]


class Mine(AddReduce):
    """A network of this file."""


class Wrong(AddReduce):
    """It forgets the last word."""

    def sum_rows(self, words, counts):  # type: ignore[no-untyped-def]
        return super().sum_rows(words[:-1], counts)


class WrongLater(AddReduce):
    """It is right until it has been timed for a while."""

    passes = 0

    def train(self, prepared):  # type: ignore[no-untyped-def]
        type(self).passes += len(prepared) == 40
        return super().train(prepared) + 1e-9 * (self.passes > 7)


class Breaks(AddReduce):
    """Its error has two lines."""

    def train(self, prepared):  # type: ignore[no-untyped-def]
        raise ValueError("my kernel\nfailed")


@pytest.fixture(scope="module")
def reviews() -> Reviews:
    return skipzeros.load().train[:40]


@pytest.fixture(scope="module")
def checked(reviews: Reviews) -> CheckResult:
    return skipzeros.check(["add-reduce", Wrong], reviews)


@pytest.fixture(scope="module")
def result(reviews: Reviews) -> RunResult:
    return skipzeros.run(["add-reduce", Mine], reviews, baseline="csr", rounds=6)


def test_check_tells_each_network_by_name_or_class(checked: CheckResult) -> None:
    assert list(checked) == ["add-reduce", "test_api.py:Wrong"]
    assert checked["add-reduce"].certified
    assert checked[Wrong].status == Status.INCORRECT
    assert list(checked.to_frame()["status"]) == ["certified", "incorrect"]


def test_what_is_not_certified_is_raised_with_its_reason(checked: CheckResult) -> None:
    with pytest.raises(Incorrect, match=r"test_api.py:Wrong: incorrect, crafted review"):
        checked.raise_for_status()
    with pytest.raises(BadInput, match="there are 2 of them"):
        _ = checked.status


def test_check_says_the_same_where_others_judge(checked: CheckResult, reviews: Reviews) -> None:
    found = skipzeros.check(["add-reduce", Wrong], reviews, quick=True, workers=1)
    assert list(found.to_frame()["status"]) == ["certified", "incorrect"]
    assert found[Wrong].reason == checked[Wrong].reason.partition(";")[0]
    one = "name one of workers, scheduler and scheduler_file, and none with case"
    with pytest.raises(BadInput, match=one):
        skipzeros.check("csr", reviews, workers=1, scheduler="tcp://x:1")
    with pytest.raises(BadInput, match=one):
        skipzeros.check("csr", reviews, workers=1, case="hidden=17")
    with pytest.raises(BadInput, match="workers=0: must be a whole number from 1 on"):
        skipzeros.check("csr", reviews, workers=0)


def test_a_run_raises_what_has_no_speed(result: RunResult, reviews: Reviews) -> None:
    result.raise_for_status()
    with pytest.raises(Incorrect, match=r"test_api.py:Wrong: incorrect, crafted review"):
        skipzeros.run(Wrong, reviews, baseline="csr", rounds=1).raise_for_status()


def test_what_does_not_apply_is_no_fault(reviews: Reviews) -> None:
    found = skipzeros.check("add-reduce", reviews, input="counts")
    assert found.status == Status.NOT_APPLICABLE
    found.raise_for_status()


def test_a_network_that_took_no_part_is_no_key(checked: CheckResult) -> None:
    assert Wrong in checked
    for absent in (Mine, int, "csr"):
        assert absent not in checked


def test_run_has_ratios_by_name_and_class_with_the_baseline_added(result: RunResult) -> None:
    assert [*result] == result.networks == ["add-reduce", "test_api.py:Mine", "csr"]
    own, base = result[Mine], result["csr"]
    assert own.status == Status.CERTIFIED
    assert own.low <= own.ratio <= own.high
    assert (base.ratio, base.low, base.high) == (1, 1, 1)
    assert sorted(result[name].rank or 0 for name in result.networks) == [1, 2, 3]
    with pytest.raises(KeyError, match="'dense' took no part; there are add-reduce, test_api"):
        _ = result["dense"]
    assert "dense" not in result


def test_several_baselines_are_a_list(reviews: Reviews) -> None:
    found = skipzeros.run("add-reduce", reviews, baseline=["csr", Mine], rounds=6)
    assert found.networks == ["add-reduce", "csr", "test_api.py:Mine"]
    assert found["csr"].ratio == 1
    assert "than csr" in str(found)
    assert "than test_api.py:Mine" in str(found)
    with pytest.raises(BadInput, match="is neither the name of a network"):
        skipzeros.vary("csr", reviews, {"hidden": [3, 5]}, baseline=["csr", Mine])  # type: ignore[arg-type]


def test_the_frames_are_the_records(result: RunResult, tmp_path: Path) -> None:
    saved = result.save(tmp_path / "saved")
    pd.testing.assert_frame_equal(result.to_frame(), pd.read_csv(saved / "summary.csv"))
    pd.testing.assert_frame_equal(result.passes, pd.read_csv(saved / "passes.csv"))
    assert len(result.passes) == 6 * 3
    assert api.report(saved) == saved / "report.html"


def test_a_result_shows_itself_as_the_table(
    result: RunResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert str(result) == repr(result)
    assert "times faster" in str(result)
    assert "\x1b" not in str(result)
    html = result._repr_html_()
    assert "<td>test_api.py:Mine</td>" in html
    assert html.count("<tr>") == 1 + 3


def test_a_ratio_of_any_two_is_paired_within_the_rounds(result: RunResult) -> None:
    own = result.ratio(Mine, "csr")
    assert (own.ratio, own.low, own.high) == (
        result[Mine].ratio, result[Mine].low, result[Mine].high,
    )  # fmt: skip
    there, back = result.ratio("add-reduce", Mine), result.ratio(Mine, "add-reduce")
    assert there.low <= there.ratio <= there.high
    assert there.ratio * back.ratio == pytest.approx(1, rel=0.2)
    with pytest.raises(KeyError, match="dense"):
        result.ratio(Mine, "dense")


def test_what_has_no_speed_has_no_ratio_either(reviews: Reviews) -> None:
    result = skipzeros.run(WrongLater, reviews, baseline="csr", rounds=6)
    assert result[WrongLater].status == Status.INCORRECT
    for pair in ((WrongLater, "csr"), ("csr", WrongLater), (WrongLater, WrongLater)):
        assert math.isnan(result.ratio(*pair).ratio)
    assert result.ratio("csr", "csr").ratio == 1


def test_a_reason_is_one_line(reviews: Reviews) -> None:
    found = skipzeros.check(Breaks, reviews, certify=1)
    assert found.status == Status.FAILED
    assert "raised ValueError: my kernel failed (test_api.py:" in found[Breaks].reason


CELLS = (
    """
import IPython.display
import skipzeros

told, update = [], IPython.display.DisplayHandle.update

def telling(self, shown):
    told.append(shown.data)
    update(self, shown)

IPython.display.DisplayHandle.update = telling
AddReduce, words = skipzeros.networks()["add-reduce"], object()
""",
    "class Own(AddReduce):\n    def sum_rows(self, words, counts):\n"
    "        return super().sum_rows(words[::-1], counts)",
    "skipzeros.run(Own, reviews=20, rounds=1, baseline='add-reduce')",
    "print(told)",
    "skipzeros.check('dens')",
)


def test_in_a_notebook_a_class_of_a_cell_runs_and_bars_and_table_are_shown() -> None:
    reason = "needs what runs a notebook: pip install 'skipzeros[lesson]'"
    nbclient = pytest.importorskip("nbclient", reason=reason)
    from nbformat import v4

    notebook = v4.new_notebook(cells=[v4.new_code_cell(cell) for cell in CELLS])
    notebook.cells[-1].metadata["tags"] = ["raises-exception"]
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    bars, table = notebook.cells[2].outputs  # all bars in one place, one after the other
    assert bars.data["text/html"] == ""
    assert "<td>notebook.py:Own</td><td>certified</td>" in table.data["text/html"]
    assert "skipzeros-records" not in table.data["text/html"] + table.data["text/plain"]
    told = notebook.cells[3].outputs[0].text
    assert "'certifying 2 networks'" in told
    assert "</progress> timing 2 networks: " in told
    (error,) = notebook.cells[4].outputs
    assert [line[:37] for line in error.traceback] == ["BadInput: no network is called 'dens'"]


def test_names_and_reasons_are_no_markup_in_html() -> None:
    from skipzeros.bench.text.table import as_html, collected, print_lines, print_table

    with collected() as blocks:
        print_table("<b>", ["<i>"], [["<script>"]])
        print_lines("a & b")
    assert as_html(blocks) == (
        "<p>&lt;b&gt;</p><table><thead><tr><th>&lt;i&gt;</th></tr></thead><tbody>"
        "<tr><td>&lt;script&gt;</td></tr></tbody></table><p>a &amp; b</p>"
    )


def test_records_without_a_folder_go_with_the_result(reviews: Reviews) -> None:
    result = skipzeros.run("csr", reviews, baseline="csr", rounds=1)
    folder = result.folder
    assert (folder / "passes.csv").is_file()
    del result
    assert not folder.exists()


def test_what_is_saved_is_what_the_result_holds(reviews: Reviews, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    there.mkdir(mode=0o755)
    result = skipzeros.run("csr", reviews, baseline="csr", rounds=1, out=here)
    (here / "notes.txt").write_text("none of ours")
    records = {name: (here / name).read_bytes() for name in ("passes.csv", "summary.csv")}
    skipzeros.run("add-reduce", reviews, baseline="add-reduce", rounds=1, out=here)
    for folder in (there, here / "kept", here):
        assert result.save(folder) == folder
        for name, content in records.items():
            assert (folder / name).read_bytes() == content
    assert not (here / "kept" / "notes.txt").exists()
    assert not (here / "kept" / "kept").exists()
    assert there.stat().st_mode & 0o777 == 0o755
    shutil.rmtree(here)
    assert (result.save(tmp_path / "later") / "summary.csv").is_file()
    (tmp_path / "a file").touch()
    with pytest.raises(BadInput, match="a file: cannot write there"):
        result.save(tmp_path / "a file")


def test_a_run_is_a_mapping_as_its_table_says(result: RunResult) -> None:
    assert Mine in result
    assert "dense" not in result
    assert len(result) == len(result.keys()) == 3
    assert [speed.network for speed in result.values()] == result.networks


def test_records_are_kept_where_a_folder_is_named(reviews: Reviews, tmp_path: Path) -> None:
    skipzeros.run("csr", reviews, baseline="csr", rounds=1, out=tmp_path / "out")
    assert (tmp_path / "out" / "summary.csv").is_file()


@pytest.mark.parametrize("passes", ["", "passes.csv", "hidden=10/passes.csv"])
def test_what_was_finished_is_kept_when_it_is_interrupted(
    passes: str,
    reviews: Reviews,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def interrupted(experiment: skipzeros.Experiment, plan: object) -> None:
        if passes:
            (experiment.out / passes).parent.mkdir(exist_ok=True)
            (experiment.out / passes).touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(api.run_command, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        skipzeros.run("csr", reviews)
    told = capsys.readouterr().err
    kept = list(tmp_path.iterdir())
    assert len(kept) == bool(passes)
    for folder in kept:
        assert f"out={str(folder)!r}, resume=True goes on" in told
    assert ("before any pass was timed" in told) != bool(passes)


def test_the_passes_of_an_earlier_run_are_not_what_was_finished(
    reviews: Reviews,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    (tmp_path / "passes.csv").touch()

    def interrupted(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(api.run_command, "run", interrupted)
    monkeypatch.setattr(api.check_command, "check", interrupted)
    monkeypatch.chdir(tmp_path)
    for call in (lambda: skipzeros.run("csr", reviews, out="."),
                 lambda: skipzeros.check("csr", reviews)):  # fmt: skip
        with pytest.raises(KeyboardInterrupt):
            call()
        assert "kept" not in capsys.readouterr().err
    assert (tmp_path / "passes.csv").exists()


def test_nothing_is_left_of_a_call_that_made_no_sense(
    reviews: Reviews, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(BadInput, match="no option is called hiden; a scenario has hidden"):
        skipzeros.run("csr", reviews, hiden=3)  # type: ignore[call-arg]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("networks", "told"),
    [
        ("absent", "no network is called 'absent'"),
        (int, "is neither the name of a network nor a subclass of Network"),
    ],
)
def test_what_is_no_network_is_bad_input(networks: type, told: str, reviews: Reviews) -> None:
    with pytest.raises(BadInput, match=told):
        skipzeros.check(networks, reviews)


NUMBERS = {
    "hidden": (0, 2.5, "3"),
    "batch_size": (0,),
    "seed": (-1, 2**32),
    "learning_rate": (-1, math.nan, "0.1"),
    "dtype": ("float16",),
    "input": ("words",),
    "reviews": (0,),
    "certify": (-1, "some"),
    "timeout": (0,),
    "rounds": (0,),
    "budget": (-1,),
    "precision": (0,),
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in NUMBERS.items() for value in values]
)
def test_what_is_no_such_number_is_bad_input(
    name: str, value: object, reviews: Reviews, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(BadInput, match=f"^{name}={value!r}: must be "):
        skipzeros.run("csr", reviews, **{name: value})  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_seeds_and_rounds_of_no_run_are_numbers_too(reviews: Reviews) -> None:
    with pytest.raises(BadInput, match="rounds=0: must be a whole number"):
        skipzeros.waste("csr", reviews, rounds=0)
    with pytest.raises(BadInput, match="seeds=0: must be a whole number"):
        skipzeros.accuracy("csr", seeds=0)
    with pytest.raises(BadInput, match="accuracy: reviews alone have none to test on"):
        skipzeros.accuracy("csr", reviews)


def test_numbers_and_dtypes_of_numpy_will_do(reviews: Reviews) -> None:
    checked = skipzeros.check(
        "csr",
        reviews,
        hidden=np.int64(3),  # type: ignore[arg-type]
        dtype=np.float32,  # type: ignore[arg-type]
        certify=np.int64(5),  # type: ignore[arg-type]
    )
    assert checked.experiment.scenario == skipzeros.Scenario(hidden=3, dtype="float32")
    assert checked.status == Status.CERTIFIED


@pytest.mark.parametrize(
    ("networks", "corpus", "told"),
    [
        ("csr", None, "a NoneType is no"),
        ("csr", ["a good film"], "a list is no corpus: give what load returns, or Reviews"),
        ("csr", Reviews.from_lists([], [], 10), "reviews: there are no reviews to train on"),
        (3, "synthetic", "3 is neither the name of a network nor a subclass of Network"),
    ],
)
def test_what_is_no_corpus_or_network_is_bad_input(
    networks: Any, corpus: Any, told: str, reviews: Reviews
) -> None:
    with pytest.raises(BadInput, match=told):
        skipzeros.check(networks, corpus)


def test_a_report_of_no_folder_is_bad_input() -> None:
    with pytest.raises(BadInput, match="report: name a folder of records"):
        skipzeros.report()


def test_a_result_keeps_its_rows_when_its_folder_is_written_anew(
    reviews: Reviews, tmp_path: Path
) -> None:
    options = {"baseline": "csr", "rounds": 1, "out": tmp_path}
    result = skipzeros.run("csr", reviews, **options)  # type: ignore[arg-type]
    skipzeros.run("csr", reviews, hidden=3, **options)  # type: ignore[arg-type]
    assert list(result.to_frame()["hidden"]) == [10]
    assert set(result.passes["hidden"]) == {10}


def test_a_claim_is_written_with_its_unit(reviews: Reviews) -> None:
    with pytest.raises(BadInput, match="2 is not a factor above 0, as in 20x"):
        skipzeros.gate("csr", reviews, faster_than=2)  # type: ignore[arg-type]


def test_a_gate_needs_something_to_compare_with(reviews: Reviews) -> None:
    with pytest.raises(BadInput, match="give baseline, against or faster_than"):
        skipzeros.gate("csr", reviews)


def test_a_gate_on_a_wrong_network_has_its_verdict(reviews: Reviews) -> None:
    found = skipzeros.gate(Wrong, reviews, baseline="csr")
    assert found.verdict == Verdict.INCORRECT
    assert list(found.to_frame()["verdict"]) == ["incorrect"]
    assert "Mend it first" in str(found)
    with pytest.raises(Incorrect, match=r"test_api\.py:Wrong against csr: incorrect"):
        found.raise_for_status()


def test_data_may_be_a_corpus_reviews_or_a_path(reviews: Reviews, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("text,label\na good film,1\na bad film,0\n")
    corpus = Corpus("mine", reviews, reviews[:0])
    for data, name, size in (
        (corpus, "mine", 40), (reviews, "reviews", 40), (tmp_path / "mine.csv", "mine.csv", 2)
    ):  # fmt: skip
        experiment = skipzeros.check("csr", data).experiment
        assert (experiment.corpus.name, len(experiment.reviews)) == (name, size)


LONG = (
    "run",
    "vary",
    "gate",
    "waste",
    "why",
    "accuracy",
    "sweep",
    "Incorrect",
    "Uncertified",
)  # start workers


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if name in LONG else ())
        for name in skipzeros.__all__
    ],
)
def test_the_example_in_each_docstring_runs(name: str) -> None:
    names = {name: getattr(skipzeros, name) for name in skipzeros.__all__}
    found = doctest.DocTestFinder().find(names[name], name, globs=names)
    assert sum(len(example.examples) for example in found)
    for example in found:
        failed = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example).failed
        assert not failed


def test_the_names_are_imported_when_they_are_used() -> None:
    code = """
import json, sys, skipzeros
print(json.dumps(sorted({"numpy", "pandas"} & {*sys.modules})))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
    assert issubclass(Mine, OnlineNetwork)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: skipzeros.compare(None, "x"), "before: a NoneType is no folder of records"),  # type: ignore[arg-type]
        (lambda: skipzeros.compare("x", ["y"]), "after: a list is no folder of records"),  # type: ignore[arg-type]
        (lambda: skipzeros.bisect("a", "b", "csv", paths=None), "paths=None: must be paths"),  # type: ignore[arg-type]
        (lambda: skipzeros.bisect("a", "b", "csv", paths=[5]), "paths=[5]: must be paths"),  # type: ignore[list-item]
    ],
)
def test_arguments_of_another_kind_are_told(call: Callable[[], object], told: str) -> None:
    with pytest.raises(BadInput, match=re.escape(told)):
        call()
