"""What the documents say is what the code does and what was measured."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import click
import pandas as pd
import pytest
from click.testing import CliRunner

from skipzeros.bench.cli import COMMANDS, cli
from skipzeros.bench.outcomes import NEXT_STEPS
from skipzeros.bench.records.rows import (
    AccuracyRow,
    Finding,
    GrowthRow,
    HistoryRow,
    PartingRow,
    PassRow,
    SummaryRow,
    WasteRow,
    columns,
)

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "results" / "imdb"

_spec = importlib.util.spec_from_file_location("into_readme", ROOT / "results" / "into_readme.py")
assert _spec
assert _spec.loader
results = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(results)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def documented(command: str) -> dict[str, str]:
    """Each option of a command by docs/commands.md, with its default."""
    page = text("docs/commands.md")
    section = re.search(rf"^## {command}\n(.*?)^## ", page, re.M | re.DOTALL)
    assert section, f"no section on {command}"
    found = dict(re.findall(r"^\| `(--[a-z-]+)[^|]*\| ([^|]*?) *\|", section[1], re.M))
    groups = re.search(r"^Also: (.*)\.$", section[1], re.M)
    shared = re.findall(r"^\| (\w+) \| `(--[a-z-]+)[^|]*\| ([^|]*?) *\|", page, re.M)
    for group in groups[1].split(", ") if groups else ():
        assert any(group == one for one, _, _ in shared), group
        found |= {option: default for one, option, default in shared if one == group}
    return found


@pytest.mark.parametrize("command", list(COMMANDS))
def test_every_option_is_documented_with_its_default(command: str) -> None:
    group = cli.get_command(click.Context(cli), command)
    parts = list(group.commands) if isinstance(group, click.Group) else []
    help_ = "".join(
        CliRunner().invoke(cli, [*words, "--help"], terminal_width=10_000).output
        for words in ([command], *([command, part] for part in parts))
    )
    # A line of --help: the option, what it takes, what it means, its default.
    lines = re.findall(r"^  (?:-h, )?(--[a-z-]+)(.*)$", help_, re.M)
    told = {option: re.search(r"\[default: ([^];]*)", rest) for option, rest in lines}
    told.pop("--help")
    found = documented(command)
    if command in ("data", "advise"):
        assert found.pop("--data") == "synthetic"  # its argument
    own = {name: default for name, default in found.items() if name in told}
    assert set(found) == set(told)
    for option, default in told.items():
        if default and own[option] != "results/latest":
            assert own[option] == default[1].removesuffix(".0"), option


def test_every_command_has_one_section() -> None:
    sections = re.findall(r"^## (\w+)$", text("docs/commands.md"), re.M)
    assert [one for one in sections if one.islower()] == list(COMMANDS)


def test_every_column_is_documented() -> None:
    documented = set(re.findall(r"`([a-z_0-9]+)`", text("results/README.md")))
    for kind in (PassRow, SummaryRow, Finding, GrowthRow, WasteRow, PartingRow, HistoryRow):
        assert documented.issuperset(columns(kind)), kind
    assert ", ".join(columns(AccuracyRow)) in text("results/README.md")


def test_every_option_of_the_gate_and_every_verdict_is_explained() -> None:
    guide = text("docs/gating.md")
    for verdict in NEXT_STEPS:
        assert verdict in guide
    for option in ("--max-slowdown", "--against", "--baseline", "--faster-than", "--budget",
                   "--rounds", "--junit", "--markdown", "--stored", "--resume"):  # fmt: skip
        assert option in guide


def test_a_row_of_the_table_follows_from_the_passes_by_the_lines_of_the_readme(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = re.search(r"```python\n(.*?)```", text("results/README.md"), re.DOTALL)
    assert code
    assert len(code[1].splitlines()) <= 12
    monkeypatch.chdir(ROOT)
    exec(code[1], {})
    printed = [float(figure) for figure in capsys.readouterr().out.split()]
    summary = pd.read_csv(RESULTS / "summary.csv").set_index("network").loc["add-reduce"]
    columns = ["median_seconds", "ratio", "ratio_low", "ratio_high"]
    assert printed == pytest.approx(summary[columns].to_list())


def test_the_network_on_counts_is_certified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = re.findall(r"```python\n(.*?)```", text("docs/writing-a-network.md"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text("\n\n".join(blocks[:2]))
    for extra in ([], ["--input", "counts", "--learning-rate", "0.001"]):
        command = ["check", "--network", "mine.py:MineOnCounts", "--reviews", "50", *extra]
        result = CliRunner().invoke(cli, command)
        assert result.exit_code == 0, result.output
        assert "certified" in result.output


@pytest.mark.parametrize("name", ["README.md", "docs/writing-a-network.md"])
def test_the_ten_lines_are_a_certified_network(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    block = re.search(r"```python\n(# mine\.py\n.*?)```", text(name), re.DOTALL)
    assert block
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(block[1])
    command = ["check", "--network", "mine.py:Mine", "--reviews", "50"]
    result = CliRunner().invoke(cli, command)
    assert result.exit_code == 0, result.output


def test_the_readme_says_what_was_measured() -> None:
    page = text("README.md")
    assert results.replaced(page) == page
    assert len(results.blocks()) == page.count("<!-- end -->")
    for name in results.PICTURES.values():
        assert f"(docs/pictures/{name})" in page


def test_every_step_of_every_network_in_the_readme_is_certified() -> None:
    summary = pd.read_csv(RESULTS / "summary.csv")
    assert set(summary["status"]) == {"certified"}
    assert (summary["reviews_certified"] == 24_000).all()
    assert (summary["reviews"] == 24_000).all()


def test_the_committed_summary_follows_from_the_committed_passes() -> None:
    passes = pd.read_csv(RESULTS / "passes.csv")
    summary = pd.read_csv(RESULTS / "summary.csv").set_index("network")
    assert passes["outputs_match"].all()
    wide = passes.pivot(index=["set", "round"], columns="network", values="cpu_seconds")
    for network, row in summary.iterrows():
        assert row["median_seconds"] == pytest.approx(wide[network].median())
        ratios = wide[network] / wide["dense"]
        assert ratios.min() <= row["ratio"] <= ratios.max()


def test_links_between_documents_lead_somewhere() -> None:
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("results/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)[^)]*\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_files_that_documents_name_are_there() -> None:
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        named = re.findall(r"\b(?:bench|impls|src|tests)/[\w./-]*", path.read_text("utf-8"))
        assert [name for name in named if not (ROOT / name.rstrip(".")).exists()] == [], path.name
