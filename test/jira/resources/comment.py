"""Comments of an issue."""

import errors
import paging
import reply
import shape
from entities import Comment
from fields.codecs import Invalid, Rich, Scope
from moments import now
from routes import API, route

COMMENTS = API + "issue/{issue}/comment"
MOST_IDS = 1000
LARGEST_PAGE = {True: 100, False: 1000}
DEFAULT_PAGE = {True: 100, False: 50}
PAGE_QUERY = {"startAt": shape.query_integer, "maxResults": shape.query_integer, "orderBy": shape.query_text,
              "expand": shape.query_names}
EXPAND = {"expand": shape.query_names}
CLOUD_EDIT = {"notifyUsers": shape.query_boolean, "overrideEditableFlag": shape.query_boolean}
BODY = shape.Members({"body": shape.ANY, "visibility": shape.OBJECT, "properties": shape.PROPERTIES})


@route("GET", COMMENTS, query=PAGE_QUERY)
def comments(call):
    issue = call.issue()
    start, size = paging.window(call, DEFAULT_PAGE[call.site.cloud], LARGEST_PAGE[call.site.cloud])
    found = _ordered(issue.comments, call.query.get("orderBy"))
    if call.site.oddities.comments == "unordered":
        found = sorted(issue.comments, key=lambda comment: comment.created)
        start, size = 0, len(found)
    shown = [call.view.comment(comment, call.asked("expand")) for comment in found[start:start + size]]
    return reply.ok({"startAt": start, "maxResults": size, "total": len(found), "comments": shown})


def _ordered(found, order):
    if order not in (None, "created", "+created", "-created"):
        raise errors.refusal(400, f"The value '{order}' of orderBy is not supported; only 'created' is.")
    return sorted(found, key=lambda comment: (comment.created, comment.id), reverse=order == "-created")


@route("GET", COMMENTS + "/{id}", query=EXPAND)
def comment(call):
    return reply.ok(call.view.comment(_find(call, call.issue()), call.asked("expand")))


@route("POST", COMMENTS, query=EXPAND, body=BODY)
def add(call):
    made = write(call, call.issue(), read(call, call.body))
    return reply.created(call.view.comment(made, call.asked("expand")))


@route("PUT", COMMENTS + "/{id}", query=EXPAND, cloud=CLOUD_EDIT, body=BODY)
def edit(call):
    issue = call.issue()
    found = _find(call, issue)
    content = read(call, call.body)
    found.body, found.visibility, found.updated = content["body"], content["visibility"], now()
    found.properties |= content["properties"]
    call.store.touch(issue)
    return reply.ok(call.view.comment(found, call.asked("expand")))


@route("DELETE", COMMENTS + "/{id}")
def remove(call):
    issue = call.issue()
    issue.comments.remove(_find(call, issue))
    call.store.touch(issue)
    return reply.no_content()


def _find(call, issue):
    for found in issue.comments:
        if str(found.id) == call.path["id"]:
            return found
    raise errors.refusal(404, f"Can not find a comment for the id: {call.path['id']}.")


@route("POST", API + "comment/list", cloud=EXPAND, server=None, writes=False,
       body=shape.Members({"ids": shape.ListOf(shape.LONG)}, required=("ids",)))
def listed(call):
    """Comments by id, whatever their issues; the unknown are left out."""
    ids = set(call.body["ids"])
    if not 1 <= len(ids) <= MOST_IDS:
        raise errors.refusal(400, f"The number of comment ids must be between 1 and {MOST_IDS}.")
    known = [] if call.anonymous else [one for issue in call.store.issues.values() for one in issue.comments]
    found = sorted((one for one in known if one.id in ids), key=lambda one: one.id)
    return reply.ok(paging.values_page(call, "comment/list", found, 0, MOST_IDS,
                                       lambda one: call.view.comment(one, call.asked("expand"))))


def find_anywhere(call):
    """The comment of the path, whatever its issue."""
    wanted = call.path["comment"]
    for issue in call.store.issues.values():
        for found in issue.comments:
            if str(found.id) == wanted:
                return found
    raise errors.refusal(404, f"Can not find a comment for the id: {wanted}.")


def read(call, given):
    """The checked content of a comment, from {"body", "visibility"?, "properties"?}."""
    limits = given.get("visibility") and visibility(call, given["visibility"])
    properties = {entry["key"]: entry.get("value") for entry in given.get("properties") or ()}
    return {"body": _text(call, given.get("body")), "visibility": limits, "properties": properties}


def write(call, issue, content):
    """A comment of the caller."""
    at = now()
    made = Comment(call.store.next_id("comment"), issue, call.user, created=at, updated=at, **content)
    issue.comments.append(made)
    call.store.touch(issue)
    return made


def read_all(call, operations):
    """The `comment` member of an update: [{"add": {"body"}}]. Read first, so that a refusal changes nothing."""
    for operation in operations or ():
        if not isinstance(operation, dict) or set(operation) != {"add"} or not isinstance(operation["add"], dict):
            raise errors.refusal(400, errors={"comment": "Field 'comment' does not support this operation"})
    return [read(call, operation["add"]) for operation in operations or ()]


def write_all(call, issue, contents):
    for content in contents:
        write(call, issue, content)


def _text(call, value):
    scope = Scope(call.store, call.site, call.view.version, None, None)
    try:
        body = Rich().decode(value, scope)
    except Invalid as problem:
        raise errors.refusal(400, errors={"comment": str(problem)}) from None
    if body is None or not body.text.strip() and body.document is None:
        raise errors.refusal(400, errors={"comment": "Comment body can not be empty!"})
    return body


def visibility(call, given):
    """The checked role or group whose members alone see it."""
    members = {"type", "value"} | ({"identifier"} if call.site.cloud else set())
    if given.get("type") not in ("role", "group") or not set(given) <= members:
        raise errors.refusal(400, errors={"commentLevel": "The visibility is not valid."})
    if given["type"] == "group" and not _group(call, given):
        raise errors.refusal(400, errors={"commentLevel": f"Group: {given.get('value')} does not exist."})
    return given


def _group(call, given):
    return next((group for group in call.store.groups
                 if given.get("value") == group.name or given.get("identifier") == group.id), None)
