"""The components of projects."""

import errors
import paging
import reply
import shape
from entities import Component
from routes import API, route

ASSIGNEE_TYPES = ("PROJECT_DEFAULT", "COMPONENT_LEAD", "PROJECT_LEAD", "UNASSIGNED")
IGNORED = dict.fromkeys(("id", "lead", "self"), shape.ANY)
IGNORED_ON_CLOUD = dict.fromkeys(("ari", "assignee", "isAssigneeTypeValid", "metadata", "realAssignee",
                                  "realAssigneeType"), shape.ANY)
BODY = shape.split(
    IGNORED | {"name": shape.TEXT, "description": shape.TEXT, "project": shape.TEXT, "leadUserName": shape.TEXT,
               "assigneeType": shape.TEXT},
    cloud=IGNORED_ON_CLOUD | {"projectId": shape.LONG, "leadAccountId": shape.TEXT},
    server=dict.fromkeys(("archived", "deleted"), shape.ANY))
PAGE = {"startAt": shape.query_integer, "maxResults": shape.query_integer, "orderBy": shape.query_text,
        "query": shape.query_text}
SOURCE = {"componentSource": shape.query_text}
LONGEST_NAME = 255
ORDERS = {"name": lambda one: one.name.lower(), "description": lambda one: one.description.lower(),
          "lead": lambda one: one.lead.name if one.lead else "", "issueCount": lambda one: one.id}


@route("GET", API + "project/{project}/components", cloud=SOURCE)
def of_project(call):
    project = call.project()
    return reply.ok([show(one, project, call) for one in project.components])


@route("GET", API + "project/{project}/component", cloud=PAGE | SOURCE, server=None)
def page_of_project(call):
    project = call.project()
    return _page(call, f"project/{project.key}/component", [(one, project) for one in project.components])


@route("GET", API + "component", cloud=PAGE | {"projectIdsOrKeys": shape.query_names}, server=None)
def across(call):
    wanted = call.query.get("projectIdsOrKeys")
    found = [] if call.anonymous else [
        (one, project) for project in call.store.projects.values() for one in project.components
        if not wanted or project.key in wanted or str(project.id) in wanted]
    return _page(call, "component", found)


@route("GET", API + "component/page", cloud=None,
       server={"startAt": shape.query_integer, "maxResults": shape.query_integer, "query": shape.query_text,
               "projectIds": shape.query_names})
def page(call):
    wanted = call.query.get("projectIds")
    found = [] if call.anonymous else [
        (one, project) for project in call.store.projects.values() for one in project.components
        if not wanted or str(project.id) in wanted]
    return _page(call, "component/page", found)


def _page(call, path, found):
    order = call.query.get("orderBy", "name")
    if order.lstrip("+-") not in ORDERS:
        raise errors.refusal(400, f"The orderBy value '{order}' is not valid.")
    text = call.query.get("query", "").lower()
    found = [pair for pair in found if text in pair[0].name.lower() or text in pair[0].description.lower()]
    found.sort(key=lambda pair: ORDERS[order.lstrip("+-")](pair[0]), reverse=order.startswith("-"))
    start, size = paging.window(call, 50, 100)
    return reply.ok(paging.values_page(call, path, found, start, size, lambda pair: show(*pair, call)))


@route("GET", API + "component/{id}")
def component(call):
    return reply.ok(show(*_find(call), call))


@route("GET", API + "component/{id}/relatedIssueCounts")
def counts(call):
    found, _ = _find(call)
    number = sum(found in issue.components for issue in call.store.issues.values())
    return reply.ok({"self": f"{call.view.api}/component/{found.id}", "issueCount": number})


