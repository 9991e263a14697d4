"""Users."""

import errors
import reply
import shape
from routes import API, route

NO_USER = {True: "Specified user does not exist or you do not have required permissions",
           False: "The user named '{}' does not exist"}
CLOUD_PAGE = {"startAt": shape.query_integer, "maxResults": shape.query_integer, "expand": shape.query_names}
SERVER_SEARCH = {"username": shape.query_text, "startAt": shape.query_integer, "maxResults": shape.query_integer,
                 "includeActive": shape.query_boolean, "includeInactive": shape.query_boolean}
ATTRIBUTES = {"accountId": "account", "username": "login", "userKey": "key"}
LARGEST_PAGE = 1000
LARGEST_LIST = 2000
MOST_FOUND = 100        # from Data Center 10 on


@route("GET", API + "user", cloud={"accountId": shape.query_text, "expand": shape.query_names},
       server={"username": shape.query_text, "key": shape.query_text, "includeDeleted": shape.query_boolean,
               "expand": shape.query_names}, anonymous=False)
def user(call):
    found = _cloud_user(call) if call.site.cloud else _server_user(call)
    return reply.ok(call.view.account(found, call.store.groups, call.asked("expand")))


def _cloud_user(call):
    if "accountId" not in call.query:
        raise errors.refusal(400, "The query parameter 'accountId' must be provided.")
    found = call.store.user(call.query["accountId"], call.site)
    if found is None:
        raise errors.refusal(404, NO_USER[True])
    return found


def _server_user(call):
    if ("username" in call.query) == ("key" in call.query):
        raise errors.refusal(400, "Either the 'username' or the 'key' query parameters need to be provided")
    attribute, wanted = ("login", call.query["username"]) if "username" in call.query else ("key", call.query["key"])
    found = next((one for one in call.store.users if getattr(one, attribute) == wanted), None)
    if found is None:
        raise errors.refusal(404, NO_USER[False].format(wanted))
    return found


def named_in_query(call):
    """The user that the query must name."""
    given = [name for name in ATTRIBUTES if name in call.query]
    if len(given) != 1:
        names = "'accountId'" if call.site.cloud else "'username' or 'userKey'"
        raise errors.refusal(400, f"The query parameter {names} must be provided.")
    attribute, wanted = ATTRIBUTES[given[0]], call.query[given[0]]
    found = next((one for one in call.store.users if getattr(one, attribute) == wanted), None)
    if found is None:
        raise errors.refusal(404, NO_USER[call.site.cloud].format(wanted))
    return found


def _window(call):
    start, size = call.query.get("startAt", 0), call.query.get("maxResults", 50)
    if start < 0 or size < 1:
        raise errors.refusal(400, "The parameters startAt and maxResults are out of range.")
    if call.site.oddities.ignores_start:
        start = 0
    return slice(start, start + min(size, LARGEST_PAGE))


def _all(call):
    """Includes apps and inactive accounts."""
    return reply.ok([call.view.person(one) for one in call.store.users[_window(call)]])


for _path in ("users/search", "users"):
    route("GET", API + _path, cloud=CLOUD_PAGE, server=None, anonymous=False)(_all)


@route("GET", API + "user/search", cloud=None, server=SERVER_SEARCH, anonymous=False)
def search(call):
    wanted = call.query.get("username", "").lower()
    if not wanted:
        raise errors.refusal(400, "The username query parameter was not provided")
    found = [one for one in call.store.users if _matches(one, wanted) and
             call.query.get("includeActive" if one.active else "includeInactive", one.active)]
    if call.site.reaches(10):
        found = found[:MOST_FOUND]
    return reply.ok([call.view.person(one) for one in found[_window(call)]])


@route("GET", API + "user/list", cloud=None, server={"cursor": shape.query_integer, "maxResults": shape.query_integer},
       anonymous=False)
def listed(call):
    """Everybody, in no order; a cursor that was never given out is none."""
    if not call.site.reaches(10, 3):
        raise errors.unknown_path(call.site, API + "user/list")
    start, size = call.query.get("cursor", 0), min(call.query.get("maxResults", LARGEST_LIST), LARGEST_LIST)
    shown = sorted(call.store.users, key=lambda one: one.key[::-1])[start:start + size]
    end = start + len(shown)
    page = {"maxResults": size, "isLast": end >= len(call.store.users), "nextCursor": str(end),
            "values": [call.view.person(one) for one in shown]}
    return reply.ok(page)


def _matches(user, wanted):
    return any(wanted in text.lower() for text in (user.login, user.name, user.email))
