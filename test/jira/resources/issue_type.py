"""Issue types."""

import errors
import reply
import shape
from entities import IssueType
from routes import API, route

TYPES = API + "issuetype"
STANDARD, SUBTASK = 0, -1
BODY = shape.Members({"name": shape.TEXT, "description": shape.TEXT, "type": shape.TEXT}, required=("name",))
CHANGE = shape.Members({"name": shape.TEXT, "description": shape.TEXT, "avatarId": shape.LONG})
LONGEST_NAME = 60


@route("GET", TYPES)
def issue_types(call):
    return reply.ok([] if call.anonymous else [call.view.issue_type(one) for one in call.store.issue_types])


@route("GET", TYPES + "/{id}")
def issue_type(call):
    return reply.ok(call.view.issue_type(_find(call)))


@route("GET", TYPES + "/{id}/alternatives")
def alternatives(call):
    """What an issue could become: sub-tasks stay sub-tasks."""
    found = _find(call)
    return reply.ok([call.view.issue_type(one) for one in call.store.issue_types
                     if one is not found and one.subtask is found.subtask])


@route("POST", TYPES, anonymous=False, body=BODY)
def create(call):
    call.administrators_only()
    _check_name(call, None)
    kind = call.body.get("type") or "standard"
    if kind not in ("standard", "subtask"):
        raise errors.refusal(400, errors={"type": "The type must be standard or subtask."})
    number = max(one.id for one in call.store.issue_types) + 1
    made = IssueType(number, call.body["name"], call.body.get("description") or "",
                     STANDARD if kind == "standard" else SUBTASK)
    call.store.issue_types.append(made)
    return reply.created(call.view.issue_type(made))


@route("PUT", TYPES + "/{id}", anonymous=False, body=CHANGE)
def edit(call):
    call.administrators_only()
    found = _find(call)
    if call.body.get("name"):
        _check_name(call, found)
    found.name = call.body.get("name") or found.name
    found.description = call.body.get("description") or found.description
    for issue in call.store.issues.values():
        if issue.issue_type is found:
            call.store.changed(issue)
    return reply.ok(call.view.issue_type(found))


@route("DELETE", TYPES + "/{id}", cloud={"alternativeIssueTypeId": shape.query_text},
       server={"alternativeIssueTypeId": shape.query_text}, anonymous=False)
def remove(call):
    """One in use is refused here, alternative or not."""
    call.administrators_only()
    found = _find(call)
    if any(issue.issue_type is found for issue in call.store.issues.values()):
        raise errors.refusal(409, "The issue type is in use.")
    call.store.issue_types.remove(found)
    for project in call.store.projects.values():
        project.issue_types = [one for one in project.issue_types if one is not found]
    return reply.no_content()


def _check_name(call, own):
    name = call.body["name"].strip()
    if not name or len(name) > LONGEST_NAME:
        raise errors.refusal(400, errors={"name": f"The name must have between 1 and {LONGEST_NAME} characters."})
    if any(one.name == name and one is not own for one in call.store.issue_types):
        raise errors.refusal(409, errors={"name": "An issue type with this name already exists."})


def _find(call):
    wanted = call.path["id"]
    found = next((one for one in call.store.issue_types if str(one.id) == wanted), None)
    if found is None or call.anonymous:
        raise errors.refusal(404, f"The issue type with id '{wanted}' does not exist.")
    return found
