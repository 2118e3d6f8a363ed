"""aclImdb as a folder and as an archive, whole and hostile."""

from __future__ import annotations

import gzip
import io
import os
import re
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skipzeros.bench.corpus import Corpus, aclimdb, archive, load
from skipzeros.bench.corpus.layout import Place
from skipzeros.bench.corpus.words import END
from skipzeros.bench.outcomes import BadInput

# Sorted as strings: 10 before 2. "extra" is in the test half only.
FILES = {
    "aclImdb/README": b"not a review",
    "aclImdb/imdb.vocab": b"not a review either",
    "aclImdb/train/unsup/0_0.txt": b"unlabelled",
    "aclImdb/train/labeledBow.feat": b"9 0:9",
    "aclImdb/train/urls_pos.txt": b"http://",
    "aclImdb/train/pos/note.md": b"note",
    "aclImdb/train/pos/2_9.txt": b"second",
    "aclImdb/train/pos/10_9.txt": b"First, a FILM.",
    "aclImdb/train/neg/1_2.txt": b"bad film",
    "aclImdb/train/neg/0_3.txt": b"awful",
    "aclImdb/train/neg/3_1.txt": b"worst",
    "aclImdb/test/pos/0_10.txt": b"film extra film",
    "aclImdb/test/neg/0_1.txt": b"bad",
}


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKIPZEROS_CACHE", str(tmp_path / "cache"))


def member(name: str, **fields: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(info, field, value)
    return info


def tar(files: dict[str, bytes], *others: tarfile.TarInfo, prefix: str = "") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archived:
        for name, content in files.items():
            archived.addfile(member(prefix + name, size=len(content)), io.BytesIO(content))
        for other in others:
            archived.addfile(other)
    return buffer.getvalue()


def pack(path: Path, *others: tarfile.TarInfo, prefix: str = "") -> Path:
    path.write_bytes(gzip.compress(tar(FILES, *others, prefix=prefix)))
    return path


def unpack(folder: Path, files: dict[str, bytes] = FILES) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def as_lists(corpus: Corpus) -> list[object]:
    return [
        (ids.tolist(), None if counts is None else counts.tolist(), label)
        for half in (corpus.train, corpus.test)
        for ids, counts, label in half
    ]


def refuses(path: Path, message: str, split: str = "halves") -> None:
    with pytest.raises(BadInput, match=message) as caught:
        load(path, split)
    assert "\n" not in str(caught.value)


def words_of(text: str) -> list[bytes]:
    *words, rest = aclimdb.split_words(text).split(END)
    assert rest == b""
    return words


def rule_by_the_letter(text: str) -> list[bytes]:
    blanked = re.sub(r"[^a-z.]", " ", text.lower())
    return [word.encode() for word in blanked.replace(".", " . ").split(" ")]


@given(st.text())
def test_split_words_follows_the_rule(text: str) -> None:
    assert words_of(text) == rule_by_the_letter(text)


def test_split_words_on_what_reviews_hold() -> None:
    assert words_of("It's 1 FILM.<br />") == b"it,s,,,film,.,,br,,,".split(b",")
    assert words_of("") == [b""]
    # The capital I with a dot is two characters in lower case, the Kelvin sign is a k.
    assert words_of("\u0130\u212a") == [b"i", b"k"]


def test_classes_alternate_in_the_order_of_their_names(tmp_path: Path) -> None:
    corpus = load(pack(tmp_path / "a.tar.gz"), "halves")

    # first "" a film . | awful | second | bad film | worst, the odd one, at the end
    assert corpus.train.labels.tolist() == [1, 0, 1, 0, 0]
    assert as_lists(corpus)[:5] == [
        ([0, 1, 2, 3, 4], [1.0, 2.0, 1.0, 1.0, 1.0], 1.0),
        ([5], [1.0], 0.0),
        ([6], [1.0], 1.0),
        ([7, 3], [1.0, 1.0], 0.0),
        ([8], [1.0], 0.0),
    ]


def test_the_test_half_has_the_vocabulary_of_the_training_half(tmp_path: Path) -> None:
    corpus = load(pack(tmp_path / "a.tgz"), "halves")
    assert as_lists(corpus)[5:] == [([3], [2.0], 1.0), ([7], [1.0], 0.0)]
    assert corpus.test.vocabulary_size == corpus.train.vocabulary_size == 9


def test_the_lesson_split_leaves_the_test_half_alone(tmp_path: Path) -> None:
    corpus = load(pack(tmp_path / "a.tar.gz"))
    assert (len(corpus.train), len(corpus.test)) == (5, 0)


@pytest.mark.parametrize("split", ["lesson", "halves"])
def test_folder_and_archive_are_the_same(tmp_path: Path, split: str) -> None:
    folder = unpack(tmp_path / "f")
    from_archive = load(pack(tmp_path / "a.tar.gz"), split)
    assert as_lists(load(folder, split)) == as_lists(from_archive)
    assert as_lists(load(folder / "aclImdb", split)) == as_lists(from_archive)


def test_names_that_start_with_a_dot_are_the_same(tmp_path: Path) -> None:
    dotted = pack(tmp_path / "b.tar.gz", member(".", type=tarfile.DIRTYPE), prefix="./")
    assert as_lists(load(dotted)) == as_lists(load(pack(tmp_path / "a.tar.gz")))


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (member("aclImdb/train/pos/x.txt", type=tarfile.SYMTYPE, linkname="/etc/passwd"), "link"),
        (
            member("aclImdb/train/pos/x.txt", type=tarfile.LNKTYPE, linkname="aclImdb/README"),
            "link",
        ),
        (member("aclImdb/unused", type=tarfile.SYMTYPE, linkname="README"), "link"),
        (member("/aclImdb/train/pos/x.txt"), "leads outside"),
        (member("aclImdb/../../x.txt"), "leads outside"),
        (member("aclImdb/fifo", type=tarfile.FIFOTYPE), "neither a plain file nor a folder"),
        (member("aclImdb/dev", type=tarfile.CHRTYPE), "neither a plain file nor a folder"),
        (member("/outside\nlines"), r"outside\\nlines"),
    ],
)
def test_members_that_have_no_place_there_are_refused(
    tmp_path: Path, other: tarfile.TarInfo, message: str
) -> None:
    refuses(pack(tmp_path / "a.tar.gz", other), rf"a\.tar\.gz: member '.*{message}")


