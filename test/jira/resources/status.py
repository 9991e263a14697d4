"""Statuses."""

import errors
import reply
from routes import API, route


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


@route("GET", API + "project/{project}/statuses")
def by_issue_type(call):
    """Every issue type shares the one workflow."""
    types = [{"self": f"{call.view.api}/issuetype/{one.id}", "id": str(one.id), "name": one.name,
              "subtask": one.subtask, "statuses": [call.view.status(status) for status in call.store.statuses]}
             for one in call.project().issue_types]
    return reply.ok(types)
