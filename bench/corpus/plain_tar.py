"""The members of a plain tar archive, without all that tarfile does for each: most have thousands.

A plain archive has files and folders with short names of ASCII, in whole headers. Whatever else one
has, or lacks, is left to tarfile, which knows what it is or what is wrong.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

_BLOCK = 512
_PIECE = 2**20
_NUMBER = rb"[0-7]{6}[0-7 ]\0"
_LONG_NUMBER = rb"[0-7]{11}[\0 ]"
# By the fields of POSIX's ustar: name, mode, uid, gid, size, mtime, checksum, type, link, magic
# with version, names of user and group, device, prefix with padding.
_HEADER = re.compile(
    rb"(?=([ -~]{1,99})\0)(?s:.{100})(?:%b){3}(%b)%b([0-7]{6}[\0 ]{2})([05])\0{100}(?s:.{72})"
    rb"(?:%b|\0{8}){2}\0{167}" % (_NUMBER, _LONG_NUMBER, _LONG_NUMBER, _NUMBER)
)
_END = bytes(_BLOCK)


class NotPlainError(Exception):
    """An archive needs tarfile."""


class PlainMember(NamedTuple):
    """A file, or a folder without content."""

    name: str
    is_file: bool
    content: bytes


def plain_members(stream: Any, most_bytes: int) -> Iterator[PlainMember]:
    """Yield the members of an archive as tarfile would, and read what follows them.

    Args:
        stream: the archive, unpacked; its own errors are passed on.
        most_bytes: in one member.

    Raises:
        NotPlainError: the archive isn't plain, or isn't whole; what came before counts for nothing.
    """
    ready, at = b"", 0
    while True:
        if len(ready) - at < _BLOCK:
            ready, at = ready[at:] + stream.read(_PIECE), 0
        header = ready[at : at + _BLOCK]
        at += _BLOCK
        if header == _END:
            break
        found = _HEADER.fullmatch(header)
        if found is None or int(found[3][:6], 8) != _checksum(header):
            raise NotPlainError
        size, is_file = int(found[2][:11], 8), found[4] == b"0"
        if size > (most_bytes if is_file else 0):
            raise NotPlainError
        padded = -(-size // _BLOCK) * _BLOCK
        if len(ready) - at < padded:
            # Where less is left, no header follows it.
            ready, at = ready[at:] + stream.read(padded + _PIECE), 0
        name = found[1].decode("ascii")
        yield PlainMember(name if is_file else name.rstrip("/"), is_file, ready[at : at + size])
        at += padded
    # Where it was packed, its checksum comes last.
    while stream.read(_PIECE):
        pass


def _checksum(header: bytes) -> int:
    # Adler-32 ends with one more than the sum of the bytes modulo 65,521, which the sum of a header
    # with so many zeros doesn't reach.
    return (zlib.adler32(header[:148] + b" " * 8 + header[156:]) & 0xFFFF) - 1
