"""Dates of JQL: absolute, relative to now, and the functions that round.

Dates without a zone are in that of the moment that is given: the zone in the profile of the account that asks. A
number without quotes is a count of milliseconds since 1970 and has none.
"""

import re
from datetime import datetime, timedelta, timezone

EPOCH = re.compile(r"-?\d+", re.ASCII)
PERIOD = re.compile(r"\s*(\d+)\s*([wdhm])\s*")
FORMS = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")
UNITS = {"w": timedelta(weeks=1), "d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
NATURAL = {"Day": "d", "Week": "w", "Month": "M", "Year": "y"}


def parse_date(text, moment):
    """None when it is no date."""
    return _absolute(text, moment.tzinfo) or _relative(text, moment)


def parse_milliseconds(text):
    """None when it is no whole number, or none that is a date."""
    try:
        return datetime.fromtimestamp(0, timezone.utc) + timedelta(milliseconds=int(text)) if EPOCH.fullmatch(text) else None
    except (OverflowError, ValueError):
        return None


def _absolute(text, zone):
    for form in FORMS:
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=zone)
        except ValueError:
            continue
    return None


def _relative(text, moment):
    sign, rest = (-1, text.strip()[1:]) if text.strip().startswith("-") else (1, text.strip().removeprefix("+"))
    span, at = timedelta(), 0
    while match := PERIOD.match(rest, at):
        span += int(match[1]) * UNITS[match[2]]
        at = match.end()
    if not rest or at != len(rest):
        return None
    try:
        return (moment.astimezone(timezone.utc) + sign * span).astimezone(moment.tzinfo)
    except OverflowError:
        return None


def boundary(edge, period, offset, moment):
    """startOfMonth("-1") and the like; None for an offset that is none."""
    match = re.fullmatch(r"\s*([+-]?)(\d+)\s*([yMwdhm]?)\s*", offset) if offset else None
    if offset and not match:
        return None
    start = _start(moment, period)
    if match:
        count = int(match[2]) * (-1 if match[1] == "-" else 1)
        start = _shifted(start, count, match[3] or NATURAL[period])
    if edge == "start":
        return start
    return _shifted(_start(start, period) if period != "Day" else start, 1, NATURAL[period]) - timedelta(milliseconds=1)


def _start(moment, period):
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if period == "Week":    # weeks begin on Sunday
        return day - timedelta(days=(day.weekday() + 1) % 7)
    if period == "Month":
        return day.replace(day=1)
    if period == "Year":
        return day.replace(month=1, day=1)
    return day


def _shifted(moment, count, unit):
    if unit in UNITS:
        return moment + count * UNITS[unit]
    months = moment.year * 12 + moment.month - 1 + count * (12 if unit == "y" else 1)
    return moment.replace(year=months // 12, month=months % 12 + 1, day=min(moment.day, 28))
