#!/usr/bin/env python3
"""Text files end in a newline and have no stray white space."""
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import source  # noqa: E402

FILES = ("*", ".ci/*", "src/**/*", "sql/*.sql", "doc/**/*.md", "test/**/*.py", "test/**/*.sh",
         "test/**/*.p[lm]", "test/**/*.sql", "test/**/*.spec", "test/**/*.conf")
BUILT = re.compile(r"\.(o|d|so|bc|pyc)$|^jira_spoke--")


def problems(path):
    try:
        text = source.text(path)
    except UnicodeDecodeError:
        yield f"{path}: not UTF-8"
        return
    if text and not text.endswith("\n"):
        yield f"{path}: no newline at the end"
    if "\r" in text:
        yield f"{path}: carriage returns"
    for number, line in enumerate(text.split("\n"), 1):
        if line != line.rstrip():
            yield f"{path}:{number}: white space at the end"


source.report([problem for path in source.files(*FILES) if not BUILT.search(path.name)
               for problem in problems(path)])
