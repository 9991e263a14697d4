"""The roles of projects, and who has them."""

import errors
import reply
import shape
from entities import Group, Role
from routes import API, route

ROLE = API + "project/{project}/role"
BODY = shape.Members({"name": shape.TEXT, "description": shape.TEXT})
ACTORS = shape.Members({"user": shape.TEXTS, "group": shape.TEXTS, "groupId": shape.TEXTS})
ACTOR = {"user": shape.query_text, "group": shape.query_text}
DETAILS = {"currentMember": shape.query_boolean, "excludeConnectAddons": shape.query_boolean,
           "excludeOtherServiceRoles": shape.query_boolean}
CATEGORIES = {"atlassian-user-role-actor": "user", "atlassian-group-role-actor": "group",
              "atlassian-group-role-actor-id": "groupId"}
REPLACEMENT = shape.Members({"id": shape.LONG,
                             "categorisedActors": shape.Members(dict.fromkeys(CATEGORIES, shape.TEXTS))})


@route("GET", ROLE)
def of_project(call):
    """Addresses by name."""
    project = call.project()
    return reply.ok({role.name: _address(call, role, project) for role in call.store.roles})


@route("GET", API + "project/{project}/roledetails", cloud=DETAILS, server=None, anonymous=False)
def details(call):
    project = call.project()
    mine = call.query.get("currentMember")
    return reply.ok([_show(call, role, project) for role in call.store.roles
                     if not mine or _has(call.user, project.actors.get(role.id, ()))])


@route("GET", ROLE + "/{role}", cloud={"excludeInactiveUsers": shape.query_boolean})
def role_of_project(call):
    project = call.project()
    return reply.ok(_with_actors(call, _find(call), project))


@route("POST", ROLE + "/{role}", anonymous=False, body=ACTORS)
def add(call):
    project, role = call.project(), _find(call)
    call.administrators_only()
    found = _actors(call, call.body)
    if not found:
        raise errors.refusal(400, "At least one user or group must be given.")
    known = project.actors.setdefault(role.id, [])
    if any(one in known for one in found):
        raise errors.refusal(400, "A user or group is already a member of the role.")
    known += found
    return reply.ok(_with_actors(call, role, project))


@route("PUT", ROLE + "/{role}", anonymous=False, body=REPLACEMENT)
def replace(call):
    project, role = call.project(), _find(call)
    call.administrators_only()
    given = call.body.get("categorisedActors") or {}
    project.actors[role.id] = _actors(call, {CATEGORIES[name]: names for name, names in given.items()})
    return reply.ok(_with_actors(call, role, project))


@route("DELETE", ROLE + "/{role}", query=ACTOR, cloud={"groupId": shape.query_text}, anonymous=False)
def remove(call):
    """Whoever does not have the role, or does not exist, is no error."""
    project, role = call.project(), _find(call)
    call.administrators_only()
    if len(call.query) != 1:
        raise errors.refusal(400, "Exactly one user or group must be given.")
    (name, wanted), = call.query.items()
    project.actors[role.id] = [one for one in project.actors.get(role.id, ())
                               if _identifier(call, one, name) != wanted]
    return reply.no_content()


@route("GET", API + "role", anonymous=False)
def roles(call):
    call.administrators_only()
    return reply.ok([_show(call, role) for role in call.store.roles])


@route("GET", API + "role/{role}", anonymous=False)
def role(call):
    call.administrators_only()
    return reply.ok(_show(call, _find(call)))


@route("GET", API + "role/{role}/actors", anonymous=False)
def default_actors(call):
    """Nobody has a role in new projects by default."""
    call.administrators_only()
    _find(call)
    return reply.ok({"actors": []})


@route("POST", API + "role", anonymous=False, body=BODY)
def create(call):
    """200, not 201."""
    call.administrators_only()
    name = (call.body.get("name") or "").strip()
    if not name:
        raise errors.refusal(400, "The name of a role must be given.")
    if any(one.name == name for one in call.store.roles):
        raise errors.refusal(409, f"A project role named '{name}' exists already.")
    made = Role(call.store.next_id("role") + len(call.store.roles), name, call.body.get("description") or "")
    call.store.roles.append(made)
    return reply.ok(_show(call, made))


@route("DELETE", API + "role/{role}", query={"swap": shape.query_integer}, anonymous=False)
def remove_role(call):
    call.administrators_only()
    found = _find(call)
    call.store.roles.remove(found)
    for project in call.store.projects.values():
        project.actors.pop(found.id, None)
    return reply.no_content()


def _find(call):
    wanted = call.path["role"]
    found = next((one for one in call.store.roles if str(one.id) == wanted), None)
    if found is None:
        raise errors.refusal(404, f"Can not find a role actor for role id: {wanted}")
    return found


def _identifier(call, actor, name):
    if isinstance(actor, Group):
        return {"group": actor.name, "groupId": actor.id}.get(name)
    return (actor.account if call.site.cloud else actor.login) if name == "user" else None


def _actors(call, given):
    known = {name: {_identifier(call, one, name): one for one in (*call.store.users, *call.store.groups)}
             for name in ("user", "group", "groupId")}
    found = []
    for name, wanted in given.items():
        for one in wanted or ():
            if one not in known[name]:
                raise errors.refusal(404 if call.site.cloud else 400, f"'{one}' could not be found.")
            found.append(known[name][one])
    return list(dict.fromkeys(found))


def _has(user, actors):
    return any(user is one or isinstance(one, Group) and user in one.members for one in actors)


def _address(call, role, project=None):
    return f"{call.view.api}/project/{project.id}/role/{role.id}" if project else f"{call.view.api}/role/{role.id}"


def _show(call, role, project=None):
    shown = {"self": _address(call, role, project), "name": role.name, "id": role.id, "description": role.description}
    return shown | ({"admin": role.name == "Administrators", "default": False, "roleConfigurable": True}
                    if call.site.cloud else {})


def _with_actors(call, role, project):
    actors = [_actor(call, number, one) for number, one in enumerate(project.actors.get(role.id, ()), 1)
              if not call.query.get("excludeInactiveUsers") or getattr(one, "active", True)]
    return _show(call, role, project) | {"actors": actors}


def _actor(call, number, one):
    if isinstance(one, Group):
        shown = {"id": number, "displayName": one.name, "type": "atlassian-group-role-actor", "name": one.name}
        group = {"name": one.name, "displayName": one.name}
        return shown | {"actorGroup": group | ({"groupId": one.id} if call.site.cloud else {})}
    shown = {"id": number, "displayName": one.name, "type": "atlassian-user-role-actor"}
    return shown | ({"actorUser": {"accountId": one.account}} if call.site.cloud
                    else {"name": one.login, "actorUser": {"name": one.login, "key": one.key}})
