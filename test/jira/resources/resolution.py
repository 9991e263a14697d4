"""Resolutions."""

import errors
import paging
import reply
import shape
from routes import API, route

PAGE = {"startAt": shape.query_integer, "maxResults": shape.query_integer}


@route("GET", API + "resolution")
def resolutions(call):
    return reply.ok([] if call.anonymous else [call.view.resolution(one) for one in call.store.resolutions])


@route("GET", API + "resolution/search", cloud=PAGE | {"id": shape.query_names, "onlyDefault": shape.query_boolean},
       server=None, anonymous=False)
def search(call):
    """None is the default here."""
    ids = call.query.get("id")
    found = [one for one in call.store.resolutions
             if (not ids or str(one.id) in ids) and not call.query.get("onlyDefault")]
    return _page(call, "resolution/search", found, 50, call.view.resolution)


@route("GET", API + "resolution/page", cloud=None, server=PAGE | {"query": shape.query_text})
def page(call):
    wanted = call.query.get("query", "").lower()
    found = [one for one in call.store.resolutions if wanted in one.name.lower()]
    return _page(call, "resolution/page", found, 100, call.view.resolution)


def _page(call, path, found, default, show):
    start, size = paging.window(call, default, 100)
    return reply.ok(paging.values_page(call, path, found, start, size, show))


@route("GET", API + "resolution/{id}")
def resolution(call):
    wanted = call.path["id"]
    found = next((one for one in call.store.resolutions if str(one.id) == wanted), None)
    if found is None or call.anonymous:
        raise errors.refusal(404, f"The resolution with id '{wanted}' does not exist.")
    return reply.ok(call.view.resolution(found))
