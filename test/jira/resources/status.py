"""Statuses."""

import errors
import paging
import reply
import shape
from routes import API, route

NEWER = {"new": "TODO", "indeterminate": "IN_PROGRESS", "done": "DONE"}     # categories in the newer API
SEARCH = {"projectId": shape.query_text, "startAt": shape.query_integer, "maxResults": shape.query_integer,
          "searchString": shape.query_text, "statusCategory": shape.query_text,
          "includeGlobalStatuses": shape.query_boolean}


@route("GET", API + "status")
def statuses(call):
    return reply.ok([] if call.anonymous else [call.view.status(status) for status in call.store.statuses])


@route("GET", API + "status/{idOrName}")
def status(call):
    wanted = call.path["idOrName"]
    found = next((one for one in call.store.statuses if wanted in (str(one.id), one.name)), None)
    if found is None or call.anonymous:
        raise errors.refusal(404, f"The status with id '{wanted}' does not exist")
    return reply.ok(call.view.status(found))


@route("GET", API + "statuses", cloud={"id": shape.query_names}, server=None, anonymous=False)
def by_ids(call):
    """In the form of the newer API; the unknown are left out."""
    if not call.query.get("id"):
        raise errors.refusal(400, "The query parameter 'id' must be provided.")
    return reply.ok([_newer(one) for one in call.store.statuses if str(one.id) in call.query["id"]])


@route("GET", API + "statuses/search", cloud=SEARCH, server=None, anonymous=False)
def search(call):
    wanted, text = call.query.get("statusCategory"), call.query.get("searchString", "").lower()
    if wanted not in (None, *NEWER.values()):
        raise errors.refusal(400, f"statusCategory must be one of {', '.join(NEWER.values())}.")
    found = [one for one in call.store.statuses if text in one.name.lower()
             and wanted in (None, NEWER[one.category.key])]
    start, size = paging.window(call, 200, 200)
    return reply.ok(paging.values_page(call, "statuses/search", found, start, size, _newer))


def _newer(status):
    return {"id": str(status.id), "name": status.name, "statusCategory": NEWER[status.category.key],
            "scope": {"type": "GLOBAL"}, "description": status.description}


@route("GET", API + "project/{project}/statuses")
def by_issue_type(call):
    """Every issue type shares the one workflow."""
    types = [{"self": f"{call.view.api}/issuetype/{one.id}", "id": str(one.id), "name": one.name,
              "subtask": one.subtask, "statuses": [call.view.status(status) for status in call.store.statuses]}
             for one in call.project().issue_types]
    return reply.ok(types)
