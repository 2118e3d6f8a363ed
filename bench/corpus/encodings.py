"""The encoding of a file of text: by its mark, or because all of it fits, or as is likely."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ..outcomes import BadInput
from .content import BLOCK, Content

# Yields a content in parts, as often as it is called.
Blocks = Callable[[], Iterable[bytes]]

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before that of UTF-16, with which it begins
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_NAMES = {
    "utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16", "utf-32": "UTF-32",
    "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "cp1252": "Windows-1252", "latin-1": "Latin-1",
}  # fmt: skip
# The lines that the likely encoding is found by, in bytes.
_SAMPLE = 65_536
# Letters of French, German, Spanish, Portuguese and Swedish, and signs, in Latin-1.
_WESTERN = {*map(chr, range(0x80)), *"àáâãäåæçèéêëíîïñóôõöùúûüßœÀÁÂÄÅÆÇÈÉÊËÍÎÏÑÓÔÖÙÚÛÜ«»¡¿°£§"}
# Python's cp1252 has no character for five of these bytes, and Latin-1 no letter for any.
_SPECIAL = bytes(range(0x80, 0xA0))
# Between encodings that make about as much sense of a text, that of Western Europe is likeliest.
_ABOUT = 0.1


def encoding_of(content: Content, encoding: str = "") -> str:
    """Find out the encoding of a file.

    Args:
        encoding: what it is said to be; empty where it is to be found out.

    Returns:
        The encoding as Python names it; all of the file is in it.

    Raises:
        BadInput: there is no such encoding, or the content isn't in it, or can't be unpacked.
        OSError: the file can't be read.
    """
    found = encoding or _unicode(content.head(_SAMPLE), content.blocks)
    if not encoding and found in ("", "utf-8"):
        return found or _likely(content.blocks)
    _check(content.blocks, content.path, found)
    return found


def decoded(content: bytes, path: Path, encoding: str = "", likely: str = "") -> str:
    """Decode a small file.

    Args:
        encoding: of the file, as Python names it; empty where it is to be found out.
        likely: what it is taken for if it is none of Unicode's.

    Returns:
        The text without a mark at its start.

    Raises:
        BadInput: there is no such encoding, or the content isn't in it.
    """
    found = encoding or _unicode_of(content) or likely
    try:
        text = content.decode(found)
    except (LookupError, UnicodeError):
        _check(lambda: [content], path, found)
        raise
    return text.removeprefix("\ufeff")


def utf_8(content: bytes, path: Path) -> str:
    """Decode a file that must be UTF-8, with or without a mark.

    Raises:
        BadInput: it isn't.
    """
    try:
        # The mark that some editors put first belongs to no word and no label.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise BadInput(f"{path}:{line}: not UTF-8; save the file as UTF-8") from None


def likely_of(contents: Iterable[bytes]) -> tuple[str, int]:
    """Return the likely encoding of all that are none of Unicode's, and how many these are."""
    others = [content for content in contents if not _unicode_of(content)]
    return _likely(lambda: [content + b"\n" for content in others]) if others else "", len(others)


def name_of(encoding: str) -> str:
    """Return what an encoding is usually called."""
    return _NAMES.get(encoding, encoding)


def _unicode_of(content: bytes) -> str:
    return _unicode(content[:_SAMPLE], lambda: [content])


def _unicode(head: bytes, blocks: Blocks) -> str:
    """Return which of Unicode's encodings it is; empty if none."""
    for mark, encoding in _MARKS.items():
        if head.startswith(mark):
            return encoding
    # In UTF-16 the other byte of a space, a separator, a digit or the end of a line is zero.
    first, second = head[::2].count(0), head[1::2].count(0)
    if max(first, second) > max(2, len(head) // 200) and 20 * min(first, second) < max(
        first, second
    ):
        return "utf-16-le" if second > first else "utf-16-be"
    return "utf-8" if _fits(blocks, "utf-8") else ""


def _likely(blocks: Blocks) -> str:
    from charset_normalizer import from_bytes

    sample = bytearray()
    for line in _whole_lines(blocks()):
        if not line.isascii():
            sample += line + b"\n"
            if len(sample) > _SAMPLE:
                break
    matches = list(from_bytes(bytes(sample)))
    western = next((match for match in matches if "cp1252" in match.could_be_from_charset), None)
    best = matches[0] if matches else None
    if western is None:
        # In some orders of the lines the library doesn't consider it.
        fits = _WESTERN.issuperset(sample.decode("latin-1"))
    else:
        fits = (
            western.chaos <= matches[0].chaos + _ABOUT
            and western.coherence >= matches[0].coherence - _ABOUT
        )
    if best is None or fits:
        special = any(len(block.translate(None, _SPECIAL)) < len(block) for block in blocks())
        return "cp1252" if special and _fits(blocks, "cp1252") else "latin-1"
    return best.encoding if _fits(blocks, best.encoding) else "latin-1"


def _whole_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines; one that is longer than a block is cut."""
    rest = b""
    for block in blocks:
        *lines, rest = (rest + block).split(b"\n")
        yield from lines
        if len(rest) > BLOCK:
            yield rest
            rest = b""
    yield rest


def _fits(blocks: Blocks, encoding: str) -> bool:
    return _fault(blocks, encoding) is None


def _check(blocks: Blocks, path: Path, encoding: str) -> None:
    """Raise BadInput where the encoding is none, or not that of all the blocks."""
    try:
        b"".decode(encoding)  # also refuses what Python has beside the encodings of texts
        line = _fault(blocks, encoding)
    except (LookupError, UnicodeError):
        raise BadInput(
            f"encoding={encoding!r}: there is none of that name; utf-8, utf-16, cp1252 and latin-1 "
            "are the usual ones"
        ) from None
    if line is not None:
        raise BadInput(
            f"{path}:{line}: not {name_of(encoding)}; say what it is, as in encoding='cp1252'"
        )


def _fault(blocks: Blocks, encoding: str) -> int | None:
    """Return the line of the first byte that isn't in an encoding, counted from 1; None for all."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    try:
        for block in blocks():
            decoder.decode(block)
            line += block.count(b"\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return line + error.object.count(b"\n", 0, error.start)
    return None
