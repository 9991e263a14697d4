"""The versions of projects."""

import re
from datetime import date

import errors
import paging
import reply
import shape
from entities import Version
from moments import now
from routes import API, route

IGNORED = dict.fromkeys(("expand", "id", "moveUnfixedIssuesTo", "overdue", "self", "userReleaseDate", "userStartDate"),
                        shape.ANY)
IGNORED_ON_CLOUD = dict.fromkeys(("approvers", "driver", "issuesStatusForFixVersion", "operations"), shape.ANY)
BODY = shape.split(
    IGNORED | {"name": shape.TEXT, "description": shape.TEXT, "project": shape.TEXT, "projectId": shape.LONG,
               "archived": shape.BOOLEAN, "released": shape.BOOLEAN, "startDate": shape.TEXT,
               "releaseDate": shape.TEXT},
    cloud=IGNORED_ON_CLOUD, server=dict.fromkeys(("releaseDateSet", "startDateSet"), shape.ANY))
MOVE = shape.Members({"after": shape.TEXT, "position": shape.TEXT})
SWAP = shape.Members({"moveFixIssuesTo": shape.LONG, "moveAffectedIssuesTo": shape.LONG,
                      "customFieldReplacementList": shape.ListOf(shape.OBJECT)})
EXPAND = {"expand": shape.query_names}
PAGE = EXPAND | {"startAt": shape.query_integer, "maxResults": shape.query_integer, "orderBy": shape.query_text}
DATES = {"startDate": "start_date", "releaseDate": "release_date"}
LONGEST_NAME = 255
ORDERS = {"name": lambda one: one.name.lower(), "description": lambda one: one.description.lower(),
          "releaseDate": lambda one: one.release_date or date.max, "startDate": lambda one: one.start_date or date.max}
STATUSES = {"released": lambda one: one.released, "unreleased": lambda one: not one.released,
            "archived": lambda one: one.archived}
PLACES = {"First": lambda at, last: 0, "Earlier": lambda at, last: max(at - 1, 0),
          "Later": lambda at, last: min(at + 1, last), "Last": lambda at, last: last}


@route("GET", API + "project/{project}/versions", query=EXPAND)
def of_project(call):
    project = call.project()
    return reply.ok([show(one, project, call) for one in project.versions])


@route("GET", API + "project/{project}/version", query=PAGE,
       cloud={"query": shape.query_text, "status": shape.query_names})
def page_of_project(call):
    """In the order of the project unless another is asked for."""
    project = call.project()
    order, text = call.query.get("orderBy", "sequence"), call.query.get("query", "").lower()
    found = [one for one in project.versions if text in one.name.lower() or text in one.description.lower()]
    if "status" in call.query:
        found = [one for one in found if any(STATUSES.get(name, lambda one: False)(one)
                                             for name in call.query["status"])]
    if order.lstrip("+-") not in ("sequence", *ORDERS):
        raise errors.refusal(400, f"The orderBy value '{order}' is not valid.")
    if order.lstrip("+-") in ORDERS:
        found.sort(key=ORDERS[order.lstrip("+-")])
    found = found[::-1] if order.startswith("-") else found
    start, size = paging.window(call, 50, 100)
    return reply.ok(paging.values_page(call, f"project/{project.key}/version", found, start, size,
                                       lambda one: show(one, project, call)))


@route("GET", API + "version/{id}", query=EXPAND)
def version(call):
    return reply.ok(show(*_find(call), call))


@route("GET", API + "version/{id}/relatedIssueCounts")
def counts(call):
    found, _ = _find(call)
    issues = call.store.issues.values()
    shown = {"self": f"{call.view.api}/version/{found.id}",
             "issuesFixedCount": sum(found in issue.fix_versions for issue in issues),
             "issuesAffectedCount": sum(found in issue.versions for issue in issues),
             "issueCountWithCustomFieldsShowingVersion": 0}
    return reply.ok(shown | ({"customFieldUsage": []} if call.site.cloud else {"customFieldNames": []}))


@route("GET", API + "version/{id}/unresolvedIssueCount")
def unresolved(call):
    found, _ = _find(call)
    fixed = [issue for issue in call.store.issues.values() if found in issue.fix_versions]
    shown = {"self": f"{call.view.api}/version/{found.id}",
             "issuesUnresolvedCount": sum(issue.resolution is None for issue in fixed)}
    return reply.ok(shown | ({"issuesCount": len(fixed)} if call.site.cloud else {}))


@route("POST", API + "version", anonymous=False, body=BODY)
def create(call):
    given = call.body
    wanted = str(given.get("projectId") or "") or given.get("project") or ""
    project = call.store.project(wanted) if wanted else None
    if project is None:
        raise errors.refusal(404 if wanted and call.site.cloud else 400,
                             errors={"project": "The project does not exist." if wanted else "Project is required."})
    values = _read(given)
    _check_name(project, None, given.get("name") or "")
    made = Version(call.store.next_id("version"), given["name"].strip(), given.get("released") or False, None,
                   description=given.get("description") or "", archived=given.get("archived") or False)
    for attribute, value in values.items():
        setattr(made, attribute, value)
    project.versions.append(made)
    return reply.created(show(made, project, call))


