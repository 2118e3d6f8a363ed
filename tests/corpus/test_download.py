"""--data imdb: the published archive, fetched from a real server that behaves and misbehaves."""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import socket
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest
from click.testing import CliRunner

from skipzeros.bench.cli import cli
from skipzeros.bench.corpus import download, load
from skipzeros.bench.corpus.download import imdb_archive
from skipzeros.bench.outcomes import BadInput

NAME = "aclImdb_v1.tar.gz"


def pack(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archived:
        for name, content in files.items():
            member = tarfile.TarInfo(f"aclImdb/{name}")
            member.size = len(content)
            archived.addfile(member, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), mtime=0)


ARCHIVE = pack(
    {
        "train/pos/0_9.txt": b"good film",
        "train/neg/0_1.txt": b"bad film",
        "test/pos/0_9.txt": b"good good",
        "test/neg/0_1.txt": b"bad",
    }
)
HALF = len(ARCHIVE) // 2


@dataclass
class Host:
    """What the server is to do, and what it was asked and has sent."""

    content: bytes = ARCHIVE
    ranges: bool = True
    says_length: bool = True
    status: int = 0  # of every answer, where it is none of success
    breaks_after: int | None = None  # bytes of the body; then it hangs up
    hangs: bool = False  # instead of hanging up
    asked: list[str | None] = field(default_factory=list)  # the Range of each request
    sent: list[int] = field(default_factory=list)
    released: Event = field(default_factory=Event)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        wanted = handler.headers["Range"]
        self.asked.append(wanted)
        if self.status:
            handler.send_error(self.status)
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.ranges else 0
        if start >= len(self.content):
            handler.send_error(416)
            return
        body, end = self.content[start:], len(self.content)
        handler.send_response(206 if wanted and self.ranges else 200)
        if wanted and self.ranges:
            handler.send_header("Content-Range", f"bytes {start}-{end - 1}/{end}")
        if self.says_length:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        body = body[: self.breaks_after]
        handler.wfile.write(body)
        self.sent.append(len(body))
        if self.hangs:
            self.released.wait(10)


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    host = Host()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    monkeypatch.setenv("SKIPZEROS_CACHE", str(tmp_path / "cache"))
    # A proxy of this machine would be asked for 127.0.0.1.
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(download, "SIZE", len(ARCHIVE))
    monkeypatch.setattr(download, "SHA256", hashlib.sha256(ARCHIVE).hexdigest())
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        monkeypatch.setattr(download, "URL", f"http://127.0.0.1:{server.server_port}/x/{NAME}")
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield host
        host.released.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def part(host: Host, tmp_path: Path) -> Path:
    """Where what came of the archive is kept; nothing yet."""
    (tmp_path / "cache").mkdir()
    return tmp_path / "cache" / f"{NAME}.part"


def refused(reason: str, kept: int) -> None:
    with pytest.raises(BadInput) as caught:
        imdb_archive()
    assert re.fullmatch(
        rf"http\S+{NAME}: can't be downloaded \({reason}\); {kept:,} of {len(ARCHIVE):,} bytes "
        "are kept and the same command goes on there, or download it elsewhere and give its path "
        "in place of imdb",
        str(caught.value),
    ), caught.value


def whole(path: Path) -> bool:
    """Whether a path is that of the archive, and nothing else was left beside it."""
    return path.read_bytes() == ARCHIVE and list(path.parent.iterdir()) == [path]


