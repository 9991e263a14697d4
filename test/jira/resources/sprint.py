"""Sprints."""

from datetime import datetime, timezone

import errors
import reply
import shape
from entities import Sprint
from moments import agile_stamp, now
from routes import AGILE, route

STATES = ("future", "active", "closed")
DATES = {"startDate": "start", "endDate": "end"}
CREATION = {"name": shape.TEXT, "originBoardId": shape.LONG, "startDate": shape.TEXT, "endDate": shape.TEXT,
            "goal": shape.TEXT}
CHANGE = shape.split(CREATION | {"state": shape.TEXT, "id": shape.LONG, "self": shape.TEXT,
                                 "completeDate": shape.TEXT}, cloud={"createdDate": shape.TEXT})
NEXT_STATE = {"future": "active", "active": "closed", "closed": None}


@route("POST", AGILE + "sprint", anonymous=False, body=shape.Members(CREATION, required=("name", "originBoardId")))
def create(call):
    board = next((one for one in call.store.boards if one.id == call.body["originBoardId"]), None)
    if board is None:
        raise errors.refusal(404, f"Board {call.body['originBoardId']} does not exist.")
    if board.kind != "scrum":
        raise errors.refusal(400, "The board does not support sprints")
    number = max((sprint.id for sprint in call.store.sprints), default=0) + 1
    made = Sprint(number, "", board, "future", created=now())
    _change(made, {"goal": "", **call.body}, {})
    call.store.sprints.append(made)
    return reply.created(show(made, call))


@route("GET", AGILE + "sprint/{sprint}", anonymous=False)
def sprint(call):
    return reply.ok(show(find(call), call))


@route("POST", AGILE + "sprint/{sprint}", anonymous=False, body=CHANGE)
def update(call):
    """Changes what is given and leaves the rest."""
    return _updated(call, call.body)


@route("PUT", AGILE + "sprint/{sprint}", anonymous=False, body=CHANGE)
def replace(call):
    """What is not given becomes empty."""
    return _updated(call, {"startDate": None, "endDate": None, "goal": None, **call.body})


@route("DELETE", AGILE + "sprint/{sprint}", anonymous=False)
def delete(call):
    found = find(call)
    if not call.site.cloud and found.state != "future":
        raise errors.refusal(400, "Only a future sprint can be deleted.")
    call.store.sprints.remove(found)
    for issue in call.store.issues.values():
        if found in issue.sprints:
            issue.sprints.remove(found)
            call.store.changed(issue)
    return reply.no_content()


def find(call):
    given = call.path["sprint"]
    found = call.store.sprint(int(given)) if given.isdecimal() else None
    if found is None:
        raise errors.refusal(404, "Sprint does not exist or you do not have permission to view it.")
    return found


def _updated(call, given):
    found = find(call)
    if found.state == "closed":
        if not call.site.cloud:
            raise errors.refusal(400, "A completed sprint can not be changed.")
        given = {name: value for name, value in given.items() if name in ("name", "goal")}
    _change(found, given, {"state": given.get("state") or found.state})
    for issue in call.store.issues.values():
        if found in issue.sprints:
            call.store.changed(issue)
    return reply.ok(show(found, call))


def _change(found, given, wanted):
    """Everything is checked before anything is changed."""
    values = {attribute: _moment(given[name], name) for name, attribute in DATES.items() if name in given}
    name = given.get("name", found.name)
    if not name or not name.strip():
        raise errors.refusal(400, errors={"name": "The sprint name must not be empty."})
    values |= {"name": name.strip(), "goal": (given.get("goal", found.goal) or "")}
    values |= _next_state(found, values, wanted.get("state", found.state))
    for attribute, value in values.items():
        setattr(found, attribute, value)


def _moment(text, name):
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise errors.refusal(400, errors={name: f"'{text}' is not a date of ISO 8601."}) from None
    if moment.tzinfo is None:
        raise errors.refusal(400, errors={name: f"'{text}' has no offset."})
    return moment.astimezone(timezone.utc)


def _next_state(found, values, wanted):
    """future, active, closed, one step at a time; a start needs both dates."""
    if wanted == found.state:
        return {}
    if wanted != NEXT_STATE[found.state]:
        raise errors.refusal(400, f"A sprint that is {found.state} can not become {wanted}.")
    if wanted == "closed":
        return {"state": wanted, "completed": now()}
    if not values.get("start", found.start) or not values.get("end", found.end):
        raise errors.refusal(400, "A start date and an end date are needed to start a sprint.")
    return {"state": wanted, "activated": now()}


def show(sprint, call):
    """Dates that are not set are left out."""
    shown = {"id": sprint.id, "self": f"{call.site.base_url}{AGILE}sprint/{sprint.id}", "state": sprint.state,
             "name": sprint.name, "originBoardId": sprint.board.id, "goal": sprint.goal}
    dates = {"startDate": sprint.start, "endDate": sprint.end, "completeDate": sprint.completed}
    dates |= {"createdDate": sprint.created} if call.site.cloud else {"activatedDate": sprint.activated}
    shown |= {name: agile_stamp(moment) for name, moment in dates.items() if moment}
    return shown if call.site.cloud else shown | {"synced": False, "autoStartStop": False}
