"""Projects."""

import errors
import paging
import reply
import shape
from routes import API, route

LARGEST_PAGE = 100
ORDERS = {"key": lambda project: project.key, "name": lambda project: project.name,
          "category": lambda project: "", "owner": lambda project: project.lead.name,
          "issueCount": lambda project: project.last_number,
          "lastIssueUpdatedTime": lambda project: project.last_number}
CLOUD_SEARCH = {
    "startAt": shape.query_integer, "maxResults": shape.query_integer, "orderBy": shape.query_text,
    "id": shape.query_integers, "keys": shape.query_names, "query": shape.query_text, "typeKey": shape.query_text,
    "categoryId": shape.query_integer, "action": shape.query_text, "expand": shape.query_names,
    "status": shape.query_names, "properties": shape.query_names, "propertyQuery": shape.query_text}
SERVER_LIST = {"expand": shape.query_names, "recent": shape.query_integer, "includeArchived": shape.query_boolean,
               "browseArchive": shape.query_boolean}


@route("GET", API + "project/search", cloud=CLOUD_SEARCH, server=None)
def search(call):
    found = [] if call.anonymous else [one for one in call.store.projects.values() if _matches(call.query, one)]
    order = call.query.get("orderBy", "key")
    key = order.lstrip("+-")
    if key not in ORDERS:
        raise errors.refusal(400, f"The orderBy value '{order}' is not valid.")
    found.sort(key=ORDERS[key], reverse=order.startswith("-"))
    start, size = paging.window(call, 50, LARGEST_PAGE)
    expand = call.asked("expand")
    return reply.ok(paging.values_page(call, "project/search", found, start, size,
                                       lambda project: show_short(project, call.view, expand)))


def _matches(query, project):
    text = query.get("query", "").lower()
    return ((text in project.key.lower() or text in project.name.lower())
            and ("id" not in query or project.id in query["id"])
            and ("keys" not in query or project.key in query["keys"])
            and ("typeKey" not in query or "software" in query["typeKey"].split(","))
            and ("status" not in query or "live" in query["status"])
            and query.get("categoryId") in (None, project.category and project.category.id))


@route("GET", API + "project", cloud=None, server=SERVER_LIST)
def every(call):
    found = [] if call.anonymous else sorted(call.store.projects.values(), key=ORDERS["name"])
    return reply.ok([show_short(project, call.view, call.asked("expand")) for project in found])


@route("GET", API + "project/{project}", query={"expand": shape.query_names}, cloud={"properties": shape.query_names})
def project(call):
    return reply.ok(show_whole(call, call.project()))


def show_whole(call, one):
    shown = show_short(one, call.view, ("description", "lead", "issueTypes", *call.asked("expand")))
    roles = {role.name: f"{call.view.api}/project/{one.id}/role/{role.id}" for role in call.store.roles}
    shown |= {"components": [call.view.component(component) for component in one.components],
              "versions": [call.view.version_entry(version) | {"projectId": one.id} for version in one.versions],
              "assigneeType": "PROJECT_LEAD" if one.default_assignee else "UNASSIGNED", "roles": roles,
              "archived": False}
    return shown | ({"url": one.url} if one.url else {})


def show_short(project, view, expand):
    """Lead, description and the rest only when expanded."""
    shown = {"expand": "description,lead,issueTypes,url,projectKeys,permissions,insight"} | view.project(project)
    if view.site.cloud:
        shown |= {"style": "classic", "isPrivate": False, "properties": {}}
    expansions = {
        "description": lambda: project.description, "lead": lambda: view.person(project.lead),
        "issueTypes": lambda: [view.issue_type(one) for one in project.issue_types],
        "projectKeys": lambda: [project.key], "url": lambda: f"{view.site.base_url}/browse/{project.key}"}
    return shown | {name: make() for name, make in expansions.items() if name in expand}
