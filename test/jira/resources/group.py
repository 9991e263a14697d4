"""Groups and who is in them."""

import uuid

import errors
import paging
import reply
import shape
from entities import Group
from routes import API, route

BY_NAME = {"groupname": shape.query_text}
BY_ID_TOO = {"groupId": shape.query_text}
PAGE = {"startAt": shape.query_integer, "maxResults": shape.query_integer}
BULK = PAGE | {"groupId": shape.query_names, "groupName": shape.query_names, "accessType": shape.query_text,
               "applicationKey": shape.query_text}
LARGEST_PAGE = 50
ACCESS_TYPES = ("site-admin", "admin", "user")


@route("POST", API + "group", anonymous=False, body=shape.Members({"name": shape.TEXT}))
def create(call):
    _administrators_only(call)
    name = (call.body.get("name") or "").strip()
    if not name:
        raise errors.refusal(400, errors={"name": "The group name must not be empty."})
    if any(group.name == name for group in call.store.groups):
        raise errors.refusal(400, errors={"name": "A group or user with this name already exists."})
    group = Group(str(uuid.uuid4()), name, [])
    call.store.groups.append(group)
    return reply.created(_show(group, call))


@route("DELETE", API + "group", query=BY_NAME | {"swapGroup": shape.query_text},
       cloud=BY_ID_TOO | {"swapGroupId": shape.query_text}, anonymous=False)
def remove(call):
    """200 and an empty body, not 204. An unknown group is 404 on Cloud and 400 on Server."""
    _administrators_only(call)
    call.store.groups.remove(_group(call, unknown=404 if call.site.cloud else 400))
    return reply.Reply(200, content_type=None)


@route("GET", API + "group/bulk", cloud=BULK, server=None, anonymous=False)
def bulk(call):
    if call.query.get("accessType", "user") not in ACCESS_TYPES:
        raise errors.refusal(400, f"accessType must be one of {', '.join(ACCESS_TYPES)}.")
    ids, names = call.query.get("groupId"), call.query.get("groupName")
    found = [group for group in call.store.groups
             if (ids is None or group.id in ids) and (names is None or group.name in names)]
    start, size = paging.window(call, 50, LARGEST_PAGE)
    return reply.ok(paging.values_page(call, "group/bulk", found, start, size,
                                       lambda group: {"name": group.name, "groupId": group.id}))


@route("GET", API + "group/member", query=BY_NAME | PAGE | {"includeInactiveUsers": shape.query_boolean},
       cloud=BY_ID_TOO, anonymous=False)
def members(call):
    _administrators_only(call)
    group = _group(call)
    found = [user for user in group.members if user.active or call.query.get("includeInactiveUsers")]
    start, size = paging.window(call, 50, LARGEST_PAGE)
    return reply.ok(paging.values_page(call, "group/member", found, start, size, call.view.person))


@route("POST", API + "group/user", query=BY_NAME, cloud=BY_ID_TOO, anonymous=False,
       body=shape.split({"name": shape.TEXT}, cloud={"accountId": shape.TEXT}))
def add_member(call):
    _administrators_only(call)
    group = _group(call)
    user = _user(call, call.body.get("accountId" if call.site.cloud else "name"))
    if user in group.members:
        raise errors.refusal(400, f"Cannot add user '{user.name}', user is already a member of '{group.name}'")
    group.members.append(user)
    return reply.created(_show(group, call))


@route("DELETE", API + "group/user", query=BY_NAME, cloud=BY_ID_TOO | {"accountId": shape.query_text},
       server={"username": shape.query_text}, anonymous=False)
def remove_member(call):
    """200 and an empty body."""
    _administrators_only(call)
    group = _group(call)
    user = _user(call, call.query.get("accountId" if call.site.cloud else "username"))
    if user not in group.members:
        raise errors.refusal(400, f"Cannot remove user '{user.name}' from group '{group.name}' since user is not a "
                                  "member of the group")
    group.members.remove(user)
    return reply.Reply(200, content_type=None)


@route("GET", API + "user/groups", cloud={"accountId": shape.query_text}, server=None, anonymous=False)
def of_user(call):
    user = _user(call, call.query.get("accountId"))
    return reply.ok([call.view.group(group) for group in call.store.groups if user in group.members])


def _administrators_only(call):
    if not call.user.admin:
        raise errors.read_only()


def _group(call, unknown=404):
    """By exactly one of groupname and groupId."""
    given = [name for name in ("groupname", "groupId") if name in call.query]
    if len(given) != 1:
        raise errors.refusal(400, "Exactly one of groupname and groupId must be given." if call.site.cloud
                             else "The query parameter 'groupname' must be given.")
    wanted = call.query[given[0]]
    for group in call.store.groups:
        if wanted == (group.name if given[0] == "groupname" else group.id):
            return group
    raise errors.refusal(unknown, f"The group '{wanted}' does not exist.")


def _user(call, given):
    if not given:
        raise errors.refusal(400, "The user must be given.")
    user = call.store.user(given, call.site)
    if user is None:
        raise errors.refusal(404, f"The user '{given}' does not exist.")
    return user


def _show(group, call):
    users = [call.view.person(user) for user in group.members][:LARGEST_PAGE]
    page = {"size": len(group.members), "items": users, "max-results": LARGEST_PAGE, "start-index": 0,
            "end-index": max(len(users) - 1, 0)}
    return call.view.group(group) | {"users": page, "expand": "users"}
