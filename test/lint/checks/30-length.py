#!/usr/bin/env python3
"""No C function over 60 lines, no file over 400 (but for length.allow)."""
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import source  # noqa: E402

MAX_FUNCTION = 60
MAX_FILE = 400

FILES = ("src/**/*.c", "src/**/*.h", "src/**/*.sql", "sql/*.sql", "test/**/*.sql",
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


def allowed_files():
    lines = source.text("test/lint/length.allow").splitlines()
    return {line.split()[0] for line in lines if line and not line.startswith("#")}


def problems():
    longest = sorted(((lines, name, path) for path in source.c_sources()
                      for lines, name in functions(path)), reverse=True)
    for lines, name, path in longest:
        if lines > MAX_FUNCTION:
            yield f"{path}: {name}() has {lines} lines, more than {MAX_FUNCTION}"
    if longest:
        lines, name, path = longest[0]
        print(f"longest function: {name}() in {path}, {lines} lines", file=sys.stderr)
    allowed = allowed_files()
    for path in source.files(*FILES):
        lines = source.text(path).count("\n")
        if lines > MAX_FILE and str(path) not in allowed:
            yield f"{path}: {lines} lines, more than {MAX_FILE} (test/lint/length.allow has the exceptions)"
        elif lines <= MAX_FILE and str(path) in allowed:
            yield f"{path}: no longer needs to be in test/lint/length.allow"


source.report(list(problems()))
