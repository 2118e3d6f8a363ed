"""The reviews of an archive, .tar of any packing or .zip, read without extracting anything."""

from __future__ import annotations

import re
import stat
import tarfile
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple

from ..outcomes import BadInput
from ..text.markdown import reason, shown
from .layout import HALVES, Layout, Place
from .packing import MOST_BYTES, OPENERS
from .plain_tar import plain_members

# The longest published review has 14 kB.
MOST_REVIEW_BYTES = 16 * 1024**2
# The published archive has a fifth as many members.
MOST_MEMBERS = 500_000

TOP = "aclImdb"
CLASSES = ("train/pos", "train/neg", "test/pos", "test/neg")
_SHORT = {".tgz": ".gz", ".tbz2": ".bz2", ".txz": ".xz", ".tzst": ".zst"}
# Names that lead nowhere else, as nearly all are; what else is asked of them would take long.
_PLAIN = re.compile(r"(?:[\w-]+/)+[\w-]+\.txt", re.ASCII)


def packing_of_archive(path: Path) -> str | None:
    """Tell how an archive is packed by its name, ".zip" included; None where it is none."""
    end = path.suffix.lower()
    if end in _SHORT:
        return _SHORT[end]
    if end in OPENERS and Path(path.stem).suffix.lower() == ".tar":
        return end
    return {".tar": "", ".zip": ".zip"}.get(end)


def read_archive(
    file: IO[bytes], path: Path, packing: str, parts: Collection[str]
) -> tuple[dict[Place, bytes], str]:
    """Read the reviews of an archive.

    Args:
        file: the archive, at its start.
        parts: the halves whose reviews are read, "train" and "test", where there are halves.

    Returns:
        The bytes of each review, and what was found out or left out.

    Raises:
        BadInput: the archive is damaged, truncated or too large, it holds no reviews, or a member
            that none should have: a link, a device, a name that leads outside.
    """
    kind = ".zip" if packing == ".zip" else f".tar{packing}"
    if packing != ".zip":
        # What isn't plain and whole is read anew, so that tarfile tells what is wrong with it.
        with suppress(Exception):
            return _placed(*_collected(_plain(file, path, packing), path, parts), path)
        file.seek(0)
    try:
        with _members(file, path, packing) as members:
            contents, layout = _collected(members, path, parts)
    except BadInput:
        raise
    except Exception as error:
        # Damaged headers make tarfile raise nearly anything: EOFError, ValueError, IndexError, ...
        raise BadInput(
            f"{path}: not a whole {kind} archive ({reason(error)}); download it again"
        ) from None
    return _placed(contents, layout, path)


def _collected(
    members: Iterable[_Item], path: Path, parts: Collection[str]
) -> tuple[dict[str, bytes], Layout]:
    contents: dict[str, bytes] = {}
    layout, others = Layout(), {*HALVES} - {*parts}
    for number, member in enumerate(members):
        if number == MOST_MEMBERS:
            raise BadInput(f"{path}: holds more than {MOST_MEMBERS:,} members; use a part of it")
        folders = _checked(member, path)
        if member.is_file and layout.add(folders):
            check_size(member.size, f"{path}: member {shown(member.name)}")
            # What isn't asked for is only looked at.
            if folders[-3:-2] == () or folders[-3] not in others:
                contents["/".join(folders)] = member.read()
    return contents, layout


def _placed(
    contents: dict[str, bytes], layout: Layout, path: Path
) -> tuple[dict[Place, bytes], str]:
    found, top = layout.reviews(str(path))
    reviews = {place: contents[name] for place, name in found.items() if name in contents}
    return reviews, layout.note(top, TOP)


def check_size(size: int, where: str) -> None:
    """Refuse a text that is too long to be a review, before it is read."""
    if size > MOST_REVIEW_BYTES:
        raise BadInput(
            f"{where}: {size:,} bytes are too many for a review (at most {MOST_REVIEW_BYTES:,}); "
            "take it out"
        )


class _Item(NamedTuple):
    """A member of an archive, of either kind."""

    name: str
    size: int
    is_file: bool
    # What it is beside a plain file or a folder; empty for these.
    odd: str
    read: Callable[[], bytes]


@contextmanager
def _members(file: IO[bytes], path: Path, packing: str) -> Iterator[Iterator[_Item]]:
    if packing == ".zip":
        with zipfile.ZipFile(file) as archive:
            yield _of_zip(archive, path)
        return
    bounded = _unpacked(file, path, packing)
    # Not tarfile's own modes "r|gz" and so on: they never look at the checksum.
    with tarfile.open(fileobj=bounded, mode="r|", tarinfo=_Member) as members:  # type: ignore[call-overload]
        yield (_of_tar(members, member) for member in members)
        # The checksum comes last, behind the padding that tarfile leaves unread.
        while bounded.read(1024**2):
            pass


def _plain(file: IO[bytes], path: Path, packing: str) -> Iterator[_Item]:
    for member in plain_members(_unpacked(file, path, packing), MOST_REVIEW_BYTES):
        read = partial(bytes, member.content)
        yield _Item(member.name, len(member.content), member.is_file, "", read)


def _unpacked(file: IO[bytes], path: Path, packing: str) -> _Bounded:
    return _Bounded(OPENERS[packing][1](file) if packing else file, path)


def _of_tar(archive: tarfile.TarFile, member: tarfile.TarInfo) -> _Item:
    def read() -> bytes:
        content = archive.extractfile(member)
        assert content is not None
        return content.read()

    odd = ""
    if member.issym() or member.islnk():
        odd = "is a link"
    elif not member.isdir() and (not member.isreg() or member.issparse()):
        odd = "is neither a plain file nor a folder"
    return _Item(member.name, member.size, member.isreg(), odd, read)


def _of_zip(archive: zipfile.ZipFile, path: Path) -> Iterator[_Item]:
    if sum(info.file_size for info in archive.infolist()) > MOST_BYTES:
        raise BadInput(f"{path}: unpacks to more than {MOST_BYTES:,} bytes; use a part of it")
    for info in archive.infolist():
        odd = "is a link" if stat.S_ISLNK(info.external_attr >> 16) else ""
        yield _Item(
            info.filename,
            info.file_size,
            not info.is_dir(),
            odd,
            lambda info=info: archive.read(info),  # type: ignore[misc]
        )


class _Bounded:
    """A stream that stops at so many bytes, where a small file might unpack without end."""

    def __init__(self, stream: Any, path: Path) -> None:
        self._stream, self._path, self._read = stream, path, 0

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._stream.read(size)
        self._read += len(data)
        if self._read > MOST_BYTES:
            raise BadInput(
                f"{self._path}: unpacks to more than {MOST_BYTES:,} bytes; use a part of it"
            )
        return data


class _Member(tarfile.TarInfo):
    """A member that refuses a damaged header, which tarfile would take for the archive's end."""

    @classmethod
    def fromtarfile(cls, archive: Any) -> _Member:
        try:
            return super().fromtarfile(archive)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
            raise  # a block of zeros, which is the true end
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(str(error)) from None


def _checked(member: _Item, archive: Path) -> tuple[str, ...]:
    """Return the folders and the name of a member, below the archive."""
    if not member.odd and _PLAIN.fullmatch(member.name):
        return tuple(member.name.split("/"))
    path = PurePosixPath(member.name.replace("\\", "/"))
    refused = member.odd
    if path.is_absolute() or ".." in path.parts:
        refused = "has a name that leads outside the archive"
    if refused:
        raise BadInput(f"{archive}: member {shown(member.name)} {refused}; pack it anew without it")
    return path.parts or ("",)
