"""The repository's files as they were at a revision."""

from __future__ import annotations

import os
import subprocess
import textwrap
from pathlib import Path

from ... import impls
from ..outcomes import BadInput, Failed
from ..text.mishaps import mishap_in
from .parameters import split
from .registry import builtin_networks, file_and_class, installed_networks, is_module
from .source_tree import Tree

DIGITS = 12


class Absent(Exception):
    """The revision does not have the network; the message says why."""


def commit_of(revision: str, given: str) -> tuple[str, str]:
    """Find the commit that a revision names in the current repository.

    Args:
        revision: any name that git has for a commit.
        given: what the user gave, as messages begin with it.

    Returns:
        The top level of the repository, and the commit's full name.

    Raises:
        BadInput: git isn't installed, the current folder is in no repository, or there is no such
            revision.
    """
    top, problem = git("rev-parse", "--show-toplevel")
    if problem:
        raise BadInput(
            f"{given}: this needs a git repository: run it inside of one (git says: {problem})"
        )
    # This turns a tag into its commit and refuses a tree; of all else git lets only ^REV through.
    wanted = f"{revision}^{{commit}}"
    commit, problem = git("rev-parse", "--verify", "--quiet", "--end-of-options", wanted)
    if problem or commit.startswith("^"):
        raise BadInput(f"{given}: {top} has no such commit{_hint()}")
    return top, commit


def check_out(revision: str, folder: Path) -> Tree:
    """Write the files of the current repository, as they were at a revision, into a folder.

    Nothing is left in the repository, even if this process is killed; a git worktree would leave
    its metadata there. A git archive won't do either, because attributes may change its files.

    Args:
        revision: any name that git has for a commit.
        folder: an empty folder, which the caller removes.

    Returns:
        The tree of the files.

    Raises:
        BadInput: git isn't installed, the current folder is in no repository, there is no such
            revision, or its files can't be written.
        Failed: they can't for lack of room or the like.
    """
    top, commit = commit_of(revision, f"against={revision}")
    files = folder / "files"
    files.mkdir()
    git_dir, _ = git("rev-parse", "--absolute-git-dir")
    there = {
        "GIT_DIR": git_dir,
        # As if the copy were the working tree, so that the attributes are the revision's too.
        "GIT_WORK_TREE": str(files.resolve()),
        "GIT_INDEX_FILE": str(folder.resolve() / "index"),
    }
    for command in (["read-tree", commit], ["checkout-index", "--all"]):
        _, problem = git(*command, **there)
        # Git doesn't always say why.
        if mishap_in(problem) or "unable to write" in problem:
            raise Failed(
                f"against={revision}: its files can't be written to {folder}: {problem}; make room "
                "there, name another folder in $TMPDIR, or raise the limit on a file (ulimit -f)"
            )
        if problem:
            raise BadInput(f"against={revision}: its files can't be written: {problem}")
    return Tree(commit[:DIGITS], Path(top).resolve(), files.resolve())


def counterpart(argument: str, tree: Tree) -> str:
    """Find the argument that names one of the user's networks at a revision.

    An installed network keeps its name. Whether it comes from the repository is known only when
    it is loaded; see Tree.refuse_strays.

    Raises:
        Absent: the revision does not have it, or it is no part of the repository.
        BadInput: as file_and_class raises it.
    """
    builtin, installed = builtin_networks(), installed_networks()
    whole, (argument, parameters) = argument, split(argument)
    if argument in builtin:
        ours = Path(impls.__path__[0]).resolve()
        there = tree.there(ours)
        if there is None or not there.is_dir():
            raise Absent(
                f"{argument} comes with the skipzeros in {ours}, which the repository {tree.top} "
                f"doesn't hold at {tree.name}; only the repository's own networks can be compared"
            )
        if not (there / f"{builtin[argument]}.py").is_file():
            raise Absent(f"{argument} is not there at {tree.name}")
        return whole
    if argument in installed or is_module(argument):
        return whole
    path, class_name = file_and_class(argument, [*builtin, *installed])
    there = tree.there(path)
    if there is None:
        raise Absent(
            f"{path} lies outside the repository {tree.top}; only the repository's own networks "
            "can be compared"
        )
    if not there.is_file():
        raise Absent(f"{path} is not there at {tree.name}")
    return f"{there}:{class_name}{parameters}"


def _hint() -> str:
    shallow, _ = git("rev-parse", "--is-shallow-repository")
    if shallow == "true":
        return ", for it is shallow: in CI, fetch it first: actions/checkout with fetch-depth: 0"
    return ": name a commit, a tag or a branch; one that was only fetched is origin/NAME"


def git(*arguments: str, **environment: str) -> tuple[str, str]:
    """Run git.

    Returns:
        What it prints; and why it failed, in one line, or nothing.
    """
    # Without the user's hooks: writing an index, even one of our own, would run one.
    command = ["git", "-c", f"core.hooksPath={os.devnull}", *arguments]
    variables = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", **environment}
    try:
        done = subprocess.run(
            command,
            env=variables,
            capture_output=True,
            # A file that would be too large is then an error of git's, and doesn't kill it.
            restore_signals=False,
        )
    except FileNotFoundError:
        raise BadInput(
            "a comparison with a revision needs git, which is not installed: install it"
        ) from None
    problem = ""
    if done.returncode:
        said = textwrap.shorten(done.stderr.decode(errors="replace"), 300)
        problem = said or f"git {arguments[0]} ended with exit code {done.returncode}"
    # Only the line's end: a folder's name may end with a space, and need not be UTF-8.
    return os.fsdecode(done.stdout).removesuffix("\n"), problem
