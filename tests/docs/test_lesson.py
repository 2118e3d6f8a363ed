"""The notebook of the lesson runs, and what is stored of its last run may be published."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import pytest

REASON = "needs what runs a notebook: pip install 'skipzeros[lesson]'"
nbformat = pytest.importorskip("nbformat", reason=REASON)
nbclient = pytest.importorskip("nbclient", reason=REASON)
pytest.importorskip("ipykernel", reason=REASON)
pytest.importorskip("matplotlib", reason=REASON)

FOLDER = Path(__file__).parents[2] / "docs" / "lesson"
NOTEBOOK = FOLDER / "lesson.ipynb"
# Of a file system; an address or a closing HTML tag is none.
ABSOLUTE = re.compile(r"(?<![\w.:/<])/(?:home|root|Users|tmp|var|private|work|opt|mnt)/|[A-Z]:\\")


def committed() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The notebook run anew, on few reviews, outside the checkout."""
    folder = tmp_path_factory.mktemp("lesson")
    notebook = committed()
    setup = next(cell for cell in notebook.cells if cell.id == "setup")
    setup.source, found = re.subn(r"REVIEWS, ROUNDS = \d+, \d+", "REVIEWS, ROUNDS = 60, 2",
                                  setup.source)  # fmt: skip
    assert found
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SKIPZEROS_DATA", raising=False)
        patch.delenv("MPLBACKEND", raising=False)
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        client = nbclient.NotebookClient(
            notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": folder}}
        )
        client.execute()  # raises what a cell raises
    return notebook


def shown(notebook: Any, cell: str) -> str:
    """What a cell printed, as text."""
    outputs = next(one for one in notebook.cells if one.id == cell).outputs
    texts = [
        output.text
        if output.output_type == "stream"
        else output.data.get("text/markdown", output.data.get("text/plain", ""))
        for output in outputs
    ]
    return "\n".join(texts)


def check(notebook: Any) -> None:
    """What a class must have seen, on any machine and any reviews."""
    assert "All three are the same, to the last bit." in shown(notebook, "toy-same")
    assert "are by zero" in shown(notebook, "count-checked")
    assert re.search(r"largest difference of an output is \S+e-1[567]\.",
                     shown(notebook, "parting-figure"))  # fmt: skip
    assert "`Backwards` is certified" in shown(notebook, "backwards")
    assert "notebook.py:Theirs: incorrect, crafted review 1 " in shown(notebook, "wrong-told")
    networks = shown(notebook, "networks").splitlines()[-1].partition(": ")[2]
    for name in [r"notebook\.py:Mine", *networks.rstrip(".").split(", ")]:
        assert re.search(rf"^ *{name} +certified", shown(notebook, "own-run"), re.MULTILINE)
    assert "bought another" in shown(notebook, "conclusion")


@pytest.mark.slow
@pytest.mark.clock
def test_it_runs_anywhere_and_shows_what_it_should(executed: Any) -> None:
    check(executed)


def test_the_stored_outputs_show_it_too() -> None:
    notebook = committed()
    check(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    pictures = [
        base64.b64decode(output.data["image/png"])
        for cell in code
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]
    assert len(pictures) >= 6
    assert max(map(len, pictures)) < 40_000
    assert NOTEBOOK.stat().st_size < 500_000


def test_no_machine_shows_in_what_is_stored() -> None:
    notebook = committed()
    nbformat.validate(notebook)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec == {
        "display_name": "Python 3", "language": "python", "name": "python3",
    }  # fmt: skip
    for cell in notebook.cells:
        assert not cell.metadata, "timestamps: see the README for how to run it without"
        for output in cell.get("outputs", ()):
            assert output.output_type != "error"
            assert output.get("name") != "stderr"
            output.get("data", {}).pop("image/png", None)
    text = nbformat.writes(notebook)
    assert not ABSOLUTE.search(text)
    assert str(Path.home()) not in text


def test_the_readme_has_its_steps_and_links_lead_somewhere() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    prose = [cell.source for cell in committed().cells if cell.cell_type == "markdown"]
    steps = re.findall(r"^## (\d+\. .*)$", "\n".join(prose), re.MULTILINE)
    assert re.findall(r"^- (\d+)\. ", readme, re.MULTILINE) == [
        step.partition(".")[0] for step in steps
    ]
    for step in steps:
        assert f"\n- {step}" in readme
    for target in re.findall(r"\]\(([^)#:]+)\)", "\n".join([readme, *prose])):
        assert (FOLDER / target).exists(), target
