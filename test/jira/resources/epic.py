"""Epics: the issues of that level, and what is below them."""

import errors
import history
import reply
import shape
from routes import AGILE, route

EPIC = AGILE + "epic/{epic}"
COLORS = tuple(f"color_{number}" for number in range(1, 15))
BODY = shape.Members({"name": shape.TEXT, "summary": shape.TEXT, "done": shape.BOOLEAN,
                      "color": shape.Members({"key": shape.TEXT})})
ISSUES = shape.Members({"issues": shape.TEXTS}, required=("issues",))
MOST_MOVED = 50


@route("GET", EPIC, anonymous=False)
def epic(call):
    return reply.ok(show_epic(find_epic(call), call))


@route("POST", EPIC, anonymous=False, body=BODY)
def update(call):
    """Changes what is given. The name is the summary on Cloud; done closes the epic here only for its boards."""
    found = find_epic(call)
    color = (call.body.get("color") or {}).get("key")
    if color is not None and color not in COLORS:
        raise errors.refusal(400, errors={"color": f"The color must be one of {COLORS[0]} to {COLORS[-1]}."})
    with call.changing(found):
        found.summary = call.body.get("summary") or call.body.get("name") or found.summary
    found.color = color or found.color
    found.done = found.done if call.body.get("done") is None else call.body["done"]
    return reply.ok(show_epic(found, call))


@route("POST", EPIC + "/issue", anonymous=False, body=ISSUES)
def move(call):
    found = find_epic(call)
    for issue in issues_to_move(call):
        if issue.issue_type.level != 0:
            raise errors.refusal(400, f"The issue {issue.key} cannot belong to an epic.")
        _put_under(call, issue, found)
    return reply.no_content()


@route("POST", AGILE + "epic/none/issue", anonymous=False, body=ISSUES)
def take_out(call):
    for issue in issues_to_move(call):
        _put_under(call, issue, None)
    return reply.no_content()


def _put_under(call, issue, found):
    with history.recorded(call.store, issue, call.user):
        if call.site.cloud:
            call.store.move_under(issue, found)
        else:
            issue.epic = found


def issues_to_move(call):
    """Those named in the body, all of which must exist."""
    names = call.body["issues"]
    if len(names) > MOST_MOVED:
        raise errors.refusal(400, f"At most {MOST_MOVED} issues can be moved at once.")
    issues = [call.store.issue(name) for name in names]
    if None in issues:
        missing = names[issues.index(None)]
        raise errors.refusal(400, f"Issue does not exist or you do not have permission to see it: {missing}")
    return issues


def find_epic(call):
    wanted = call.path["epic"]
    found = call.store.issue(wanted)
    if found is None or found.issue_type.level != 1:
        raise errors.refusal(404, "The requested epic does not exist or you do not have permission to view it.")
    return found


def epic_of(issue):
    """Through the parent on Cloud, through the Epic Link on Server; a sub-task has its parent's."""
    if issue.issue_type.subtask:
        return epic_of(issue.parent) if issue.parent else None
    return issue.epic or issue.parent


def show_epic(issue, call):
    """The id is a number."""
    return {"id": issue.id, "key": issue.key, "self": f"{call.site.base_url}{AGILE}epic/{issue.id}",
            "name": issue.summary, "summary": issue.summary, "color": {"key": issue.color}, "done": issue.done}