def test_truncation_is_noticed_wherever_it_falls(tmp_path: Path) -> None:
    whole = pack(tmp_path / "whole.tar.gz").read_bytes()
    path = tmp_path / "a.tar.gz"
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        refuses(path, r"a\.tar\.gz: not a whole \.tar\.gz archive .*download it again")


def test_a_tar_truncated_before_it_was_compressed_is_noticed(tmp_path: Path) -> None:
    content = tar(FILES)
    end = content.rstrip(b"\0")
    path = tmp_path / "a.tar.gz"
    for length in range(0, len(end), 256):
        path.write_bytes(gzip.compress(content[:length], 1))
        refuses(path, "not a whole")


def test_a_flipped_bit_is_noticed_wherever_it_falls(tmp_path: Path) -> None:
    # Uncompressed blocks, so that what is damaged still unpacks and only the checksum can tell.
    whole = gzip.compress(tar(FILES), 0, mtime=0)
    expected = as_lists(load(pack(tmp_path / "whole.tar.gz")))
    path = tmp_path / "a.tar.gz"
    messages = []
    for place in range(10, len(whole), 97):
        damaged = bytearray(whole)
        damaged[place] ^= 0x10
        path.write_bytes(damaged)
        try:
            found = as_lists(load(path))
        except BadInput as error:
            messages.append(str(error))
        else:
            # A few bits of the format mean nothing.
            assert found == expected
    assert len(messages) > 100
    assert not any("\n" in message for message in messages)


def test_something_else_under_the_name_of_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "page.tar.gz"
    path.write_bytes(b"<html>Not found</html>")
    refuses(path, r"page\.tar\.gz: not a whole")
    path.write_bytes(gzip.compress(b"compressed, but no tar" * 99))
    refuses(path, r"page\.tar\.gz: not a whole")


def test_a_text_too_long_for_a_review(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_REVIEW_BYTES", 15)
    load(pack(tmp_path / "a.tar.gz"))
    files = {"aclImdb/test/neg/0_1.txt": b"sixteen letters."}
    path = tmp_path / "b.tar.gz"
    path.write_bytes(gzip.compress(tar(FILES | files)))
    refuses(path, r"test/neg/0_1\.txt'?: 16 bytes are too many")
    refuses(unpack(tmp_path / "f", FILES | files), r"test/neg/0_1\.txt': 16 bytes are too many")


def test_an_archive_that_unpacks_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MOST_BYTES", 10**6)
    # Not even a review: whatever is large, is refused before it is all unpacked.
    bomb = {"aclImdb/README": bytes(5 * 10**6)}
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(tar(FILES | bomb)))
    refuses(path, r"a\.tar\.gz: unpacks to more than 1,000,000 bytes")


