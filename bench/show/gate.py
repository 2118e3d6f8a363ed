"""What a gate prints and writes: a table, JUnit XML, a job summary, GitHub's annotations.

Names and reasons come from other people's files and code, so each form escapes them in its own way.
"""

import math
import os
import re
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..outcomes import NEXT_STEPS, BadInput, ExitCode, Verdict, exit_code
from ..records.documents import Measured
from ..records.files import replacing
from ..records.rows import Finding
from ..text.amounts import change
from ..text.markdown import escaped, markdown_table, one_line
from ..text.mishaps import is_scarce
from ..text.table import console, print_lines, print_table

COLUMNS = "network,baseline,verdict,change,interval,detects,sets x\nrounds,took".split(",")
# JUnit's element for each verdict that isn't good; "error" where none is named.
OUTCOMES = {
    Verdict.SLOWER: "failure",
    Verdict.INCORRECT: "failure",
    Verdict.REFUSED: "failure",
    Verdict.NOT_APPLICABLE: "skipped",
    Verdict.UNAVAILABLE: "skipped",
}
LEVELS = {
    Verdict.SLOWER: "error",
    Verdict.INCORRECT: "error",
    Verdict.REFUSED: "error",
    Verdict.FAILED: "error",
    Verdict.INCONCLUSIVE: "warning",
    Verdict.UNCERTIFIED: "warning",
    Verdict.NO_BASELINE: "warning",
    Verdict.FASTER: "notice",
}
HEADLINES = {
    ExitCode.OK: "passed",
    ExitCode.INCONCLUSIVE: "undecided",
    ExitCode.NO_BASELINE: "nothing to compare with",
}

# GitHub's runner obeys a line that starts with two colons, whoever prints it.
COMMAND = re.compile(":(?=:)")


@dataclass(frozen=True, kw_only=True)
class GateDocument(Measured):
    """What a gate decided: a row for each comparison, as in gate.csv.

    Attributes:
        seconds: wall time of the whole gate.
        enough_reviews: how many would probably decide what is inconclusive; None where nothing is,
            or there are no more.
    """

    name = "gate"
    of = "gate"

    seconds: float
    enough_reviews: int | None
    rows: list[Finding]


def print_gate(findings: Sequence[Finding]) -> None:
    """Print the table, then a line for each network that didn't simply pass."""
    shown = list(map(_clean, findings))
    broken = [[COMMAND.sub(": ", cell) for cell in _row(finding)] for finding in shown]
    rows, columns = [list(map(one_line, row)) for row in broken], list(COLUMNS)
    width = sum(2 + max(map(len, cells)) for cells in zip(COLUMNS, *rows, strict=True)) - 2
    if width > console().width:
        # Too wide: the baseline goes below the network, and cells keep their line breaks.
        columns[:2] = ["network\n  baseline"]
        both = "{}\n  {}".format
        rows = [
            [both(name, base.replace(f"{name}@", "@")), *cells] for name, base, *cells in broken
        ]
    limits = ", ".join(dict.fromkeys(finding.limit for finding in shown if finding.limit))
    print_table(f"Gate: {limits}" if limits else "Gate", columns, rows)
    for finding in shown:
        if not finding.verdict.good:
            print_lines(COMMAND.sub(": ", sentence(finding)))


def write_junit(path: Path, findings: Sequence[Finding], seconds: float) -> None:
    """Write the findings as JUnit XML, a test case each.

    Args:
        seconds: wall time of the whole gate.

    Raises:
        BadInput: the file can't be written.
    """
    suites = ET.Element("testsuites")
    suite = ET.SubElement(suites, "testsuite", name="skipzeros gate")
    outcomes: Counter[str] = Counter()
    for finding in map(_clean, findings):
        case = ET.SubElement(suite, "testcase", classname="skipzeros.gate", name=_pair(finding))
        if math.isfinite(finding.seconds):
            case.set("time", f"{finding.seconds:.3f}")
        if not finding.verdict.good:
            outcomes[kind := OUTCOMES.get(finding.verdict, "error")] += 1
            told = ET.SubElement(case, kind, message=sentence(finding), type=finding.verdict)
            told.text = _figures(finding)
    suite.attrib |= {
        "tests": str(len(findings)),
        "failures": str(outcomes["failure"]),
        "errors": str(outcomes["error"]),
        "skipped": str(outcomes["skipped"]),
        "time": f"{seconds:.3f}",
    }
    ET.indent(suites)
    xml = ET.tostring(suites, encoding="unicode")
    _write(path, "--junit", f'<?xml version="1.0" encoding="UTF-8"?>\n{xml}\n')


def write_markdown(path: Path, findings: Sequence[Finding], line: str) -> None:
    """Write a job summary in GitHub's Markdown: the verdict, a table, the reasons, and line.

    Raises:
        BadInput: the file can't be written.
    """
    _write(path, "--markdown", f"{markdown(findings)}\n\n{escaped(one_line(line))}".rstrip() + "\n")


