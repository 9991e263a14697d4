"""Issue fields and their metadata."""

import errors
import paging
import reply
import shape
from fields.catalogue import Field, clause_of, fields_of
from routes import API, route

SEARCH = {"startAt": shape.query_integer, "maxResults": shape.query_integer, "type": shape.query_names,
          "id": shape.query_names, "query": shape.query_text, "orderBy": shape.query_text,
          "expand": shape.query_names, "projectIds": shape.query_names}
IDENTITY = ({"id": "issuekey", "name": "Key", "custom": False, "orderable": False, "navigable": True,
             "searchable": False, "clauseNames": ["id", "issue", "issuekey", "key"]},
            {"id": "thumbnail", "name": "Images", "custom": False, "orderable": False, "navigable": True,
             "searchable": False, "clauseNames": []})


@route("GET", API + "field")
def fields(call):
    if call.anonymous:
        return reply.ok([])
    shown = [_show(field, call.site) for field in fields_of(call.site) if field.id not in call.site.oddities.lost_fields]
    shown += [_show(_more(given), call.site) for given in call.site.oddities.more_fields]
    identity = [entry | ({"key": entry["id"]} if call.site.cloud else {}) for entry in IDENTITY]
    return reply.ok(shown + identity)


@route("GET", API + "field/search", cloud=SEARCH, server=None, anonymous=False)
def search(call):
    """The type is custom or system."""
    kinds, ids, text = call.asked("type"), call.asked("id"), call.query.get("query", "").lower()
    if not set(kinds) <= {"custom", "system"}:
        raise errors.refusal(400, "type must be custom or system.")
    found = [field for field in fields_of(call.site) if field.type and text in field.name.lower()
             and (not ids or field.id in ids) and (not kinds or ("custom" if field.custom else "system") in kinds)]
    start, size = paging.window(call, 50, 50)
    return reply.ok(paging.values_page(call, "field/search", found, start, size, lambda field: _found(field, call)))


def _more(given):
    return Field(given["id"], given["name"], given["type"], items=given.get("items"), custom=given["custom"],
                 clauses=(clause_of(given), given["name"]))


def _found(field, call):
    shown = {"id": field.id, "name": field.name, "schema": field.schema(call.site), "description": ""}
    if not field.custom:
        return shown
    return shown | {"key": field.id, "isLocked": False, "searcherKey": field.custom + "searcher"}


def _show(field, site):
    shown = {"id": field.id} | ({"key": field.id} if site.cloud else {})
    shown |= {"name": field.name} | ({"untranslatedName": field.name} if site.cloud and field.custom else {})
    shown |= {"custom": bool(field.custom), "orderable": field.orderable, "navigable": field.navigable,
              "searchable": field.searchable and field.id not in site.oddities.unsearchable,
              "clauseNames": list(field.clauses)}
    return shown | ({"schema": field.schema(site)} if field.type else {})