def test_an_archive_of_members_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_MEMBERS", len(FILES))
    load(pack(tmp_path / "a.tar.gz"))
    monkeypatch.setattr(archive, "MOST_MEMBERS", len(FILES) - 1)
    refuses(tmp_path / "a.tar.gz", r"a\.tar\.gz: holds more than 12 members")


def test_a_folder_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aclimdb, "MOST_BYTES", 30)
    refuses(unpack(tmp_path / "f"), "more than 30 bytes of reviews")


@pytest.mark.parametrize("part", ["train/pos", "train/neg", "test/pos", "test/neg"])
def test_a_missing_class_is_named(tmp_path: Path, part: str) -> None:
    files = {name: content for name, content in FILES.items() if f"{part}/" not in name}
    refuses(unpack(tmp_path / "f", files), f"no reviews in {part};")
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(tar(files)))
    refuses(path, f"no reviews in {part};")


def test_the_lesson_split_needs_no_test_half(tmp_path: Path) -> None:
    files = {name: content for name, content in FILES.items() if "test/" not in name}
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(tar(files)))
    assert len(load(path).train) == 5
    refuses(path, "no reviews in test/pos and test/neg")


def test_an_archive_without_reviews(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(tar({"aclImdb/README": b""})))
    refuses(path, r"a\.tar\.gz: holds no reviews: neither train/pos, train/neg")


def test_a_review_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    files = FILES | {"aclImdb/test/pos/1_9.txt": b"caf\xe9"}
    refuses(unpack(tmp_path / "f", files), r"'test/pos/1_9\.txt' is not UTF-8 \(byte 4\)")


def test_a_changed_file_of_a_folder_is_not_taken_from_the_cache(tmp_path: Path) -> None:
    folder = unpack(tmp_path / "f")
    before = as_lists(load(folder))
    # As long as it was, so that only the bytes themselves can tell.
    assert len(FILES["aclImdb/train/neg/0_3.txt"]) == len(b"first")
    (folder / "aclImdb/train/neg/0_3.txt").write_bytes(b"first")
    assert as_lists(load(folder)) != before


def test_an_archive_that_changes_while_it_is_read_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "aclImdb.tar"
    path.write_bytes(tar(FILES))
    read = aclimdb.read_archive

    def after_a_change(*arguments: Any) -> Any:
        changed = {**FILES, "aclImdb/train/neg/0_3.txt": b"first"}
        with path.open("r+b") as file:
            file.write(tar(changed))
        return read(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(aclimdb, "read_archive", after_a_change)
        changed = as_lists(load(path))
    with path.open("r+b") as file:
        file.write(tar(FILES))
    assert as_lists(load(path)) != changed


def test_a_folder_left_alone_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aclimdb, "SETTLED_SECONDS", -1.0)
    folder = unpack(tmp_path / "f")
    before = as_lists(load(folder))
    with monkeypatch.context() as patch:
        patch.setattr(aclimdb, "_read", lambda *_: pytest.fail("it was read again"))
        assert as_lists(load(folder)) == before
    path = folder / "aclImdb/train/neg/0_3.txt"
    about = path.stat()
    path.write_bytes(b"first")
    # Even where somebody sets the time of the last writing back.
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert as_lists(load(folder)) != before


def test_a_folder_just_changed_is_read_again_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = unpack(tmp_path / "f")
    load(folder)
    read: list[str] = []

    def reading(_: Path, names: Mapping[Place, str]) -> dict[Place, bytes]:
        read.extend(names.values())
        return {place: FILES[name] for place, name in names.items()}

    monkeypatch.setattr(aclimdb, "_read", reading)
    load(folder)
    assert "aclImdb/train/pos/2_9.txt" in read


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such pipes here")
def test_what_is_no_plain_file_is_no_review(tmp_path: Path) -> None:
    folder = unpack(tmp_path / "f")
    os.mkfifo(folder / "aclImdb/train/pos/7_7.txt")
    assert len(load(folder).train) == 5


def test_reviews_in_two_places_are_not_mixed(tmp_path: Path) -> None:
    other = {"other/train/pos/x.txt": b"good", "other/train/neg/x.txt": b"bad"}
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(tar(FILES | other)))
    refuses(path, r"holds reviews in 'aclImdb/' and 'other/'; give one of them")
    refuses(unpack(tmp_path / "f", FILES | other), "give one of them")
