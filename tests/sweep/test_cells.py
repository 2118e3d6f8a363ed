"""The file of a sweep: which cells it stands for, and what is refused before anything is begun."""

from __future__ import annotations

from pathlib import Path

import pytest

from skipzeros.bench.cli.sweep import planned
from skipzeros.bench.outcomes import BadInput
from skipzeros.bench.sweep import cells
from skipzeros.bench.sweep.cells import Sweep


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text("a network")
    return tmp_path / "sweep.toml"


def read(path: Path, text: str, yes: bool = False) -> Sweep:
    path.write_text(text)
    return planned(path, yes)


def test_a_matrix_has_a_cell_for_each_product_and_further_cells(path: Path) -> None:
    sweep = read(path, """
where = "each"
attempts = 2
timeout = 5
machines = ["a"]
[options]
network = ["csr", "add-reduce"]
reviews = 30
[matrix]
hidden = [10, 20]
dtype = ["float64", "float32"]
[[cell]]
hidden = 1000
no_sandbox = true
""")  # fmt: skip
    found = {" ".join(cell.arguments) for cell in sweep.cells}
    shared = "--network csr --network add-reduce"
    assert found == {
        f"--dtype float64 --hidden 10 {shared} --reviews 30",
        f"--dtype float64 --hidden 20 {shared} --reviews 30",
        f"--dtype float32 --hidden 10 {shared} --reviews 30",
        f"--dtype float32 --hidden 20 {shared} --reviews 30",
        f"--hidden 1000 {shared} --no-sandbox --reviews 30",
    }
    assert (sweep.everywhere, sweep.attempts, sweep.timeout) == (True, 2, 5)
    assert sweep.machines == ("a",)


def test_options_alone_are_one_cell(path: Path) -> None:
    (cell,) = read(path, "[options]\nnetwork = 'csr'\n").cells
    assert cell.arguments == ("--network", "csr")


def test_a_cell_has_the_files_of_its_networks_and_is_another_one_when_they_change(
    path: Path,
) -> None:
    (path.parent / "beside.py").write_text("x = 1")
    text = "[options]\nnetwork = ['csr', 'mine.py:Mine']\nfiles = ['beside.py']\n"
    (before,) = read(path, text).cells
    assert set(before.files) == {"mine.py", "beside.py"}
    assert read(path, text).cells == (before,)
    (path.parent / "beside.py").write_text("x = 2")
    (after,) = read(path, text).cells
    assert after.id != before.id
    assert after.arguments == before.arguments


def test_data_is_named_by_its_path_and_known_by_its_content(path: Path) -> None:
    (path.parent / "mine.csv").write_text("text,label\na,1\n")
    text = "[options]\nnetwork='csr'\ndata = 'mine.csv'\n"
    (before,) = read(path, text).cells
    assert before.data is not None
    assert before.data[0] == str(path.parent / "mine.csv")
    assert f"--data {before.data[0]}" in " ".join(before.arguments)
    (path.parent / "mine.csv").write_text("text,label\nb,1\n")
    (after,) = read(path, text).cells
    assert after.id != before.id


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[options", "sweep.toml:1: is no TOML"),
        ("x = 1\nattempts = = 2", "sweep.toml:2: is no TOML"),
        ("wher = 'any'", "sweep.toml:1: 'wher' is no key here; did you mean where?"),
        ("where = 'here'", "sweep.toml:1: 'where' must be 'any' or 'each', not 'here'"),
        ("attempts = 0", "'attempts' must be a whole number from 1, not '0'"),
        ("timeout = -1", "'timeout' must be seconds, above 0, not '-1'"),
        ("machines = 'a'", "'machines' must be a list of labels"),
        ("[options]\nhiden = 3", "sweep.toml:2: 'hiden' is no key here; did you mean hidden?"),
        ("[options]\nout = 'x'", "sweep.toml:2: 'out' is no key here"),
        ("[options]\nvary = 'hidden=1,2'", "sweep.toml:2: 'vary' is no key here"),
        ("[options]\nhidden = 0", "hidden=0: Invalid value for '--hidden': 0 is not in"),
        ("[options]\ndtype = 'int8'", "Invalid value for '--dtype': 'int8' is not one of"),
        ("[matrix]\nhidden = 10", "'hidden' must be a list of values"),
        ("[matrix]\nhidden = []", "'hidden' must be a list of values"),
        ("[matrix]\nnetwork = ['csr']", "'network' can't vary: a cell has all networks"),
        ("[cell]\nhidden = 3", "'cell' must be tables, each begun by [[cell]]"),
        ("options = 3", "'options' must be a table, begun by [options]"),
        ("[options]\nnetwork = [3]", "'network' must be a list of names"),
        ("[options]\nnetwork = 'csr'\nbaseline = 'dense'", "dense is not among the networks"),
        ("[options]\nnetwork = 'yours.py:Mine'", "yours.py: No such file or directory in"),
        ("[options]\nnetwork = '../mine.py:Mine'", "../mine.py must lie beside sweep.toml"),
        ("[options]\ndata = 'gone.csv'", "'data' gone.csv: No such file or directory"),
        ("[matrix]\nseed = [" + "1," * 101 + "]\nhidden = [" + "1," * 101 + "]",
         "10,201 cells are a lot; --yes if you mean it"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_one_line(path: Path, text: str, message: str) -> None:
    with pytest.raises(BadInput) as told:
        read(path, text)
    assert message in str(told.value)
    assert "\n" not in str(told.value)


def test_many_cells_are_allowed_to_who_means_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells, "MOST_CELLS", 2)
    text = "[matrix]\nseed = [1, 2, 3]"
    assert len(read(path, text, yes=True).cells) == 3
    with pytest.raises(BadInput, match="3 cells are a lot"):
        read(path, text)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"gone\.toml: can't be read \(No such file"):
        planned(tmp_path / "gone.toml")
