#!/usr/bin/env python3
"""Lays out C as PostgreSQL's pgindent does, which Debian does not package;
the program behind it, pg_bsd_indent, it does.

Without an argument the files are compared with what they should be: exit
status 1 and a diff if they differ, 77 if another pg_bsd_indent than ours is
installed, since versions do not agree.  --write rewrites them.
"""
import difflib
import re
import subprocess
import sys
import tempfile

import source

VERSION = "2.1.1"
OPTIONS = ("-bad -bap -bbb -bc -bl -cli1 -cp33 -cdb -nce -d0 -di12 -nfc1 -i4 -l79 -lp -lpl "
           "-nip -npro -sac -tpg -ts4").split()

# Names that are types in some header, but mean something else more often.
NOT_TYPES = {"date", "interval", "iterator", "other", "pointer", "reference", "string",
             "text", "timestamp", "type", "wrap"}

# Tables are laid out by hand between two marks; the macros in them would only
# confuse the formatter.
BY_HAND = re.compile(r"^[ \t]*/\* (INDENT|clang-format) (?:OFF|off) \*/.*?/\* \1 (?:ON|on) \*/",
                     re.DOTALL | re.MULTILINE)


def installed_version():
    try:
        output = subprocess.run(["pg_bsd_indent", "--version"], capture_output=True, text=True)
    except FileNotFoundError:
        return None
    match = re.search(r"pg_bsd_indent (\S+)", output.stdout + output.stderr)
    return match.group(1) if match else None


def typedefs():
    names = set(source.text("typedefs.list").split()) - NOT_TYPES
    with_bool = sorted(names | {"bool"})
    file = tempfile.NamedTemporaryFile("w", suffix=".list")
    file.write("".join(f"{name}\n" for name in with_bool))
    file.flush()
    return file


def indent(path, typedefs_file):
    """pg_bsd_indent, with the few repairs that pgindent makes around it."""
    by_hand = []

    def hide(match):
        by_hand.append(match.group())
        return f"/*-- {len(by_hand) - 1} by hand --*/"

    text = BY_HAND.sub(hide, source.text(path))
    text = re.sub(r"/\* +---", "/*---X_X", text)
    done = subprocess.run(["pg_bsd_indent", *OPTIONS, "-U" + typedefs_file.name],
                          input=text, capture_output=True, text=True)
    if done.returncode or done.stderr:
        sys.exit(f"{path}: pg_bsd_indent cannot read it {done.stderr}")
    text = done.stdout.replace("/*---X_X", "/* ---")
    text = re.sub(r"\*/(/\*.*\*/)$", r"*/\t\1", text, flags=re.MULTILINE)
    text = re.sub(r"^([A-Za-z_]\S*)[ \t]+\*$", r"\1 *", text, flags=re.MULTILINE)
    return re.sub(r"^[ \t]*/\*-- (\d+) by hand --\*/", lambda match: by_hand[int(match.group(1))],
                  text, flags=re.MULTILINE)


def main(write):
    if installed_version() != VERSION:
        print(f"pg_bsd_indent {VERSION} decides the format, here is {installed_version()}")
        return 77
    status = 0
    with typedefs() as names:
        for path in source.c_sources():
            old = source.text(path)
            new = indent(path, names)
            if new == old:
                continue
            if write:
                (source.TOP / path).write_text(new, encoding="utf-8")
                print(path)
            else:
                status = 1
                sys.stdout.writelines(difflib.unified_diff(
                    old.splitlines(True), new.splitlines(True), str(path), "make format"))
    return status


sys.exit(main("--write" in sys.argv[1:]))
