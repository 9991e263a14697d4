"""The issues of a sprint."""

import errors
import paging
import reply
import shape
from fields.selection import NAVIGABLE, select
from jql.search import search
from resources.search import offset_page, token_page
from resources.sprint import find
from routes import AGILE, route

SHARED = {"maxResults": shape.query_integer, "jql": shape.query_text, "validateQuery": shape.query_boolean,
          "fields": shape.query_names, "expand": shape.query_names}
BY_OFFSET = SHARED | {"startAt": shape.query_integer}
BY_TOKEN = SHARED | {"nextPageToken": shape.query_text, "reconcileIssues": shape.query_integers}
RANKS = {"rankBeforeIssue": shape.TEXT, "rankAfterIssue": shape.TEXT, "rankCustomFieldId": shape.LONG}
MOST_MOVED = 50


@route("GET", AGILE + "sprint/{sprint}/issue", query=BY_OFFSET, anonymous=False)
def by_offset(call):
    sprint = find(call)
    return page_by_offset(call, lambda issue: sprint in issue.sprints)


def page_by_offset(call, within):
    """The issues for which `within` holds."""
    issues = _issues(call, within)
    start, size = paging.window(call, 50, call.site.max_page)
    jql = call.query.get("jql") or ""
    return reply.ok(offset_page(call, jql, issues, start, size, _selection(call), call.asked("expand")))


@route("GET", "/rest/software/1.0/sprint/{sprint}/issue", cloud=BY_TOKEN, server=None, anonymous=False)
def by_token(call):
    sprint = find(call)
    return page_by_token(call, lambda issue: sprint in issue.sprints)


def page_by_token(call, within):
    question = (call.place, *call.path.values(), call.query.get("jql"))
    return reply.ok(token_page(call, call.query, _issues(call, within), _selection(call), *question))


@route("POST", AGILE + "sprint/{sprint}/issue", anonymous=False,
       body=shape.split({"issues": shape.TEXTS}, cloud=RANKS, required=("issues",)))
def move(call):
    sprint = find(call)
    if sprint.state == "closed":
        raise errors.refusal(400, "Issues can only be moved to active or future sprints.")
    if len(call.body["issues"]) > MOST_MOVED:
        raise errors.refusal(400, f"At most {MOST_MOVED} issues can be moved at once.")
    issues = [call.store.issue(name) for name in call.body["issues"]]
    if None in issues:
        raise errors.refusal(400, "Issue does not exist or you do not have permission to see it.")
    for issue in issues:
        with call.changing(issue):
            issue.sprints = [one for one in issue.sprints if one.state == "closed"] + [sprint]
    return reply.no_content()


def _issues(call, within):
    """In rank order unless the JQL has its own."""
    jql = call.query.get("jql") or "order by Rank"
    found = search(call.store, call.site, call.user, jql, validate=call.query.get("validateQuery", True))
    return [issue for issue in found if within(issue)]


def _selection(call):
    return select(call.site, call.asked("fields"), NAVIGABLE)
