"""Categories of projects."""

import errors
import reply
import shape
from entities import Category
from routes import API, route

CATEGORIES = API + "projectCategory"
BODY = shape.Members({"name": shape.TEXT, "description": shape.TEXT, "id": shape.TEXT, "self": shape.TEXT})


@route("GET", CATEGORIES)
def categories(call):
    return reply.ok([] if call.anonymous else [call.view.project_category(one) for one in call.store.categories])


@route("GET", CATEGORIES + "/{id}")
def category(call):
    return reply.ok(call.view.project_category(_find(call)))


@route("POST", CATEGORIES, anonymous=False, body=BODY)
def create(call):
    call.administrators_only()
    name = (call.body.get("name") or "").strip()
    if not name:
        raise errors.refusal(400, errors={"name": "The name of a project category must be given."})
    _check_name(call, name, None)
    made = Category(call.store.next_id("category"), name, call.body.get("description") or "")
    call.store.categories.append(made)
    return reply.created(call.view.project_category(made))


@route("PUT", CATEGORIES + "/{id}", anonymous=False, body=BODY)
def edit(call):
    """What is not given stays."""
    call.administrators_only()
    found = _find(call)
    name = call.body.get("name") or found.name
    _check_name(call, name, found)
    found.name = name
    if call.body.get("description") is not None:
        found.description = call.body["description"]
    return reply.ok(call.view.project_category(found))


@route("DELETE", CATEGORIES + "/{id}", anonymous=False)
def remove(call):
    call.administrators_only()
    found = _find(call)
    for project in call.store.projects.values():
        project.category = None if project.category is found else project.category
    call.store.categories.remove(found)
    return reply.no_content()


def _check_name(call, name, own):
    if any(one.name == name and one is not own for one in call.store.categories):
        raise errors.refusal(409, errors={"name": f"A project category named '{name}' exists already."})


def _find(call):
    wanted = call.path["id"]
    found = next((one for one in call.store.categories if str(one.id) == wanted), None)
    if found is None or call.anonymous:
        raise errors.refusal(404, f"The project category with id '{wanted}' does not exist.")
    return found
