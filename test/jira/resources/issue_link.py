"""Links between issues."""

import errors
import history
import reply
import shape
from entities import Link
from resources import comment
from routes import API, route

END = shape.Members({"id": shape.TEXT, "key": shape.TEXT})
BODY = shape.Members({"type": shape.Members({"id": shape.TEXT, "name": shape.TEXT, "inward": shape.TEXT,
                                             "outward": shape.TEXT, "self": shape.TEXT}),
                      "inwardIssue": END, "outwardIssue": END, "comment": shape.OBJECT},
                     required=("type", "inwardIssue", "outwardIssue"))


@route("POST", API + "issueLink", anonymous=False, body=BODY)
def create(call):
    """201 and no body. The comment goes to the outward issue."""
    kind = _kind(call)
    inward, outward = (_end(call, call.body[name]) for name in ("inwardIssue", "outwardIssue"))
    if inward is outward:
        raise errors.refusal(400, "You cannot link an issue to itself.")
    content = comment.read(call, call.body["comment"]) if call.body.get("comment") else None
    known = any((one.kind, one.inward, one.outward) == (kind, inward, outward) for one in inward.links)
    if not known:
        link = Link(call.store.next_id("link"), kind, inward, outward)
        call.store.link(link)
        _tell(call, link, True)
    if content:
        comment.write(call, outward, content)
    return reply.Reply(201, content_type=None)


@route("GET", API + "issueLink/{id}")
def link(call):
    found = _find(call)
    return reply.ok(call.view.link(found) | {"inwardIssue": call.view.related(found.inward),
                                             "outwardIssue": call.view.related(found.outward)})


@route("DELETE", API + "issueLink/{id}")
def remove(call):
    found = _find(call)
    call.store.unlink(found)
    _tell(call, found, False)
    return reply.no_content()


def _find(call):
    wanted = call.path["id"]
    if not wanted.isdecimal():
        raise errors.refusal(400, f"The issue link id '{wanted}' is not valid.")
    found = None if call.anonymous else call.store.links.get(int(wanted))
    if found is None:
        raise errors.refusal(404, f"No issue link with id '{wanted}' exists.")
    return found


def _kind(call):
    """By id or name; 404 when there is none."""
    given = call.body["type"]
    for kind in call.store.link_types:
        if given.get("id") == str(kind.id) or given.get("name") == kind.name:
            return kind
    wanted = given.get("name") or given.get("id")
    raise errors.refusal(404, f"No issue link type with name '{wanted}' found.")


def _end(call, given):
    name = given.get("key") or given.get("id")
    issue = call.store.issue(name) if name else None
    if issue is None:
        raise errors.refusal(404, errors.NO_ISSUE[call.site.cloud])
    return issue


def _tell(call, link, made):
    """In the history of both ends."""
    for issue, other, says in ((link.inward, link.outward, link.kind.outward),
                               (link.outward, link.inward, link.kind.inward)):
        value = (other.key, f"This issue {says} {other.key}")
        before, after = (None, value) if made else (value, None)
        history.add(call.store, issue, call.user, [(history.LINK, before, after)])
        call.store.touch(issue)
