"""Classes instead of names: from a module, a script and the cells of a notebook."""

from __future__ import annotations

import functools
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from skipzeros import BadInput, Network, OnlineNetwork, Reviews
from skipzeros.bench.networks.from_python import Source, argument_of
from skipzeros.impls.add_reduce import AddReduce

CLASS = """
class Mine(OnlineNetwork):
    def sum_rows(self, words, counts):
        return helper(self.weights_0_1[words])
    def update_rows(self, words, counts, step):
        self.weights_0_1[words] -= step
"""
HELPER = "def helper(rows):\n    return np.add.reduce(rows, axis=0) * SCALE\n"


def notebook(*cells: str, **names: Any) -> dict[str, Any]:
    """What a notebook has in its namespace after some cells."""
    given = {"np": np, "OnlineNetwork": OnlineNetwork, "AddReduce": AddReduce, **names}
    namespace: dict[str, Any] = {"__name__": "__main__", "In": list(cells), **given}
    for cell in cells:
        exec(cell, namespace)
    return namespace


def made_of(namespace: dict[str, Any]) -> type[Network]:
    """The class that another process makes of the source."""
    source = Source(namespace).of(namespace["Mine"])
    made: dict[str, Any] = {"__name__": "elsewhere"}
    exec(source, made)
    found: type[Network] = made["Mine"]
    return found


def test_a_name_stays_a_name_and_a_built_in_class_gets_its_own() -> None:
    assert argument_of("mine.py:Mine") == "mine.py:Mine"
    assert argument_of(AddReduce) == "add-reduce"


def test_a_class_of_a_cell_brings_what_it_names() -> None:
    namespace = notebook("SCALE = 1.0", HELPER, CLASS)
    made = made_of(namespace)(np.ones((3, 2)), np.ones(2), 0.1)
    assert isinstance(made, OnlineNetwork)
    assert made.sum_rows(np.array([0, 2]), None).tolist() == [2, 2]


def test_a_parameter_is_not_the_variable_of_the_same_name() -> None:
    lone = "class Mine(AddReduce):\n    def sum_rows(self, words, counts):\n        return words"
    made = made_of(notebook(lone, words=np.ones(3), counts=np.ones(3)))
    assert issubclass(made, AddReduce)


def test_the_latest_of_several_cells_counts() -> None:
    namespace = notebook("SCALE = 1.0", HELPER, CLASS, HELPER.replace("SCALE", "3"))
    made = made_of(namespace)(np.ones((3, 2)), np.ones(2), 0.1)
    assert isinstance(made, OnlineNetwork)
    assert made.sum_rows(np.array([0, 2]), None).tolist() == [6, 6]


def test_a_class_without_a_line_of_its_own_is_found_in_its_cell() -> None:
    assert issubclass(made_of(notebook("class Mine(AddReduce): pass")), AddReduce)


def test_a_cell_with_commands_of_the_notebook_is_passed_over() -> None:
    namespace = notebook("class Mine(AddReduce): pass")
    namespace["In"].append("%timeit Mine")
    assert issubclass(made_of(namespace), AddReduce)


def test_modules_and_what_they_define_are_imported() -> None:
    cell = "class Mine(AddReduce):\n    root = staticmethod(lambda x: sqrt(m.floor(x)))"
    made = made_of(notebook(cell, sqrt=math.sqrt, m=math))
    assert made.root(4.5) == 2  # type: ignore[attr-defined]


def test_ufuncs_aliases_and_decorated_functions_are_written_too() -> None:
    cells = (
        "def double(x):\n    return 2 * x",
        "twice = double",
        "@functools.cache\ndef kept(x):\n    return twice(x)",
        "class Base(AddReduce): pass",
        "Other = Base",
        "class Mine(Other):\n    def all(self, x): return kept(twice(squash(x))), normal, lists",
    )
    given = {"functools": functools, "squash": expit, "normal": np.random.normal}
    given["lists"] = Reviews.from_lists
    made = made_of(notebook(*cells, **given))
    assert made.all(None, 0.0) == (2, np.random.normal, Reviews.from_lists)  # type: ignore[attr-defined]


def test_annotations_that_are_never_computed_may_name_anything() -> None:
    postponed = "from __future__ import annotations\n"
    cell = f"{postponed}class Mine(AddReduce):\n    def own(self, x: Absent): pass"
    assert issubclass(made_of(notebook(cell)), AddReduce)


def test_a_class_under_a_condition_is_found() -> None:
    assert issubclass(made_of(notebook("if True:\n    class Mine(AddReduce): pass")), AddReduce)


