"""The files of an aclImdb ``.tar.gz``, read without extracting anything."""

from __future__ import annotations

import gzip
import re
import tarfile
from collections.abc import Collection
from pathlib import PurePosixPath
from typing import IO, Any

from ..outcomes import BadInput
from ..text.markdown import reason, shown

# The longest published review has 14 kB.
MOST_REVIEW_BYTES = 16 * 1024**2
# The published archive, with the unlabelled reviews that we skip, unpacks to under half of this.
MOST_BYTES = 1024**3
# The published archive has a fifth as many members.
MOST_MEMBERS = 500_000

TOP = "aclImdb"
CLASSES = ("train/pos", "train/neg", "test/pos", "test/neg")
_PLAIN = re.compile(rf"{TOP}/((?:{'|'.join(CLASSES)})/\w+\.txt)", re.ASCII)


def read_archive(file: IO[bytes], name: str, parts: Collection[str]) -> dict[str, bytes]:
    """Read the reviews of an archive.

    Args:
        file: the compressed archive, at its start.
        name: what messages call it.
        parts: the halves whose reviews are read, "train" and "test"; the rest is only looked at.

    Returns:
        The bytes of each review, by its path below aclImdb/, such as ``train/pos/0_9.txt``.

    Raises:
        BadInput: the archive is damaged, truncated or too large, or it holds a member that has no
            place in aclImdb: a link, a device, a name that leads outside.
    """
    reviews, wanted = {}, tuple(parts)
    try:
        # Not mode "r|gz": tarfile's own decompression never looks at the checksum.
        with (
            _Bounded(name, "rb", fileobj=file) as unpacked,
            tarfile.open(fileobj=unpacked, mode="r|", tarinfo=_Member) as members,
        ):
            for number, member in enumerate(members):
                if number == MOST_MEMBERS:
                    raise BadInput(
                        f"{name}: holds more than {MOST_MEMBERS:,} members, which no aclImdb does; "
                        "use the published archive"
                    )
                path = _checked(member, name)
                if path.startswith(wanted) and member.isfile() and is_review(path):
                    content = members.extractfile(member)
                    assert content is not None
                    reviews[path] = content.read()
            # The checksum comes last, behind the padding that tarfile leaves unread.
            while unpacked.read(1024**2):
                pass
    except BadInput:
        raise
    except Exception as error:
        # Damaged headers make tarfile raise nearly anything: EOFError, ValueError, IndexError, ...
        raise BadInput(
            f"{name}: not a whole .tar.gz archive ({reason(error)}); download it again"
        ) from None
    return reviews


def is_review(path: str) -> bool:
    """Tell whether a path below aclImdb/ is that of a labelled review."""
    folder, _, file = path.rpartition("/")
    return folder in CLASSES and file.endswith(".txt")


def check_size(size: int, where: str) -> None:
    """Refuse a text that is too long to be a review, before it is read."""
    if size > MOST_REVIEW_BYTES:
        raise BadInput(
            f"{where}: {size:,} bytes are too many for a review (at most {MOST_REVIEW_BYTES:,}); "
            "take it out"
        )


class _Bounded(gzip.GzipFile):
    """A gzip file that stops at so many bytes, where a small file might unpack without end."""

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        if self.tell() > MOST_BYTES:
            raise BadInput(
                f"{self.name}: unpacks to more than {MOST_BYTES:,} bytes, which no aclImdb does; "
                "use the published archive"
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


def _checked(member: tarfile.TarInfo, archive: str) -> str:
    plain = _PLAIN.fullmatch(member.name)
    if plain and member.isreg() and not member.issparse() and member.size <= MOST_REVIEW_BYTES:
        return plain[1]  # nearly all are; what follows would take long for 50,000
    path = PurePosixPath(member.name)
    where = f"{archive}: member {shown(member.name)}"
    refused = None
    if path.is_absolute() or ".." in path.parts:
        refused = "has a name that leads outside the archive"
    elif member.issym() or member.islnk():
        refused = "is a link"
    elif not member.isdir() and (not member.isreg() or member.issparse()):
        refused = "is neither a plain file nor a folder"
    elif path.parts[:1] != (TOP,) and not (member.isdir() and not path.parts):
        refused = f"lies outside {TOP}/"
    if refused:
        raise BadInput(f"{where} {refused}; use the published archive or pack {TOP}/ anew")
    inside = "/".join(path.parts[1:])
    if is_review(inside):
        check_size(member.size, where)
    return inside
