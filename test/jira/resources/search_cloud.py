"""Cloud: search/jql with token pages, the approximate count, and the searches that were removed."""

import errors
import reply
import shape
from fields.selection import select_for_search
from jql.search import search
from resources.search import token_page, with_warnings
from routes import API, route

SEARCH_QUERY = {
    "jql": shape.query_text, "nextPageToken": shape.query_text, "maxResults": shape.query_integer,
    "fields": shape.query_names, "expand": shape.query_names, "properties": shape.query_names,
    "fieldsByKeys": shape.query_boolean, "failFast": shape.query_boolean, "reconcileIssues": shape.query_integers,
}
SEARCH_BODY = shape.Members({
    "jql": shape.TEXT, "nextPageToken": shape.TEXT, "maxResults": shape.INTEGER, "fields": shape.TEXTS,
    "expand": shape.TEXT, "properties": shape.TEXTS, "fieldsByKeys": shape.BOOLEAN,
    "reconcileIssues": shape.ListOf(shape.LONG)})


@route("GET", API + "search/jql", cloud=SEARCH_QUERY, server=None)
def search_by_query(call):
    return _search(call, call.query)


@route("POST", API + "search/jql", server=None, writes=False, body=SEARCH_BODY)
def search_by_body(call):
    asked = {name: value for name, value in call.body.items() if value is not None}
    return _search(call, asked | {"expand": shape.query_names([asked.get("expand", "")])})


@route("POST", API + "search/approximate-count", server=None, writes=False, body=shape.Members({"jql": shape.TEXT}))
def count(call):
    found = search(call.store, call.site, call.user, call.body.get("jql") or "", bounded=True)
    return reply.ok({"count": len(found)})


def _removed(call):
    raise errors.removed_api()


for _method, _path in (("GET", "search"), ("POST", "search"), ("GET", "search/id"), ("POST", "search/id")):
    route(_method, API + _path, cloud=shape.AnyQuery(), server=None, writes=False)(_removed)


def _search(call, asked):
    jql = asked.get("jql", "")
    found = search(call.store, call.site, call.user, jql, bounded=True)
    selection = select_for_search(call.site, asked.get("fields"))
    return reply.ok(with_warnings(call, jql, token_page(call, asked, found, selection, "jql", jql), "warnings"))
