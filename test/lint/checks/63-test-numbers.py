#!/usr/bin/env python3
"""Each file of test/t has a number of its own: NNN_name.pl."""
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import source  # noqa: E402


def problems():
    first = {}
    for path in source.files("test/t/*"):
        match = re.fullmatch(r"(\d{3})_\w+\.pl", path.name)
        if not match:
            yield f"{path}: its name is not NNN_name.pl"
        elif first.setdefault(match[1], path) != path:
            yield f"{path}: {first[match[1]]} has the same number"


source.report(list(problems()))
