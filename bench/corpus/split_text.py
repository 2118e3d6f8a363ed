"""From a text to its words: as the lesson does it, and so that other languages keep theirs."""

from __future__ import annotations

import unicodedata

from .words import END

_KEPT = b".abcdefghijklmnopqrstuvwxyz"
# All others end a word. Capital letters are those that an ASCII text still has.
_ENDS = bytes(byte if byte in _KEPT else END[0] for byte in bytes(range(256)).lower())


def split_words(text: str) -> bytes:
    """Split a raw review into words, each followed by END; "" and "." are words too."""
    if not text.isascii():
        text = text.lower()
    # "replace" makes one byte of every character, so that each ends one word.
    characters = text.encode("ascii", "replace").translate(_ENDS)
    return characters.replace(b".", END + b"." + END) + END


class _Letters(dict[int, str | int]):
    """Keeps letters with what belongs to them, and full stops; all else becomes a space."""

    def __missing__(self, code: int) -> str | int:
        kept = unicodedata.category(chr(code))[0] in "LM" or code == ord(".")
        self[code] = code if kept else " "
        return self[code]


_LETTERS = _Letters()


def split_text(text: str) -> bytes:
    """Split a text into words in UTF-8, and as split_words does where all of it is ASCII."""
    if text.isascii():
        return split_words(text)
    letters = unicodedata.normalize("NFC", text).lower().translate(_LETTERS)
    words = letters.replace(".", " . ").encode("utf-8", "replace")
    return words.replace(b" ", END) + END
