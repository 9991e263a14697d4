"""Worklogs of all issues: which were changed and removed since when, and many at once."""

import errors
import reply
import shape
from moments import now
from routes import API, route

PAGE = 1000
MOST_IDS = 1000
EXPAND = {"expand": shape.query_names}
SINCE = {"since": shape.query_long}


@route("GET", API + "worklog/updated", query=SINCE, cloud=EXPAND, anonymous=False)
def updated(call):
    changes = [(_milliseconds(one.updated), one.id) for one in call.store.worklogs.values()]
    entries = [{"worklogId": number, "updatedTime": at, "properties": []} for at, number in _since(call, changes)]
    return reply.ok(_page(call, "updated", entries))


@route("GET", API + "worklog/deleted", query=SINCE, anonymous=False)
def deleted(call):
    removed = [(_milliseconds(at), number) for number, at in call.store.removed_worklogs]
    entries = [{"worklogId": number, "updatedTime": at, "properties": []} for at, number in _since(call, removed)]
    return reply.ok(_page(call, "deleted", entries))


@route("POST", API + "worklog/list", cloud=EXPAND, writes=False, anonymous=False,
       body=shape.Members({"ids": shape.ListOf(shape.LONG)}, required=("ids",)))
def listed(call):
    """Those that are known, by id; the others are left out."""
    ids = call.body["ids"]
    if len(ids) > MOST_IDS:
        raise errors.refusal(400, f"The number of worklog ids must not exceed {MOST_IDS}.")
    found = [call.store.worklogs[number] for number in sorted(set(ids)) if number in call.store.worklogs]
    return reply.ok([call.view.worklog(one, call.asked("expand")) for one in found])


def _milliseconds(moment):
    return int(moment.timestamp() * 1000)


def _since(call, changes):
    """In order of time. `worklog_delay` seconds pass until a change shows."""
    oldest = call.query.get("since", 0) + call.site.worklogs_after
    newest = _milliseconds(now()) - call.site.worklog_delay * 1000
    return sorted(change for change in changes if oldest <= change[0] <= newest)


def _page(call, name, entries):
    """`until` is the time of the last one of the page, and begins the next."""
    since = call.query.get("since", 0)
    shown = entries[:PAGE]
    path = f"{call.view.api}/worklog/{name}"
    until = shown[-1]["updatedTime"] if shown else _milliseconds(now())
    page = {"values": shown, "since": since, "until": until, "self": f"{path}?since={since}",
            "lastPage": len(entries) <= PAGE}
    return page if page["lastPage"] else page | {"nextPage": f"{path}?since={until}"}
