"""From a text to its words: as the lesson does it, and so that other languages keep theirs."""

from __future__ import annotations

import unicodedata

_KEPT = b".abcdefghijklmnopqrstuvwxyz"
_BLANK_OTHERS = bytes(byte if byte in _KEPT else ord(" ") for byte in range(256))


def split_words(text: str) -> list[bytes]:
    """Split a raw review into words; the empty string and "." are words, as in the lesson."""
    # "replace" makes one byte of every character, so that each becomes one space.
    characters = text.lower().encode("ascii", "replace").translate(_BLANK_OTHERS)
    return characters.replace(b".", b" . ").split(b" ")


class _Letters(dict[int, str | int]):
    """Keeps letters with what belongs to them, and full stops; all else becomes a space."""

    def __missing__(self, code: int) -> str | int:
        kept = unicodedata.category(chr(code))[0] in "LM" or code == ord(".")
        self[code] = code if kept else " "
        return self[code]


_LETTERS = _Letters()


def split_text(text: str) -> list[bytes]:
    """Split a text into words in UTF-8, and as split_words does where all of it is ASCII."""
    if text.isascii():
        return split_words(text)
    letters = unicodedata.normalize("NFC", text).lower().translate(_LETTERS)
    return letters.replace(".", " . ").encode("utf-8", "replace").split(b" ")
