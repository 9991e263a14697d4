"""Cloud: many issues by id or key."""

import errors
import reply
import shape
from fields.rendering import show_issue
from fields.selection import NAVIGABLE, select, single_valued
from routes import API, route

MOST_ISSUES = 100
MOST_SMALL_ISSUES = 1000
MOST_SMALL_FIELDS = 100
MOST_PROPERTIES = 5
SMALL_EXPANSIONS = {"names", "schema"}
BODY = shape.Members({"issueIdsOrKeys": shape.TEXTS, "fields": shape.TEXTS, "expand": shape.TEXTS,
                      "properties": shape.TEXTS, "fieldsByKeys": shape.BOOLEAN}, required=("issueIdsOrKeys",))


@route("POST", API + "issue/bulkfetch", server=None, writes=False, body=BODY)
def bulkfetch(call):
    """Issues that are missing or hidden are left out; an error is for those that could be had another time."""
    wanted = call.body["issueIdsOrKeys"]
    properties = call.body.get("properties") or ()
    most = _most_issues(call)
    if not 1 <= len(wanted) <= most:
        raise errors.refusal(400, f"The number of issue ids or keys must be between 1 and {most}.")
    if len(properties) > MOST_PROPERTIES:
        raise errors.refusal(400, f"The number of properties must not exceed {MOST_PROPERTIES}.")
    selection = select(call.site, call.body.get("fields") or [], NAVIGABLE)
    found = {name: None if call.anonymous else call.store.issue(name) for name in wanted}
    issues = sorted({issue for issue in found.values() if issue}, key=lambda issue: issue.id)
    left_out = _left_out(call, issues)
    expand = call.body.get("expand") or ()
    shown = [show_issue(issue, call.view, selection, expand, properties) for issue in issues if issue not in left_out]
    failures = [{"id": str(issue.id), "errorMessage": "The response is too large."} for issue in left_out]
    return reply.ok({"expand": "schema,names", "issues": shown, "issueErrors": failures})


def _most_issues(call):
    """More where each of them is small: a few fields, by name, with one value each."""
    names = call.body.get("fields") or ()
    small = (names and len(names) <= MOST_SMALL_FIELDS and single_valued(call.site, names)
             and SMALL_EXPANSIONS.issuperset(call.body.get("expand") or ()) and not call.body.get("properties"))
    return MOST_SMALL_ISSUES if small and call.site.oddities.large_batches else MOST_ISSUES


def _left_out(call, issues):
    most = call.site.oddities.batch_payload
    return issues[most:] if most else []
