"""A sweep as a file of TOML tells it: scenarios, each of which is a cell, a run of its own."""

from __future__ import annotations

import base64
import itertools
import json
import math
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ..outcomes import BadInput
from ..text.markdown import reason, shown
from .digests import digest_of, package_digest, short

MOST_CELLS = 10_000
ATTEMPTS, TIMEOUT = 3, 1800.0
KEYS = ("where", "machines", "attempts", "timeout", "options", "matrix", "cell")
# A run in a cell writes where the sweep wants it, and one size at a time is what the matrix is for.
NOT_IN_A_CELL = ("out", "resume", "json", "csv", "vary", "wait", "no-wait", "quiet", "verbose",
                 "help")  # fmt: skip
# A ratio means something within one run only.
NO_AXES = ("network", "baseline", "files")

Options = dict[str, Any]
# Takes the words behind `skipzeros run`; raises BadInput if that wouldn't take them.
Parse = Callable[[Sequence[str]], object]


@dataclass(frozen=True)
class Cell:
    """One run, on whichever machine.

    Attributes:
        id: 12 hexadecimal digits, others for other options, files, data or code.
        arguments: the words behind `skipzeros run`.
        files: the contents of the files that networks are in, or import, by their paths.
        data: the file or folder of the reviews and its digest; None where they are no file.
        package: package_digest.
    """

    id: str
    arguments: tuple[str, ...]
    files: Mapping[str, bytes]
    data: tuple[str, str] | None
    package: str

    def job(self, timeout: float) -> dict[str, Any]:
        """Return what a machine has to know of the cell; it fits into JSON.

        Args:
            timeout: seconds that the run may take.
        """
        files = {name: base64.b64encode(content).decode() for name, content in self.files.items()}
        return {
            "arguments": list(self.arguments),
            "files": files,
            "data": self.data,
            "package": self.package,
            "timeout": timeout,
        }


@dataclass(frozen=True)
class Sweep:
    """What is to be run, and where.

    Attributes:
        everywhere: whether every machine runs every cell, in place of one machine each.
        machines: labels of machines that must be there.
        attempts: how often a cell is begun whose worker is lost.
        timeout: seconds for a cell.
    """

    cells: tuple[Cell, ...]
    everywhere: bool = False
    machines: tuple[str, ...] = ()
    attempts: int = ATTEMPTS
    timeout: float = TIMEOUT


def read_sweep(path: Path, options: Iterable[str], parse: Parse, yes: bool = False) -> Sweep:
    """Read a file that describes a sweep.

    Args:
        options: the names of the options of `skipzeros run`.
        parse: see Parse.
        yes: whether there may be more than 10,000 cells.

    Raises:
        BadInput: one line that says what is wrong, and where.
    """
    try:
        text = path.read_text(encoding="utf-8")
        found = tomllib.loads(text)
    except OSError as error:
        raise BadInput(f"{path}: can't be read ({error.strerror}); name a file of TOML") from None
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        where = line[1] if line else text.count("\n") + 1
        raise BadInput(f"{path}:{where}: is no TOML ({reason(error)})") from None
    except UnicodeDecodeError:
        raise BadInput(f"{path}: is no text in UTF-8") from None
    return _Reading(path, text, sorted({*options} - {*NOT_IN_A_CELL}), parse).sweep(found, yes)


