#!/usr/bin/env python3
"""The layers of src/: its folders have an order, and files build on each other one way.

1. An include points into the same folder or a lower one.
2. A header *_private.h is included inside its folder only.
3. Files of a folder do not go round in a circle, by includes or by calls.
4. A library is seen by the files that are there for it.
5. An external function begins with the name of its folder or of a file in it.
"""
import re
import sys
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import source  # noqa: E402

# The folders of src/, lowest first; those of one floor do not see each other.
FLOORS = [
    "http",
    "utils",
    "secret json",
    "connection adf",
    "auth",
    "client",
    "engine oauth",
    "outbox actions scan",
    "table",
    "",                         # src/ itself: the module
]
FLOOR_OF = {folder: floor for floor, folders in enumerate(FLOORS) for folder in folders.split(" ")}

# Header -> the folders and files that may include it.
FENCED = {
    "curl/": {"src/http"},
    "jansson.h": {"src/json/json.h"},
    "openssl/": {"src/http/certificate.c", "src/secret/seal.c"},
    "executor/spi.h": {"src/utils/own_tables.c", "src/utils/user_row.c",
                       "src/connection/alias_row.c", "src/outbox"},
}

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
DECLARATION = re.compile(r"^extern\s[^;{}()]*?(\w+)\s*\(", re.MULTILINE)


def folder(path):
    """The folder below src/ of a path relative to src/."""
    return str(path.parent) if path.parent.name else ""


def unit(path):
    """A file's subject: file.c, file.h and file_private.h are one unit."""
    return path.with_name(re.sub(r"(_private)?\.[ch]$", "", path.name))


def includes(path):
    """The headers of src/ that a file includes, relative to src/."""
    return [Path(header) for header in INCLUDE.findall(source.text(path))
            if (source.TOP / "src" / header).exists()]


def check_libraries(path):
    for header in INCLUDE.findall(source.text(path)):
        for fence, allowed in FENCED.items():
            if header.startswith(fence) and not {str(path), str(path.parent)} & allowed:
                yield f"{path}: includes {header}, which only {', '.join(sorted(allowed))} may"
        if header == "postgres.h" and path.parent.name == "http":
            yield f"{path}: http/ is plain C and does not see PostgreSQL"
    if path.name != "json.h" and re.search(r"\bjson_object\s*\(", source.code(path)):
        yield f"{path}: json_object() would call the server's function of that name"


def check_direction(path):
    here = folder(path.relative_to("src"))
    if here not in FLOOR_OF:
        yield f"{path}: folder \"{here}\" has no floor; add it to {Path(__file__).name}"
        return
    for header in includes(path):
        there = folder(header)
        if there == here:
            continue
        if FLOOR_OF[there] >= FLOOR_OF[here]:
            yield f"{path}: includes {header}, which is not on a lower floor"
        if header.name.endswith("_private.h"):
            yield f"{path}: includes {header}, which is private to its folder"


def declared(path):
    """The external functions that a header declares."""
    return DECLARATION.findall(source.code(path))


def check_names(paths):
    files = defaultdict(set)
    for path in paths:
        files[path.parent].add(unit(path).name)
    for path in (each for each in paths if each.suffix == ".h"):
        begins = {path.parent.name} | files[path.parent]
        for function in declared(path):
            name = function.removeprefix("jira_")
            if not any(name == begin or name.startswith(begin + "_") for begin in begins):
                yield f"{path}: {function}() begins with the name of neither its folder nor a file in it"


def dependencies(paths):
    """Unit -> the units of the same folder that it includes or calls."""
    home = {function: unit(path) for path in paths if path.suffix == ".h" for function in declared(path)}
    needs = defaultdict(set)
    for path in paths:
        here = unit(path)
        needs[here] |= {unit(Path("src") / header) for header in includes(path)}
        if path.suffix == ".c":
            needs[here] |= {home[word] for word in set(re.findall(r"\b\w+\b", source.code(path))) if word in home}
    return {here: {there for there in units if there != here and there.parent == here.parent}
            for here, units in needs.items()}


def circles(needs):
    """The circles of units, each once, as lists of names."""
    reach = {here: set(units) for here, units in needs.items()}
    changed = True
    while changed:
        changed = False
        for here, units in reach.items():
            further = set().union(*(reach.get(there, set()) for there in units)) - units
            changed = changed or bool(further)
            units |= further
    found = {frozenset(there for there in units if here in reach.get(there, set()))
             for here, units in reach.items() if here in units}
    return sorted(sorted(str(each) for each in circle) for circle in found)


def problems():
    paths = source.c_sources()
    for path in paths:
        yield from check_libraries(path)
        yield from check_direction(path)
    yield from check_names(paths)
    for circle in circles(dependencies(paths)):
        yield f"a circle of files: {', '.join(circle)}"


source.report(list(problems()))
