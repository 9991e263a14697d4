"""Durations as Jira writes them: 1w 2d 3h 30m, with days of 8 hours and weeks of 5 days."""

import re

UNITS = {"w": 5 * 8 * 3600, "d": 8 * 3600, "h": 3600, "m": 60}
PART = re.compile(r"(\d+(?:\.\d+)?)\s*([wdhm]?)\s*")


def seconds_of(text):
    """None for what is no duration. A number alone means minutes."""
    total, at = 0, 0
    while match := PART.match(text, at):
        total += float(match[1]) * UNITS[match[2] or "m"]
        at = match.end()
    return int(total) if text and at == len(text) else None


def text_of(seconds):
    parts = []
    for unit, size in UNITS.items():
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts) or "0m"