def markdown(findings: Sequence[Finding]) -> str:
    """Return the verdict, a table and the reasons in GitHub's Markdown."""
    cleaned = list(map(_clean, findings))
    counts = Counter(finding.verdict for finding in cleaned)
    said = ", ".join(f"{counts[verdict]} {verdict}" for verdict in NEXT_STEPS if counts[verdict])
    headline = HEADLINES.get(exit_code(finding.verdict for finding in findings), "stopped")
    reasons = [escaped(sentence(finding)) for finding in cleaned if not finding.verdict.good]
    parts = (
        f"**skipzeros gate: {headline}** ({said or 'no networks'}).",
        markdown_table(COLUMNS, map(_row, cleaned)),
        "\n".join(f"- {reason}" for reason in reasons),
    )
    return "\n\n".join(filter(None, parts))


def workflow_commands(findings: Sequence[Finding]) -> list[str]:
    """Return GitHub's workflow commands, which show the verdicts beside a pull request."""
    commands = []
    for finding in map(_clean, findings):
        if level := LEVELS.get(finding.verdict):
            title = _data(f"skipzeros gate: {finding.network} {finding.verdict}")
            title = title.replace(":", "%3A").replace(",", "%2C")
            text = "\n".join(filter(None, (sentence(finding), _figures(finding))))
            commands.append(f"::{level} title={title}::{_data(text)}")
    return commands


def check_writable(path: Path, option: str) -> None:
    """Refuse a file that can't be written, before minutes are spent on measuring.

    Raises:
        BadInput: the file can't be written.
    """
    _write(path, option, None)


def interval(low: float, high: float) -> str:
    """Put the two ends of a ratio into words, the smaller change first if both are on one side."""
    factors = _far(low) or _far(high)
    (first, side), (last, other) = change(low, factors), change(high, factors)
    if not (first and last):
        return ""
    if factors and (low > 1) != (high > 1):
        return f"{low:.3g} to {high:.3g}\ntimes as long"
    if side and other and side != other:
        return f"{first} {side}\nto {last} {other}"
    if side == "faster":
        first, last = last, first
    return f"{first} to {last}\n{side or other}".rstrip()


def _far(ratio: float) -> bool:
    """Say whether a ratio is told as a factor."""
    return change(ratio)[0].endswith("x")


def _row(finding: Finding) -> list[str]:
    """Return the cells of a finding, with a line break where a narrow table may break them."""
    least, sets, seconds = finding.minimum_detectable, finding.sets, finding.seconds
    # One unit in a row.
    factors = _far(finding.ratio_low) or _far(finding.ratio_high)
    return [
        finding.network,
        finding.baseline,
        finding.verdict,
        "\n".join(change(finding.ratio, factors)).rstrip(),
        interval(finding.ratio_low, finding.ratio_high),
        f"{least:.1%}" if math.isfinite(least) else "",
        f"{sets} x {finding.rounds / sets:.3g}" if sets else "",
        f"{seconds:.0f} s" if math.isfinite(seconds) else "",
    ]


def _figures(finding: Finding) -> str:
    _, _, _, ratio, ends, detects, rounds, _ = map(one_line, _row(finding))
    named = {
        "": ratio,
        "interval ": ends,
        "demanded: ": finding.limit,
        "detects ": detects,
        "sets x rounds ": rounds,
        "clock ": finding.clock,
    }
    return "; ".join(name + text for name, text in named.items() if text)


def _pair(finding: Finding) -> str:
    return " against ".join(filter(None, (finding.network, finding.baseline)))


def sentence(finding: Finding) -> str:
    """Return the verdict, its reason, and what to do next."""
    found = f"{_pair(finding)}: {finding.verdict}, {finding.reason}".rstrip(" ,.")
    return f"{found}. {NEXT_STEPS[finding.verdict]}"


def _clean(finding: Finding) -> Finding:
    network, baseline = one_line(finding.network), one_line(finding.baseline)
    reason, limit = one_line(finding.reason), one_line(finding.limit)
    return replace(finding, network=network, baseline=baseline, reason=reason, limit=limit)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _write(path: Path, option: str, text: str | None) -> None:
    """Write a text to a file, whole or not at all; with None, only try whether that is possible."""
    try:
        # Replacing a folder would fail only at the end, and replacing /dev/null not even then.
        if path.exists() and not path.is_file():
            raise OSError(0, "not a regular file")
        path.parent.mkdir(parents=True, exist_ok=True)
        target, before = path.resolve(), ""
        summary = os.environ.get("GITHUB_STEP_SUMMARY")
        if summary and target == Path(summary).resolve() and target.exists():
            # The steps of a job append to this file, and may leave its last line open.
            before = target.read_text(encoding="utf-8", errors="replace") + "\n\n"
        if text is None:
            tempfile.TemporaryFile(dir=target.parent).close()
            return
        with replacing(target) as file:
            file.write(before + text)
    except OSError as error:
        if is_scarce(error):
            raise
        why = f"cannot write it ({error.strerror}); name another file"
        raise BadInput(f"{option} {one_line(str(path))}: {why}") from error
