"""The history of issues, beside what an issue shows of it when expanded."""

import errors
import history
import paging
import reply
import shape
from routes import API, route

CHANGELOG = API + "issue/{issue}/changelog"
PAGE = {"startAt": shape.query_integer, "maxResults": shape.query_integer}
LARGEST_PAGE = 100
MOST_ISSUES = 1000
MOST_FIELDS = 10
MOST_CHANGES = 10_000
DEFAULT_CHANGES = 1000
BULK = shape.Members({"issueIdsOrKeys": shape.TEXTS, "fieldIds": shape.TEXTS, "maxResults": shape.INTEGER,
                      "nextPageToken": shape.TEXT}, required=("issueIdsOrKeys",))


@route("GET", CHANGELOG, cloud=PAGE, server=None)
def changelog(call):
    """The oldest first."""
    issue = call.issue()
    start, size = paging.window(call, LARGEST_PAGE, LARGEST_PAGE)
    return reply.ok(paging.values_page(call, f"issue/{issue.key}/changelog", issue.history, start, size,
                                       lambda change: history.show(change, call.view)))


@route("POST", CHANGELOG + "/list", server=None, writes=False,
       body=shape.Members({"changelogIds": shape.ListOf(shape.LONG)}, required=("changelogIds",)))
def by_ids(call):
    wanted = set(call.body["changelogIds"])
    found = [history.show(change, call.view) for change in call.issue().history if change.id in wanted]
    return reply.ok({"startAt": 0, "maxResults": len(found), "total": len(found), "histories": found})


@route("POST", API + "changelog/bulkfetch", server=None, writes=False, body=BULK)
def bulkfetch(call):
    """By issue id and then by time; a page may end within an issue. Issues that nobody knows are left out."""
    _check(call.body)
    changes = [(issue, change) for issue in _issues(call) for change in issue.history
               if not call.body.get("fieldIds") or history.concerns(change, call.body["fieldIds"])]
    made_for = paging.fingerprint("changelog", call.body["issueIdsOrKeys"], call.body.get("fieldIds"))
    start = 0
    if call.body.get("nextPageToken"):
        start, _ = paging.read_token(call.body["nextPageToken"], made_for)
    size = call.body.get("maxResults") or DEFAULT_CHANGES
    shown = {}
    for issue, change in changes[start:start + size]:
        shown.setdefault(str(issue.id), []).append(_show(change, call.view))
    page = {"issueChangeLogs": [{"issueId": number, "changeHistories": listed} for number, listed in shown.items()]}
    if start + size < len(changes):
        page["nextPageToken"] = paging.make_token(made_for, start + size, 0)
    return reply.ok(page)


def _show(change, view):
    """Here the moment is a number: milliseconds since 1970."""
    return history.show(change, view) | {"created": int(change.created.timestamp() * 1000)}


def _check(given):
    if not 1 <= len(given["issueIdsOrKeys"]) <= MOST_ISSUES:
        raise errors.refusal(400, f"The number of issue ids or keys must be between 1 and {MOST_ISSUES}.")
    if len(given.get("fieldIds") or ()) > len(set(given.get("fieldIds") or ())):
        raise errors.refusal(400, "Each field id may be given once.")
    if len(given.get("fieldIds") or ()) > MOST_FIELDS:
        raise errors.refusal(400, f"The number of field ids must not exceed {MOST_FIELDS}.")
    if not 1 <= (given.get("maxResults") or DEFAULT_CHANGES) <= MOST_CHANGES:
        raise errors.refusal(400, f"maxResults must be between 1 and {MOST_CHANGES}.")


def _issues(call):
    found = [None if call.anonymous else call.store.issue(name) for name in call.body["issueIdsOrKeys"]]
    return sorted({issue for issue in found if issue}, key=lambda issue: issue.id)
