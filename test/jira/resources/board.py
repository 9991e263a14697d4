"""Boards and their sprints."""

import errors
import paging
import reply
import shape
from resources.sprint import STATES, show
from routes import AGILE, route

PAGE = {"startAt": shape.query_integer, "maxResults": shape.query_integer}
BOARDS = PAGE | {"type": shape.query_names, "name": shape.query_text, "projectKeyOrId": shape.query_text}
CLOUD_BOARDS = {"accountIdLocation": shape.query_text, "projectLocation": shape.query_text,
                "includePrivate": shape.query_boolean, "negateLocationFiltering": shape.query_boolean,
                "orderBy": shape.query_text, "expand": shape.query_names, "projectTypeLocation": shape.query_names,
                "filterId": shape.query_integer}
LARGEST_PAGE = 50
ORDER = {state: number for number, state in enumerate(("closed", "active", "future"))}


@route("GET", AGILE + "board", query=BOARDS, cloud=CLOUD_BOARDS, anonymous=False)
def boards(call):
    wanted = call.query.get("projectKeyOrId")
    project = wanted and call.store.project(wanted)
    if wanted and not project:
        raise errors.refusal(400, f"No project could be found with key or id '{wanted}'.")
    found = [board for board in call.store.boards if board.kind in call.query.get("type", (board.kind,))
             and call.query.get("name", "").lower() in board.name.lower() and project in (None, board.project)]
    return reply.ok(page(call, found, lambda board: show_board(board, call)))


@route("GET", AGILE + "board/{board}", anonymous=False)
def board(call):
    return reply.ok(show_board(find(call), call))


@route("GET", AGILE + "board/{board}/sprint", query=PAGE | {"state": shape.query_names}, anonymous=False)
def sprints(call):
    """Closed, active, future; a board that is not scrum, or not set up, has none, and says so."""
    found = find(call)
    if found.id in call.site.oddities.unmapped_boards:
        raise errors.refusal(422, "This board has no columns with a mapped status.")
    if found.kind != "scrum":
        raise errors.refusal(400, "The board does not support sprints")
    states = call.query.get("state", STATES)
    if not set(states) <= set(STATES):
        raise errors.refusal(400, f"The state must be one of {', '.join(STATES)}.")
    shared = call.site.oddities.shared_sprints.get(str(found.id), ())
    listed = [sprint for sprint in call.store.sprints
              if (sprint.board is found or sprint.id in shared) and sprint.state in states]
    listed.sort(key=lambda sprint: (ORDER[sprint.state], sprint.id))
    return reply.ok(page(call, listed, lambda sprint: show(sprint, call)))


def page(call, found, show_one):
    start, size = paging.window(call, LARGEST_PAGE, LARGEST_PAGE)
    return {"maxResults": size, "startAt": start, "total": len(found), "isLast": start + size >= len(found),
            "values": [show_one(one) for one in found[start:start + size]]}


def find(call):
    for found in call.store.boards:
        if str(found.id) == call.path["board"]:
            return found
    raise errors.refusal(404, f"Board {call.path['board']} does not exist or you do not have permission to view it.")


def show_board(board, call):
    location = {"projectId": board.project.id, "projectKey": board.project.key, "projectName": board.project.name,
                "displayName": f"{board.project.name} ({board.project.key})", "name": board.project.name,
                "projectTypeKey": "software"}
    shown = {"id": board.id, "self": f"{call.site.base_url}{AGILE}board/{board.id}", "name": board.name,
             "type": board.kind}
    return shown | ({"location": location} if call.site.cloud else {})
