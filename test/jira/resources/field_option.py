"""The contexts of custom fields and their options, for administrators of Cloud; on Data Center for everybody."""

import errors
import paging
import reply
import shape
from fields.catalogue import find as find_field
from routes import API, route

CONTEXT = API + "field/{field}/context"
PAGE = {"startAt": shape.query_integer, "maxResults": shape.query_integer}
OPTION_TYPES = ("select", "multiselect", "radiobuttons", "multicheckboxes", "cascadingselect")
SERVER = dict.fromkeys(("maxResults", "page", "issueTypeIds", "projectIds", "query", "sortByOptionName",
                        "useAllContexts"), shape.query_text)


@route("GET", CONTEXT, cloud=PAGE | {"isAnyIssueType": shape.query_boolean, "isGlobalContext": shape.query_boolean,
                                     "contextId": shape.query_integers}, server=None, anonymous=False)
def contexts(call):
    found = [one for one in _contexts(call, _field(call))
             if "contextId" not in call.query or one.id in call.query["contextId"]]
    start, size = paging.window(call, 50, 50)
    return reply.ok(paging.values_page(call, f"field/{call.path['field']}/context", found, start, size, lambda one: {
        "id": str(one.id), "name": one.name, "description": "", "isAnyIssueType": True,
        "isGlobalContext": one.name == "Default"}))


@route("GET", CONTEXT + "/{context}/option", cloud=PAGE | {"optionId": shape.query_integer,
                                                           "onlyOptions": shape.query_boolean},
       server=None, anonymous=False)
def options(call):
    """Those of a cascading field first, then what is below them."""
    field = _field(call)
    if not _has_options(field):
        raise errors.refusal(400, "The custom field doesn't support options.")
    context = next((one for one in _contexts(call, field) if str(one.id) == call.path["context"]), None)
    if context is None:
        raise errors.refusal(404, "The context was not found.")
    found = [(one, None) for one in context.options]
    if not call.query.get("onlyOptions"):
        found += [(child, one) for one in context.options for child in one.children]
    if "optionId" in call.query:
        found = [(one, above) for one, above in found if call.query["optionId"] in (one.id, above and above.id)]
    start, size = paging.window(call, 100, 1000)
    return reply.ok(paging.values_page(call, f"field/{field.id}/context/{context.id}/option", found, start, size,
                                       lambda pair: _show(*pair)))


@route("GET", API + "customFields/{id}/options", cloud=None, server=SERVER, anonymous=False)
def options_of_field(call):
    field = find_field(call.site, "customfield_" + call.path["id"])
    if field is None or not _has_options(field):
        raise errors.refusal(404, f"The custom field '{call.path['id']}' was not found.")
    contexts = _contexts(call, field)
    if call.query.get("useAllContexts") != "true" or not call.site.reaches(11, 3):
        contexts = contexts[:1]
    found = [one for context in contexts for root in context.options for one in (root, *root.children)]
    size = int(call.query.get("maxResults", "100"))
    first = max(int(call.query.get("page", "1")) - 1, 0) * size
    return reply.ok({"total": len(found), "options": [
        {"id": one.id, "value": one.value, "disabled": one.disabled, "childrenIds": [child.id for child in one.children],
         "self": f"{call.view.api}/customFieldOption/{one.id}"} for one in found[first:first + size]]})


def _has_options(field):
    return bool(field.custom) and field.custom.rpartition(":")[2] in OPTION_TYPES


def _field(call):
    call.administrators_only()
    found = find_field(call.site, call.path["field"])
    if found is None or not found.custom:
        raise errors.refusal(404, "The custom field was not found.")
    return found


def _contexts(call, field):
    return [one for one in call.store.contexts if one.field == field.id]


def _show(option, above):
    shown = {"id": str(option.id), "value": option.value, "disabled": option.disabled}
    return shown | ({"optionId": str(above.id)} if above else {})
