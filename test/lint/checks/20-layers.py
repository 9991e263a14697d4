#!/usr/bin/env python3
"""A file includes headers of its own or a lower folder; one folder includes those of a library."""
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import source  # noqa: E402

# The folders of src/, lowest first.  A file may include what is in its own
# folder or in a lower one.
FLOORS = [
    "http",
    "utils",
    "secret json",
    "connection adf",
    "auth",
    "client",
    "engine oauth",
    "outbox actions scan",
    "",                         # src/ itself: the module
]
FLOOR_OF = {folder: floor for floor, folders in enumerate(FLOORS) for folder in folders.split(" ")}

# Header -> the folders and files that may include it.
FENCED = {
    "curl/": {"src/http"},
    "jansson.h": {"src/json/json.h"},
    "openssl/": {"src/http/certificate.c", "src/secret/seal.c"},
    "executor/spi.h": {"src/utils/own_tables.c", "src/utils/user_row.c", "src/connection/alias_row.c", "src/outbox"},
}

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def folder(path):
    """The folder below src/ that a path relative to src/ is in."""
    return str(path.parent) if path.parent.name else ""


def check_file(path):
    here = path.relative_to("src")
    for header in INCLUDE.findall(source.text(path)):
        for fence, allowed in FENCED.items():
            if header.startswith(fence) and not {str(path), str(path.parent)} & allowed:
                yield f"{path}: includes {header}, which only {', '.join(sorted(allowed))} may"
        if header == "postgres.h" and folder(here) == "http":
            yield f"{path}: http/ is plain C and does not see PostgreSQL"
        if (source.TOP / "src" / header).exists():
            yield from check_direction(here, Path(header))
    if path.name != "json.h" and re.search(r"\bjson_object\s*\(", source.code(path)):
        yield f"{path}: json_object() would call the server's function of that name"


def check_direction(path, header):
    for each in (path, header):
        if folder(each) not in FLOOR_OF:
            yield f"src/{path}: folder \"{folder(each)}\" has no floor; add it to {Path(__file__).name}"
            return
    if FLOOR_OF[folder(header)] > FLOOR_OF[folder(path)]:
        yield f"src/{path}: includes {header}, which is on a higher floor"


source.report([problem for path in source.c_sources() for problem in check_file(path)])
