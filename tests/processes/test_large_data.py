"""More data than memory: certified and timed by processes that have no room for it.

`SKIPZEROS_NONZEROS=100000000 pytest tests/processes/test_large_data.py -s` takes more, and prints
what it took.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
import pytest
from numpy.lib import format as npy

from skipzeros.bench.corpus.synthetic import VOCABULARY, generate
from skipzeros.impls.compiled import Compiled

NONZEROS = int(os.environ.get("SKIPZEROS_NONZEROS", "5_000_000"))
# Of all processes of a run together: with nothing but the libraries they take most of it.
LIMIT = 300 << 20
OWN = Path("/proc/self/cgroup")
RUN = ("run", "--network", "compiled", "--baseline", "compiled", "--input", "presence",
       "--reviews", "1000000000", "--certify", "1000", "--rounds", "6")  # fmt: skip

pytestmark = [
    pytest.mark.slow,
    pytest.mark.clock,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a group"),
    pytest.mark.skipif(Compiled.unavailable() is not None, reason="needs numba"),
]


class Group:
    """A control group below our own, for processes that may take so much memory together."""

    def __init__(self, folder: Path, version: int) -> None:
        self.folder = folder
        self._limit, self._most = (
            ("memory.limit_in_bytes", "memory.max_usage_in_bytes"),
            ("memory.max", "memory.peak"),
        )[version - 1]
        self._anonymous = ("total_rss", "anon")[version - 1]

    def limit(self, size: int) -> None:
        (self.folder / self._limit).write_text(str(size))

    @property
    def peak(self) -> int:
        """All that was charged to it, with pages of files, which are let go of when it is full."""
        return int((self.folder / self._most).read_text())

    def anonymous(self) -> int:
        """What its processes hold now that is in no file."""
        lines = (self.folder / "memory.stat").read_text().splitlines()
        return int(dict(line.split() for line in lines)[self._anonymous])

    @property
    def killed(self) -> int:
        name = "memory.events" if (self.folder / "memory.events").exists() else "memory.oom_control"
        told = dict(line.split() for line in (self.folder / name).read_text().splitlines())
        return int(told["oom_kill"])


@contextmanager
def group() -> Iterator[Group]:
    """A control group, if one can be made here; skips the test where none can."""
    found = None
    for line in OWN.read_text().splitlines():
        _, controllers, name = line.split(":", 2)
        if not controllers or "memory" in controllers.split(","):
            top = Path("/sys/fs/cgroup") / ("memory" if controllers else "")
            own = top / name.strip("/") / f"skipzeros-{os.getpid()}"
            found = Group(own, 1 if controllers else 2)
            if controllers:
                break
    try:
        assert found is not None
        found.folder.mkdir()
    except (AssertionError, OSError) as error:
        pytest.skip(f"no control group can be made here: {error}")
    try:
        try:
            found.limit(LIMIT)
        except OSError as error:
            pytest.skip(f"no memory limit can be set here: {error}")
        yield found
    finally:
        for _ in range(100):  # until the last process of it is gone
            with suppress(OSError):
                found.folder.rmdir()
                break
            time.sleep(0.1)


def matrix(folder: Path, nonzeros: int) -> Path:
    """A .npz of at least so many words, written a part at a time, and its labels beside it."""
    lengths, labels, written, start = [np.zeros(1, np.int64)], [], 0, 0
    with (folder / "indices").open("wb") as indices, (folder / "data").open("wb") as data:
        while written < nonzeros:
            part = generate(5_000, start=start)
            assert part.counts is not None
            indices.write(part.indices.data)
            data.write(part.counts.astype(np.uint16).data)
            lengths.append(np.diff(part.indptr))
            labels.append(part.labels)
            written, start = written + len(part.indices), start + len(part)
    whole = {
        "indptr": np.cumsum(np.concatenate(lengths)),
        "shape": np.array([start, VOCABULARY]),
        "format": np.array(b"csr"),
    }
    np.save(folder / "labels.npy", np.concatenate(labels))
    with zipfile.ZipFile(folder / "m.npz", "w") as archive:
        for name, kind in (("indices", "<i4"), ("data", "<u2")):
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                about = {"descr": kind, "fortran_order": False, "shape": (written,)}
                npy.write_array_header_1_0(member, about)
                with (folder / name).open("rb") as file:
                    _copy(file, member)
            (folder / name).unlink()
        for name, array in whole.items():
            with archive.open(f"{name}.npy", "w") as member:
                npy.write_array(member, array, allow_pickle=False)
    return folder / "m.npz"


def _copy(file: BinaryIO, to: BinaryIO) -> None:
    while piece := file.read(1 << 20):
        to.write(piece)


def test_it_is_certified_and_timed_in_less_memory_than_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKIPZEROS_CACHE", str(tmp_path / "cache"))
    data, out, most = matrix(tmp_path, NONZEROS), tmp_path / "out", 0
    command = [sys.executable, "-m", "skipzeros", *RUN, "--data", str(data),
               "--labels", str(tmp_path / "labels.npy"), "--out", str(out)]  # fmt: skip
    with group() as limited:
        join = f'echo $$ > "{limited.folder}/cgroup.procs" && exec "$@"'
        begun = time.perf_counter()
        with subprocess.Popen(
            ["sh", "-c", join, "sh", *command],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        ) as process:  # fmt: skip
            while process.poll() is None:
                most = max(most, limited.anonymous())
                time.sleep(0.02)
            assert process.stdout is not None
            output = process.stdout.read()
        seconds, peak, killed = time.perf_counter() - begun, limited.peak, limited.killed
    assert process.returncode == 0, output
    assert killed == 0
    assert peak <= LIMIT
    row = pd.read_csv(out / "summary.csv").iloc[0]
    assert row["status"] == "certified", output
    assert row["nonzeros"] >= NONZEROS * 0.95  # without the reviews to test on
    assert row["reviews_certified"] >= 1000
    print(
        f"\n{row['nonzeros']:,} words of {row['reviews']:,} reviews in {seconds:.0f} s; a pass "
        f"took {row['median_seconds']:.3f} s; {most / 2**20:.0f} MB of memory at most, with pages "
        f"of files {peak / 2**20:.0f} of {LIMIT >> 20} MB"
    )
