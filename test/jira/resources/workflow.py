"""Workflows, for administrators."""

import paging
import reply
import shape
from resources.status import NEWER
from routes import API, route

SEARCH = {"startAt": shape.query_integer, "maxResults": shape.query_integer, "expand": shape.query_names,
          "queryString": shape.query_text, "orderBy": shape.query_text, "scope": shape.query_text,
          "isActive": shape.query_boolean, "projectId": shape.query_integer}


@route("GET", API + "workflows/search", cloud=SEARCH, server=None, anonymous=False)
def search(call):
    """With the statuses of all of them."""
    call.administrators_only()
    text = call.query.get("queryString", "").lower()
    found = [one for one in call.store.workflows if text in one.name.lower()]
    start, size = paging.window(call, 50, 200)
    page = paging.values_page(call, "workflows/search", found, start, size, lambda one: _show(call, one))
    return reply.ok(page | {"statuses": [
        {"id": str(one.id), "statusReference": str(one.id), "name": one.name, "description": one.description,
         "statusCategory": NEWER[one.category.key], "scope": {"type": "GLOBAL"}} for one in call.store.statuses]})


@route("GET", API + "workflow", cloud=None, server={"workflowName": shape.query_text}, anonymous=False)
def workflows(call):
    call.administrators_only()
    name = call.query.get("workflowName")
    return reply.ok([{"name": one.name, "description": one.description, "lastModifiedDate": "01/Jan/26 9:00 AM",
                      "lastModifiedUser": "demo", "steps": len(call.store.statuses), "default": one.name == "jira"}
                     for one in call.store.workflows if name in (None, one.name)])


def _show(call, one):
    return {"id": one.id, "name": one.name, "description": one.description, "scope": {"type": "GLOBAL"},
            "isEditable": one.name != "jira", "version": {"id": one.id, "versionNumber": 1},
            "statuses": [{"statusReference": str(status.id), "deprecated": False, "properties": {}}
                         for status in call.store.statuses], "transitions": []}
