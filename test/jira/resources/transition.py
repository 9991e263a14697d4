"""Transitions of an issue."""

import errors
import reply
import shape
import workflow
from fields.writing import UNSETTABLE
from resources import comment
from routes import API, route

QUERY = {"transitionId": shape.query_text, "expand": shape.query_names}
CLOUD_QUERY = {"skipRemoteOnlyCondition": shape.query_boolean, "includeUnavailableTransitions": shape.query_boolean,
               "sortByOpsBarAndStatus": shape.query_boolean}
BODY = shape.Members({"transition": shape.OBJECT, "fields": shape.OBJECT, "update": shape.OBJECT,
                      "historyMetadata": shape.OBJECT, "properties": shape.PROPERTIES})


@route("GET", API + "issue/{issue}/transitions", query=QUERY, cloud=CLOUD_QUERY)
def transitions(call):
    """Empty for a caller who may not transition, and for an unknown transitionId."""
    wanted = call.query.get("transitionId")
    issue = call.issue()
    found = [one for one in workflow.available(issue) if call.user.writes and wanted in (None, str(one.id))]
    shown = [_show(one, call, "transitions.fields" in call.asked("expand")) for one in found]
    return reply.ok({"expand": "transitions", "transitions": shown})


def _show(transition, call, with_fields):
    shown = workflow.show_transition(transition, call.view)
    if not with_fields:
        return shown
    return shown | {"fields": _screen(call) if workflow.takes_resolution(transition) else {}}


def _screen(call):
    allowed = [call.view.resolution(resolution) for resolution in call.store.resolutions]
    entry = {"required": False, "schema": {"type": "resolution", "system": "resolution"}, "name": "Resolution",
             "operations": ["set"], "allowedValues": allowed, "hasDefaultValue": False}
    return {"resolution": entry | ({"key": "resolution"} if call.site.cloud else {"fieldId": "resolution"})}


@route("POST", API + "issue/{issue}/transitions", body=BODY)
def transition(call):
    issue = call.issue()
    chosen = choose(issue, call.body.get("transition"))
    resolution = _resolution(call, chosen)
    comment.write_all(call, issue, comment.read_all(call, (call.body.get("update") or {}).get("comment")))
    with call.changing(issue):
        workflow.perform(call.store, issue, chosen, resolution)
    issue.properties |= {entry["key"]: entry.get("value") for entry in call.body.get("properties") or ()}
    return reply.no_content()


def choose(issue, given):
    wanted = (given or {}).get("id")
    if wanted is None:
        raise errors.refusal(400, "Missing 'transition' identifier")
    for found in workflow.available(issue):
        if str(found.id) == str(wanted):
            return found
    raise errors.refusal(400, f"Transition id '{wanted}' is not valid for this issue.")


def _resolution(call, chosen):
    """Only what is on the screen of the transition may be given; comments may always be."""
    fields, update = call.body.get("fields") or {}, dict(call.body.get("update") or {})
    update.pop("comment", None)
    on_screen = ("resolution",) if workflow.takes_resolution(chosen) else ()
    wrong = [name for name in (*fields, *update) if name not in on_screen]
    if wrong:
        raise errors.refusal(400, errors={name: UNSETTABLE.format(name) for name in wrong})
    given = fields.get("resolution") or _set_by_verb(update.get("resolution"))
    if given is None:
        return None
    for one in call.store.resolutions:
        if isinstance(given, dict) and (given.get("name") == one.name or given.get("id") == str(one.id)):
            return one
    raise errors.refusal(400, errors={"resolution": "The resolution selected is invalid."})


def _set_by_verb(operations):
    """[{"set": value}]"""
    if operations is None:
        return None
    if isinstance(operations, list) and len(operations) == 1 and set(operations[0]) == {"set"}:
        return operations[0]["set"]
    raise errors.refusal(400, errors={"resolution": "Field 'resolution' does not support this operation"})
