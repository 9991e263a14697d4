"""Server and Data Center: search by offset."""

import errors
import reply
import shape
from fields.selection import IDENTITY, NAVIGABLE, select
from jql.search import search
from resources.search import offset_page
from routes import API, route

DEFAULT_PAGE = 50
SEARCH_QUERY = {
    "jql": shape.query_text, "startAt": shape.query_integer, "maxResults": shape.query_integer,
    "fields": shape.query_names, "expand": shape.query_names, "validateQuery": shape.query_boolean,
}
SEARCH_BODY = shape.Members({
    "jql": shape.TEXT, "startAt": shape.INTEGER, "maxResults": shape.INTEGER, "fields": shape.TEXTS,
    "expand": shape.TEXTS, "validateQuery": shape.BOOLEAN})


@route("GET", API + "search", cloud=None, server=SEARCH_QUERY)
def search_by_query(call):
    return _search(call, call.query)


@route("POST", API + "search", cloud=None, writes=False, body=SEARCH_BODY)
def search_by_body(call):
    return _search(call, {name: value for name, value in call.body.items() if value is not None})


@route("POST", API + "issue/bulkfetch", cloud=None, writes=False)
def no_bulkfetch(call):
    """Cloud's; without this entry it would be taken for an issue's key, and answered with 405."""
    raise errors.unknown_path(call.site, API + "issue/bulkfetch")


def _search(call, asked):
    selection = select(call.site, _without_identity(asked.get("fields") or []), NAVIGABLE)
    start = max(asked.get("startAt", 0), 0)
    size = asked.get("maxResults", DEFAULT_PAGE)
    size = call.site.max_page if size < 0 else min(size, call.site.max_page)
    jql = asked.get("jql", "")
    found = search(call.store, call.site, call.user, jql, validate=asked.get("validateQuery", True))
    return reply.ok(offset_page(call, jql, found, start, size, selection, asked.get("expand") or ()))


def _without_identity(names):
    """id and key are no fields; asked alone they leave `fields` empty rather than full."""
    asked = [name for name in names if name not in IDENTITY]
    return asked or (["id"] if names else [])
