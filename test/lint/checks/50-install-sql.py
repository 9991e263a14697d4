#!/usr/bin/env python3
"""The rules of the install script and of the written parts of upgrades."""
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import source  # noqa: E402
import sql  # noqa: E402

FORBIDDEN = {
    r"\bCREATE\s+OR\s+REPLACE\b": "CREATE OR REPLACE would adopt somebody else's object",
    r"\bIF\s+NOT\s+EXISTS\b": "IF NOT EXISTS would adopt somebody else's object",
}
ROUTINE = re.compile(r"^CREATE\s+(FUNCTION|PROCEDURE|AGGREGATE)\s+([\w.@]+)", re.IGNORECASE)
COMMENT = re.compile(r"^COMMENT\s+ON\s+(FUNCTION|PROCEDURE|AGGREGATE)\s+([\w.@]+)", re.IGNORECASE)
SQL_LANGUAGE = re.compile(r"\bLANGUAGE\s+'?(sql|plpgsql)\b", re.IGNORECASE)
SEARCH_PATH = re.compile(r"\bSET\s+search_path\s*(=|TO)\s*pg_catalog\s*,\s*pg_temp\b", re.IGNORECASE)


def check_routine(where, name, statement, following):
    if SQL_LANGUAGE.search(statement) and not SEARCH_PATH.search(statement):
        yield f"{where}: {name} needs SET search_path = pg_catalog, pg_temp"
    comment = COMMENT.match(following)
    if comment is None or comment.group(2).lower() != name.lower():
        yield f"{where}: {name} has no COMMENT directly below it"


def check_part(path):
    found = list(sql.statements(source.text(path)))
    for (line, statement), (_, following) in zip(found, found[1:] + [(0, "")]):
        where = f"{path}:{line}"
        outside_bodies = re.sub(r"\$(\w*)\$.*?\$\1\$", "", statement, flags=re.DOTALL)
        for pattern, reason in FORBIDDEN.items():
            if re.search(pattern, outside_bodies, re.IGNORECASE):
                yield f"{where}: {reason}"
        routine = ROUTINE.match(statement)
        if routine:
            yield from check_routine(where, routine.group(2), statement, following)


def check_parts_list():
    listed = set(re.findall(r"\bsrc/[\w/]+\.sql\b", source.text("Makefile")))
    for path in source.sql_parts():
        if str(path) not in listed and path.parent.name != "upgrade":
            yield f"{path}: not in SQL_PARTS of the Makefile, so nobody would install it"


source.report([problem for path in source.sql_parts() for problem in check_part(path)]
              + list(check_parts_list()))
