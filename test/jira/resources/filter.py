"""Saved searches."""

import errors
import paging
import reply
import shape
from entities import Filter
from jql.search import check
from resources.preference import check_columns, show_column
from routes import API, route

FILTER = API + "filter"
EXPAND = {"expand": shape.query_names}
OVERRIDE = {"overrideSharePermissions": shape.query_boolean}
IGNORED = dict.fromkeys(("id", "owner", "searchUrl", "self", "sharePermissions", "sharedUsers", "viewUrl"), shape.ANY)
IGNORED_ON_CLOUD = dict.fromkeys(("approximateLastUsed", "editPermissions", "favouritedCount", "subscriptions"),
                                 shape.ANY)
BODY = shape.split(
    IGNORED | {"name": shape.TEXT, "description": shape.TEXT, "jql": shape.TEXT, "favourite": shape.BOOLEAN},
    cloud=IGNORED_ON_CLOUD, server={"editable": shape.BOOLEAN}, required=("name",))
SEARCH = EXPAND | OVERRIDE | {
    "filterName": shape.query_text, "accountId": shape.query_text, "owner": shape.query_text,
    "groupname": shape.query_text, "groupId": shape.query_text, "projectId": shape.query_integer,
    "id": shape.query_integers, "orderBy": shape.query_text, "startAt": shape.query_integer,
    "maxResults": shape.query_integer, "isSubstringMatch": shape.query_boolean}
ORDERS = {"name": lambda one: one.name.lower(), "id": lambda one: one.id, "owner": lambda one: one.owner.name,
          "description": lambda one: one.description, "favourite_count": lambda one: len(one.favourites),
          "is_favourite": lambda one: len(one.favourites), "is_shared": lambda one: 0}
EXPANDABLE = "description,owner,jql,viewUrl,searchUrl,favourite,favouritedCount,sharePermissions,subscriptions"
COLUMNS = shape.Members({"columns": shape.TEXTS})


@route("POST", FILTER, query=EXPAND, cloud=OVERRIDE, anonymous=False, body=BODY)
def create(call):
    """200, not 201. A name belongs to one filter of an owner."""
    _check(call, None)
    made = Filter(call.store.next_id("filter"), call.body["name"], call.body.get("jql") or "", call.user,
                  call.body.get("description") or "")
    if call.body.get("favourite"):
        made.favourites.append(call.user)
    call.store.filters.append(made)
    return reply.ok(_show(call, made))


@route("GET", FILTER + "/my", cloud=EXPAND | {"includeFavourites": shape.query_boolean}, server=None, anonymous=False)
def own(call):
    return reply.ok([_show(call, one) for one in call.store.filters
                     if one.owner is call.user or call.query.get("includeFavourites") and call.user in one.favourites])


@route("GET", FILTER + "/favourite", query=EXPAND, anonymous=False)
def favourites(call):
    return reply.ok([_show(call, one) for one in call.store.filters if call.user in one.favourites])


@route("GET", FILTER + "/search", cloud=SEARCH, server=None)
def search(call):
    """The fields but the name and the id only when expanded."""
    order = call.query.get("orderBy", "name")
    if order.lstrip("+-") not in ORDERS:
        raise errors.refusal(400, f"The orderBy value '{order}' is not valid.")
    found = [] if call.anonymous else [one for one in call.store.filters if _matches(call.query, one)]
    found.sort(key=ORDERS[order.lstrip("+-")], reverse=order.startswith("-"))
    start, size = paging.window(call, 50, 100)
    return reply.ok(paging.values_page(call, "filter/search", found, start, size, lambda one: _show_short(call, one)))


def _matches(query, one):
    text = query.get("filterName", "").lower().strip('"')
    return (text in one.name.lower() and query.get("accountId") in (None, one.owner.account)
            and (not query.get("id") or one.id in query["id"]) and "groupname" not in query and "groupId" not in query)


@route("GET", FILTER + "/{filter}", query=EXPAND, cloud=OVERRIDE)
def one_filter(call):
    return reply.ok(_show(call, find(call)))


@route("PUT", FILTER + "/{filter}", query=EXPAND, cloud=OVERRIDE, anonymous=False, body=BODY)
def edit(call):
    found = _own(call)
    _check(call, found)
    found.name = call.body["name"]
    found.jql = found.jql if call.body.get("jql") is None else call.body["jql"]
    found.description = call.body.get("description") or ""
    return reply.ok(_show(call, found))


