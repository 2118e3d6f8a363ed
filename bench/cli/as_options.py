"""The messages of the library, with an option in place of each argument that they name."""

from __future__ import annotations

import re
import shlex

_ARGUMENTS = re.compile(
    r"^(?:hidden|workers|against|out|least_reviews)=(?=.*: )"
    r"|^(?:reviews|resume|positive|negative|drop|test|sep|encoding|header|labels)(?=: )"
    r"|(?:(?<=with )|(?<=without ))resume\b|(?<=by )against\b"
    r"|\b(?:text_column|label_column|skip_bad_rows|most_words)\b"
)
# With a value, ready to paste: positive='4,5', drop='3' becomes --positive 4,5 --drop 3.
_WITH_VALUES = re.compile(
    r"(,? ?)\b(positive|negative|drop|labels|sep|encoding|test|shuffle|input|seconds)="
    r"(?:'([^']*)'|(\d+))"
)


def with_options(message: str) -> str:
    """Return a message of the library as the command line puts it."""

    def option(found: re.Match[str]) -> str:
        name = found[0].replace("_", "-")
        return f"--{name.removesuffix('=')} " if name.endswith("=") else f"--{name}"

    def with_value(found: re.Match[str]) -> str:
        between = " " if found[1] else ""
        return f"{between}--{found[2]} {shlex.quote(found[3] or found[4])}"

    message = _WITH_VALUES.sub(with_value, message.replace("header=False", "--no-header"))
    return _ARGUMENTS.sub(option, message)
