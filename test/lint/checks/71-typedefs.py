#!/usr/bin/env python3
"""typedefs.list has exactly the type names that the C sources use."""
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import source  # noqa: E402
import typedefs  # noqa: E402

listed = source.text("typedefs.list").split()
used = typedefs.used_words()
problems = [f"typedefs.list: {name} is not used; see \"make format\"" for name in listed if name not in used]
problems += [f"typedefs.list: {name} is missing; see \"make format\""
             for name in typedefs.needed(Path(os.environ["STRICT"])) if name not in listed]
if listed != sorted(set(listed)):
    problems.append("typedefs.list: not sorted, or a name is there twice")
source.report(problems)
