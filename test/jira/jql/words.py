"""Text search: every word must occur, a quoted phrase as it stands, `*` for any ending."""

import re

WORD = re.compile(r"\w+", re.UNICODE)


def matcher(text):
    """A predicate on text."""
    phrases = [_phrase(found) for found in re.findall(r'"([^"]*)"', text)]
    singles = [_single(word) for word in re.sub(r'"[^"]*"', " ", text).split()]
    wanted = [pattern for pattern in phrases + singles if pattern]
    return lambda candidate: bool(candidate) and all(pattern.search(candidate) for pattern in wanted)


def _phrase(text):
    words = WORD.findall(text)
    return re.compile(r"\b" + r"\W+".join(map(re.escape, words)) + r"\b", re.IGNORECASE) if words else None


def _single(word):
    ending = r"\w*" if word.endswith("*") else ""
    parts = WORD.findall(word)
    return re.compile(r"\b" + r"\W*".join(map(re.escape, parts)) + ending + r"\b", re.IGNORECASE) if parts else None