def test_it_is_downloaded_once(
    host: Host, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = imdb_archive()
    assert path == tmp_path / "cache" / NAME
    assert whole(path)
    told = capsys.readouterr()
    assert told.err == (
        f"Downloading {download.URL} ({len(ARCHIVE)} bytes) to {tmp_path / 'cache'}.\n"
    )
    assert imdb_archive() == path
    assert host.asked == [None]
    assert capsys.readouterr() == ("", "")


def test_a_damaged_archive_is_not_handed_out(host: Host) -> None:
    path = imdb_archive()
    path.write_bytes(ARCHIVE[:-1] + b"?")
    assert whole(imdb_archive())
    assert len(host.asked) == 2


def test_a_cut_download_goes_on_where_it_ended(
    host: Host, part: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host.breaks_after = HALF
    refused("the connection was cut", kept=HALF)
    assert part.read_bytes() == ARCHIVE[:HALF]

    host.breaks_after = None
    capsys.readouterr()
    assert whole(imdb_archive())
    assert host.asked == [None, f"bytes={HALF}-"]
    assert host.sent == [HALF, len(ARCHIVE) - HALF]
    assert f"({len(ARCHIVE)} bytes; {HALF} are there)" in capsys.readouterr().err


def test_a_server_that_falls_silent_is_not_waited_for(
    host: Host, part: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "TIMEOUT_SECONDS", 0.2)
    monkeypatch.setattr(download, "CHUNK", HALF)
    host.breaks_after, host.hangs = HALF, True
    refused("timed out", kept=HALF)


def test_a_whole_part_needs_no_server(host: Host, part: Path) -> None:
    # As it is left by whoever was stopped between the last byte and the check.
    part.write_bytes(ARCHIVE)
    assert whole(imdb_archive())
    assert host.asked == []


def test_a_server_without_ranges_starts_over(host: Host, part: Path) -> None:
    host.ranges = False
    part.write_bytes(ARCHIVE[:HALF])
    assert whole(imdb_archive())
    assert host.asked == [f"bytes={HALF}-"]

    # And what was kept before is no longer counted.
    (part.parent / NAME).unlink()
    part.write_bytes(ARCHIVE[:HALF])
    host.breaks_after = 10
    refused("the connection was cut", kept=10)


def test_a_server_that_has_no_such_range_starts_over(host: Host, part: Path) -> None:
    part.write_bytes(ARCHIVE[:-1])
    host.content = ARCHIVE[: len(ARCHIVE) - 1]
    refused(f"the server offers {len(ARCHIVE) - 1} bytes, not {len(ARCHIVE)}", len(ARCHIVE) - 1)
    assert host.asked == [f"bytes={len(ARCHIVE) - 1}-", None]


def test_a_part_that_is_too_long_starts_over(host: Host, part: Path) -> None:
    part.write_bytes(bytes(len(ARCHIVE) + 1))
    assert whole(imdb_archive())
    assert host.asked == [None]


@pytest.mark.parametrize("kept", [0, HALF])
def test_the_checksum_decides(host: Host, part: Path, kept: int) -> None:
    host.content = bytes(len(ARCHIVE))
    if kept:
        part.write_bytes(ARCHIVE[:kept])
    with pytest.raises(BadInput, match="not the published archive, by its SHA-256, and is") as told:
        imdb_archive()
    assert "\n" not in str(told.value)
    assert list(part.parent.iterdir()) == []

    host.content = ARCHIVE
    assert whole(imdb_archive())


def test_another_process_may_be_first(
    host: Host, part: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(part: Path) -> None:
        part.with_name(NAME).write_bytes(ARCHIVE)

    monkeypatch.setattr(download, "_fetch", fetch)
    assert whole(imdb_archive())


@pytest.mark.parametrize(("status", "phrase"), [(404, "Not Found"), (503, "Service Unavailable")])
@pytest.mark.parametrize("kept", [0, HALF])
def test_what_the_server_answers_is_told(
    host: Host, part: Path, status: int, phrase: str, kept: int
) -> None:
    part.write_bytes(ARCHIVE[:kept])
    host.status = status
    refused(f"the server answers {status} {phrase}", kept)
    host.status = 0
    assert whole(imdb_archive())


def test_a_page_in_its_place_overwrites_nothing(host: Host, part: Path) -> None:
    part.write_bytes(ARCHIVE[:HALF])
    host.content, host.ranges = b"<html>Log in</html>", False
    refused(f"the server offers 19 bytes, not {len(ARCHIVE)}", kept=HALF)
    assert part.read_bytes() == ARCHIVE[:HALF]


def test_more_bytes_than_were_published(host: Host, part: Path) -> None:
    host.content = ARCHIVE + b"?"
    refused(f"the server offers {len(ARCHIVE) + 1} bytes, not {len(ARCHIVE)}", kept=0)
    host.says_length = False
    refused("the server sends more bytes than were published", kept=0)
    assert list(part.parent.iterdir()) == []


def test_bytes_without_end_are_not_read_to_the_end(
    host: Host, part: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "TIMEOUT_SECONDS", 0.2)
    monkeypatch.setattr(download, "CHUNK", 16)
    host.content, host.says_length, host.hangs = ARCHIVE + bytes(32), False, True
    refused("the server sends more bytes than were published", kept=0)


def test_offline_the_command_says_what_to_do(
    host: Host, part: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/{NAME}"
        monkeypatch.setattr(download, "URL", url)
        result = CliRunner().invoke(cli, ["data", "imdb"])
    assert result.exit_code == 2
    note, error = result.stderr.splitlines()
    assert note.startswith(f"Downloading {url} ")
    assert error == (
        f"Error: {url}: can't be downloaded (Connection refused); 0 of {len(ARCHIVE)} bytes are "
        "kept and the same command goes on there, or download it elsewhere and give its path in "
        "place of imdb"
    )
    assert result.stdout == ""


def test_a_cache_folder_that_cannot_be_written(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("SKIPZEROS_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(BadInput, match=r"can't be written \(Not a directory\); .*CACHE$") as told:
        imdb_archive()
    assert str(told.value).startswith(str(tmp_path / "file"))
    assert "\n" not in str(told.value)
    assert host.asked == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's /dev/full")
def test_a_full_disk_is_not_taken_for_the_network(host: Host, part: Path) -> None:
    part.symlink_to("/dev/full")
    with pytest.raises(BadInput, match=r"\.part: can't be written \(No space left on device\)"):
        imdb_archive()


def test_load_gives_the_reviews_and_both_splits(host: Host) -> None:
    corpus = load("imdb")
    assert corpus.name == "imdb"
    assert (len(corpus.train), len(corpus.test)) == (2, 0)
    halves = load("imdb", "halves")
    assert halves.name == "imdb"
    assert [words.tolist() for words, _, _ in halves.train] == [[0, 1], [2, 1]]
    assert halves.train.labels.tolist() == halves.test.labels.tolist() == [1, 0]
    assert [words.tolist() for words, _, _ in halves.test] == [[0], [2]]
    assert host.asked == [None]


def test_the_command_describes_it(host: Host) -> None:
    result = CliRunner(env={"COLUMNS": "200"}).invoke(cli, ["data", "imdb"])
    assert result.exit_code == 0, result.output
    assert "imdb" in result.stdout
    assert "Downloading" not in result.stdout


def test_a_folder_called_imdb_can_be_reached(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "imdb").mkdir()
    (tmp_path / "imdb" / "reviews.txt").write_text("a\nb\nc\n")
    (tmp_path / "imdb" / "labels.txt").write_text("positive\n" * 3)
    monkeypatch.chdir(tmp_path)
    assert len(load("./imdb").train) == len(load(Path("imdb")).train) == 3
    assert host.asked == []


def test_the_published_archive_is_the_one_that_is_meant() -> None:
    assert (download.SIZE, len(bytes.fromhex(download.SHA256))) == (84_125_825, 32)
    assert download.URL.startswith("https://ai.stanford.edu/")


def test_a_user_without_a_folder_is_told_to_name_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SKIPZEROS_CACHE", raising=False)
    monkeypatch.setattr("skipzeros.bench.corpus.cache.user_cache_dir", lambda name: f"~/{name}")
    with pytest.raises(BadInput, match=r"imdb: this user has no folder; name one in \$SKIPZEROS_"):
        imdb_archive()
