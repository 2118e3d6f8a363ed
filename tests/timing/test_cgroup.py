"""The memory of a container is the least of what its control groups allow."""

from __future__ import annotations

from pathlib import Path

import pytest

from skipzeros.bench.networks.scenario import Scenario
from skipzeros.bench.outcomes import BadInput
from skipzeros.bench.timing import cgroup
from skipzeros.bench.timing.memory import machine_memory, refuse_what_cannot_fit


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(cgroup, "ROOT", tmp_path / "fs")
    monkeypatch.setattr(cgroup, "OWN", tmp_path / "own")
    return tmp_path


def write(system: Path, own: str, files: dict[str, str]) -> None:
    (system / "own").write_text(own)
    for name, text in files.items():
        path = system / "fs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


VERSION_2 = {
    "memory.max": "max\n",
    "a/memory.max": "1000000\n",
    "a/b/memory.max": "2000000\n",
    "a/b/memory.events": "low 0\noom 3\noom_kill 2\n",
}
VERSION_1 = {
    "memory/memory.limit_in_bytes": "9223372036854771712\n",
    "memory/a/memory.limit_in_bytes": "1000000\n",
    "memory/a/b/memory.limit_in_bytes": "2000000\n",
    "memory/a/b/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
}


@pytest.mark.parametrize(
    ("own", "files"),
    [("0::/a/b\n", VERSION_2), ("5:devices:/x\n4:memory:/a/b\n0::/\n", VERSION_1)],
)
def test_the_least_limit_and_the_own_kills_are_read(
    own: str, files: dict[str, str], system: Path
) -> None:
    write(system, own, files)
    assert cgroup.memory_limit() == 1_000_000
    assert cgroup.killed_for_memory() == 2
    assert machine_memory() == 1_000_000
    with pytest.raises(BadInput, match=r"don't fit into this machine's 1 MB"):
        refuse_what_cannot_fit(10_000, Scenario(hidden=20), 1)


@pytest.mark.parametrize(
    ("own", "files"),
    [
        ("0::/\n", {"memory.max": "max\n"}),
        ("0::/../outside\n", {}),
        ("nonsense", {}),
        ("0::/a\n", {"a/memory.max": "\n", "a/memory.events": "oom_kill\n"}),
    ],
)
def test_without_a_limit_there_is_the_machine_s(
    own: str, files: dict[str, str], system: Path
) -> None:
    write(system, own, files)
    assert cgroup.memory_limit() is None
    assert cgroup.killed_for_memory() == 0
    assert (machine_memory() or 1e9) > 1e8


def test_a_system_without_control_groups_has_no_limit(system: Path) -> None:
    assert cgroup.memory_limit() is None
    assert cgroup.killed_for_memory() == 0
