"""Dashboards."""

import errors
import paging
import reply
import shape
from routes import API, route

DASHBOARD = API + "dashboard"
SEARCH = {"dashboardName": shape.query_text, "accountId": shape.query_text, "owner": shape.query_text,
          "groupname": shape.query_text, "groupId": shape.query_text, "projectId": shape.query_integer,
          "orderBy": shape.query_text, "startAt": shape.query_integer, "maxResults": shape.query_integer,
          "status": shape.query_text, "expand": shape.query_names}
ALWAYS = ("self", "id", "name", "view", "sharePermissions", "popularity", "isFavourite")
OF_SERVER = ("self", "id", "name", "view")


@route("GET", DASHBOARD, query={"filter": shape.query_text, "startAt": shape.query_integer,
                                "maxResults": shape.query_integer})
def dashboards(call):
    """Each page has the addresses of those beside it."""
    if call.query.get("filter", "my") not in ("my", "favourite"):
        raise errors.refusal(400, "The filter must be my or favourite.")
    found = [] if call.anonymous or call.query.get("filter") == "favourite" else call.store.dashboards
    found = [one for one in found if "filter" not in call.query or one.owner is call.user]
    start, size = paging.window(call, 20, 1000)
    page = {"startAt": start, "maxResults": size, "total": len(found),
            "dashboards": [_show(call, one) for one in found[start:start + size]]}
    if start > 0:
        page["prev"] = f"{call.view.api}/dashboard?startAt={max(start - size, 0)}"
    if start + size < len(found):
        page["next"] = f"{call.view.api}/dashboard?startAt={start + size}"
    return reply.ok(page)


@route("GET", DASHBOARD + "/search", cloud=SEARCH, server=None)
def search(call):
    """The description and the owner only when expanded."""
    name = call.query.get("dashboardName", "").lower()
    found = [] if call.anonymous else [
        one for one in call.store.dashboards if name in one.name.lower()
        and call.query.get("accountId") in (None, one.owner and one.owner.account)]
    found.sort(key=lambda one: one.name.lower(), reverse=call.query.get("orderBy", "").startswith("-"))
    start, size = paging.window(call, 50, 100)
    return reply.ok(paging.values_page(call, "dashboard/search", found, start, size,
                                       lambda one: _show_short(call, one)))


@route("GET", DASHBOARD + "/{id}")
def dashboard(call):
    found = next((one for one in call.store.dashboards if str(one.id) == call.path["id"]), None)
    if found is None or call.anonymous:
        raise errors.refusal(404, f"The dashboard with id '{call.path['id']}' does not exist.")
    return reply.ok(_show(call, found))


def _show_short(call, one):
    return {name: value for name, value in _show(call, one).items() if name in ALWAYS or name in call.asked("expand")}


def _show(call, one):
    shown = {"self": f"{call.view.api}/dashboard/{one.id}", "id": str(one.id), "name": one.name,
             "description": one.description, "view": f"{call.site.base_url}/secure/Dashboard.jspa?selectPageId={one.id}",
             "isFavourite": False, "popularity": 1, "sharePermissions": [], "isWritable": one.owner is call.user}
    if one.owner:
        shown["owner"] = call.view.person(one.owner)
    return shown if call.site.cloud else {name: shown[name] for name in OF_SERVER}
