"""The files of a revision, from real repositories, with nothing left behind in them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from skipzeros import impls
from skipzeros.bench.networks.registry import ENTRY_POINT_GROUP
from skipzeros.bench.networks.revision import Absent, check_out, counterpart
from skipzeros.bench.networks.source_tree import Tree
from skipzeros.bench.outcomes import BadInput, Failed

IMPLS = Path(impls.__path__[0]).resolve()
OLD = {"mine.py": "old", "my nets/größe.py": "old", "gone.py": "old"}

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git isn't installed")


def git(folder: Path, *arguments: str) -> str:
    author = ("-c", "user.name=Nobody", "-c", "user.email=nobody@example.org")
    local = ("-c", "protocol.file.allow=always", "-c", "core.autocrlf=false")
    done = subprocess.run(
        ["git", *author, *local, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def commit(folder: Path, files: dict[str, str]) -> str:
    """The revision at which the repository has these files besides those it had."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", newline="")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "more")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One whose first revision, tagged `first`, has files that the second changes and moves."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "user's own"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder, OLD)
    git(folder, "tag", "--annotate", "--message", "annotated", "first")
    (folder / "gone.py").unlink()
    commit(folder, {"mine.py": "new", "my nets/größe.py": "new", "later.py": "new"})
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "temporary").mkdir()
    return tmp_path / "temporary"