@route("POST", API + "component", anonymous=False, body=BODY)
def create(call):
    given = call.body
    wanted = given.get("project") or str(given.get("projectId") or "")
    project = call.store.project(wanted) if wanted else None
    if project is None:
        raise errors.refusal(404 if wanted else 400, errors={"project": "The project does not exist." if wanted else
                                                             "A project is required to create a component."})
    _check(call, project, None, given.get("name") or "")
    made = Component(call.store.next_id("component"), given["name"].strip(), given.get("description") or "",
                     _lead(call), given.get("assigneeType") or "PROJECT_DEFAULT")
    project.components.append(made)
    return reply.created(show(made, project, call))


@route("PUT", API + "component/{id}", anonymous=False, body=BODY)
def edit(call):
    """What is not given stays; the project cannot be changed."""
    found, project = _find(call)
    given = call.body
    _check(call, project, found, given.get("name", found.name))
    found.name = given.get("name", found.name).strip()
    if given.get("description") is not None:
        found.description = given["description"]
    found.assignee_type = given.get("assigneeType") or found.assignee_type
    if "leadAccountId" in given or "leadUserName" in given:
        found.lead = _lead(call)
    _forget_shown(call, found)
    return reply.ok(show(found, project, call))


@route("DELETE", API + "component/{id}", query={"moveIssuesTo": shape.query_text}, anonymous=False)
def remove(call):
    """Issues lose it, or get another one of the project for it."""
    found, project = _find(call)
    other = None
    if call.query.get("moveIssuesTo"):
        other = next((one for one in project.components if str(one.id) == call.query["moveIssuesTo"]), None)
        if other is None or other is found:
            raise errors.refusal(404, f"The component with id {call.query['moveIssuesTo']} does not exist.")
    for issue in [one for one in call.store.issues.values() if found in one.components]:
        with call.changing(issue):
            kept = [one for one in issue.components if one is not found]
            issue.components = kept + ([other] if other and other not in kept else [])
    project.components.remove(found)
    return reply.no_content()


def _find(call):
    wanted = call.path["id"]
    for project in () if call.anonymous else call.store.projects.values():
        for found in project.components:
            if str(found.id) == wanted:
                return found, project
    raise errors.refusal(404, f"The component with id {wanted} does not exist.")


def _check(call, project, own, name):
    if not name.strip() or len(name) > LONGEST_NAME:
        raise errors.refusal(400, errors={"name": "The component name specified is invalid - cannot be an empty string."
                                          if not name.strip() else
                                          f"The component name cannot be longer than {LONGEST_NAME} characters."})
    if any(one.name.lower() == name.strip().lower() and one is not own for one in project.components):
        raise errors.refusal(400, errors={"name": f"A component with the name {name.strip()} already exists in this "
                                                  "project."})
    kind = call.body.get("assigneeType")
    if kind is not None and kind not in ASSIGNEE_TYPES:
        raise errors.refusal(400, errors={"assigneeType": f"assigneeType must be one of {', '.join(ASSIGNEE_TYPES)}."})


def _lead(call):
    given = call.body.get("leadAccountId" if call.site.cloud else "leadUserName")
    if not given:
        return None
    user = call.store.user(given, call.site)
    if user is None:
        raise errors.refusal(400, errors={"lead": f"The user {given} does not exist."})
    return user


def _forget_shown(call, found):
    for issue in call.store.issues.values():
        if found in issue.components:
            call.store.changed(issue)


def show(found, project, call):
    """A component as an entity of its own."""
    assignee = {"PROJECT_DEFAULT": project.default_assignee, "COMPONENT_LEAD": found.lead,
                "PROJECT_LEAD": project.lead, "UNASSIGNED": None}[found.assignee_type]
    shown = call.view.component(found) | {"assigneeType": found.assignee_type, "realAssigneeType": found.assignee_type,
                                          "isAssigneeTypeValid": bool(found.assignee_type != "COMPONENT_LEAD"
                                                                      or found.lead),
                                          "project": project.key, "projectId": project.id}
    people = {"lead": found.lead, "assignee": assignee, "realAssignee": assignee}
    return shown | {name: call.view.person(user) for name, user in people.items() if user}
