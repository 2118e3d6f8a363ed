"""The encoding of a file of text: by its mark, or because all of it fits, or as is likely."""

from __future__ import annotations

import codecs
from pathlib import Path

from ..outcomes import BadInput

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
# Between encodings that make about as much sense of a text, that of Western Europe is likeliest.
_ABOUT = 0.1


def decoded(content: bytes, path: Path, encoding: str = "") -> tuple[str, str]:
    """Decode a file.

    Args:
        encoding: of the file, as Python names it; empty where it is to be found out.

    Returns:
        The text without a mark at its start, and the name of its encoding.

    Raises:
        BadInput: there is no such encoding, or the content isn't in it.
    """
    found = encoding or _found(content)
    try:
        text = content.decode(found)
    except LookupError:
        raise BadInput(
            f"encoding={encoding!r}: there is none of that name; utf-8, utf-16, cp1252 and latin-1 "
            "are the usual ones"
        ) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise BadInput(
            f"{path}:{line}: not {_NAMES.get(found, found)}; say what it is, as in "
            "encoding='cp1252'"
        ) from None
    return text.removeprefix("\ufeff"), _NAMES.get(found, found)


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


def _found(content: bytes) -> str:
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            return encoding
    head = content[:_SAMPLE]
    # Half of what is written in UTF-16 is zeros, if it is in Latin letters.
    if head[1::2].count(0) > len(head) // 4:
        return "utf-16-le"
    if head[::2].count(0) > len(head) // 4:
        return "utf-16-be"
    try:
        content.decode()
    except UnicodeDecodeError:
        return _likely(content)
    return "utf-8"


def _likely(content: bytes) -> str:
    from charset_normalizer import from_bytes

    lines = (line for line in content.split(b"\n") if not line.isascii())
    sample = bytearray()
    for line in lines:
        sample += line + b"\n"
        if len(sample) > _SAMPLE:
            break
    matches = list(from_bytes(bytes(sample)))
    western = next((match for match in matches if match.encoding == "cp1252"), None)
    best = matches[0] if matches else None
    if best is None or (
        western is not None
        and western.chaos <= best.chaos + _ABOUT
        and western.coherence >= best.coherence - _ABOUT
    ):
        # Python's cp1252 has no character for five of these bytes.
        special = any(0x80 <= byte < 0xA0 for byte in content)
        return "cp1252" if special and _fits(content, "cp1252") else "latin-1"
    return best.encoding if _fits(content, best.encoding) else "latin-1"


def _fits(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
