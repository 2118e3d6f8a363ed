"""Every command prints one object with --json, which its own schema accepts."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator
from made_history import make_history
from made_runs import written

from skipzeros.bench.cli import cli
from skipzeros.bench.cli.as_json import JsonOption, documents_of
from skipzeros.bench.corpus.cache import CONTENTS
from skipzeros.bench.outcomes import Status
from skipzeros.bench.records.documents import Document, json_text
from skipzeros.bench.records.json_schema import json_schema
from skipzeros.bench.records.rows import columns

# A user's file, whose import prints what no object may begin with.
MINE = """
import numpy as np
from skipzeros import OnlineNetwork

print("mine is imported")

class Mine(OnlineNetwork):
    def sum_rows(self, words, counts):
        return self.weights_0_1[words].sum(axis=0)

    def update_rows(self, words, counts, step):
        self.weights_0_1[words] -= step
"""
FEW = "--data data.csv --network csr"
# By the name of the schema: what prints such a document, with its exit codes. A gate may not be
# able to decide.
QUICK = {
    "list": ("list", (0,)),
    "demo": ("demo", (0,)),
    "data": ("data data.csv", (0,)),
    "data-verify": ("data --verify", (0,)),
    "compare": ("compare before after", (0,)),
    "history-add": ("history add before --file new.csv", (0,)),
    "history-show": ("history show", (0,)),
    "report": ("report before after", (0,)),
    "schema": ("schema", (0,)),
    "sweep-dry-run": ("sweep sweep.toml --dry-run", (0,)),
    "check": (f"check {FEW} --network dense --compare csr dense --quick", (0,)),
    "bisect": ("bisect HEAD~1 HEAD --data data.csv --network bisected.py:Mine", (3,)),
    "run": (f"run {FEW} --baseline csr --baseline dense --rounds 6", (0,)),
}
SLOW = {
    "run-vary": (f"run {FEW} --baseline csr --rounds 6 --vary hidden=3,5", (0,)),
    "gate": (f"gate {FEW} --baseline dense --faster-than 1.1x --budget 30", (0, 1, 4)),
    "selftest": ("selftest --reviews 200 --network csr --gates 1", (0, 4)),
    "sweep": ("sweep sweep.toml --local 1", (0,)),
    "accuracy": ("accuracy --data data.csv --test 20 --seeds 2", (0,)),
    "waste": (f"waste {FEW} --rounds 1 --formulas", (0,)),
    "why": ("why csr add-reduce --data data.csv --rounds 1", (0,)),
    "advise": ("advise data.csv --seconds 1 --hidden 3 --batch-size 4", (0,)),
}
KINDS = {kind.name: kind for kind in documents_of(cli)}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all that the commands name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SKIPZEROS_CACHE", str(tmp_path / "cache"))
    Path("mine.py").write_text(MINE)
    rows = [f"{'a good' if i % 2 else 'a bad'} film number {i},{i % 2}" for i in range(60)]
    Path("data.csv").write_text("\n".join(["text,label", *rows]))
    Path("sweep.toml").write_text(
        "options = {network = 'csr', baseline = 'csr', reviews = 30, rounds = 6, certify = 10}"
    )
    for name, statuses in (("before", {}), ("after", {"late": Status.INCORRECT})):
        written(tmp_path / name, {"base": 1.0, "mine": 0.5}, statuses=statuses,
                git_revision="0123456789ab", run_id="2026-11-02T10:00:00Z-abcdef")  # fmt: skip
    assert skipzeros("history add before").exit_code == 0
    make_history(tmp_path, 1, wrong=[1], file="bisected.py")
    return tmp_path


def skipzeros(words: str) -> Result:
    return CliRunner().invoke(cli, words.split())


def validator(name: str) -> Draft202012Validator:
    schema = json.loads(skipzeros(f"schema {name}").stdout)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


def check(name: str, command: str, codes: tuple[int, ...]) -> Any:
    done = skipzeros(f"{command} --json")
    assert done.exit_code in codes, done.output
    document = json.loads(done.stdout, parse_constant=refuse)
    assert [error.message for error in validator(name).iter_errors(document)] == []
    assert document["schema"].partition("/")[0] == name
    assert document["exit_code"] == done.exit_code
    assert command.startswith(document["command"])
    for file in document["files"]:
        assert Path(file).is_file(), file
    return document


@pytest.mark.usefixtures("here", "one_set")
@pytest.mark.parametrize("name", QUICK)
def test_a_command_prints_one_object_that_its_schema_accepts(name: str) -> None:
    document = check(name, *QUICK[name])
    assert document["rows"] or name == "data-verify"


@pytest.mark.slow
@pytest.mark.clock
@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("name", SLOW)
def test_a_long_command_does_too(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # How well such a gate decides is no matter here.
    monkeypatch.setattr("skipzeros.bench.commands.selftest.ROUNDS", 6)
    if name == "sweep" and find_spec("distributed") is None:
        pytest.skip("distributed is missing: pip install 'skipzeros[cluster]'")
    assert check(name, *SLOW[name])["rows"]


def test_every_document_is_tried() -> None:
    assert set(QUICK) | set(SLOW) == set(KINDS)


def commands(group: click.Group, *before: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, *before, name)
        else:
            yield " ".join((*before, name)), command


LEAVES = dict(commands(cli))


@pytest.mark.parametrize("name", LEAVES)
def test_no_command_goes_without_json(name: str) -> None:
    (option,) = (one for one in LEAVES[name].params if "--json" in one.opts)
    assert isinstance(option, JsonOption)
    assert option.documents
    for kind in option.documents:
        assert kind.of == name
        assert "rows" in columns(kind)
        assert KINDS[kind.name] is kind


def test_the_schema_refuses_what_no_command_prints(here: Path) -> None:
    document = check("compare", *QUICK["compare"])
    valid = validator("compare").is_valid

    def row(**change: object) -> dict[str, Any]:
        return {**document, "rows": [{**document["rows"][0], **change}]}

    assert valid(row())
    for wrong in (
        row(more=1),
        row(verdict="fastest"),
        row(verdict=None),
        row(change="1.2"),
        row(change=-1),
        row(network=3),
        {**document, "rows": document["rows"][0]},
        {**document, "more": 1},
        {**document, "schema": "compare/0"},
        {**document, "exit_code": 7},
        {name: value for name, value in document.items() if name != "anchor"},
    ):
        assert not valid(wrong), wrong
    assert valid(row(change=None))


def test_every_row_is_closed_and_whole() -> None:
    for kind in KINDS.values():
        schema = json_schema(kind)
        for part in (schema, *schema["$defs"].values()):
            assert part["additionalProperties"] is False
            assert part["required"] == list(part["properties"])
            for name, property_ in part["properties"].items():
                assert "description" in property_ or name == "rows", (kind, name)


def test_bad_input_leaves_standard_output_empty(here: Path) -> None:
    for words in ("run --network absent", "compare before absent", "data absent.csv",
                  "report --markdown before", "schema compare", "schema absent"):  # fmt: skip
        done = skipzeros(f"{words} --json")
        assert (done.exit_code, done.stdout) == (2, ""), words
        assert len(done.stderr.splitlines()) == 1, words
    assert "there are list, demo, run" in skipzeros("schema absent").stderr


@pytest.mark.usefixtures("here", "one_set")
def test_what_a_users_module_prints_is_not_in_the_object() -> None:
    done = skipzeros("check --network mine.py:Mine --data data.csv --quick --json")
    assert "mine is imported" not in done.stdout
    assert json.loads(done.stdout)["rows"][0]["status"] == "certified"


def test_json_changes_nothing_that_is_written(here: Path) -> None:
    skipzeros("history show --html page.html")
    page = Path("page.html").read_bytes()
    Path("page.html").unlink()
    document = json.loads(skipzeros("history show --html page.html --json").stdout)
    assert Path("page.html").read_bytes() == page
    assert document["files"] == ["history.csv", "page.html"]


def test_a_damaged_cache_is_told_in_the_object_and_on_standard_error(here: Path) -> None:
    entry = Path("cache") / "entry"
    entry.mkdir(parents=True)
    (entry / CONTENTS).write_text("{")
    done = skipzeros("data --verify --json")
    assert done.exit_code == 2
    assert "damaged" in done.stderr
    document = json.loads(done.stdout)
    assert document["exit_code"] == 2
    assert document["rows"][0]["damaged"] == [CONTENTS]


@dataclass(frozen=True, kw_only=True)
class Numbers(Document):
    """Some numbers."""

    name = "numbers"
    of = "numbers"

    ratio: float = math.nan
    count: int | None = None
    folder: Path = Path("a\udcff\x1b")


def test_what_json_cannot_have_is_null_or_replaced() -> None:
    text = json_text(Numbers(files=[], notes=[], ratio=math.inf))
    document = json.loads(text, parse_constant=refuse)
    assert (document["ratio"], document["count"]) == (None, None)
    assert document["folder"] == "a\ufffd\ufffd"
    properties = json_schema(Numbers)["properties"]
    assert properties["ratio"]["type"] == ["number", "null"]
    assert properties["count"]["type"] == ["integer", "null"]
