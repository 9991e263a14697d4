"""Priorities."""

import errors
import paging
import reply
import shape
from resources.task import submitted
from routes import API, route

DEFAULT = "Medium"
CLOUD_SEARCH = {"startAt": shape.query_integer, "maxResults": shape.query_integer, "id": shape.query_names,
                "projectId": shape.query_names, "priorityName": shape.query_text, "onlyDefault": shape.query_boolean,
                "expand": shape.query_names}
SERVER_PAGE = {"startAt": shape.query_integer, "maxResults": shape.query_integer, "query": shape.query_text,
               "projectIds": shape.query_integers}


@route("GET", API + "priority", anonymous=False)
def priorities(call):
    return reply.ok([_show(priority, call) for priority in call.store.priorities])


@route("GET", API + "priority/search", cloud=CLOUD_SEARCH, server=None, anonymous=False)
def search(call):
    ids, name = call.query.get("id"), call.query.get("priorityName", "").lower()
    found = [one for one in call.store.priorities if (not ids or str(one.id) in ids) and name in one.name.lower()]
    start, size = paging.window(call, 50, 50)
    shown = paging.values_page(call, "priority/search", found, start, size, lambda one: _show(one, call, False))
    return reply.ok(shown)


@route("GET", API + "priority/page", cloud=None, server=SERVER_PAGE, anonymous=False)
def page(call):
    name = call.query.get("query", "").lower()
    found = [one for one in call.store.priorities if name in one.name.lower()]
    start, size = paging.window(call, 100, 100)
    return reply.ok(paging.values_page(call, "priority/page", found, start, size, lambda one: _show(one, call)))


@route("GET", API + "priority/{id}", anonymous=False)
def priority(call):
    return reply.ok(_show(_find(call), call))


@route("DELETE", API + "priority/{id}", server=None, anonymous=False)
def remove(call):
    """Its issues get the default."""
    call.administrators_only()
    found = _find(call)
    if found.name == DEFAULT:
        raise errors.refusal(409, "The default priority cannot be deleted.")
    default = next(one for one in call.store.priorities if one.name == DEFAULT)
    for issue in [one for one in call.store.issues.values() if one.priority is found]:
        with call.changing(issue):
            issue.priority = default
    call.store.priorities.remove(found)
    return submitted(call, "Delete priority")


def _find(call):
    found = next((one for one in call.store.priorities if str(one.id) == call.path["id"]), None)
    if found is None:
        raise errors.refusal(404, f"The priority with id '{call.path['id']}' does not exist")
    return found


def _show(priority, call, default=None):
    """priority/search never tells the default."""
    return call.view.priority_entry(priority, priority.name == DEFAULT if default is None else default)
