"""Work that was logged on an issue."""

import durations
import errors
import paging
import reply
import shape
from entities import Worklog
from fields.codecs import Invalid, Moment, Rich, Scope
from moments import now
from resources.comment import visibility
from routes import API, route

WORKLOGS = API + "issue/{issue}/worklog"
LARGEST_PAGE = 5000
SHORTEST = 60       # seconds
EXPAND = {"expand": shape.query_names}
PAGE = {"startAt": shape.query_integer, "maxResults": shape.query_integer, "startedAfter": shape.query_long,
        "startedBefore": shape.query_long, "expand": shape.query_names}
ADJUST = {"adjustEstimate": shape.query_text, "newEstimate": shape.query_text}
CLOUD_WRITE = {"notifyUsers": shape.query_boolean, "overrideEditableFlag": shape.query_boolean}
IGNORED = ("author", "created", "id", "issueId", "self", "updateAuthor", "updated")
BODY = shape.split({"comment": shape.ANY, "started": shape.TEXT, "timeSpent": shape.TEXT,
                    "timeSpentSeconds": shape.LONG, "visibility": shape.OBJECT} | dict.fromkeys(IGNORED, shape.ANY),
                   cloud={"properties": shape.PROPERTIES})
ADJUSTMENTS = ("auto", "leave", "new", "manual")


@route("GET", WORKLOGS, cloud=PAGE)
def worklogs(call):
    """The oldest first."""
    after, before = call.query.get("startedAfter"), call.query.get("startedBefore")
    found = [one for one in call.issue().worklogs
             if (after is None or _milliseconds(one.started) >= after)
             and (before is None or _milliseconds(one.started) < before)]
    start, size = paging.window(call, LARGEST_PAGE, LARGEST_PAGE)
    shown = [call.view.worklog(one, call.asked("expand")) for one in found[start:start + size]]
    return reply.ok({"startAt": start, "maxResults": size, "total": len(found), "worklogs": shown})


def _milliseconds(moment):
    return int(moment.timestamp() * 1000)


@route("GET", WORKLOGS + "/{id}", cloud=EXPAND)
def worklog(call):
    return reply.ok(call.view.worklog(find(call), call.asked("expand")))


@route("POST", WORKLOGS, query=ADJUST | {"reduceBy": shape.query_text}, cloud=CLOUD_WRITE | EXPAND, body=BODY)
def add(call):
    issue = call.issue()
    values = _read(call, {"started": None, **call.body})
    if "seconds" not in values:
        raise errors.refusal(400, errors={"timeLogged": "You must indicate the time spent working."})
    at = now()
    made = Worklog(call.store.next_id("worklog"), issue, call.user, created=at, updated=at, update_author=call.user,
                   **values)
    with call.changing(issue):
        _adjust(call, issue, values["seconds"])
        call.store.log_work(made)
        _sum_up(issue)
    return reply.created(call.view.worklog(made, call.asked("expand")))


@route("PUT", WORKLOGS + "/{id}", query=ADJUST, cloud=CLOUD_WRITE | EXPAND, body=BODY)
def edit(call):
    """What is not given stays."""
    found = find(call)
    values = _read(call, call.body)
    with call.changing(found.issue):
        _adjust(call, found.issue, values.get("seconds", found.seconds) - found.seconds)
        found.properties |= values.pop("properties")
        for name, value in values.items():
            setattr(found, name, value)
        found.updated, found.update_author = now(), call.user
        _sum_up(found.issue)
    return reply.ok(call.view.worklog(found, call.asked("expand")))


@route("DELETE", WORKLOGS + "/{id}", query=ADJUST | {"increaseBy": shape.query_text}, cloud=CLOUD_WRITE)
def remove(call):
    found = find(call)
    with call.changing(found.issue):
        _adjust(call, found.issue, -found.seconds)
        call.store.remove_worklog(found)
        _sum_up(found.issue)
    return reply.no_content()


def find(call):
    issue, wanted = call.issue(), call.path["id"]
    for found in issue.worklogs:
        if str(found.id) == wanted:
            return found
    raise errors.refusal(404, f"Cannot find worklog with id: '{wanted}'.")


def _read(call, given):
    """The checked values, by attribute of Worklog."""
    values = {"properties": {entry["key"]: entry.get("value") for entry in given.get("properties") or ()}}
    if given.get("timeSpent") is not None or given.get("timeSpentSeconds") is not None:
        values["seconds"] = _seconds(given)
    if "started" in given:
        values["started"] = _started(given["started"])
    if given.get("visibility"):
        values["visibility"] = visibility(call, given["visibility"])
    if "comment" in given:
        values["comment"] = _text(call, given["comment"])
    return values


def _seconds(given):
    seconds = given.get("timeSpentSeconds")
    if given.get("timeSpent") is not None:
        seconds = durations.seconds_of(given["timeSpent"].strip())
    if seconds is None:
        raise errors.refusal(400, errors={"timeLogged": f"Invalid time duration entered: {given['timeSpent']}"})
    if seconds < SHORTEST:
        raise errors.refusal(400, errors={"timeLogged": "The time spent must be at least a minute."})
    return seconds // 60 * 60


def _started(given):
    if given is None:
        return now()
    try:
        return Moment().decode(given, None) or now()
    except Invalid as problem:
        raise errors.refusal(400, errors={"started": str(problem)}) from None


def _text(call, given):
    scope = Scope(call.store, call.site, call.view.version, None, None)
    try:
        return Rich().decode(given, scope)
    except Invalid as problem:
        raise errors.refusal(400, errors={"comment": str(problem)}) from None


def _adjust(call, issue, seconds):
    """The remaining estimate, where there is one or one is given."""
    how = call.query.get("adjustEstimate", "auto")
    if how not in ADJUSTMENTS:
        raise errors.refusal(400, f"adjustEstimate must be one of {', '.join(ADJUSTMENTS)}.")
    if how == "new":
        issue.remaining_estimate = _duration(call, "newEstimate")
    elif how == "manual":
        by = -_duration(call, "increaseBy") if "increaseBy" in call.query else _duration(call, "reduceBy")
        issue.remaining_estimate = max((issue.remaining_estimate or 0) - by, 0)
    elif how == "auto" and issue.remaining_estimate is not None:
        issue.remaining_estimate = max(issue.remaining_estimate - seconds, 0)


def _duration(call, name):
    seconds = durations.seconds_of(call.query.get(name, ""))
    if seconds is None:
        raise errors.refusal(400, errors={name: "You must specify a valid time duration."})
    return seconds


def _sum_up(issue):
    issue.time_spent = sum(one.seconds for one in issue.worklogs) if issue.worklogs else None
