"""Issues as boards see them: rank and estimate."""

import errors
import history
import reply
import shape
from fields.rendering import show_issue
from fields.selection import ALL, select
from resources.epic import find_epic, issues_to_move
from resources.sprint_issue import RANKS
from routes import AGILE, route

ISSUE = AGILE + "issue/{issue}"
BOARD = {"boardId": shape.query_integer}
RANK = shape.Members({"issues": shape.TEXTS} | RANKS, required=("issues",))
EPIC_RANK = shape.Members({"rankBeforeEpic": shape.TEXT, "rankAfterEpic": shape.TEXT, "rankCustomFieldId": shape.LONG})
POINTS = "customfield_10016"


@route("GET", ISSUE, query={"fields": shape.query_names, "expand": shape.query_names,
                            "updateHistory": shape.query_boolean}, anonymous=False)
def issue(call):
    """With the fields of boards: sprints, the epic, whether it is flagged."""
    found = call.issue()
    shown = show_issue(found, call.view, select(call.site, call.asked("fields"), ALL), call.asked("expand"))
    return reply.ok(shown | {"self": f"{call.site.base_url}{AGILE}issue/{found.id}"})


@route("PUT", AGILE + "issue/rank", anonymous=False, body=RANK)
def rank(call):
    """In the order given, all before or all after another one."""
    issues = issues_to_move(call)
    _rank(call, issues, call.body.get("rankBeforeIssue"), call.body.get("rankAfterIssue"))
    return reply.no_content()


@route("PUT", AGILE + "epic/{epic}/rank", anonymous=False, body=EPIC_RANK)
def rank_epic(call):
    _rank(call, [find_epic(call)], call.body.get("rankBeforeEpic"), call.body.get("rankAfterEpic"))
    return reply.no_content()


def _rank(call, issues, before, after):
    if (before is None) is (after is None):
        raise errors.refusal(400, "Exactly one of the issues to rank before and to rank after must be given.")
    anchor = call.store.issue(before or after)
    if anchor is None:
        raise errors.refusal(400, "The issue to rank by does not exist.")
    moved = [issue for issue in issues if issue is not anchor]
    others = sorted(issue.rank for issue in call.store.issues.values() if issue not in moved)
    place = others.index(anchor.rank) + (0 if before else 1)
    low = others[place - 1] if place else 0
    high = others[place] if place < len(others) else others[-1] + 1
    for number, issue in enumerate(moved, 1):
        with history.recorded(call.store, issue, call.user):
            issue.rank = low + (high - low) * number / (len(moved) + 1)


@route("GET", ISSUE + "/estimation", query=BOARD, anonymous=False)
def estimation(call):
    return reply.ok(_estimation(call, call.issue()))


@route("PUT", ISSUE + "/estimation", query=BOARD, anonymous=False, body=shape.Members({"value": shape.TEXT}))
def estimate(call):
    """The value is a text; none takes the estimate away."""
    found, given = call.issue(), call.body.get("value")
    _estimation(call, found)
    try:
        points = float(given) if given else None
    except ValueError:
        raise errors.refusal(400, errors={POINTS: f"'{given}' is not a number."}) from None
    with call.changing(found):
        found.story_points = points
    return reply.ok(_estimation(call, found))


def _estimation(call, found):
    """Of a board that estimates."""
    if "boardId" not in call.query:
        raise errors.refusal(400, "The query parameter 'boardId' must be provided.")
    board = next((one for one in call.store.boards if one.id == call.query["boardId"]), None)
    if board is None:
        raise errors.refusal(404, f"Board {call.query['boardId']} does not exist.")
    if board.kind != "scrum":
        raise errors.refusal(400, "The board has no field for estimates.")
    shown = {"fieldId": POINTS}
    return shown if found.story_points is None else shown | {"value": str(found.story_points)}
