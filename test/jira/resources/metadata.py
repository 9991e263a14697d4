"""What can be created and edited: issue types and fields."""

import errors
import reply
import shape
from fields.catalogue import fields_of
from fields.codecs import Labels, Person, Scope
from fields.writing import creatable_fields
from routes import API, route

CREATEMETA = API + "issue/createmeta/{project}/issuetypes"
PAGE = {"startAt": shape.query_integer, "maxResults": shape.query_integer}
DEFAULT_PAGE = 50
CLOUD_LIMIT = 200
OVERRIDES = {"overrideScreenSecurity": shape.query_boolean, "overrideEditableFlag": shape.query_boolean}


@route("GET", CREATEMETA, query=PAGE)
def issue_types(call):
    shown = [call.view.issue_type(one) for one in _project(call).issue_types]
    return reply.ok(_page(call, shown, "issueTypes"))


@route("GET", CREATEMETA + "/{type}", query=PAGE)
def creatable(call):
    project = _project(call)
    issue_type = next((one for one in project.issue_types if str(one.id) == call.path["type"]), None)
    if issue_type is None:
        raise errors.refusal(400, f"Issue type with id '{call.path['type']}' does not exist in the project.")
    scope = Scope(call.store, call.site, call.view.version, project, issue_type)
    shown = [{"fieldId": field.id} | _entry(field, scope, call.view)
             for field in creatable_fields(call.site, issue_type)]
    return reply.ok(_page(call, shown, "fields"))


@route("GET", API + "issue/{issue}/editmeta", cloud=OVERRIDES)
def editable(call):
    """A map, empty for a caller who may not edit."""
    issue = call.issue()
    scope = Scope(call.store, call.site, call.view.version, issue.project, issue.issue_type, issue)
    shown = {field.id: _entry(field, scope, call.view) for field in fields_of(call.site)
             if field.writable and (field.id != "parent" or call.site.cloud)}
    return reply.ok({"fields": shown if call.user.writes else {}})


def _project(call):
    project = None if call.anonymous else call.store.project(call.path["project"])
    if project is None:
        raise errors.refusal(400, f"No project could be found with key or id '{call.path['project']}'.")
    return project


def _page(call, shown, name):
    """`issueTypes` or `fields` on Cloud, without isLast; `values` on Server, with it."""
    start, size = call.query.get("startAt", 0), call.query.get("maxResults", DEFAULT_PAGE)
    if start < 0 or size < 1 or call.site.cloud and size > CLOUD_LIMIT:
        raise errors.refusal(400, f"maxResults must be between 1 and {CLOUD_LIMIT}.")
    page = {"startAt": start, "maxResults": size, "total": len(shown)}
    if call.site.cloud:
        return page | {name: shown[start:start + size]}
    return page | {"isLast": start + size >= len(shown), "values": shown[start:start + size]}


def _entry(field, scope, view):
    allowed = field.codec.allowed(scope, view)
    entry = {"required": field.id in ("summary", "issuetype", "project"), "schema": _schema(field, scope.site),
             "name": field.name, "operations": list(field.codec.operations),
             "hasDefaultValue": field.id == "priority"}
    if scope.site.cloud:
        entry["key"] = field.id
    if field.id == "parent":
        entry["required"] = scope.issue_type.subtask
    if field.id == "priority":
        entry["defaultValue"] = next(shown for shown in allowed if shown["name"] == "Medium")
    if isinstance(field.codec, (Person, Labels)):
        entry["autoCompleteUrl"] = f"{view.api}/{'user/assignable/search' if field.type == 'user' else 'labels'}?query="
    return entry | ({"allowedValues": allowed} if allowed is not None else {})


def _schema(field, site):
    return field.schema(site) or {"type": "issuelink", "system": field.id}
