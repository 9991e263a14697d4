#!/usr/bin/env python3
"""C functions have at most 60 lines, files at most 1,000."""
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import source  # noqa: E402

MAX_FUNCTION = 60
MAX_FILE = 1000

FILES = ("src/**/*.c", "src/**/*.h", "sql/*.sql", "test/**/*.sql",
         "test/**/*.pl", "test/**/*.pm", "test/**/*.py", "test/**/*.sh")


def functions(path):
    """(lines, name) of each function: in this style its braces stand in column 0."""
    lines = source.code(path).split("\n")
    start = None
    for number, line in enumerate(lines):
        if line.rstrip() == "{" and re.search(r"\)\s*$", lines[number - 1]):
            start = number
        elif line.startswith("}") and start is not None:
            yield number - start + 1, name_above(lines, start)
            start = None


def name_above(lines, start):
    for line in reversed(lines[:start]):
        match = re.match(r"(\w+)\s*\(", line)
        if match:
            return match.group(1)
    return "?"


def problems():
    longest = sorted(((lines, name, path) for path in source.c_sources()
                      for lines, name in functions(path)), reverse=True)
    for lines, name, path in longest:
        if lines > MAX_FUNCTION:
            yield f"{path}: {name}() has {lines} lines, more than {MAX_FUNCTION}"
    if longest:
        lines, name, path = longest[0]
        print(f"longest function: {name}() in {path}, {lines} lines", file=sys.stderr)
    for path in source.files(*FILES) + source.sql_parts():
        lines = source.text(path).count("\n")
        if lines > MAX_FILE:
            yield f"{path}: {lines} lines, more than {MAX_FILE}; does it have one subject?"


source.report(list(problems()))
