"""
Service level agreements, as Jira Service Management shows them: of the issues of OPS, resolved within 30 days.  What is
ongoing is shown as of the last midnight, so that a report says the same all day.
"""

from datetime import datetime, time, timedelta, timezone

import durations
from moments import now, stamp

ID = "1"
NAME = "Time to resolution"
PROJECT = "OPS"
GOAL = timedelta(days=30)
REOPENED = 7        # every so many issues have been resolved twice


def time_to_resolution(issue, view):
    """No value where there is no agreement."""
    if issue.project.key != PROJECT:
        return None
    address = f"{view.site.base_url}/rest/servicedeskapi/request/{issue.id}/sla/{ID}"
    return {"id": ID, "name": NAME, "_links": {"self": address}} | _cycles(issue)


def _cycles(issue):
    if issue.resolved is None:
        return {"completedCycles": [], "ongoingCycle": _ongoing(issue)}
    if issue.number % REOPENED:
        return {"completedCycles": [_completed(issue.created, issue.resolved)]}
    between = issue.created + (issue.resolved - issue.created) * 2 / 3
    return {"completedCycles": [_completed(issue.created, between), _completed(between, issue.resolved)]}


def _completed(start, stop):
    return {"startTime": _date(start), "stopTime": _date(stop), "breachTime": _date(start + GOAL)} | _so_far(start, stop)


def _ongoing(issue):
    """While it is paused it is not known when it would be breached."""
    paused = issue.status.name == "In Review"
    midnight = max(datetime.combine(now().date(), time(), timezone.utc), issue.created)
    until = min(midnight, issue.created + GOAL / 2) if paused else midnight
    due = {} if paused else {"breachTime": _date(issue.created + GOAL)}
    return ({"startTime": _date(issue.created)} | due | _so_far(issue.created, until)
            | {"paused": paused, "withinCalendarHours": True})


def _so_far(start, stop):
    return {"breached": stop - start > GOAL, "goalDuration": _duration(GOAL), "elapsedTime": _duration(stop - start),
            "remainingTime": _duration(GOAL - (stop - start))}


def _date(moment):
    return {"iso8601": moment.strftime("%Y-%m-%dT%H:%M:%S+0000"), "jira": stamp(moment),
            "friendly": moment.strftime("%d/%b/%y %-I:%M %p"), "epochMillis": int(moment.timestamp() * 1000)}


def _duration(span):
    seconds = int(span.total_seconds())
    text = durations.text_of(abs(seconds) // 60 * 60)
    return {"millis": seconds * 1000, "friendly": f"-{text}" if seconds < 0 else text}
