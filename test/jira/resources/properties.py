"""Properties of entities: a key, and any JSON that an app keeps there."""

import json

import errors
import reply
import shape
from resources import user
from resources.comment import find_anywhere
from routes import AGILE, API, route

LONGEST_KEY = 255
LONGEST_VALUE = 32768


def _of_issue(call):
    issue = call.issue()
    return issue.properties, f"{call.view.api}/issue/{issue.id}"


def _of_comment(call):
    found = find_anywhere(call)
    return found.properties, f"{call.view.api}/comment/{found.id}"


def _of_worklog(call):
    issue, wanted = call.issue(), call.path["worklog"]
    found = next((one for one in issue.worklogs if str(one.id) == wanted), None)
    if found is None:
        raise errors.refusal(404, f"Cannot find worklog with id: '{wanted}'.")
    return found.properties, f"{call.view.api}/issue/{issue.id}/worklog/{found.id}"


def _of_project(call):
    project = call.project()
    return project.properties, f"{call.view.api}/project/{project.id}"


def _of_issue_type(call):
    found = next((one for one in call.store.issue_types if str(one.id) == call.path["type"]), None)
    if found is None:
        raise errors.refusal(404, f"The issue type with id '{call.path['type']}' does not exist.")
    return found.properties, f"{call.view.api}/issuetype/{found.id}"


def _of_user(call):
    found = user.named_in_query(call)
    return found.properties, f"{call.view.api}/user"


def _of_board(call):
    found = next((one for one in call.store.boards if str(one.id) == call.path["board"]), None)
    if found is None:
        raise errors.refusal(404, f"Board {call.path['board']} does not exist.")
    return found.properties, f"{call.site.base_url}{AGILE}board/{found.id}"


CLOUD_USER = {"accountId": shape.query_text}
SERVER_USER = {"userKey": shape.query_text, "username": shape.query_text}
#           path                                        owner        Cloud, Server: query parameters
ENTITIES = ((API + "issue/{issue}/properties", _of_issue, {}, {}),
            (API + "comment/{comment}/properties", _of_comment, {}, {}),
            (API + "issue/{issue}/worklog/{worklog}/properties", _of_worklog, {}, None),
            (API + "project/{project}/properties", _of_project, {}, {}),
            (API + "issuetype/{type}/properties", _of_issue_type, {}, {}),
            (API + "user/properties", _of_user, CLOUD_USER, SERVER_USER),
            (AGILE + "board/{board}/properties", _of_board, {}, {}))


def _keys(call, owner):
    properties, address = owner(call)
    return reply.ok({"keys": [{"self": f"{address}/properties/{key}", "key": key} for key in properties]})


def _value(call, owner):
    properties, _ = owner(call)
    return reply.ok({"key": call.path["key"], "value": _known(call, properties)})


def _set(call, owner):
    """201 for a key that is new, 200 for one that is not; no body in either."""
    properties, _ = owner(call)
    key = call.path["key"]
    check(key, call.body)
    status = 200 if key in properties else 201
    properties[key] = call.body
    return reply.Reply(status, content_type=None)


def check(key, value):
    if len(key) > LONGEST_KEY:
        raise errors.refusal(400, f"The property key cannot be longer than {LONGEST_KEY} characters.")
    if len(json.dumps(value)) > LONGEST_VALUE:
        raise errors.refusal(400, f"The property value cannot be longer than {LONGEST_VALUE} characters.")


def _remove(call, owner):
    properties, _ = owner(call)
    _known(call, properties)
    del properties[call.path["key"]]
    return reply.no_content()


def _known(call, properties):
    key = call.path["key"]
    if key not in properties:
        raise errors.refusal(404, f"The property with key '{key}' does not exist.")
    return properties[key]


def _declare(place, owner, cloud, server):
    for method, path, handler, body in (("GET", place, _keys, None), ("GET", place + "/{key}", _value, None),
                                        ("PUT", place + "/{key}", _set, shape.ANY),
                                        ("DELETE", place + "/{key}", _remove, None)):
        route(method, path, cloud=cloud, server=server, anonymous=False, body=body)(
            lambda call, handler=handler: handler(call, owner))


for _entity in ENTITIES:
    _declare(*_entity)
