#!/usr/bin/env python3
"""META.json is what PGXN wants, and every place has the same version."""
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import source  # noqa: E402

REQUIRED = ("name", "version", "abstract", "maintainer", "license", "provides", "meta-spec")


def problems():
    meta = json.loads(source.text("META.json"))
    control = source.text("jira_spoke.control")
    default = re.search(r"^default_version = '(.*)'$", control, re.MULTILINE).group(1)
    built = re.search(r"^EXTVERSION = (.*)$", source.text("Makefile"), re.MULTILINE).group(1)
    for key in REQUIRED:
        if not meta.get(key):
            yield f"META.json: {key} is missing"
    if not re.fullmatch(r"\d+\.\d+\.\d+", meta["version"]):
        yield "META.json: version is not a semantic version"
    for name, provided in meta["provides"].items():
        if provided["version"] != meta["version"]:
            yield f"META.json: provides {name} {provided['version']}, not {meta['version']}"
        if not (source.TOP / provided["file"]).exists():
            yield f"META.json: there is no {provided['file']}"
    if meta["version"].rpartition(".")[0] != default or default != built:
        yield f"versions differ: {meta['version']} in META.json, {default} in the control file, {built} in the Makefile"
    if not re.search(rf"^## {re.escape(default)}\b", source.text("CHANGELOG.md"), re.MULTILINE):
        yield f"CHANGELOG.md: nothing about {default}"


source.report(list(problems()))
