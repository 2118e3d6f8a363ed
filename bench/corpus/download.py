"""The IMDB archive as it is published, downloaded once where the user asks for it by name.

Each byte is written where it belongs, so that a download that was cut goes on where it ended, and
two processes that download at once write the same. The checksum decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse, responses
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from ..outcomes import BadInput
from ..text.progress import note, progress_bar
from .cache import folder

URL = "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz"
# As in datasets/imdb/dataset_infos.json of github.com/huggingface/datasets.
SIZE = 84_125_825
SHA256 = "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe"

# Without any byte, not for the whole download.
TIMEOUT_SECONDS = 30.0
CHUNK = 64 * 1024

_ELSEWHERE = "download it elsewhere and give its path in place of imdb"


class _Stopped(Exception):
    """The download can't go on; the message says what the network or the server did."""


def imdb_archive() -> Path:
    """Return the path of the archive in the cache folder; what is missing of it is downloaded.

    Raises:
        BadInput: the archive can't be downloaded or written, or something else came.
    """
    try:
        path = folder() / URL.rpartition("/")[2]
    except OSError as error:
        raise BadInput(f"imdb: {error.strerror}; name one in $SKIPZEROS_CACHE") from None
    part = path.with_name(f"{path.name}.part")
    try:
        if _is_published(path):
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        if _kept(part) < SIZE:
            _fetch(part)
        if _is_published(part):
            part.replace(path)
        # Another process that downloaded it too may have been first.
        elif not _is_published(path):
            part.unlink(missing_ok=True)
            raise BadInput(
                f"{URL}: what came is not the published archive, by its SHA-256, and is removed; "
                f"try again, or {_ELSEWHERE}"
            )
    except _Stopped as stop:
        raise BadInput(
            f"{URL}: can't be downloaded ({stop}); {_kept(part):,} of {SIZE:,} bytes are kept and "
            f"the same command goes on there, or {_ELSEWHERE}"
        ) from None
    except OSError as error:
        raise BadInput(
            f"{error.filename or part}: can't be written ({error.strerror or error}); make room "
            "there, or name another folder in $SKIPZEROS_CACHE"
        ) from None
    return path


def _is_published(path: Path) -> bool:
    if not path.is_file() or path.stat().st_size != SIZE:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == SHA256


def _kept(part: Path) -> int:
    size = part.stat().st_size if part.is_file() else 0
    # Whatever is too long must be something else.
    return size if size <= SIZE else 0


def _fetch(part: Path) -> None:
    kept = _kept(part)
    there = f"; {kept:,} are there" if kept else ""
    note(f"Downloading {URL} ({SIZE:,} bytes{there}) to {part.parent}.")
    response, place = _ask(kept)
    with (
        response,
        part.open("r+b" if place else "wb") as file,
        progress_bar("downloading", SIZE) as advance,
    ):
        file.seek(place)
        advance(place)
        while place <= SIZE and (data := _read(response)):
            file.write(data)
            advance(len(data))
            place += len(data)
    if place > SIZE:
        part.unlink()
        raise _Stopped("the server sends more bytes than were published")
    if place < SIZE:
        raise _Stopped("the connection was cut")


def _ask(start: int) -> tuple[HTTPResponse, int]:
    """Ask for all bytes from one on.

    Returns:
        The response, and the place in the file where its bytes belong.
    """
    request = Request(URL, headers={"Range": f"bytes={start}-"} if start else {})
    with _network():
        try:
            response: HTTPResponse = urlopen(request, timeout=TIMEOUT_SECONDS)
        except HTTPError as error:
            if not (start and error.code == 416):
                raise
            error.close()
            return _ask(0)
    place = start if response.status == 206 else 0
    # Before kept bytes are overwritten: the log-in page of a network comes with status 200 too.
    if response.length not in (None, SIZE - place):
        response.close()
        raise _Stopped(f"the server offers {response.length:,} bytes, not {SIZE - place:,}")
    return response, place


def _read(response: HTTPResponse) -> bytes:
    with _network():
        return response.read(CHUNK)


@contextmanager
def _network() -> Iterator[None]:
    """Turn errors of the network into _Stopped; errors of the disk are OSErrors too."""
    try:
        yield
    except (OSError, HTTPException) as error:
        if isinstance(error, HTTPError):
            error.close()
            reason = f"the server answers {error.code} {responses.get(error.code, '')}"
        else:
            cause = getattr(error, "reason", error)
            reason = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
        raise _Stopped(" ".join(reason.split())[:200]) from None
