"""Webhooks of administrators, by their two APIs. Nothing is ever delivered."""

import itertools
import time
from dataclasses import dataclass, field

import errors
import reply
import shape
from routes import route

OLD = "/rest/webhooks/1.0/webhook"
NEW = "/rest/jira-webhook/1.0/webhooks"
MOVED_IN = 10
OLD_BODY = shape.Members({"name": shape.TEXT, "url": shape.TEXT, "events": shape.TEXTS, "filters": shape.OBJECT,
                          "excludeBody": shape.BOOLEAN, "enabled": shape.BOOLEAN, "secret": shape.TEXT})
NEW_BODY = shape.Members({"name": shape.TEXT, "url": shape.TEXT, "events": shape.TEXTS, "filters": shape.OBJECT,
                          "excludeBody": shape.BOOLEAN, "active": shape.BOOLEAN, "configuration": shape.OBJECT,
                          "sslVerificationRequired": shape.BOOLEAN})
NEW_LIST = {"event": shape.query_names, "statistics": shape.query_boolean, "start": shape.query_integer,
            "limit": shape.query_integer}
NUMBERS = itertools.count(1)


@dataclass(eq=False)
class Webhook:
    id: int
    user: object
    given: dict = field(default_factory=dict)
    created: int = 0
    updated: int = 0


def _milliseconds():
    return int(time.time() * 1000)


def _check_place(call, new):
    """Cloud and Server up to 9 have the old address, Server 10 only the new one."""
    moved = not call.site.cloud and int(call.site.version.partition(".")[0]) >= MOVED_IN
    if moved is not new:
        raise errors.unknown_path(call.site, NEW if new else OLD)
    if not call.user.admin:
        raise errors.read_only()


def _find(call, new):
    _check_place(call, new)
    for webhook in call.store.webhooks:
        if str(webhook.id) == call.path["id"]:
            return webhook
    raise errors.refusal(404, f"Webhook {call.path['id']} does not exist.")


def _create(call, new):
    _check_place(call, new)
    _check(call.body)
    at = _milliseconds()
    made = Webhook(next(NUMBERS), call.user, _kept(call, call.body, new), at, at)
    call.store.webhooks.append(made)
    return reply.created(_show(made, call, new))


def _check(given):
    if not given.get("name") or not (given.get("url") or "").startswith(("http://", "https://")):
        raise errors.refusal(400, "A webhook needs a name and an absolute URL.")


def _kept(call, given, new):
    """The newer API looks for the JQL in the configuration, and ignores the older form without a word."""
    kept = dict(given)
    if new:
        where = call.site.oddities.webhook_filters
        kept["configuration"] = dict(given.get("configuration") or {})
        if where == "none":
            kept["configuration"].pop("FILTERS", None)
        if where != "both":
            kept.pop("filters", None)
    return kept


def _list(call, new):
    _check_place(call, new)
    wanted = call.query.get("event")
    found = [one for one in call.store.webhooks if not wanted or set(wanted) & set(one.given.get("events") or ())]
    start = call.query.get("start", 0)
    return reply.ok([_show(one, call, new) for one in found[start:start + call.query.get("limit", len(found))]])


def _replace(call, new):
    found = _find(call, new)
    given = call.body if new else {**found.given, **call.body}
    _check(given)
    found.given, found.updated = _kept(call, given, new), _milliseconds()
    return reply.ok(_show(found, call, new))


def _remove(call, new):
    call.store.webhooks.remove(_find(call, new))
    return reply.no_content()


def _show(webhook, call, new):
    given = webhook.given
    if not new:
        return {"name": given["name"], "url": given["url"], "excludeBody": given.get("excludeBody", False),
                "filters": given.get("filters") or {}, "events": given.get("events") or [],
                "enabled": given.get("enabled", True), "isSigned": bool(given.get("secret")),
                "self": f"{call.site.base_url}{OLD}/{webhook.id}", "lastUpdatedUser": webhook.user.account,
                "lastUpdatedDisplayName": webhook.user.name, "lastUpdated": webhook.updated}
    filters = {"filters": given["filters"]} if given.get("filters") else {}
    return filters | {
            "id": webhook.id, "name": given["name"], "url": given["url"], "active": given.get("active", True),
            "events": given.get("events") or [], "configuration": given.get("configuration") or {},
            "scopeType": "global", "sslVerificationRequired": given.get("sslVerificationRequired", True),
            "createdDate": webhook.created, "updatedDate": webhook.updated}


def _show_one(call, new):
    return reply.ok(_show(_find(call, new), call, new))


def _declare(place, new, body, listing):
    deployments = {"cloud": None} if new else {}
    for method, path, handler, taken in (
            ("GET", place, _list, None), ("POST", place, _create, body), ("GET", place + "/{id}", _show_one, None),
            ("PUT", place + "/{id}", _replace, body), ("DELETE", place + "/{id}", _remove, None)):
        query = listing if handler is _list else None
        route(method, path, query=query, anonymous=False, body=taken, **deployments)(
            lambda call, handler=handler: handler(call, new))


_declare(OLD, False, OLD_BODY, None)
_declare(NEW, True, NEW_BODY, NEW_LIST)
