"""Issue fields and their metadata."""

import reply
from fields.catalogue import fields_of
from routes import API, route

IDENTITY = ({"id": "issuekey", "name": "Key", "custom": False, "orderable": False, "navigable": True,
             "searchable": False, "clauseNames": ["id", "issue", "issuekey", "key"]},
            {"id": "thumbnail", "name": "Images", "custom": False, "orderable": False, "navigable": True,
             "searchable": False, "clauseNames": []})


@route("GET", API + "field")
def fields(call):
    if call.anonymous:
        return reply.ok([])
    shown = [_show(field, call.site) for field in fields_of(call.site)]
    identity = [entry | ({"key": entry["id"]} if call.site.cloud else {}) for entry in IDENTITY]
    return reply.ok(shown + identity)


def _show(field, site):
    shown = {"id": field.id} | ({"key": field.id} if site.cloud else {})
    shown |= {"name": field.name} | ({"untranslatedName": field.name} if site.cloud and field.custom else {})
    shown |= {"custom": bool(field.custom), "orderable": field.orderable, "navigable": field.navigable,
              "searchable": field.searchable, "clauseNames": list(field.clauses)}
    return shown | ({"schema": field.schema(site)} if field.type else {})