@route("DELETE", FILTER + "/{filter}", anonymous=False)
def remove(call):
    found = _own(call)
    if any(board.filter is found for board in call.store.boards):
        raise errors.refusal(400, "The filter is used by a board.")
    call.store.filters.remove(found)
    return reply.no_content()


@route("PUT", FILTER + "/{filter}/favourite", cloud=EXPAND, server=None, anonymous=False)
def favour(call):
    found = find(call)
    if call.user not in found.favourites:
        found.favourites.append(call.user)
    return reply.ok(_show(call, found))


@route("DELETE", FILTER + "/{filter}/favourite", cloud=EXPAND, server=None, anonymous=False)
def disfavour(call):
    found = find(call)
    if call.user in found.favourites:
        found.favourites.remove(call.user)
    return reply.ok(_show(call, found))


@route("PUT", FILTER + "/{filter}/owner", server=None, anonymous=False,
       body=shape.Members({"accountId": shape.TEXT}, required=("accountId",)))
def give(call):
    found = _own(call)
    user = call.store.user(call.body["accountId"], call.site)
    if user is None:
        raise errors.refusal(400, f"The user '{call.body['accountId']}' does not exist.")
    found.owner = user
    return reply.no_content()


@route("GET", FILTER + "/{filter}/columns", server=None)
def columns(call):
    found = find(call)
    if found.columns is None:
        raise errors.refusal(404, "No columns are set for the filter.")
    return reply.ok([show_column(name) for name in found.columns])


@route("PUT", FILTER + "/{filter}/columns", server=None, anonymous=False, body=COLUMNS)
def set_columns(call):
    found, names = _own(call), call.body.get("columns") or []
    check_columns(call, names)
    found.columns = names
    return reply.Reply(200, content_type=None)


@route("DELETE", FILTER + "/{filter}/columns", server=None, anonymous=False)
def reset_columns(call):
    _own(call).columns = None
    return reply.no_content()


def find(call):
    wanted = call.path["filter"]
    if not wanted.isdecimal():
        raise errors.refusal(400, f"The filter id '{wanted}' is not valid.")
    found = next((one for one in call.store.filters if one.id == int(wanted)), None)
    if found is None or call.anonymous:
        raise errors.refusal(404, "The selected filter is not available to you, perhaps it has been deleted or had its "
                                  "permissions changed.")
    return found


def _own(call):
    found = find(call)
    if found.owner is not call.user and not call.user.admin:
        raise errors.refusal(403, "Only its owner can change a filter.")
    return found


def _check(call, own):
    name = call.body["name"].strip()
    owner = own.owner if own else call.user
    if not name:
        raise errors.refusal(400, errors={"filterName": "You must specify a name to save this filter as."})
    if any(one.name == name and one.owner is owner and one is not own for one in call.store.filters):
        raise errors.refusal(400, errors={"filterName": "Filter with same name already exists."})
    check(call, call.body.get("jql") or "")


def _show_short(call, one):
    shown = {"expand": EXPANDABLE, "self": f"{call.view.api}/filter/{one.id}", "id": str(one.id),
             "name": one.name}
    whole = _show(call, one)
    return shown | {name: whole[name] for name in call.asked("expand") if name in whole}


def _show(call, one):
    base = call.site.base_url
    shown = {"self": f"{call.view.api}/filter/{one.id}", "id": str(one.id), "name": one.name,
             "description": one.description, "owner": call.view.person(one.owner), "jql": one.jql,
             "viewUrl": f"{base}/issues/?filter={one.id}", "searchUrl": f"{call.view.api}/search?jql=filter%3D{one.id}",
             "favourite": call.user in one.favourites, "sharePermissions": [],
             "sharedUsers": {"size": 0, "items": [], "max-results": 1000, "start-index": 0, "end-index": 0},
             "subscriptions": {"size": 0, "items": [], "max-results": 1000, "start-index": 0, "end-index": 0}}
    return shown | ({"favouritedCount": len(one.favourites), "editPermissions": []}
                    if call.site.cloud else {"editable": one.owner is call.user})
