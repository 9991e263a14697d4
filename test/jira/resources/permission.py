"""What the caller, and others, may do."""

import errors
import permissions
import reply
import shape
from routes import API, route

PLACE = {"projectKey": shape.query_text, "projectId": shape.query_text, "issueKey": shape.query_text,
         "issueId": shape.query_text}
CLOUD = {"permissions": shape.query_names, "commentId": shape.query_text, "projectUuid": shape.query_text,
         "projectConfigurationUuid": shape.query_text}
CHECK = shape.Members({
    "accountId": shape.TEXT, "globalPermissions": shape.TEXTS,
    "projectPermissions": shape.ListOf(shape.Members(
        {"permissions": shape.TEXTS, "projects": shape.ListOf(shape.LONG), "issues": shape.ListOf(shape.LONG)},
        required=("permissions",)))})


@route("GET", API + "mypermissions", query=PLACE, cloud=CLOUD)
def own(call):
    """Cloud wants the permissions named; Server tells all."""
    keys = call.query.get("permissions")
    if call.site.cloud and not keys:
        raise errors.refusal(400, "The 'permissions' query parameter is required.")
    permissions.check_known(keys or ())
    _check_place(call)
    return reply.ok({"permissions": {key: permissions.show(key) | {"havePermission": permissions.has(call.user, key)}
                                     for key in keys or permissions.KNOWN}})


def _check_place(call):
    project = call.query.get("projectKey") or call.query.get("projectId")
    if project and (call.anonymous or call.store.project(project) is None):
        raise errors.refusal(404, f"No project could be found with key '{project}'.")
    issue = call.query.get("issueKey") or call.query.get("issueId")
    if issue and (call.anonymous or call.store.issue(issue) is None):
        raise errors.issue_not_found(call.site, call.anonymous)


@route("GET", API + "permissions", anonymous=False)
def every(call):
    call.administrators_only()
    return reply.ok({"permissions": {key: permissions.show(key) for key in permissions.KNOWN}})


@route("POST", API + "permissions/check", server=None, writes=False, body=CHECK)
def check(call):
    """What of it is granted, and where."""
    user = call.user
    if call.body.get("accountId"):
        if user is None or not user.admin:
            raise errors.read_only("Only administrators can check the permissions of others.")
        user = call.store.user(call.body["accountId"], call.site)
    wanted = call.body.get("globalPermissions") or ()
    permissions.check_known(wanted)
    granted = [key for key in wanted if permissions.has(user, key)]
    places = [one for group in call.body.get("projectPermissions") or () for one in _granted(call, user, group)]
    return reply.ok({"globalPermissions": granted, "projectPermissions": places})


def _granted(call, user, group):
    permissions.check_known(group["permissions"])
    projects = [number for number in group.get("projects") or () if call.store.project(str(number))]
    issues = [number for number in group.get("issues") or () if number in call.store.issues]
    return [{"permission": key, "projects": projects, "issues": issues} for key in group["permissions"]
            if permissions.has(user, key)]


@route("POST", API + "permissions/project", server=None, writes=False,
       body=shape.Members({"permissions": shape.TEXTS}, required=("permissions",)))
def where(call):
    """The projects in which the caller has all of them."""
    permissions.check_known(call.body["permissions"])
    allowed = all(permissions.has(call.user, key) for key in call.body["permissions"])
    found = call.store.projects.values() if allowed else ()
    return reply.ok({"projects": [{"id": one.id, "key": one.key} for one in found]})
