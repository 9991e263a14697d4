"""What a client asks about projects before it makes or shows one: types, free keys and names, features, avatars."""

import errors
import reply
import shape
from resources.project import show_short
from resources.project_creation import KEY
from routes import API, route

#         key                  name             colour
TYPES = {"software": ("Software", "#F5A623"), "service_desk": ("Service Desk", "#67AB49"),
         "business": ("Business", "#1D7AFC"), "product_discovery": ("Product Discovery", "#8F7EE7")}
ACCESSIBLE = ("software", "business")
TYPE = API + "project/type"
FEATURES = API + "project/{project}/features"
#            key                     name         needs                   locked
KNOWN_FEATURES = (("jsw.classic.roadmap", "Timeline", (), False), ("jsw.classic.backlog", "Backlog", (), True),
                  ("jsw.classic.sprints", "Sprints", ("jsw.classic.backlog",), False),
                  ("jsw.classic.releases", "Releases", (), False))
STATES = ("ENABLED", "DISABLED", "COMING_SOON")
AVATARS = 4
FIRST_AVATAR = 10400


@route("GET", TYPE)
def types(call):
    return reply.ok([_type(key) for key in TYPES])


@route("GET", TYPE + "/accessible", server=None)
def accessible(call):
    return reply.ok([_type(key) for key in ACCESSIBLE])


@route("GET", TYPE + "/{type}")
def one_type(call):
    return reply.ok(_known_type(call, TYPES))


@route("GET", TYPE + "/{type}/accessible")
def one_accessible(call):
    return reply.ok(_known_type(call, ACCESSIBLE))


def _known_type(call, known):
    if call.path["type"] not in known:
        raise errors.refusal(404, f"The project type '{call.path['type']}' does not exist.")
    return _type(call.path["type"])


def _type(key):
    name, color = TYPES[key]
    return {"key": key, "formattedKey": name, "descriptionI18nKey": f"jira.project.type.{key}.description",
            "icon": "", "color": color}


@route("GET", API + "project/recent", cloud={"expand": shape.query_names, "properties": shape.query_names}, server=None)
def recent(call):
    """The last twenty that have issues."""
    found = [] if call.anonymous else [one for one in call.store.projects.values() if one.last_number]
    return reply.ok([show_short(one, call.view, call.asked("expand")) for one in found[:20]])


@route("GET", API + "projectvalidate/key", query={"key": shape.query_text})
def check_key(call):
    """A success, whatever is wrong with the key."""
    key, found = call.query.get("key", ""), {}
    if not KEY.fullmatch(key):
        found["projectKey"] = ("Project keys must start with an uppercase letter, followed by one or more uppercase "
                               "alphanumeric characters.")
    elif key in call.store.projects:
        found["projectKey"] = f"Project '{call.store.projects[key].name}' uses this project key."
    return reply.ok({"errorMessages": [], "errors": found})


@route("GET", API + "projectvalidate/validProjectKey", cloud={"key": shape.query_text}, server=None)
def valid_key(call):
    """The key that is given when it can be used, else one that resembles it."""
    given = "".join(char for char in call.query.get("key", "").upper() if char.isascii() and char.isalnum())
    stem = given.lstrip("0123456789")[:10] or "AA"
    stem = stem if len(stem) > 1 else stem * 2
    candidates = (stem if number == 1 else f"{stem[:8]}{number}" for number in range(1, 100))
    return reply.ok(next((one for one in candidates if KEY.fullmatch(one) and one not in call.store.projects), ""))


@route("GET", API + "projectvalidate/validProjectName", cloud={"name": shape.query_text}, server=None, anonymous=False)
def valid_name(call):
    name, used = call.query.get("name", "").strip(), {one.name for one in call.store.projects.values()}
    if not name:
        raise errors.refusal(400, "The query parameter 'name' must be provided.")
    return reply.ok(next(one for one in (name if number == 1 else f"{name} {number}" for number in range(1, 10_000))
                         if one not in used))


@route("GET", FEATURES, server=None, anonymous=False)
def features(call):
    return reply.ok({"features": _features(call, call.project())})


@route("PUT", FEATURES + "/{feature}", server=None, anonymous=False,
       body=shape.Members({"state": shape.TEXT}, required=("state",)))
def toggle(call):
    project, wanted = call.project(), call.path["feature"]
    call.administrators_only()
    known = next((one for one in KNOWN_FEATURES if one[0] == wanted), None)
    if known is None or known[3] or call.body["state"] not in STATES:
        raise errors.refusal(400, f"The feature '{wanted}' does not exist, or cannot be {call.body['state']}.")
    off = project.features_off
    (off.discard if call.body["state"] == "ENABLED" else off.add)(wanted)
    return reply.ok({"features": _features(call, project)})


def _features(call, project):
    return [{"projectId": project.id, "state": "DISABLED" if key in project.features_off else "ENABLED",
             "toggleLocked": locked, "feature": key, "prerequisites": list(needs), "localisedName": name,
             "localisedDescription": f"{name}.", "imageUri": f"{call.site.base_url}/images/{key}.svg"}
            for key, name, needs, locked in KNOWN_FEATURES]


@route("GET", API + "project/{project}/hierarchy", server=None, anonymous=False)
def hierarchy(call):
    """Of projects that their team manages, which none is here."""
    raise errors.refusal(404, f"The project '{call.project().key}' is not simplified.")


@route("GET", API + "project/{project}/notificationscheme", query={"expand": shape.query_names}, anonymous=False)
def notification_scheme(call):
    raise errors.refusal(404, f"The project '{call.project().key}' has no notification scheme.")


@route("GET", API + "project/{project}/securitylevel")
def security_levels(call):
    """No project has any."""
    call.project()
    return reply.ok({"levels": []})


@route("GET", API + "project/{project}/avatars")
def avatars(call):
    """Nobody has uploaded any."""
    call.project()
    return reply.ok({"system": [_avatar(call, FIRST_AVATAR + number) for number in range(AVATARS)], "custom": []})


def _avatar(call, number):
    return {"id": str(number), "isSystemAvatar": True, "isSelected": number == FIRST_AVATAR, "isDeletable": False,
            "urls": call.view.avatars(f"/secure/viewavatar?avatarId={number}&avatarType=project")}
