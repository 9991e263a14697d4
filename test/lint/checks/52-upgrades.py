#!/usr/bin/env python3
"""Releases stay as they are, and each can be upgraded to the next version (src/upgrade/README.md).

1. The frozen install script of the tree's version is what the tree gives.
2. A step leads from each release to the next version, and nothing else is there.
3. A step drops the functions that CREATE OR REPLACE cannot replace.
4. The library has every C function of a release, with the arguments and results
   that it had: sessions and databases may be at another version than the library.
"""
import os
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import source  # noqa: E402
import sql  # noqa: E402

STRICT = Path(os.environ["STRICT"])
FROZEN = re.compile(r"jira_spoke--(\d+\.\d+)\.sql")
OTHERS = {"README.md", "upgrade.awk"}


def number(version):
    return [int(part) for part in version.split(".")]


def built(*scripts):
    """The texts of scripts that the Makefile puts together."""
    subprocess.run(["make", f"--directory={STRICT}", "--silent", "--no-print-directory",
                    f"PG_CONFIG={os.environ['PG_CONFIG']}", *scripts], check=True)
    return [(STRICT / script).read_text(encoding="utf-8") for script in scripts]


def differences(before, after):
    """What makes CREATE OR REPLACE refuse to replace a function by another one of the same signature."""
    if before.result != after.result or outputs(before) != outputs(after):
        yield "its result"
    if [argument.name for argument in inputs(before)] != [argument.name for argument in inputs(after)]:
        yield "the names of its arguments"
    if any(a.optional and not b.optional for a, b in zip(inputs(before), inputs(after))):
        yield "its defaults"


def inputs(function):
    return [argument for argument in function.arguments if argument.mode != "OUT"]


def outputs(function):
    return [argument for argument in function.arguments if argument.mode in ("OUT", "INOUT")]


def function_problems(step, before, after):
    """Functions that are gone or changed, unless the step drops them."""
    written = source.text(f"src/upgrade/{step}")
    dropped = set(re.findall(r"\bDROP FUNCTION ([\w.@]+)", written))
    names = {function.name for function in after.values()}
    for signature, function in before.items():
        if signature in after:
            changed = ", ".join(differences(function, after[signature]))
        else:
            changed = "its arguments" if function.name in names else "all of it: it is gone"
        if changed and function.name not in dropped:
            yield (f"src/upgrade/{step}: {signature} has changed: {changed}. CREATE OR REPLACE cannot do that; give the new one"
                   " another name, or DROP FUNCTION here, which fails where views and triggers of users need it")


def shape(function):
    """What a C function that reads arguments and returns columns by number relies on."""
    return tuple(argument.type for argument in inputs(function)), outputs(function), function.result


def exported_symbols():
    names = subprocess.run(["nm", "--dynamic", "--defined-only", "--format=posix", STRICT / "jira_spoke.so"],
                           check=True, capture_output=True, text=True).stdout
    return {line.split()[0].split("@")[0] for line in names.splitlines()}


def symbol_problems(version, before, after):
    """C functions of a release that the library lacks, or that are declared in another way.  Actions bind by name."""
    symbols = exported_symbols()
    for signature, function in before.items():
        if not function.symbol:
            continue
        shapes = [shape(later) for later in after.values() if later.symbol == function.symbol]
        if function.symbol not in symbols:
            yield f"the library has no {function.symbol}, the C function of {signature} in {version}"
        elif shapes and shape(function) not in shapes and f"{function.symbol}_action" not in symbols:
            yield (f"{function.symbol} is the C function of {signature} in {version}, which is declared in another way now:"
                   " that needs a C function of its own")


def problems():
    current = re.search(r"^EXTVERSION = (.*)$", source.text("Makefile"), re.MULTILINE)[1]
    install, = built(f"jira_spoke--{current}.sql")
    names = {path.name for path in source.files("src/upgrade/*")} - OTHERS
    frozen = {match[1]: source.text(f"src/upgrade/{match[0]}") for match in map(FROZEN.fullmatch, names) if match}
    if frozen.setdefault(current, install) != install:
        yield (f"src/upgrade/jira_spoke--{current}.sql differs from what src/**/*.sql give: {current} is released;"
               " begin the next version with \"make version\"")
    versions = sorted(frozen, key=number)
    steps = [f"{before}--{after}.sql" for before, after in zip(versions, versions[1:])]
    yield from (f"src/upgrade/{name} is missing" for name in steps if name not in names)
    yield from (f"src/upgrade/{name} is no step from a release to the next version"
                for name in sorted(names) if not FROZEN.fullmatch(name) and name not in steps)
    declared = {version: sql.functions(script) for version, script in frozen.items()}
    for step, before, after in zip(steps, versions, versions[1:]):
        if step in names:
            built(f"jira_spoke--{step}")
            yield from function_problems(step, declared[before], declared[after])
    for version in versions[:-1]:
        yield from symbol_problems(version, declared[version], declared[current])


source.report(list(problems()))