def test_of_two_classes_of_one_name_the_one_that_was_given_is_written() -> None:
    cells = ["class Mine(AddReduce):\n    def own(self): return 1", "class Mine(AddReduce): pass"]
    namespace = notebook(cells[0])
    first = namespace["Mine"]
    exec(cells[1], namespace)
    namespace["In"].append(cells[1])
    with pytest.raises(BadInput, match="another Mine has been defined since"):
        Source(namespace).of(first)
    assert "own" not in Source(namespace).of(namespace["Mine"])


def test_what_was_put_into_a_class_later_is_refused() -> None:
    namespace = notebook("class Mine(AddReduce): pass")
    namespace["Mine"].sum_rows = eval("lambda self, words, counts: None", namespace)
    with pytest.raises(BadInput, match="sum_rows isn't what its class defines"):
        made_of(namespace)


SUMS = (
    "    def sum_rows(self, words, counts{}):\n"
    "        return {} * super().sum_rows(words, counts)\n"
)


@pytest.mark.parametrize(
    ("cells", "what"),
    [
        (["class Mine(AddReduce):\n    scale = 1\n", "Mine.scale = 2"], "Mine.scale"),
        (["class Mine(AddReduce):\n    scale = 1\n", "Mine.more = 2"], "Mine.more"),
        (["SCALE = 1", "class Mine(AddReduce):\n    scale = SCALE\n", "SCALE = 2"], "Mine.scale"),
        (["SCALE = 1", "class Mine(AddReduce):\n" + SUMS.format(", scale=SCALE", "scale"),
          "SCALE = 2"], "Mine.sum_rows"),
        (["class Base(AddReduce):\n" + SUMS.format("", 1), "class Mine(Base):\n    pass\n",
          "class Base(AddReduce):\n" + SUMS.format("", 2)], "Base.sum_rows"),
        (["class Mine(AddReduce):\n    @staticmethod\n    def half(x):\n        return x / 2\n",
          "Mine.half = staticmethod(lambda x: x)"], "Mine.half"),
        (["class Mine(AddReduce):\n    @property\n    def half(self):\n        return 0.5\n",
          "Mine.half = property(lambda self: 1)"], "Mine.half"),
    ],
)  # fmt: skip
def test_what_has_changed_since_the_definition_is_refused(cells: list[str], what: str) -> None:
    unchanged = notebook(*cells[:-1])
    assert issubclass(made_of(unchanged), AddReduce)
    with pytest.raises(BadInput, match=rf"^{what} isn't what "):
        made_of(notebook(*cells))


def test_what_is_made_anew_with_the_class_has_not_changed() -> None:
    cell = "class Mine(AddReduce):\n    draw = np.random.default_rng(1)\n    lock = object()\n"
    assert issubclass(made_of(notebook(cell)), AddReduce)


def test_a_global_that_is_only_assigned_is_written_too() -> None:
    counting = (
        "class Mine(AddReduce):\n    def note(self):\n        global calls\n        calls = 1\n"
    )
    namespace = notebook("calls = 0", counting)
    assert "calls = 0" in Source(namespace).of(namespace["Mine"])


def test_of_two_classes_in_a_script_the_lines_tell_which(tmp_path: Path) -> None:
    own = CLASS.replace("helper(self.weights_0_1[words])", "self.weights_0_1[words].sum(axis=0)")
    (tmp_path / "script.py").write_text(
        "import skipzeros\nfrom skipzeros import OnlineNetwork\n" + own + "first = Mine\n"
        "class Mine(first):\n    def sum_rows(self, words, counts):\n        return 0 * words\n"
        "print(skipzeros.check(first, reviews=5).status)"
    )
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout.strip() == "certified", done.stderr


def test_what_cannot_be_written_down_is_told_with_a_cure() -> None:
    namespace = notebook("class Mine(AddReduce):\n    table = TABLE", TABLE=np.ones(3))
    with pytest.raises(BadInput, match="Mine uses TABLE, a ndarray that can't be written down"):
        made_of(namespace)


def test_a_class_that_nobody_wrote_down_is_told_with_a_cure() -> None:
    namespace = notebook()
    namespace["Mine"] = type("Mine", (AddReduce,), {"__module__": "__main__"})
    with pytest.raises(BadInput, match="the source of Mine can't be found"):
        made_of(namespace)


def test_a_class_within_a_function_is_told_with_a_cure() -> None:
    class Inner(AddReduce):
        pass

    with pytest.raises(BadInput, match="Inner is defined within a function or class"):
        argument_of(Inner)


def test_a_script_needs_no_guard(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("SCALE = 1.0\n")
    (tmp_path / "script.py").write_text(
        "import numpy as np, skipzeros\n"
        "from skipzeros import OnlineNetwork\n"
        f"from beside import SCALE\n{HELPER}{CLASS}"
        "print(skipzeros.check(Mine, reviews=5).to_frame()[['network', 'status']].values.tolist())"
    )
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[['script.py:Mine', 'certified']]", done.stderr
