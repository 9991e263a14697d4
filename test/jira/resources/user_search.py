"""Users who match something: a text, and what they may do."""

import errors
import paging
import permissions
import reply
import shape
from routes import API, route

PAGE = {"startAt": shape.query_integer, "maxResults": shape.query_integer}
CLOUD = PAGE | {"query": shape.query_text, "accountId": shape.query_text}
SERVER = {"username": shape.query_text, "maxResults": shape.query_integer}
ISSUE = {"issueKey": shape.query_text}
PROJECT = {"projectKey": shape.query_text}
ASSIGNABLE = ISSUE | {"project": shape.query_text, "actionDescriptorId": shape.query_integer}
CLOUD_ASSIGNABLE = CLOUD | {"issueId": shape.query_text, "sessionId": shape.query_text,
                            "recommend": shape.query_boolean, "accountType": shape.query_names,
                            "appType": shape.query_names}
LARGEST_PAGE = 1000
DEEPEST = 1000      # of the users that a search looks at
LONGEST = 128       # list of accounts, and id of one


@route("GET", API + "user/search", cloud=CLOUD | {"property": shape.query_text}, server=None)
def search(call):
    """Cloud: by text, account or property, of which one must be given."""
    if not {"query", "accountId", "property"} & set(call.query):
        raise errors.refusal(400, "Either the 'query', 'accountId' or 'property' query parameter must be provided.")
    found = [one for one in _everybody(call) if _has_property(one, call.query.get("property"))]
    return _answer(call, found)


def _has_property(user, wanted):
    """property=key.path=value, of which only the key is looked at here."""
    return wanted is None or wanted.partition(".")[0].partition("=")[0] in user.properties


@route("GET", API + "user/assignable/search", query=ASSIGNABLE, cloud=CLOUD_ASSIGNABLE, server=SERVER)
def assignable(call):
    if not {"project", "issueKey", "issueId"} & set(call.query):
        raise errors.refusal(400, "Either the 'project' or the 'issueKey' query parameter must be provided.")
    _check_place(call, "project")
    return _answer(call, [one for one in _everybody(call) if one.account_type == "atlassian" and one.writes])


@route("GET", API + "user/viewissue/search", query=ISSUE | PROJECT, cloud=CLOUD, server=SERVER)
def who_see(call):
    _check_text(call)
    _check_place(call, "projectKey")
    return _answer(call, _everybody(call))


@route("GET", API + "user/permission/search", query=ISSUE | PROJECT | {"permissions": shape.query_names},
       cloud=CLOUD, server=SERVER | PAGE, anonymous=False)
def who_may(call):
    wanted = call.asked("permissions")
    if not wanted:
        raise errors.refusal(400, "The query parameter 'permissions' must be provided.")
    permissions.check_known(wanted)
    _check_place(call, "projectKey")
    return _answer(call, [one for one in _everybody(call) if all(permissions.has(one, name) for name in wanted)])


@route("GET", API + "user/search/query", cloud=PAGE | {"query": shape.query_text}, server=None, anonymous=False)
def by_query(call):
    """The query language of this one is not carried out here: whatever it says, it finds the active accounts."""
    if not call.query.get("query"):
        raise errors.refusal(400, "The query parameter 'query' must be provided.")
    start, size = paging.window(call, 100, 100)
    return reply.ok(paging.values_page(call, "user/search/query", _everybody(call), start, size, call.view.person))


@route("GET", API + "user/bulk", cloud=PAGE | {"accountId": shape.query_texts, "username": shape.query_names,
                                              "key": shape.query_names}, server=None, anonymous=False)
def many(call):
    """The unknown are left out."""
    if not call.query.get("accountId"):
        raise errors.refusal(400, "The query parameter 'accountId' must be provided.")
    if any(len(one) > LONGEST for one in (call.query["accountId"], *call.query["accountId"])):
        raise errors.refusal(400, "The query parameter 'accountId' is too long.")
    found = [one for one in call.store.users if one.account in call.query["accountId"]]
    start, size = paging.window(call, 10, 200)
    return reply.ok(paging.values_page(call, "user/bulk", found, start, size, call.view.person))


@route("GET", API + "user/email", cloud={"accountId": shape.query_text}, server=None, anonymous=False)
def address(call):
    """Only for apps that Atlassian has approved."""
    raise errors.refusal(400, "The app is not allowed to see the email address of users.")


def _everybody(call):
    return [] if call.anonymous else [one for one in call.store.users if one.active]


def _check_text(call):
    given = {"query", "accountId", "username"} & set(call.query)
    if not given:
        raise errors.refusal(400, "The username query parameter was not provided" if not call.site.cloud else
                             "Either the 'query' or the 'accountId' query parameter must be provided.")


def _check_place(call, project):
    """The issue or the project that is named must exist."""
    key = call.query.get("issueKey") or call.query.get("issueId")
    if key and (call.anonymous or call.store.issue(key) is None):
        raise errors.issue_not_found(call.site, call.anonymous)
    wanted = call.query.get(project)
    if wanted and (call.anonymous or call.store.project(wanted) is None):
        raise errors.refusal(404, f"No project could be found with key '{wanted}'.")


def _answer(call, users):
    """The window is cut out of those that match; Cloud looks at the first thousand only."""
    size = call.query.get("maxResults", 50)
    start = call.query.get("startAt", 0)
    if start < 0 or size < 1:
        raise errors.refusal(400, "The parameters startAt and maxResults are out of range.")
    found = [one for one in users[:DEEPEST] if _fits(call, one)]
    return reply.ok([call.view.person(one) for one in found[start:start + min(size, LARGEST_PAGE)]])


def _fits(call, user):
    if "accountId" in call.query:
        return user.account == call.query["accountId"]
    text = call.query.get("query" if call.site.cloud else "username", "").lower()
    return any(part.startswith(text) for part in (user.login, user.email, *user.name.lower().split()))
