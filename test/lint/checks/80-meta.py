#!/usr/bin/env python3
"""META.json is as the PGXN Meta Spec 1.0.0 wants it, and every place has the same version."""
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import source  # noqa: E402

# --- The specification.  A rule is a pattern that a text matches, a list with
# the rule of its elements, or an object by its keys: "!" marks those that must
# be there, and "/" begins a pattern of keys.

STRING = r"(?s).+"
TERM = r"[^\s/\\\x00-\x1f\x7f]{2,}"
TAG = r"[^/\\\x00-\x1f\x7f]{1,255}"
URL = r"[a-z][a-z0-9+.-]*://[^/?#]+.*"
SEMVER = r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)([a-zA-Z][-0-9A-Za-z]*)?"
RANGE = rf"0|((==|!=|<=|>=|<|>) *)?{SEMVER}(, *((==|!=|<=|>=|<|>) *)?{SEMVER})*"
CUSTOM = {"/[xX]_.*": None}

SPEC = {
    "!name": TERM,
    "!version": SEMVER,
    "!abstract": STRING,
    "!maintainer": STRING,
    "!license": "agpl_3|apache_[12]_[01]|artistic_[12]|bsd|gpl_[123]|lgpl_(2_1|3_0)|mit|mozilla_1_[01]|postgresql",
    "!provides": {f"/{TERM}": {"!file": STRING, "!version": SEMVER, "abstract": STRING, "docfile": STRING} | CUSTOM},
    "!meta-spec": {"!version": r"1\.0\.0", "url": URL} | CUSTOM,
    "description": STRING,
    "generated_by": STRING,
    "release_status": "stable|testing|unstable",
    "tags": [TAG],
    "no_index": {"file": [STRING], "directory": [STRING]} | CUSTOM,
    "prereqs": {"/configure|build|test|runtime|develop": {"/requires|recommends|suggests|conflicts": {f"/{TERM}": RANGE}}},
    "resources": {
        "license": [URL],
        "homepage": URL,
        "bugtracker": {"web": URL, "mailto": r".+@.+"} | CUSTOM,
        "repository": {"web": URL, "url": URL, "type": r"[^A-Z]+"} | CUSTOM,
    } | CUSTOM,
} | CUSTOM


def rule_of(key, spec):
    """What the value of a key must be, and whether the key may be there at all."""
    for name in (key, "!" + key):
        if name in spec:
            return spec[name], True
    for name, rule in spec.items():
        if name.startswith("/") and re.fullmatch(name[1:], key):
            return rule, True
    return None, False


def deviations(value, spec, place):
    if spec is None:
        return
    if isinstance(spec, dict):
        yield from object_deviations(value, spec, place)
    elif isinstance(spec, list):
        if not isinstance(value, list) or not value:
            yield f"{place} is not a list"
        else:
            for number, element in enumerate(value):
                yield from deviations(element, spec[0], f"{place}[{number}]")
    elif not isinstance(value, str) or not re.fullmatch(spec, value):
        yield f"{place} does not match the specification: {value!r}"


def object_deviations(value, spec, place):
    if not isinstance(value, dict):
        yield f"{place} is not an object"
        return
    for key in spec:
        if key.startswith("!") and key[1:] not in value:
            yield f"{place}: {key[1:]} is missing"
    for key, member in value.items():
        rule, known = rule_of(key, spec)
        if known:
            yield from deviations(member, rule, f"{place}: {key}")
        else:
            yield f"{place}: {key} is not in the specification"


# --- What else must be true

def file_problems(meta):
    for name, provided in meta["provides"].items():
        if provided["version"] != meta["version"]:
            yield f"META.json: provides {name} {provided['version']}, not {meta['version']}"
        for key in ("file", "docfile"):
            if not (source.TOP / provided[key]).is_file():
                yield f"META.json: there is no {provided[key]}"


def version_problems(meta):
    control = source.text("jira_spoke.control")
    default = re.search(r"^default_version = '(.*)'$", control, re.MULTILINE).group(1)
    built = re.search(r"^EXTVERSION = (.*)$", source.text("Makefile"), re.MULTILINE).group(1)
    library = re.search(r'^#define JIRA_VERSION "(.*)"$', source.text("src/utils/sql_version.h"), re.MULTILINE).group(1)
    if {meta["version"].rpartition(".")[0], default, library} != {built}:
        yield (f"versions differ: {meta['version']} in META.json, {default} in the control file, {built} in the Makefile,"
               f" {library} in sql_version.h")
    if not re.search(rf"^## {re.escape(default)}\b", source.text("CHANGELOG.md"), re.MULTILINE):
        yield f"CHANGELOG.md: nothing about {default}"


def problems():
    meta = json.loads(source.text("META.json"))
    found = list(deviations(meta, SPEC, "META.json"))
    return found or [*file_problems(meta), *version_problems(meta)]


source.report(problems())
