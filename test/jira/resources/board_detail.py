"""Boards: made and removed, and what belongs to one besides its sprints and issues."""

import errors
import reply
import shape
from entities import Board
from resources.board import PAGE, find, page, show_board
from resources.epic import show_epic
from routes import AGILE, route

BOARD = AGILE + "board/{board}"
KINDS = {True: ("scrum", "kanban", "agility"), False: ("scrum", "kanban")}
LOCATION = shape.Members({"type": shape.TEXT, "projectKeyOrId": shape.TEXT})
BODY = shape.split({"name": shape.TEXT, "type": shape.TEXT, "filterId": shape.LONG}, cloud={"location": LOCATION})
LONGEST_NAME = 255
STORY_POINTS = {"fieldId": "customfield_10016", "displayName": "Story Points"}
RANK = 10019
COLUMNS = (("To Do", "new"), ("In Progress", "indeterminate"), ("Done", "done"))


@route("POST", AGILE + "board", anonymous=False, body=BODY)
def create(call):
    name, kind = (call.body.get("name") or "").strip(), call.body.get("type")
    if not name or len(name) > LONGEST_NAME:
        raise errors.refusal(400, errors={"name": f"The name must have between 1 and {LONGEST_NAME} characters."})
    if kind not in KINDS[call.site.cloud]:
        raise errors.refusal(400, errors={"type": f"The type must be one of {', '.join(KINDS[call.site.cloud])}."})
    saved = next((one for one in call.store.filters if one.id == call.body.get("filterId")), None)
    if saved is None:
        raise errors.refusal(400, errors={"filterId": "The selected filter is not available to you, perhaps it has "
                                                      "been deleted or had its permissions changed."})
    number = max((board.id for board in call.store.boards), default=0) + 1
    made = Board(number, name, _project(call, saved), kind, saved)
    call.store.boards.append(made)
    return reply.created(show_board(made, call))


def _project(call, saved):
    """Where the board lies: as given, else the project that the filter begins with."""
    place = call.body.get("location") or {}
    if place.get("type") == "project":
        found = call.store.project(place.get("projectKeyOrId") or "-")
        if found is None:
            raise errors.refusal(400, errors={"location": "The project does not exist."})
        return found
    words = saved.jql.replace("=", " ").split()
    return next((call.store.projects[word] for word in words if word in call.store.projects),
                next(iter(call.store.projects.values())))


@route("DELETE", BOARD, anonymous=False)
def remove(call):
    """With its sprints that are not closed."""
    found = find(call)
    call.store.boards.remove(found)
    call.store.sprints = [sprint for sprint in call.store.sprints if sprint.board is not found or sprint.state == "closed"]
    return reply.no_content()


@route("GET", BOARD + "/configuration", anonymous=False)
def configuration(call):
    found = find(call)
    base = call.view.api.replace("/agile/", "/api/")
    shown = {"id": found.id, "name": found.name, "type": found.kind,
             "self": f"{call.site.base_url}{AGILE}board/{found.id}/configuration",
             "filter": {"id": str(found.filter.id), "self": f"{base}/filter/{found.filter.id}"},
             "columnConfig": {"columns": _columns(call, base), "constraintType": "issueCount"},
             "ranking": {"rankCustomFieldId": RANK}}
    if call.site.cloud:
        shown["location"] = {"type": "project", "key": found.project.key, "id": str(found.project.id),
                             "self": f"{base}/project/{found.project.id}", "name": found.project.name}
    if found.kind == "scrum":
        return reply.ok(shown | {"estimation": {"type": "field", "field": STORY_POINTS}})
    return reply.ok(shown | {"subQuery": {"query": "fixVersion in unreleasedVersions() OR fixVersion is EMPTY"}})


def _columns(call, base):
    """Each has the statuses of a category."""
    return [{"name": name, "statuses": [{"id": str(one.id), "self": f"{base}/status/{one.id}"}
                                        for one in call.store.statuses if one.category.key == category]}
            for name, category in COLUMNS]


@route("GET", BOARD + "/project", query=PAGE, anonymous=False)
def projects(call):
    found = find(call)
    return reply.ok(page(call, [found.project], call.view.project))


@route("GET", BOARD + "/version", query=PAGE | {"released": shape.query_boolean}, anonymous=False)
def versions(call):
    """Here the id is a number."""
    project, released = find(call).project, call.query.get("released")
    listed = [one for one in project.versions if released in (None, one.released)]
    return reply.ok(page(call, listed, lambda one: call.view.version_entry(one)
                         | {"id": one.id, "projectId": project.id}))


@route("GET", BOARD + "/epic", query=PAGE | {"done": shape.query_boolean}, anonymous=False)
def epics(call):
    project, done = find(call).project, call.query.get("done")
    listed = [issue for issue in call.store.issues.values() if issue.project is project
              and issue.issue_type.level == 1 and done in (None, issue.status.category.key == "done")]
    return reply.ok(page(call, listed, lambda issue: show_epic(issue, call)))
