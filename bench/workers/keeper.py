"""The keeper of a worker: all that a network starts stays below it, and ends with the worker.

A process can be cut loose from the one that started it, or be made a child of that one's parent:
it then works unseen, and outlives the run. Here it lands with the keeper, which runs no code of a
network, has the harness tell the worker from all others, and leaves nothing behind.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress

DEATH_SIGNAL, CHILD_SUBREAPER = 1, 36  # of prctl
# The variable that names the temporary folder of the run.
FOLDER = "SKIPZEROS_FOLDER"


def keep() -> None:
    """Go on as the worker, a child of this process, which stays behind as its keeper.

    The keeper first writes the worker's number, and the policy and priority by which both are
    scheduled, into the pipe of the answers. At the end of the
    worker, or of the harness, it ends whatever is left, and then itself in the way that the worker
    did; after the harness it removes the run's temporary folder, since whoever does that may have
    been killed too. Only Linux has what that needs; elsewhere this process itself is the worker.
    """
    if sys.platform != "linux":
        return
    import resource

    harness = os.getppid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # ignored, nobody would learn of a child's end
    end_with_parent(signal.SIGTERM)
    _control(CHILD_SUBREAPER, 1)
    children = None
    with suppress(OSError):  # a kernel may have been built without it
        # Now, since a network may take from this process the right to open files.
        children = os.open(f"/proc/self/task/{os.getpid()}/children", os.O_RDONLY)
    # The worker's own core dump is enough; and its limit is back as soon as it is alone.
    core = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, core[1]))
    go, told = os.pipe()
    keeper = os.getpid()
    worker = os.fork()
    if not worker:
        end_with_parent(signal.SIGKILL)
        if os.getppid() != keeper:
            os._exit(1)
        resource.setrlimit(resource.RLIMIT_CORE, core)
        os.close(told)
        os.read(go, 1)
        for file in (go, children):
            if file is not None:
                os.close(file)
        return

    def end_worker(*_: object) -> None:
        with suppress(ProcessLookupError):  # it has just ended by itself
            os.kill(worker, signal.SIGKILL)

    signal.signal(signal.SIGTERM, end_worker)
    with suppress(BrokenPipeError):
        os.write(1, b"%d %d %d\n" % (worker, *rank_of(worker)))
    for pipe in (0, 1, told, go):
        os.close(pipe)
    _, status = os.waitpid(worker, 0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if children is not None:
        _end_all(children)
    if _has_ended(harness):
        _remove_folder()
    _end_as(status)


def rank_of(number: int) -> tuple[int, int]:
    """Return the policy and the priority by which a process is scheduled."""
    return os.sched_getscheduler(number), os.getpriority(os.PRIO_PROCESS, number)


def end_with_parent(number: int) -> None:
    """Have Linux send this process a signal when its parent ends."""
    _control(DEATH_SIGNAL, number)


def _control(option: int, value: int) -> None:
    import ctypes

    ctypes.CDLL(None).prctl(option, value)


def _end_all(own: int) -> None:
    """End the children; those of each then become children of the keeper.

    Args:
        own: the file that tells them.
    """
    with suppress(ChildProcessError):
        while children := os.pread(own, 1 << 16, 0).split():
            for child in children:
                with suppress(OSError):
                    os.kill(int(child), signal.SIGKILL)
            os.wait()
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _has_ended(harness: int) -> bool:
    """Say whether the parent of this process has ended, or is about to."""
    if os.getppid() != harness:
        return True
    # Its main thread ends first, and others may take a moment.
    with suppress(OSError), open(f"/proc/{harness}/stat", "rb") as file:
        return file.read().rpartition(b")")[2].split()[0] in b"ZX"
    return False


def _remove_folder() -> None:
    """Go on as a process that removes the temporary folder, if there is one."""
    if folder := os.environ.get(FOLDER):
        with suppress(OSError):
            os.execvp("rm", ["rm", "-rf", "--", folder])


def _end_as(status: int) -> None:
    if os.WIFSIGNALED(status):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    os._exit(os.waitstatus_to_exitcode(status) & 255)
