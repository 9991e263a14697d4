"""Cloud: many issues by id or key."""

import errors
import reply
import shape
from fields.rendering import show_issue
from fields.selection import NAVIGABLE, select
from routes import API, route

MOST_ISSUES = 100
MOST_PROPERTIES = 5
BODY = shape.Members({"issueIdsOrKeys": shape.TEXTS, "fields": shape.TEXTS, "expand": shape.TEXTS,
                      "properties": shape.TEXTS, "fieldsByKeys": shape.BOOLEAN}, required=("issueIdsOrKeys",))


@route("POST", API + "issue/bulkfetch", server=None, writes=False, body=BODY)
def bulkfetch(call):
    wanted = call.body["issueIdsOrKeys"]
    properties = call.body.get("properties") or ()
    if not 1 <= len(wanted) <= MOST_ISSUES:
        raise errors.refusal(400, f"The number of issue ids or keys must be between 1 and {MOST_ISSUES}.")
    if len(properties) > MOST_PROPERTIES:
        raise errors.refusal(400, f"The number of properties must not exceed {MOST_PROPERTIES}.")
    selection = select(call.site, call.body.get("fields") or [], NAVIGABLE)
    found = {name: None if call.anonymous else call.store.issue(name) for name in wanted}
    issues = sorted({issue for issue in found.values() if issue}, key=lambda issue: issue.id)
    expand = call.body.get("expand") or ()
    shown = [show_issue(issue, call.view, selection, expand, properties) for issue in issues]
    failures = [{"id": name, "errorMessage": errors.NO_ISSUE[True]} for name, issue in found.items() if not issue]
    return reply.ok({"expand": "schema,names", "issues": shown, "issueErrors": failures})
