"""Links from an issue to something outside of Jira."""

import errors
import reply
import shape
from entities import RemoteLink
from routes import API, route

LINKS = API + "issue/{issue}/remotelink"
ICON = shape.Members({"url16x16": shape.TEXT, "title": shape.TEXT, "link": shape.TEXT})
STATUS = shape.Members({"resolved": shape.BOOLEAN, "icon": ICON})
OBJECT = shape.Members({"url": shape.TEXT, "title": shape.TEXT, "summary": shape.TEXT, "icon": ICON,
                        "status": STATUS}, required=("url", "title"))
BODY = shape.Members({"globalId": shape.TEXT, "application": shape.Members({"type": shape.TEXT, "name": shape.TEXT}),
                      "relationship": shape.TEXT, "object": OBJECT}, required=("object",))
BY_GLOBAL_ID = {"globalId": shape.query_text}
LONGEST_GLOBAL_ID = 255


@route("GET", LINKS, query=BY_GLOBAL_ID)
def links(call):
    """A list; with globalId the one, not as a list."""
    issue = call.issue()
    if "globalId" in call.query:
        return reply.ok(_show(_by_global_id(issue, call.query["globalId"]), call, issue))
    return reply.ok([_show(link, call, issue) for link in issue.remote_links])


@route("GET", LINKS + "/{id}")
def link(call):
    issue = call.issue()
    return reply.ok(_show(_find(call, issue), call, issue))


@route("POST", LINKS, body=BODY)
def create(call):
    """A known globalId is updated, and answered with 200."""
    issue, global_id = call.issue(), call.body.get("globalId")
    _check(call)
    known = next((one for one in issue.remote_links if global_id and one.global_id == global_id), None)
    if known:
        known.given = dict(call.body)
        return reply.ok(_created(known, call, issue))
    number = call.store.next_id("remote link")
    made = RemoteLink(number, dict(call.body), global_id or str(number))
    issue.remote_links.append(made)
    return reply.created(_created(made, call, issue))


@route("PUT", LINKS + "/{id}", body=BODY)
def replace(call):
    found = _find(call, call.issue())
    _check(call)
    found.given, found.global_id = dict(call.body), call.body.get("globalId") or found.global_id
    return reply.no_content()


@route("DELETE", LINKS, query=BY_GLOBAL_ID)
def remove_by_global_id(call):
    issue = call.issue()
    if not call.query.get("globalId"):
        raise errors.refusal(400, "The query parameter 'globalId' must be provided.")
    issue.remote_links.remove(_by_global_id(issue, call.query["globalId"]))
    return reply.no_content()


@route("DELETE", LINKS + "/{id}")
def remove(call):
    issue = call.issue()
    issue.remote_links.remove(_find(call, issue))
    return reply.no_content()


def _check(call):
    if len(call.body.get("globalId") or "") > LONGEST_GLOBAL_ID:
        raise errors.refusal(400, errors={"globalId": f"The globalId must not exceed {LONGEST_GLOBAL_ID} characters."})


def _by_global_id(issue, wanted):
    found = next((one for one in issue.remote_links if one.global_id == wanted), None)
    if found is None:
        raise errors.refusal(404, f"No remote issue link with globalId '{wanted}' exists.")
    return found


def _find(call, issue):
    wanted = call.path["id"]
    if not wanted.isdecimal():
        raise errors.refusal(400, f"The remote issue link id '{wanted}' is not valid.")
    found = next((one for one in issue.remote_links if one.id == int(wanted)), None)
    if found is None:
        raise errors.refusal(404, f"No remote issue link with id '{wanted}' exists.")
    return found


def _created(link, call, issue):
    return {"id": link.id, "self": _address(link, call, issue)}


def _address(link, call, issue):
    return f"{call.view.api}/issue/{issue.key}/remotelink/{link.id}"


def _show(link, call, issue):
    shown = {"id": link.id, "self": _address(link, call, issue)}
    shown |= {"globalId": link.global_id} if link.given.get("globalId") else {}
    given = {name: value for name, value in link.given.items() if name != "globalId"}
    return shown | {"application": {}} | given
