"""Time as Jira writes it."""

from datetime import datetime, timedelta, timezone

_ahead = timedelta()


def now():
    return datetime.now(timezone.utc) + _ahead


def set_clock(ahead):
    """The clock of this Jira may be so many seconds ahead of that of the machine, or behind it."""
    global _ahead
    _ahead = timedelta(seconds=ahead)


def stamp(moment):
    """2022-10-06T07:32:47.000+0000, the platform's form: an offset without a colon."""
    if moment is None:
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"


def agile_stamp(moment):
    """2015-04-11T15:22:00.000Z, the form of the agile resources."""
    return None if moment is None else stamp(moment)[:-5] + "Z"
