"""The control plane below /_control/: what tests see and set. Never logged, never faulted, without sign-in."""

import json
from datetime import datetime

import activity
import buckets
import control_sign_in
import planning
import reply
import shape
from faults import read_fault
from moments import set_clock

PREFIX = "/_control/"
SEARCH = shape.Members({"delay": shape.NUMBER, "epoch": shape.BOOLEAN, "seconds": shape.BOOLEAN,
                        "unknown_keys": shape.TEXT, "unknown_accounts": shape.TEXT})
WORKLOGS = shape.Members({"delay": shape.NUMBER, "after": shape.BOOLEAN})
ACCOUNT = shape.Members({"login": shape.TEXT, "time_zone": shape.TEXT}, required=("login",))
CHANGE = shape.Members({"key": shape.TEXT, "keys": shape.TEXTS, "created": shape.TEXT,
                        "updated": shape.TEXT, "project": shape.TEXT})


def answer(application, request):
    name = request.path.partition(PREFIX)[2]
    known = {entry for entry in OPERATIONS if entry[1] == name}
    if not known:
        return _refused(404, f"no such control: {name}")
    if (request.method, name) not in known:
        return _refused(405, f"{name} takes {', '.join(sorted(method for method, _ in known))}")
    try:
        body = json.loads(request.body) if request.body else {}
        return OPERATIONS[request.method, name](application, dict(request.query), body)
    except shape.Unknown as problem:
        return _refused(400, f"unknown: {problem}")
    except (ValueError, KeyError, shape.Mismatch) as problem:
        return _refused(400, str(problem))


def _refused(status, message):
    return reply.Reply(status, reply.encode({"error": message}))


def _requests(application, query, body):
    return reply.ok(application.log.entries(query.get("path_prefix", "")))


def _forget_requests(application, query, body):
    application.log.clear()
    return reply.no_content()


def _faults(application, query, body):
    return reply.ok(application.faults.listed())


def _add_fault(application, query, body):
    application.faults.add(read_fault(body))
    return reply.created(body)


def _clear_faults(application, query, body):
    application.faults.clear()
    return reply.no_content()


def _gate(application, query, body):
    return reply.ok({"waiting": application.faults.gate.waiting})


def _open_gate(application, query, body):
    application.faults.open_gate()
    return reply.no_content()


def _reset(application, query, body):
    application.reset(int(body.get("issues") or 0), int(body.get("users") or 0))
    return _count(application, query, body)


def _uploads(application, query, body):
    """Whether attachments are enabled, and the largest one."""
    site = application.site
    site.uploads = bool(body.get("enabled", True))
    site.upload_limit = int(body.get("limit") or site.upload_limit)
    return reply.no_content()


def _search(application, query, body):
    """
    How far the index is behind, as Cloud's is, what it keeps of a time, whether JQL takes milliseconds, and what a search
    does with keys and accounts that nobody knows.
    """
    SEARCH.check(body)
    if not body:
        raise ValueError("nothing to set")
    site = application.site
    site.search_delay = float(body.get("delay", site.search_delay))
    site.jql_epoch = body.get("epoch", site.jql_epoch)
    site.index_seconds = body.get("seconds", site.index_seconds)
    site.unknown_keys = body.get("unknown_keys", site.unknown_keys)
    site.unknown_accounts = body.get("unknown_accounts", site.unknown_accounts)
    application.store.generation += 1
    if not {site.unknown_keys, site.unknown_accounts} <= {"refuse", "empty"}:
        raise ValueError("unknown_keys and unknown_accounts take refuse, empty")
    return reply.no_content()


def _worklogs(application, query, body):
    """How long a change of worklogs stays untold, and whether one at the time that is given is told."""
    WORKLOGS.check(body)
    site = application.site
    site.worklog_delay = float(body.get("delay", site.worklog_delay))
    site.worklogs_after = body.get("after", site.worklogs_after)
    return reply.no_content()


def _clock(application, query, body):
    """How far the clock of this Jira is ahead."""
    set_clock(float(body["ahead"]))
    application.store.generation += 1
    return reply.no_content()


def _set_account(application, query, body):
    """The profile of an account; without a time zone it has none."""
    ACCOUNT.check(body)
    user = next((user for user in application.store.users if user.login == body["login"]), None)
    if user is None:
        raise ValueError(f"no such account: {body['login']}")
    user.time_zone = body.get("time_zone")
    application.store.generation += 1
    return reply.no_content()


def _change_issue(application, query, body):
    """When an issue was made and changed, and the project that it is in."""
    CHANGE.check(body)
    for key in body.get("keys") or [body.get("key", "")]:
        _change_one(application, key, body)
    return reply.no_content()


def _change_one(application, key, body):
    issue = application.store.issue(key)
    if issue is None:
        raise ValueError(f"no such issue: {key}")
    for name in ("created", "updated"):
        if body.get(name):
            setattr(issue, name, datetime.fromisoformat(body[name]))
    if body.get("project"):
        _move(application.store, issue, application.store.projects[body["project"]])
    application.store.changed(issue)


def _move(store, issue, project):
    if issue.parent or issue.children:
        raise ValueError("only an issue that is alone can be moved")
    store.move(issue, project)


def _oddities(application, query, body):
    return reply.ok(application.site.oddities.shown())


def _set_oddities(application, query, body):
    shape.OBJECT.check(body, "body")
    application.site.oddities.set(body)
    application.store.generation += 1
    return _oddities(application, query, body)


def _issues(application, query, body):
    """Everything stored, as it is, whoever may see it."""
    return reply.ok([{"id": str(issue.id), "key": issue.key, "summary": issue.summary, "status": issue.status.name,
                      "issuetype": issue.issue_type.name, "labels": list(issue.labels),
                      "parent": issue.parent and issue.parent.key, "comments": len(issue.comments)}
                     for issue in _found(application, query)])


def _count(application, query, body):
    return reply.ok({"count": len(_found(application, query))})


def _found(application, query):
    store = application.store
    with store.lock:
        return [issue for issue in store.issues.values() if query.get("project") in (None, issue.project.key)]


OPERATIONS = {
    ("GET", "requests"): _requests, ("DELETE", "requests"): _forget_requests,
    ("GET", "faults"): _faults, ("POST", "faults"): _add_fault, ("DELETE", "faults"): _clear_faults,
    ("GET", "gate"): _gate, ("DELETE", "gate"): _open_gate,
    ("POST", "reset"): _reset, ("POST", "uploads"): _uploads, ("POST", "search"): _search,
    ("POST", "worklogs"): _worklogs, ("POST", "clock"): _clock,
    ("GET", "oddities"): _oddities, ("POST", "oddities"): _set_oddities,
    ("POST", "account"): _set_account, ("GET", "issues"): _issues, ("POST", "issues"): _change_issue,
    ("GET", "count"): _count,
    **activity.OPERATIONS, **buckets.OPERATIONS, **control_sign_in.OPERATIONS, **planning.OPERATIONS,
}
