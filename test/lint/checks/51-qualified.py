#!/usr/bin/env python3
"""Names in the install script are qualified, so that no other object is found first.

CREATE EXTENSION runs it as a superuser, with the schema of the user's choice in
the search path: a function or operator there that fits better than that of
pg_catalog would be called.
"""
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import source  # noqa: E402

TOKEN = re.compile(r"""
    (?P<skip>\s+|--[^\n]*|/\*.*?\*/|\$\w*\$)
  | (?P<text>[eE]?'(?:[^']|'')*')
  | (?P<number>\d+(?:\.\d+)?)
  | (?P<name>(?:@\w+@|\w+|"[^"]+")(?:\.(?:\w+|"[^"]+"))*)
  | (?P<assign>::|:=|=>)
  | (?P<operator>[-+*/<>=~!@\#%^&|`?]+)
  | (?P<mark>.)
""", re.VERBOSE | re.DOTALL)

# Words before a parenthesis that call no function.
NO_FUNCTION = set("""AS AND OR NOT ANY ALL SOME EXISTS VALUES CHECK KEY UNIQUE WHERE USING CASE WHEN THEN ELSE ROW ARRAY
    COALESCE GREATEST LEAST OVER FILTER LATERAL FROM JOIN ON SELECT UNION OPERATOR IF DISTINCT WITH INSERT RETURN
    CAST""".split())

# Words that look an operator up by its name.
OPERATOR_WORDS = set("LIKE ILIKE SIMILAR BETWEEN NULLIF".split())

# After these an equals sign sets something.
SET_WITH_EQUALS = set("SEARCH_PATH INPUT OUTPUT STORAGE INTERNALLENGTH ALIGNMENT ERRCODE MESSAGE DETAIL HINT".split())

# Types of pg_catalog, which comes first in the path; names of types cannot fit better.
BUILT_IN = set("""text integer bigint boolean jsonb bytea date numeric name timestamptz regclass regrole regprocedure cstring
    trigger void record double anyelement internal int""".split()) | {'"any"'}

RELATION_AFTER = set("FROM JOIN INTO UPDATE REFERENCES TABLE VIEW TYPE FUNCTION ON".split())
NOT_A_RELATION = set("""SELECT LATERAL ONLY ROLES SCHEMA TABLE COLUMN FUNCTION TYPE DOMAIN VIEW DELETE UPDATE CASCADE CONFLICT
    STATEMENT INSERT PUBLIC SET ALL DISTINCT QUERY WITH CAST AS FOREIGN EVENT DDL_COMMAND_END""".split())
WITH_QUERY = re.compile(r"(?:\bWITH|,)\s+(\w+)\s*(?:\([^()]*\)\s*)?AS\s*\(", re.IGNORECASE)
ITEMS = re.compile(r"^CREATE\s+(?:FUNCTION|TABLE|TYPE)\s+[\w.@]+\s*(?:AS\s*)?\(", re.IGNORECASE | re.MULTILINE)
ITEM = re.compile(r"^\s*(?:(?:IN|OUT|VARIADIC)\s+)?\w+\s+(\"any\"|[\w.@]+)", re.IGNORECASE)
NO_ITEM = re.compile(r"^\s*(?:CHECK|FOREIGN|PRIMARY|UNIQUE|INPUT|OUTPUT|STORAGE)\b|^\s*[\w.]+\s*$", re.IGNORECASE)


def tokens(sql):
    """(line number, kind, token), without comments and quotes of bodies."""
    for match in TOKEN.finditer(sql):
        if match.lastgroup != "skip":
            yield sql.count("\n", 0, match.start()) + 1, match.lastgroup, match.group()


def is_qualified(name):
    return "." in name


def operator_problem(before, operator, after, in_operator):
    if in_operator or before.upper() in SET_WITH_EQUALS and operator == "=":
        return None
    if operator == "*" and (before in ("(", ",", ".") or before.upper() in ("SELECT", "DISTINCT")):
        return None
    if operator == "-" and after.isdigit() and not re.match(r"[\w)'\"]", before[-1:]):
        return None
    return f"{operator} without OPERATOR(pg_catalog.{operator})"


def name_problem(before, name, after, queries):
    word, last = name.upper(), before.upper()
    if is_qualified(name) or last == "TAG":  # of an event trigger, no operator
        return None
    if word in OPERATOR_WORDS or (word == "IN" and after == "("):
        return f"{name} looks an operator up by its name"
    if before == "::" and name not in BUILT_IN:
        return f"type {name} without its schema"
    if last in RELATION_AFTER and word not in NOT_A_RELATION and name not in queries | BUILT_IN:
        return f"{before} {name} without its schema"
    if after == "(" and word not in NO_FUNCTION and last != "AS" and name not in queries:
        return f"{name}() without its schema"
    return None


def check_names(path, sql):
    queries = set(WITH_QUERY.findall(sql))
    found = list(tokens(sql)) + [(0, "mark", "")]
    for i, (line, kind, token) in enumerate(found[:-1]):
        before = found[i - 1][2] if i else ""
        after = found[i + 1][2]
        problem = None
        if kind == "operator":
            in_operator = i > 3 and found[i - 1][2] == "." and found[i - 2][2] == "pg_catalog"
            problem = operator_problem(before, token, after, in_operator)
        elif kind == "name":
            problem = name_problem(before, token, after, queries)
        if problem:
            yield f"{path}:{line}: {problem}"


def items(sql, start):
    """The parts between commas of the parenthesis that begins at "start"."""
    depth, piece = 0, ""
    for match in TOKEN.finditer(sql, start):
        token = match.group()
        if match.lastgroup == "skip" and token.startswith("--"):
            continue
        depth += {"(": 1, ")": -1}.get(token, 0)
        if depth == 0 or (depth == 1 and token == ","):
            yield piece
            piece = ""
        elif depth > 1 or token != "(":
            piece += token
        if depth == 0:
            return


def check_types(path, sql):
    for declaration in ITEMS.finditer(sql):
        line = sql.count("\n", 0, declaration.start()) + 1
        for item in items(sql, declaration.end() - 1):
            match = ITEM.match(item)
            if match and not NO_ITEM.match(item) and not is_qualified(match[1]) and match[1].lower() not in BUILT_IN:
                yield f"{path}:{line}: type {match[1]} without its schema"


def problems():
    for path in source.sql_parts():
        sql = source.text(path)
        yield from check_names(path, sql)
        yield from check_types(path, sql)


source.report(list(problems()))
