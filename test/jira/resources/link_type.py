"""The types of links between issues."""

import errors
import reply
import shape
from entities import LinkType
from routes import API, route

TYPES = API + "issueLinkType"
BODY = shape.Members({"name": shape.TEXT, "inward": shape.TEXT, "outward": shape.TEXT, "id": shape.TEXT,
                      "self": shape.TEXT})
PARTS = ("name", "inward", "outward")


@route("GET", TYPES)
def link_types(call):
    found = [] if call.anonymous else call.store.link_types
    return reply.ok({"issueLinkTypes": [call.view.link_type(kind) for kind in found]})


@route("GET", TYPES + "/{id}")
def link_type(call):
    return reply.ok(call.view.link_type(_find(call)))


@route("POST", TYPES, anonymous=False, body=BODY)
def create(call):
    call.administrators_only()
    for name in PARTS:
        if not call.body.get(name):
            raise errors.refusal(400, errors={name: f"The {name} of a link type must be given."})
    _check_name(call, None)
    made = LinkType(call.store.next_id("link type") + len(call.store.link_types), *(call.body[name] for name in PARTS))
    call.store.link_types.append(made)
    return reply.created(call.view.link_type(made))


@route("PUT", TYPES + "/{id}", anonymous=False, body=BODY)
def edit(call):
    call.administrators_only()
    found = _find(call)
    _check_name(call, found)
    for name in PARTS:
        if call.body.get(name):
            setattr(found, name, call.body[name])
    for link in call.store.links.values():
        call.store.changed(link.inward)
        call.store.changed(link.outward)
    return reply.ok(call.view.link_type(found))


@route("DELETE", TYPES + "/{id}", anonymous=False)
def remove(call):
    """With its links."""
    call.administrators_only()
    found = _find(call)
    for link in [one for one in call.store.links.values() if one.kind is found]:
        call.store.unlink(link)
    call.store.link_types.remove(found)
    return reply.no_content()


def _check_name(call, own):
    if any(kind.name == call.body.get("name") and kind is not own for kind in call.store.link_types):
        raise errors.refusal(400, errors={"name": "An issue link type with this name already exists."})


def _find(call):
    wanted = call.path["id"]
    found = next((kind for kind in call.store.link_types if str(kind.id) == wanted), None)
    if found is None or call.anonymous:
        raise errors.refusal(404, f"No issue link type with id '{wanted}' found.")
    return found
