"""From a text to its words: as the lesson does it, and so that other languages keep theirs."""

from __future__ import annotations

import unicodedata
from functools import cache

from .words import END

_KEPT = b".abcdefghijklmnopqrstuvwxyz"
# All others end a word. Capital letters are those that an ASCII text still has.
_ENDS = bytes(byte if byte in _KEPT else END[0] for byte in bytes(range(256)).lower())
# The same in UTF-8, where the bytes of other letters stay.
_ENDS_IN_UTF_8 = _ENDS[:128] + bytes(range(128, 256))


def split_words(text: str) -> bytes:
    """Split a raw review into words, each followed by END; "" and "." are words too."""
    if not text.isascii():
        text = text.lower()
    # "replace" makes one byte of every character, so that each ends one word.
    return _ended(text.encode("ascii", "replace"), _ENDS)


def split_text(text: str) -> bytes:
    """Split a text into words in UTF-8, and as split_words does where all of it is ASCII."""
    if text.isascii():
        return split_words(text)
    letters = unicodedata.normalize("NFC", text).lower()
    for character in {*letters}:
        if not _is_kept(character):
            letters = letters.replace(character, " ")
    return _ended(letters.encode(), _ENDS_IN_UTF_8)


def _ended(text: bytes, ends: bytes) -> bytes:
    return text.translate(ends).replace(b".", END + b"." + END) + END


@cache
def _is_kept(character: str) -> bool:
    """Say whether it is a letter, or belongs to one; those of ASCII need not be looked at."""
    return character.isascii() or unicodedata.category(character)[0] in "LM"
