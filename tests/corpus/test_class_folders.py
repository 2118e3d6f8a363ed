"""Folders and archives with a folder for each class, and what systems leave in them."""

from __future__ import annotations

import io
import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest
import zstandard

from skipzeros.bench.corpus import Reading, load
from skipzeros.bench.outcomes import BadInput

SPAM = {
    "mail/spam/1.txt": b"win a prize", "mail/spam/2.txt": b"prize, prize!",
    "mail/ham/1.txt": b"see you", "mail/ham/10.txt": "caf\u00e9 at ten".encode(),
    "mail/README.txt": b"about these",
}  # fmt: skip
LITTER = {
    "mail/.DS_Store": b"", "mail/ham/._1.txt": b"\0\5\x16", "mail/spam/Thumbs.db": b"",
    "__MACOSX/mail/spam/1.txt": b"\0", "mail/desktop.ini": b"",
}  # fmt: skip


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SKIPZEROS_CACHE", str(tmp_path / "cache"))


def write(files: dict[str, bytes], end: str) -> str:
    if not end:
        for name, content in files.items():
            Path("data", name).parent.mkdir(parents=True, exist_ok=True)
            Path("data", name).write_bytes(content)
        return "data"
    buffer = io.BytesIO()
    if end == ".zip":
        with zipfile.ZipFile(buffer, "w") as zipped:
            for name, content in files.items():
                zipped.writestr(name, content)
        content = buffer.getvalue()
    else:
        kind = {".tar.gz": "gz", ".tar.bz2": "bz2"}.get(end, "")
        with tarfile.open(fileobj=buffer, mode=f"w:{kind}") as archived:  # type: ignore[call-overload]
            for name, content in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archived.addfile(member, io.BytesIO(content))
        content = buffer.getvalue()
        if end == ".txz":
            content = lzma.compress(content)
        if end == ".tar.zst":
            content = zstandard.ZstdCompressor().compress(content)
    Path(f"data{end}").write_bytes(content)
    return f"data{end}"


@pytest.mark.parametrize("end", ["", ".tar", ".tar.gz", ".tar.bz2", ".txz", ".tar.zst", ".zip"])
def test_a_folder_for_each_class_is_read(end: str) -> None:
    corpus = load(write(SPAM | LITTER, end))
    # Classes in turn, each by the names of its files.
    assert corpus.train.labels.tolist() == [1, 0, 1, 0]
    assert "spam is positive (2 of 4), ham negative; positive='ham' turns it round" in corpus.note
    assert "reviews are in 'mail/'" in corpus.note
    left = "2 files of macOS, 1 desktop.ini, 1 Thumbs.db, 1 .DS_Store"
    assert f"left out: {left}" in corpus.note
    # win, a, prize; see, you; and the comma's blank, and the mark's
    assert corpus.train.vocabulary_size == 3 + 2 + 1 + 3


@pytest.mark.parametrize("end", ["", ".zip"])
def test_folders_of_halves_may_have_any_classes(end: str) -> None:
    files = {f"{half}/{kind}/{number}.txt": kind.encode() for half in ("train", "test")
             for kind in ("bad", "good") for number in range(3)}  # fmt: skip
    corpus = load(write(files, end), "halves")
    assert corpus.train.labels.tolist() == corpus.test.labels.tolist() == [1, 0, 1, 0, 1, 0]
    assert len(load(write(files, end)).train) == 6


def test_any_stretch_of_reviews_has_the_share_of_each_class_that_all_have() -> None:
    files = {f"d/spam/{n:03}.txt": b"a" for n in range(60)}
    files |= {f"d/ham/{n:03}.txt": b"b" for n in range(140)}
    corpus = load(write(files, ""), reading=Reading(test="20%"))
    assert corpus.train.labels.mean() == pytest.approx(0.3, abs=0.01)
    assert corpus.test.labels.mean() == pytest.approx(0.3, abs=0.03)


def test_three_classes_need_a_word_of_the_user() -> None:
    files = {f"{kind}/{number}.txt": kind.encode() for kind in "abc" for number in range(2)}
    path = write(files, "")
    with pytest.raises(BadInput, match=r"a \(2\), b \(2\), c \(2\), not two classes"):
        load(path)
    assert load(path, reading=Reading(positive="b")).train.labels.tolist() == [0, 1, 0, 0, 1, 0]
    assert len(load(path, reading=Reading(positive="b", drop="a")).train) == 4


def test_litter_in_an_archive_of_aclimdb_is_told_from_the_cache_too() -> None:
    files = {f"aclImdb/{half}/{kind}/{n}_{n}.txt": b"a film" for half in ("train", "test")
             for kind in ("pos", "neg") for n in range(2)}  # fmt: skip
    litter = {name.replace("/0_", "/._0_"): b"\0\5" for name in files if "/0_" in name}
    path = write(files | litter, ".tar.gz")
    for _ in range(2):
        corpus = load(path, "halves")
        assert (len(corpus.train), len(corpus.test)) == (4, 4)
        assert "left out: 4 files of macOS" in corpus.note
        assert corpus.train.vocabulary_size == 2


@pytest.mark.parametrize("end", ["", ".tar.gz"])
def test_aclimdb_below_another_folder(end: str) -> None:
    files = {f"my reviews/aclImdb/train/{kind}/{n}_1.txt": b"film" for kind in ("pos", "neg")
             for n in range(3)}  # fmt: skip
    corpus = load(write(files, end))
    assert len(corpus.train) == 6
    assert "reviews are in 'my reviews/aclImdb/'" in corpus.note


def test_links_and_ways_out_of_a_zip_are_refused() -> None:
    path = write(SPAM | {"../out.txt": b""}, ".zip")
    with pytest.raises(BadInput, match="has a name that leads outside the archive"):
        load(path)
    with zipfile.ZipFile("l.zip", "w") as zipped:
        link = zipfile.ZipInfo("spam/1.txt")
        link.external_attr = 0o120777 << 16
        zipped.writestr(link, "/etc/passwd")
    with pytest.raises(BadInput, match="is a link"):
        load("l.zip")


def test_a_damaged_zip_is_told() -> None:
    path = Path(write(SPAM, ".zip"))
    content = path.read_bytes()
    for length in range(0, len(content), 37):
        path.write_bytes(content[:length])
        with pytest.raises(BadInput, match=r"not a whole \.zip archive"):
            load(path)


def test_all_files_of_a_folder_have_one_likely_encoding_which_is_told() -> None:
    words = ["élève", "garçon", "forêt", "naïf", "été", "noël", "là", "où"]
    files = {
        f"d/{kind}/{n:03}.txt": f"{words[n % 8]} {words[n % 7]}".encode("cp1252")
        for kind in ("ham", "spam")
        for n in range(80)
    }
    files["d/ham/100.txt"] = "élève".encode()
    corpus = load(write(files, ""))
    assert corpus.train.vocabulary_size == 8
    assert "160 of 161 files are read as Latin-1." in corpus.note