class _Reading:
    """The reading of one file."""

    def __init__(self, path: Path, text: str, options: Sequence[str], parse: Parse) -> None:
        self._path, self._lines, self._options = path, text.splitlines(), options
        self._parse, self._package = parse, package_digest()
        self._contents: dict[Path, bytes] = {}
        self._digests: dict[Path, str] = {}

    def sweep(self, found: Mapping[str, Any], yes: bool) -> Sweep:
        self._known(found, KEYS)
        where = found.get("where", "any")
        if where not in ("any", "each"):
            raise self._wrong("where", f"must be 'any' or 'each', not {shown(where)}")
        machines = found.get("machines", [])
        if not _is_list_of(machines, str):
            raise self._wrong("machines", "must be a list of labels, as in ['a', 'b']")
        attempts = found.get("attempts", ATTEMPTS)
        if type(attempts) is not int or attempts < 1:
            raise self._wrong("attempts", f"must be a whole number from 1, not {shown(attempts)}")
        timeout = found.get("timeout", TIMEOUT)
        if type(timeout) not in (int, float) or not 0 < timeout < 1e6:
            raise self._wrong("timeout", f"must be seconds, above 0, not {shown(timeout)}")
        combinations = self._combinations(found, yes)
        cells = {cell.id: cell for cell in map(self._cell, combinations)}
        return Sweep(tuple(cells.values()), where == "each", tuple(machines), attempts, timeout)

    def _combinations(self, found: Mapping[str, Any], yes: bool) -> list[Options]:
        """Return the options of each cell."""
        options = self._table("options", found.get("options", {}))
        matrix = self._table("matrix", found.get("matrix", {}))
        for name, values in matrix.items():
            if name in NO_AXES:
                what = "can't vary: a cell has all networks, so that ratios are within one run"
                raise self._wrong(name, what)
            if not isinstance(values, list) or not values:
                raise self._wrong(name, "must be a list of values, as in [10, 100]")
        further = found.get("cell", [])
        if not _is_list_of(further, dict):
            raise self._wrong("cell", "must be tables, each begun by [[cell]]")
        # Without a matrix the options alone are a cell, unless there are others.
        number = math.prod(map(len, matrix.values())) if matrix or not further else 0
        if number + len(further) > MOST_CELLS and not yes:
            raise BadInput(
                f"{self._path}: {number + len(further):,} cells are a lot; --yes if you mean it"
            )
        rows = itertools.product(*matrix.values()) if number else ()
        cells = [{**options, **dict(zip(matrix, row, strict=True))} for row in rows]
        return [*cells, *({**options, **self._table("cell", one)} for one in further)]

    def _table(self, name: str, table: Any) -> Options:
        if not isinstance(table, dict):
            raise self._wrong(name, f"must be a table, begun by [{name}]")
        self._known(table, (*self._options, "files"))
        return {key.replace("_", "-"): value for key, value in table.items()}

    def _known(self, table: Mapping[str, Any], known: Sequence[str]) -> None:
        for key in table:
            if key.replace("_", "-") not in known:
                near = get_close_matches(key.replace("_", "-"), known, 1, 0.4)
                hint = f"; did you mean {near[0]}?" if near else ""
                raise self._wrong(key, f"is no key here{hint}")

    def _wrong(self, key: str, what: str) -> BadInput:
        pattern = re.compile(rf"\s*\[*\s*[\"']?{re.escape(key)}[\"']?\s*[\]=]")
        line = next((n for n, line in enumerate(self._lines, 1) if pattern.match(line)), 1)
        return BadInput(f"{self._path}:{line}: {shown(key)} {what}")

    def _cell(self, options: Options) -> Cell:
        options = dict(options)
        extra = options.pop("files", [])
        for name, several in (("files", extra), ("network", options.get("network", []))):
            if not (isinstance(several, str) or _is_list_of(several, str)):
                raise self._wrong(name, "must be a list of names")
        networks, baselines = _listed(options.get("network", [])), _listed(options.get("baseline"))
        for name in baselines:
            if networks and name not in networks:
                raise self._wrong("baseline", f"{name} is not among the networks of its cell")
        paths = [name.rpartition(".py:")[0] + ".py" for name in networks if ".py:" in name]
        files = dict(map(self._file, (*paths, *_listed(extra))))
        data, named = None, options.get("data")
        if isinstance(named, str) and named not in ("synthetic", "imdb", "-"):
            data = self._data(named)
            options["data"] = data[0]
        arguments = tuple(_words(options))
        try:
            self._parse(arguments)
        except BadInput as error:
            told = ", ".join(f"{key}={value!r}" for key, value in options.items())[:200]
            raise BadInput(f"{self._path}: the cell with {told}: {error}") from None
        known = {name: short(content) for name, content in files.items()}
        parts = [arguments, known, data and data[1], self._package]
        id_ = short(json.dumps(parts, sort_keys=True).encode())
        return Cell(id_, arguments, files, data, self._package)

    def _file(self, name: str) -> tuple[str, bytes]:
        path = self._path.parent / name
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise self._wrong("network", f"{name} must lie beside {self._path.name}, or below it")
        if path not in self._contents:
            try:
                self._contents[path] = path.read_bytes()
            except OSError as error:
                raise BadInput(f"{self._path}: {name}: {error.strerror} in {path.parent}") from None
        return name, self._contents[path]

    def _data(self, named: str) -> tuple[str, str]:
        path = (self._path.parent / named).absolute()
        if path not in self._digests:
            try:
                self._digests[path] = digest_of(path)
            except OSError as error:
                raise self._wrong("data", f"{named}: {error.strerror}") from None
        return str(path), self._digests[path]


def _is_list_of(value: Any, kind: type) -> bool:
    return isinstance(value, list) and all(isinstance(item, kind) for item in value)


def _listed(value: Any) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def _words(options: Options) -> Iterator[str]:
    """Yield options as words on a command line; false leaves a switch out."""
    for name, value in sorted(options.items()):
        for item in value if isinstance(value, list) else [value]:
            if item is True:
                yield f"--{name}"
            elif item is not False:
                yield from (f"--{name}", str(item))
