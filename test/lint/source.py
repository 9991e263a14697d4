"""Shared by several checks: the files of the tree, and C without comments."""
import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]


def files(*patterns):
    """The files of the tree that match, relative to its top, in order."""
    found = {path for pattern in patterns for path in TOP.glob(pattern)}
    return sorted(path.relative_to(TOP) for path in found if path.is_file())


def text(path):
    return (TOP / path).read_text(encoding="utf-8")


def c_sources():
    return files("src/**/*.c", "src/**/*.h")


def sql_parts():
    """What is written by hand of the extension's scripts; not the frozen ones of releases."""
    return [path for path in files("src/**/*.sql") if not path.name.startswith("jira_spoke--")]


_NOT_CODE = re.compile(
    r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def code(path):
    """A C file with its comments and literals blanked, its lines kept."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group())
    return _NOT_CODE.sub(blank, text(path))


def report(problems):
    """Prints the problems and exits with the status of a check."""
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)