@route("PUT", API + "version/{id}", anonymous=False, body=BODY)
def edit(call):
    """What is not given stays."""
    found, project = _find(call)
    values = _read(call.body) | {name: call.body[name] for name in ("description", "released", "archived")
                                 if call.body.get(name) is not None}
    if call.body.get("name") is not None:
        _check_name(project, found, call.body["name"])
        values["name"] = call.body["name"].strip()
    for attribute, value in values.items():
        setattr(found, attribute, value)
    _forget_shown(call, found)
    return reply.ok(show(found, project, call))


@route("POST", API + "version/{id}/move", anonymous=False, body=MOVE)
def move(call):
    """Before or after the others of the project."""
    found, project = _find(call)
    if (call.body.get("after") is None) is (call.body.get("position") is None):
        raise errors.refusal(400, "Exactly one of 'after' and 'position' must be given.")
    at, rest = project.versions.index(found), [one for one in project.versions if one is not found]
    if call.body.get("position") is not None:
        if call.body["position"] not in PLACES:
            raise errors.refusal(400, f"position must be one of {', '.join(PLACES)}.")
        place = PLACES[call.body["position"]](at, len(rest))
    else:
        number = call.body["after"].rpartition("/")[2]
        place = next((place for place, one in enumerate(rest, 1) if str(one.id) == number), None)
        if place is None:
            raise errors.refusal(404, f"The version '{call.body['after']}' does not exist in the project.")
    project.versions = [*rest[:place], found, *rest[place:]]
    return reply.ok(show(found, project, call))


@route("PUT", API + "version/{id}/mergeto/{other}", anonymous=False)
def merge(call):
    found, project = _find(call)
    other = _other(call, project, found, call.path["other"])
    _remove(call, found, project, other, other)
    return reply.no_content()


@route("POST", API + "version/{id}/removeAndSwap", anonymous=False, body=SWAP)
def remove_and_swap(call):
    found, project = _find(call)
    _remove(call, found, project, *(_swap(call, project, found, call.body.get(name))
                                    for name in ("moveFixIssuesTo", "moveAffectedIssuesTo")))
    return reply.no_content()


@route("DELETE", API + "version/{id}", cloud={"moveFixIssuesTo": shape.query_text,
                                             "moveAffectedIssuesTo": shape.query_text}, server=None, anonymous=False)
def remove(call):
    found, project = _find(call)
    _remove(call, found, project, *(_swap(call, project, found, call.query.get(name))
                                    for name in ("moveFixIssuesTo", "moveAffectedIssuesTo")))
    return reply.no_content()


def _swap(call, project, found, wanted):
    return None if wanted is None else _other(call, project, found, str(wanted))


def _other(call, project, found, wanted):
    other = next((one for one in project.versions if str(one.id) == wanted), None)
    if other is None or other is found:
        raise errors.refusal(404 if other is None else 400, f"The version with id '{wanted}' is not valid.")
    return other


def _remove(call, found, project, fixed, affected):
    for issue in [one for one in call.store.issues.values() if found in (*one.fix_versions, *one.versions)]:
        with call.changing(issue):
            issue.fix_versions = _swapped(issue.fix_versions, found, fixed)
            issue.versions = _swapped(issue.versions, found, affected)
    project.versions.remove(found)


def _swapped(versions, found, other):
    if found not in versions:
        return versions
    rest = [one for one in versions if one is not found]
    return rest + ([other] if other and other not in rest else [])


def _find(call):
    wanted = call.path["id"]
    for project in () if call.anonymous else call.store.projects.values():
        for found in project.versions:
            if str(found.id) == wanted:
                return found, project
    raise errors.refusal(404, f"Could not find version for id '{wanted}'")


def _check_name(project, own, name):
    if not name.strip() or len(name) > LONGEST_NAME:
        raise errors.refusal(400, errors={"name": "You must specify a valid version name"})
    if any(one.name.lower() == name.strip().lower() and one is not own for one in project.versions):
        raise errors.refusal(400, errors={"name": "A version with this name already exists in this project."})


def _read(given):
    """The dates, by attribute of Version."""
    values = {}
    for name, attribute in DATES.items():
        if given.get(name) is None:
            continue
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", given[name], re.ASCII):
            raise errors.refusal(400, errors={name: "The date must be in the format yyyy-MM-dd."})
        try:
            values[attribute] = date.fromisoformat(given[name])
        except ValueError:
            raise errors.refusal(400, errors={name: f"'{given[name]}' is no date."}) from None
    if values.get("start_date") and values.get("release_date") and values["start_date"] > values["release_date"]:
        raise errors.refusal(400, errors={"startDate": "The start date must be before the release date."})
    return values


def _forget_shown(call, found):
    for issue in call.store.issues.values():
        if found in (*issue.fix_versions, *issue.versions):
            call.store.changed(issue)


def show(found, project, call):
    """A version as an entity of its own."""
    shown = call.view.version_entry(found) | {"projectId": project.id}
    if found.release_date:
        shown["userReleaseDate"] = found.release_date.strftime("%d/%b/%y")
        shown["overdue"] = not found.released and found.release_date < now().date()
    if found.start_date:
        shown["userStartDate"] = found.start_date.strftime("%d/%b/%y")
    if "issuesstatus" in call.asked("expand"):
        shown["issuesStatusForFixVersion"] = _counted(call, found)
    return shown


def _counted(call, found):
    """How many issues, by the category of their status."""
    names = {"new": "toDo", "indeterminate": "inProgress", "done": "done", "undefined": "unmapped"}
    counted = dict.fromkeys(names.values(), 0)
    for issue in call.store.issues.values():
        if found in issue.fix_versions:
            counted[names[issue.status.category.key]] += 1
    return counted
