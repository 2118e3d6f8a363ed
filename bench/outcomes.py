"""What can come of a network, and what each outcome means for the exit code and for the user."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum, StrEnum


class ExitCode(IntEnum):
    """What a command ends with."""

    OK = 0
    SLOWER = 1
    BAD_INPUT = 2
    INCORRECT = 3
    INCONCLUSIVE = 4
    NO_BASELINE = 5
    FAILED = 6


class Status(StrEnum):
    """What is known of a network in one scenario."""

    CERTIFIED = "certified"
    INCORRECT = "incorrect"
    # It may compute the right thing, but its time is not that of a training pass.
    REFUSED = "refused"
    UNCERTIFIED = "uncertified"
    NOT_APPLICABLE = "not applicable"
    UNAVAILABLE = "unavailable"
    FAILED = "failed"
    # Of a git revision that a gate compares with; no record has it.
    ABSENT = "absent"
    UNKNOWN = ""


class Verdict(StrEnum):
    """What a gate says of a network; a network that has no speed keeps its status."""

    PASS = "pass"
    FASTER = "faster"
    SLOWER = "slower"
    INCONCLUSIVE = "inconclusive"
    NO_BASELINE = "no baseline"
    INCORRECT = "incorrect"
    REFUSED = "refused"
    UNCERTIFIED = "uncertified"
    FAILED = "failed"
    NOT_APPLICABLE = "not applicable"
    UNAVAILABLE = "unavailable"
    # Not yet known.
    UNDECIDED = ""

    @property
    def good(self) -> bool:
        """Whether the network meets all that was demanded."""
        return self in (Verdict.PASS, Verdict.FASTER)


# The one sentence of what to do next.
NEXT_STEPS = {
    Verdict.PASS: "Nothing to do.",
    Verdict.FASTER: "Nothing to do; it is worth telling.",
    Verdict.SLOWER: "Make it faster, or ask for less, knowingly.",
    Verdict.INCONCLUSIVE: "Do what the reason says, or run the gate again; the code is not to "
    "blame yet.",
    Verdict.NO_BASELINE: "Name a baseline, or a revision, that has the network and certifies.",
    Verdict.INCORRECT: "Mend it first: `skipzeros check` tells the review and the figure, "
    "or `skipzeros run` what shows only under the clock.",
    Verdict.REFUSED: "Do all of a pass within train, from the weights that it finds there: "
    "docs/trust.md.",
    Verdict.UNCERTIFIED: "Make each pass repeat itself bit for bit: `skipzeros check` tells where "
    "it doesn't.",
    Verdict.FAILED: "Mend what the reason names.",
    Verdict.NOT_APPLICABLE: "Nothing to do: the network doesn't take this input.",
    Verdict.UNAVAILABLE: "Install what the reason names.",
}

# By the words that Status and Verdict share; where several hold, the first one counts.
_EXIT_CODES = {
    "incorrect": ExitCode.INCORRECT,
    "refused": ExitCode.INCORRECT,
    "failed": ExitCode.FAILED,
    # Nothing is known of it, which may never look like success.
    "": ExitCode.FAILED,
    "no baseline": ExitCode.NO_BASELINE,
    "inconclusive": ExitCode.INCONCLUSIVE,
    "uncertified": ExitCode.INCONCLUSIVE,
    "unclear": ExitCode.INCONCLUSIVE,
    "slower": ExitCode.SLOWER,
}


def exit_code(outcomes: Iterable[str], no_baseline: bool = False) -> ExitCode:
    """Choose the exit code for what came of several networks.

    Args:
        outcomes: a Status or a Verdict of each.
        no_baseline: whether the baseline that the user named can't serve.
    """
    words = {*outcomes, *(["no baseline"] if no_baseline else [])}
    return worst(code for word, code in _EXIT_CODES.items() if word in words)


def worst(codes: Iterable[int | None]) -> ExitCode:
    """Choose one of several exit codes, as where several outcomes hold; OK if none of ours is."""
    found = {*codes}
    return next((code for code in _EXIT_CODES.values() if code in found), ExitCode.OK)


class _InOneLine(Exception):
    """An error whose message says it all."""

    def _render_traceback_(self) -> list[str]:
        # What IPython shows in place of a traceback.
        return [f"{type(self).__name__}: {self}"]


class BadInput(_InOneLine, ValueError):
    """Something the user gave is wrong: the message says what, where, and what to do (exit 2).

    Example:
        >>> try:
        ...     check("dens")
        ... except BadInput as error:
        ...     print(error)
        no network is called 'dens'; there are dense, ...
    """


class Incorrect(_InOneLine):
    """The network is not the same network, or refused; the message says at which review or why.

    Example:
        >>> checked = check(networks()["csr"], reviews=20)
        >>> try:
        ...     checked.raise_for_status()
        ... except Incorrect as fault:  # not raised here, since it is the same network
        ...     print(fault)
    """


class Refused(Incorrect):
    """The network may compute the right thing, but its time is not that of a training pass.

    Example:
        >>> try:
        ...     run("csr", reviews=100, rounds=6).raise_for_status()
        ... except Refused as cheat:  # not raised here, since it works under the clock
        ...     print(cheat)
    """


class Failed(_InOneLine):
    """The network could not be judged or timed; the message says what stopped it.

    Example:
        >>> try:
        ...     check("csr", reviews=20).raise_for_status()
        ... except Failed as failure:  # not raised here, since it runs
        ...     print(failure)
    """


class Uncertified(_InOneLine):
    """No fault was found, but a pass is not, bit for bit, the pass that was judged.

    Example:
        >>> try:
        ...     check("csr", reviews=20).raise_for_status()
        ... except Uncertified as doubt:  # not raised here, since its passes repeat themselves
        ...     print(doubt)
    """


# The error that tells of a network with this status; none tells of the others.
ERRORS: dict[str, type[Exception]] = {
    Status.FAILED: Failed,
    Status.INCORRECT: Incorrect,
    Status.REFUSED: Refused,
    Status.UNCERTIFIED: Uncertified,
}