def files(tree: Tree) -> dict[str, str]:
    return {
        path.relative_to(tree.copy).as_posix(): path.read_bytes().decode()
        for path in tree.copy.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("revision", ["first", "main~1", "HEAD^", "HEAD@{1}"])
def test_all_files_are_as_they_were(repository: Path, folder: Path, revision: str) -> None:
    tree = check_out(revision, folder)
    assert files(tree) == OLD
    assert tree.name == git(repository, "rev-parse", "first^{commit}")[:12]
    assert tree.top == repository.resolve()
    assert tree.copy.is_relative_to(folder.resolve())


def test_it_is_the_whole_repository_from_a_folder_inside_too(
    repository: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "my nets")
    tree = check_out("first", folder)
    assert files(tree) == OLD
    assert tree.top == repository.resolve()


def test_a_linked_worktree_with_no_branch_serves_as_well(
    repository: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(repository, "worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    monkeypatch.chdir(tmp_path / "linked")
    tree = check_out("first", folder)
    assert files(tree) == OLD
    assert tree.top == (tmp_path / "linked").resolve()


def test_a_sparse_working_tree_hides_nothing(repository: Path, folder: Path) -> None:
    git(repository, "sparse-checkout", "set", "--cone", "--sparse-index", "elsewhere")
    assert not (repository / "my nets").exists()
    assert files(check_out("first", folder)) == OLD


def below_git(repository: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes())
        for path in (repository / ".git").rglob("*")
        if path.is_file()
    }


def test_nothing_is_left_in_the_repository(repository: Path, folder: Path) -> None:
    hook = repository / ".git" / "hooks" / "post-index-change"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\ntouch "$GIT_DIR/the-hook-ran"\n')
    hook.chmod(0o755)
    git(repository, "config", "core.splitIndex", "true")
    git(repository, "status")
    (repository / ".git" / "the-hook-ran").unlink(missing_ok=True)
    before = below_git(repository)
    check_out("first", folder)
    assert below_git(repository) == before
    assert git(repository, "worktree", "list").count("\n") == 0
    assert git(repository, "status", "--porcelain") == ""


def test_what_is_not_committed_stays_as_it_is(repository: Path, folder: Path) -> None:
    (repository / "mine.py").write_text("edited")
    (repository / "later.py").write_text("staged")
    git(repository, "add", "later.py")
    tree = check_out("HEAD", folder)
    assert files(tree)["mine.py"] == files(tree)["later.py"] == "new"
    assert git(repository, "status", "--porcelain").split("\n") == ["M  later.py", " M mine.py"]


def test_in_a_hook_the_commit_s_own_index_is_left_alone(
    repository: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = repository / ".git" / "index"
    before = index.read_bytes()
    monkeypatch.setenv("GIT_INDEX_FILE", str(index))
    monkeypatch.setenv("GIT_DIR", ".git")
    assert files(check_out("first", folder)) == OLD
    assert index.read_bytes() == before


def test_the_attributes_are_those_of_the_revision(repository: Path, folder: Path) -> None:
    text = {"mine.py": "a\nb\n"}
    then = commit(repository, {".gitattributes": "mine.py export-ignore\n", **text})
    commit(repository, {".gitattributes": "*.py text eol=crlf\n"})
    assert files(check_out(then, folder))["mine.py"] == "a\nb\n"
    now = folder / "now"
    now.mkdir()
    # What is edited, and not committed, doesn't count either.
    (repository / ".gitattributes").write_text("*.py -text\n")
    assert files(check_out("HEAD", now))["mine.py"] == "a\r\nb\r\n"


@pytest.mark.parametrize(
    "revision", ["nope", "-x", "--all", "", "^HEAD", "HEAD^{tree}", "first..main", "HEAD:mine.py"]
)
def test_what_is_no_commit_is_refused(repository: Path, folder: Path, revision: str) -> None:
    with pytest.raises(BadInput) as refused:
        check_out(revision, folder)
    assert str(refused.value) == (
        f"against={revision}: {repository.resolve()} has no such commit: name a commit, a tag or "
        "a branch; one that was only fetched is origin/NAME"
    )
    assert list(folder.iterdir()) == []


def test_in_a_shallow_clone_it_says_how_to_fetch_more(
    repository: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "clone", "--quiet", "--depth", "1", repository.as_uri(), "shallow")
    monkeypatch.chdir(tmp_path / "shallow")
    with pytest.raises(BadInput, match="in CI, fetch it first: actions/checkout with fetch-dep"):
        check_out("HEAD~1", folder)


def test_outside_of_a_repository_is_bad_input(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match="against=main: this needs a git repository") as told:
        check_out("main", folder)
    assert "\n" not in str(told.value)


def test_without_git_it_says_so(
    repository: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(BadInput, match="needs git, which is not installed"):
        check_out("main", folder)


def test_files_that_cannot_be_written_are_told_in_one_line(repository: Path, folder: Path) -> None:
    for key, value in (("clean", "cat"), ("smudge", "false"), ("required", "true")):
        git(repository, "config", f"filter.broken.{key}", value)
    commit(repository, {".gitattributes": "mine.py filter=broken\n"})
    with pytest.raises(BadInput, match=r"main: its files can't be written: .*filter") as refused:
        check_out("main", folder)
    assert "\n" not in str(refused.value)


def test_files_that_there_is_no_room_for_are_the_machines_fault(
    repository: Path, folder: Path
) -> None:
    resource = pytest.importorskip("resource")
    commit(repository, {"mine.py": "x" * 10_000})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, before[1]))
    try:
        with pytest.raises(Failed, match=r"written to .*: error: .*mine.py; make room there"):
            check_out("main", folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_file_is_found_where_it_was(repository: Path, folder: Path) -> None:
    tree = check_out("first", folder)
    argument = counterpart("my nets/größe.py:Mine", tree)
    assert argument == f"{tree.copy / 'my nets' / 'größe.py'}:Mine"
    assert counterpart(f"{repository / 'mine.py'}:A", tree) == f"{tree.copy / 'mine.py'}:A"


def test_a_file_is_found_by_what_a_link_leads_to(
    repository: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(repository, target_is_directory=True)
    monkeypatch.chdir(tmp_path / "link")
    tree = check_out("first", folder)
    argument = counterpart(f"{tmp_path / 'link' / 'mine.py'}:Mine", tree)
    assert argument == f"{tree.copy / 'mine.py'}:Mine"


def test_a_file_that_came_later_is_absent(repository: Path, folder: Path) -> None:
    tree = check_out("first", folder)
    with pytest.raises(Absent, match=rf"^later\.py is not there at {tree.name}$"):
        counterpart("later.py:Mine", tree)


def test_a_file_outside_the_repository_is_absent(
    repository: Path, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "outside.py").touch()
    (repository / "link.py").symlink_to(tmp_path / "outside.py")
    tree = check_out("first", folder)
    for argument in ("../outside.py:Mine", "link.py:Mine"):
        with pytest.raises(Absent, match=r"lies outside the repository .*'s own networks"):
            counterpart(argument, tree)


@pytest.mark.parametrize("argument", ["mine.py", "nothing", "nowhere.py:Mine"])
def test_what_names_no_network_now_is_bad_input(
    repository: Path, folder: Path, argument: str
) -> None:
    with pytest.raises(BadInput):
        counterpart(argument, check_out("first", folder))


def test_a_built_in_network_keeps_its_name_if_it_was_there(tmp_path: Path) -> None:
    tree = Tree("0123456789ab", IMPLS.parent, tmp_path.resolve())
    (tmp_path / "impls").mkdir()
    (tmp_path / "impls" / "add_reduce.py").touch()
    assert counterpart("add-reduce", tree) == "add-reduce"
    with pytest.raises(Absent, match=r"^dense-rows is not there at 0123456789ab$"):
        counterpart("dense-rows", tree)


def test_a_built_in_network_of_another_place_is_absent(repository: Path, folder: Path) -> None:
    with pytest.raises(Absent, match=r"add-reduce comes with the skipzeros in .*, which the repos"):
        counterpart("add-reduce", check_out("first", folder))


def test_a_built_in_network_of_an_environment_in_the_repository_is_absent(tmp_path: Path) -> None:
    with pytest.raises(Absent, match="doesn't hold at 0123456789ab"):
        counterpart("add-reduce", Tree("0123456789ab", IMPLS.parent, tmp_path.resolve()))


def test_an_installed_network_keeps_its_name(
    repository: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    metadata = tmp_path / "installed" / "some-1.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: some\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text(f"[{ENTRY_POINT_GROUP}]\ntheirs = some:Theirs\n")
    monkeypatch.syspath_prepend(metadata.parent)
    assert counterpart("theirs", check_out("first", folder)) == "theirs"
