#!/usr/bin/env python3
"""Type names for the formatter, from the debugging information of our objects.

As a program, brings typedefs.list up to date: typedefs.py TREE, where TREE is
a compiled copy of the sources.
"""
import re
import subprocess
import sys
from pathlib import Path

import source

# Types in some header; elsewhere in our code the word means another thing.
NOT_OURS = {"bool"}


def used_words():
    """The identifiers of src/, outside comments and strings."""
    return set().union(*(re.findall(r"\b[A-Za-z_]\w*\b", source.code(path))
                         for path in source.c_sources()))


def debug_typedefs(objects):
    dump = subprocess.run(["objdump", "--dwarf=info", *map(str, objects)],
                          capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"\(DW_TAG_typedef\)\n\s*<\w+>\s+DW_AT_name\s+:.*?(\w+)\s*$",
                          dump, re.MULTILINE))


def needed(tree):
    objects = sorted(tree.glob("src/**/*.o"))
    names = debug_typedefs(objects) if objects else set()
    return sorted((names & used_words()) - NOT_OURS)


if __name__ == "__main__":
    target = source.TOP / "typedefs.list"
    listed = set(target.read_text().split()) & used_words()
    target.write_text("".join(f"{name}\n" for name in sorted(listed | set(needed(Path(sys.argv[1]))))))
