"""Issues: look up, create one or many, edit, delete."""

import json
from copy import copy

import errors
import reply
import shape
import workflow
from entities import Issue
from fields.rendering import show_issue
from fields.selection import ALL, select
from fields.writing import draft_for_creation, draft_for_edit
from moments import now
from resources import comment
from resources.transition import choose
from routes import API, route

ISSUE = API + "issue/{issue}"
GET_QUERY = {"fields": shape.query_names, "expand": shape.query_names, "properties": shape.query_names,
             "updateHistory": shape.query_boolean}
EDIT_CLOUD = {"returnIssue": shape.query_boolean, "expand": shape.query_names,
              "overrideScreenSecurity": shape.query_boolean, "overrideEditableFlag": shape.query_boolean}
UPDATE = shape.Members({"fields": shape.OBJECT, "update": shape.OBJECT, "transition": shape.OBJECT,
                        "historyMetadata": shape.OBJECT, "properties": shape.PROPERTIES})
UPDATES = shape.Members({"issueUpdates": shape.ListOf(UPDATE)})
MOST_AT_ONCE = 50


@route("GET", ISSUE, query=GET_QUERY, cloud={"fieldsByKeys": shape.query_boolean, "failFast": shape.query_boolean})
def issue(call):
    selection = select(call.site, call.asked("fields"), ALL)
    return reply.ok(show_issue(call.issue(), call.view, selection, call.asked("expand"), call.asked("properties")))


@route("POST", API + "issue", query={"updateHistory": shape.query_boolean}, anonymous=False, body=UPDATE)
def create(call):
    return reply.created(_create(call))


@route("POST", API + "issue/bulk", anonymous=False, body=UPDATES)
def create_many(call):
    """Each by itself: 201 when one of them was created, 400 when none was."""
    elements = call.body.get("issueUpdates") or []
    if not elements:
        raise errors.refusal(400, "There are no issues to be created.")
    if len(elements) > MOST_AT_ONCE:
        raise errors.refusal(400, f"No more than {MOST_AT_ONCE} issues can be created at once.")
    made, refused = [], []
    for number, element in enumerate(elements):
        one = copy(call)
        one.body = element
        try:
            made.append(_create(one))
        except errors.Refused as problem:
            refused.append(_failed_element(number, problem.reply))
    return reply.Reply(201 if made else 400, reply.encode({"issues": made, "errors": refused}))


def _failed_element(number, refusal):
    return {"status": refusal.status, "elementErrors": json.loads(refusal.body), "failedElementNumber": number}


def _create(call):
    fields, update = call.body.get("fields") or {}, call.body.get("update") or {}
    draft = draft_for_creation(call.store, call.site, call.view.version, fields, update)
    if draft.errors:
        raise errors.refusal(400, errors=draft.errors)
    contents = comment.read_all(call, update.get("comment"))
    made = _make(call, draft.values)
    comment.write_all(call, made, contents)
    made.properties |= _properties(call)
    shown = {"id": str(made.id), "key": made.key, "self": f"{call.view.api}/issue/{made.id}"}
    if call.body.get("transition"):
        shown["transition"] = _first_transition(call, made)
    return shown


def _make(call, values):
    store, at = call.store, now()
    project = values["project"]
    project.last_number += 1
    kept = {"priority": _default_priority(store), "reporter": call.user, "assignee": project.default_assignee, **values}
    kept["reporter"] = kept["reporter"] or call.user
    made = Issue(id=store.next_id("issue"), number=project.last_number, status=store.statuses[0], creator=call.user,
                 created=at, updated=at, status_changed=at, watchers=[call.user], **kept)
    store.add_issue(made)
    return made


def _default_priority(store):
    return next(priority for priority in store.priorities if priority.name == "Medium")


def _properties(call):
    return {entry["key"]: entry.get("value") for entry in call.body.get("properties") or ()}


def _first_transition(call, made):
    """A refused transition does not undo the creation: it is reported inside the 201."""
    try:
        workflow.perform(call.store, made, choose(made, call.body["transition"]))
    except errors.Refused:
        return {"status": 400, "errorCollection": {"errorMessages": ["The transition is not valid."], "errors": {}}}
    return {"status": 204, "errorCollection": {"errorMessages": [], "errors": {}}}


@route("PUT", ISSUE, query={"notifyUsers": shape.query_boolean}, cloud=EDIT_CLOUD, body=UPDATE)
def edit(call):
    """A transition in the body is ignored, as in Jira."""
    found = call.issue()
    fields, update = call.body.get("fields") or {}, call.body.get("update") or {}
    _check_flags(call)
    draft = draft_for_edit(call.store, call.site, call.view.version, found, fields, update)
    if draft.errors:
        raise errors.refusal(400, errors=draft.errors)
    comment.write_all(call, found, comment.read_all(call, update.get("comment")))
    with call.changing(found):
        _apply(call.store, found, draft.values)
    found.properties |= _properties(call)
    if call.query.get("returnIssue"):
        return reply.ok(show_issue(found, call.view, select(call.site, [], ALL), call.asked("expand")))
    return reply.no_content()


def _check_flags(call):
    """notifyUsers=false is for administrators; Cloud ignores it from others, Server refuses."""
    if call.query.get("notifyUsers") is False and not call.site.cloud and not call.user.admin:
        raise errors.refusal(403, "To discard the user notification either admin or project admin permissions are "
                                  "required.")
    if call.query.get("overrideScreenSecurity") or call.query.get("overrideEditableFlag"):
        raise errors.refusal(403, "Only Connect and Forge apps may override screen security.")


def _apply(store, found, values):
    for attribute, value in values.items():
        if attribute == "parent":
            store.move_under(found, value)
        elif attribute == "sprints":
            found.sprints = [sprint for sprint in found.sprints if sprint.state == "closed"] + value
        else:
            setattr(found, attribute, value)


@route("DELETE", ISSUE, query={"deleteSubtasks": shape.query_boolean})
def delete(call):
    found = call.issue()
    if any(child.issue_type.subtask for child in found.children) and not call.query.get("deleteSubtasks"):
        raise errors.refusal(400, f"The issue '{found.key}' has subtasks.  You must specify the 'deleteSubtasks' "
                                  "parameter to delete this issue and all its subtasks.")
    call.store.remove_issue(found)
    return reply.no_content()
