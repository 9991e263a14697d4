"""The issues of a board, its backlog and its epics: by offset below agile, by token below software."""

import errors
import reply
import shape
from jql.search import context_for, matching, search
from resources.board import find
from resources.epic import ISSUES, epic_of, find_epic, issues_to_move
from resources.sprint_issue import BY_OFFSET, BY_TOKEN, RANKS, page_by_offset, page_by_token
from routes import AGILE, route

SOFTWARE = "/rest/software/1.0/"
OPEN = ("active", "future")
RANKED = shape.Members({"issues": shape.TEXTS} | RANKS, required=("issues",))


def _on_board(call):
    return matching(context_for(call), find(call).filter.jql)


def _in_backlog(call):
    """What is not done and in no sprint that is under way or to come; epics are never listed."""
    on_board = _on_board(call)
    return lambda issue: (on_board(issue) and issue.status.category.key != "done" and issue.issue_type.level == 0
                          and not any(sprint.state in OPEN for sprint in issue.sprints))


def _without_epic_on_board(call):
    on_board, without = _on_board(call), _without_epic(call)
    return lambda issue: on_board(issue) and without(issue)


def _without_epic(call):
    return lambda issue: issue.issue_type.level < 1 and epic_of(issue) is None


def _of_epic(call):
    found = find_epic(call)
    return lambda issue: issue is not found and issue.issue_type.level < 1 and epic_of(issue) is found


def _of_epic_on_board(call):
    on_board, of_epic = _on_board(call), _of_epic(call)
    return lambda issue: on_board(issue) and of_epic(issue)


def _of_sprint_on_board(call):
    on_board = _on_board(call)
    sprint = call.store.sprint(int(call.path["sprint"])) if call.path["sprint"].isdecimal() else None
    if sprint is None:
        raise errors.refusal(404, "Sprint does not exist or you do not have permission to view it.")
    return lambda issue: on_board(issue) and sprint in issue.sprints


LISTS = {"board/{board}/issue": _on_board, "board/{board}/backlog": _in_backlog,
         "board/{board}/epic/none/issue": _without_epic_on_board, "board/{board}/epic/{epic}/issue": _of_epic_on_board,
         "board/{board}/sprint/{sprint}/issue": _of_sprint_on_board, "epic/none/issue": _without_epic,
         "epic/{epic}/issue": _of_epic}


def _declare(path, within):
    route("GET", AGILE + path, query=BY_OFFSET, anonymous=False)(lambda call: page_by_offset(call, within(call)))
    route("GET", SOFTWARE + path, cloud=BY_TOKEN, server=None, anonymous=False)(
        lambda call: page_by_token(call, within(call)))


for _path, _within in LISTS.items():
    _declare(_path, _within)


def _counted(call, within):
    found = search(call.store, call.site, call.user, call.query.get("jql", ""))
    wanted = within(call)
    return reply.ok({"count": sum(map(wanted, found))})


for _path in ("board/{board}/issue", "board/{board}/backlog"):
    route("GET", SOFTWARE + _path + "/approximate-count", cloud={"jql": shape.query_text}, server=None,
          anonymous=False)(lambda call, within=LISTS[_path]: _counted(call, within))


@route("POST", AGILE + "backlog/issue", anonymous=False, body=ISSUES)
def to_backlog(call):
    for issue in issues_to_move(call):
        _leave_sprints(call, issue)
    return reply.no_content()


@route("POST", AGILE + "backlog/{board}/issue", cloud={}, server=None, anonymous=False, body=RANKED)
def to_backlog_of_board(call):
    find(call)
    return to_backlog(call)


def _leave_sprints(call, issue):
    with call.changing(issue):
        issue.sprints = [sprint for sprint in issue.sprints if sprint.state == "closed"]
