"""Watchers and the assignee of an issue."""

import errors
import reply
import shape
from fields.codecs import Invalid, Person, Scope
from routes import API, route

WATCHERS = API + "issue/{issue}/watchers"
AUTOMATIC = "-1"
ACCOUNT = {True: "accountId", False: "name"}


@route("GET", WATCHERS)
def watchers(call):
    issue = call.issue()
    return reply.ok({"self": f"{call.view.api}/issue/{issue.key}/watchers", "isWatching": call.user in issue.watchers,
                     "watchCount": len(issue.watchers), "watchers": [call.view.person(one) for one in issue.watchers]})


@route("POST", API + "issue/watching", server=None, writes=False, anonymous=False,
       body=shape.Members({"issueIds": shape.TEXTS}, required=("issueIds",)))
def watching(call):
    """Of each issue whether the caller watches it; nobody watches what does not exist."""
    found = {name: call.store.issue(name) for name in call.body["issueIds"]}
    return reply.ok({"issuesIsWatching": {name: issue is not None and call.user in issue.watchers
                                          for name, issue in found.items()}})


@route("POST", WATCHERS, server={"userName": shape.query_text}, body=shape.OPTIONAL_TEXT)
def add(call):
    """The body is a bare JSON string; without one the caller watches. Adding twice changes nothing."""
    issue = call.issue()
    given = call.body or call.query.get("userName")
    user = _known(call, given) if given else call.user
    if user not in issue.watchers:
        issue.watchers.append(user)
        call.store.changed(issue)
    return reply.no_content()


@route("DELETE", WATCHERS, cloud={"accountId": shape.query_text},
       server={"userName": shape.query_text, "username": shape.query_text})
def remove(call):
    issue = call.issue()
    given = next(iter(call.query.values()), None)
    if not given:
        name = "accountId" if call.site.cloud else "username"
        raise errors.refusal(400, f"The query parameter '{name}' must be provided.")
    user = _known(call, given)
    if user in issue.watchers:
        issue.watchers.remove(user)
        call.store.changed(issue)
    return reply.no_content()


def _known(call, given):
    user = call.store.user(given, call.site)
    if user is None:
        raise errors.refusal(404, f"The user '{given}' does not exist.")
    return user


@route("PUT", API + "issue/{issue}/assignee", body=shape.split({"name": shape.TEXT}, cloud={"accountId": shape.TEXT}))
def assign(call):
    """null unassigns, -1 stands for the default of the project."""
    issue = call.issue()
    member = ACCOUNT[call.site.cloud]
    if set(call.body) != {member}:
        raise errors.refusal(400, f"Exactly the member '{member}' must be given.")
    with call.changing(issue):
        issue.assignee = _assignee(call, issue, call.body[member], member)
    return reply.no_content()


def _assignee(call, issue, given, member):
    if given == AUTOMATIC:
        return issue.project.default_assignee
    if given is None:
        return None
    scope = Scope(call.store, call.site, call.view.version, issue.project, issue.issue_type, issue)
    try:
        return Person().decode({member: given}, scope)
    except Invalid as problem:
        raise errors.refusal(400, errors={"assignee": str(problem)}) from None
