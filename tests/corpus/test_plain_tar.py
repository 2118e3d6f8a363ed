"""Plain archives read without tarfile: as it would have read them, or left to it."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from skipzeros.bench.corpus import archive, plain_tar
from skipzeros.bench.corpus.archive import read_archive
from skipzeros.bench.corpus.plain_tar import NotPlainError, plain_members
from skipzeros.bench.outcomes import BadInput

PLAIN = {"top/train/pos/1.txt": b"good film", "top/train/neg/1.txt": b"bad", "top/note": bytes(999)}
FORMATS = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]
NAMES = st.sampled_from(
    [
        "top/train/pos/2.txt", "top/train/neg/2.txt", "top/test/pos/3.txt", "top/train/pos/é.txt",
        "top/train/pos/a b.txt", "./top/train/neg/9.txt", "top/train/pos/1.txt/", "/top/x.txt",
        f"top/{'long/' * 19}train/pos/4.txt", f"top/train/pos/{'n' * 120}.txt", "../x.txt", "x", "",
    ]
)  # fmt: skip
TYPES = st.sampled_from(
    [tarfile.REGTYPE] * 5
    + [tarfile.AREGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE]
    + [tarfile.CONTTYPE, tarfile.GNUTYPE_SPARSE, b"Z"]
)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "mtime": st.sampled_from([0, 1.5, 2**33, 2**36]),
        "uid": st.sampled_from([0, 2**21, 2**22]),
        "uname": st.sampled_from(["root", "ä"]),
        "linkname": st.just("README"),
        "devmajor": st.just(3),
        "mode": st.just(0o7777),
    },
)
MEMBERS = st.lists(st.tuples(NAMES, TYPES, st.binary(max_size=1500), FIELDS), max_size=4)
# Where something is wrong, as a part of the whole, and what.
DAMAGE = st.none() | st.tuples(st.floats(0, 1, exclude_max=True), st.integers(-1, 7))


def tar(members: Iterable[Any], form: int) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archived:
        for name, kind, content, fields in members:
            info = tarfile.TarInfo(name)
            info.type, info.size = kind, len(content)
            for field, value in fields.items():
                setattr(info, field, value)
            archived.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def damaged(content: bytes, damage: tuple[float, int] | None) -> bytes:
    if damage is None:
        return content
    place, bit = int(damage[0] * len(content)), damage[1]
    if bit < 0:
        return content[:place]
    return content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :]


def outcome(content: bytes, packing: str) -> object:
    try:
        return read_archive(io.BytesIO(content), Path("a"), packing, ("train",))
    except BadInput as error:
        return str(error)


def plain(form: int = tarfile.GNU_FORMAT) -> bytes:
    return tar([(name, b"0", content, {}) for name, content in PLAIN.items()], form)


FOLDER = ("top/train/pos", tarfile.DIRTYPE, b"x" * 600, {})
LINK = ("top/train/pos/2.txt", tarfile.SYMTYPE, b"", {})
FAR = (f"{'x' * 110}/top/train/pos/2.txt", tarfile.REGTYPE, b"fine", {})
FILE = ("top/train/pos/2.txt", tarfile.REGTYPE, b"fine", {})


# A folder with content, a link, a name in two fields, a checksum behind all that is needed.
@example([FOLDER], tarfile.GNU_FORMAT, None, "", None, 2**20)
@example([LINK], tarfile.GNU_FORMAT, None, "", None, 2**20)
@example([FAR], tarfile.USTAR_FORMAT, None, "", None, 2**20)
@example([FILE], tarfile.GNU_FORMAT, None, ".gz", (0.9999, 0), 512)
@given(
    MEMBERS,
    st.sampled_from(FORMATS),
    DAMAGE,
    st.sampled_from(["", ".gz"]),
    DAMAGE,
    st.sampled_from([512, 5_000, 2**20]),
)
def test_whatever_an_archive_is_the_outcome_is_that_of_tarfile(
    members: list[object],
    form: int,
    inner: tuple[float, int] | None,
    packing: str,
    outer: tuple[float, int] | None,
    piece: int,
) -> None:
    some = [(name, b"0", content, {}) for name, content in PLAIN.items()]
    try:
        content = damaged(tar([*some[:2], *members, *some[2:]], form), inner)
    except ValueError:
        return  # the format has no place for such a name or number
    if packing:
        # Without compression, so that damage may go unnoticed until the checksum.
        content = damaged(gzip.compress(content, 0, mtime=0), outer)
    with patch.object(archive, "plain_members", side_effect=NotPlainError):
        expected = outcome(content, packing)
    with patch.object(plain_tar, "_PIECE", piece):
        assert outcome(content, packing) == expected


@pytest.mark.parametrize("form", FORMATS)
def test_a_plain_archive_needs_no_tarfile(form: int, monkeypatch: pytest.MonkeyPatch) -> None:
    content = plain(form)
    monkeypatch.setattr(tarfile, "open", lambda **_: pytest.fail("tarfile was asked"))
    reviews, _ = read_archive(io.BytesIO(content), Path("a"), "", ("train",))
    assert [*reviews.values()] == [b"good film", b"bad"]


def test_a_header_whose_checksum_is_wrong_by_what_adler_32_leaves_out_is_noticed() -> None:
    content = bytearray(plain())
    right = int(content[148:154], 8)
    content[148:154] = b"%06o" % (right + 65_521)
    with pytest.raises(NotPlainError):
        list(plain_members(io.BytesIO(content), 2**20))
