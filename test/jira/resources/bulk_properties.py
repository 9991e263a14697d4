"""Cloud: a property of many issues at once."""

import errors
import shape
from resources.properties import check
from resources.task import submitted
from routes import API, route

PROPERTY = API + "issue/properties/{key}"
FILTER = shape.Members({"entityIds": shape.ListOf(shape.LONG), "currentValue": shape.ANY,
                        "hasProperty": shape.BOOLEAN})
SET = shape.Members({"value": shape.ANY, "expression": shape.TEXT, "filter": FILTER})
DELETE = shape.Members({"entityIds": shape.ListOf(shape.LONG), "currentValue": shape.ANY})


@route("PUT", PROPERTY, server=None, anonymous=False, body=SET)
def set_many(call):
    """Expressions are not carried out here, and refused."""
    if "value" not in call.body or "expression" in call.body:
        raise errors.refusal(400, "A value must be given; expressions are not offered here.")
    check(call.path["key"], call.body["value"])
    for issue in _eligible(call, call.body.get("filter") or {}):
        issue.properties[call.path["key"]] = call.body["value"]
    return submitted(call, "Set issue property")


@route("DELETE", PROPERTY, server=None, anonymous=False, body=DELETE)
def remove_many(call):
    for issue in _eligible(call, call.body | {"hasProperty": True}):
        del issue.properties[call.path["key"]]
    return submitted(call, "Delete issue property")


def _eligible(call, wanted):
    """All criteria hold."""
    key = call.path["key"]
    if "currentValue" in wanted and wanted.get("hasProperty") is False:
        raise errors.refusal(400, "An issue without the property has no current value of it.")
    return [issue for issue in call.store.issues.values()
            if ("entityIds" not in wanted or issue.id in wanted["entityIds"])
            and wanted.get("hasProperty", key in issue.properties) is (key in issue.properties)
            and ("currentValue" not in wanted or key in issue.properties
                 and issue.properties[key] == wanted["currentValue"])]
