"""Webhooks of OAuth apps, which expire. Nothing is ever delivered."""

import time
from dataclasses import dataclass
from datetime import datetime, timezone

import errors
import reply
import shape
from moments import stamp
from paging import values_page, window
from routes import API, route

LIFE = 30 * 86400
LARGEST = 5         # webhooks of an app, for one user
EVENTS = {"jira:issue_created", "jira:issue_updated", "jira:issue_deleted", "comment_created", "comment_updated",
          "comment_deleted", "issue_property_set", "issue_property_deleted", "sprint_created", "sprint_updated",
          "sprint_closed", "sprint_deleted", "sprint_started"}
ONE = shape.Members({"events": shape.TEXTS, "jqlFilter": shape.TEXT, "fieldIdsFilter": shape.TEXTS,
                     "issuePropertyKeysFilter": shape.TEXTS}, required=("events", "jqlFilter"))
REGISTRATION = shape.Members({"url": shape.TEXT, "webhooks": shape.ListOf(ONE)}, required=("url", "webhooks"))
IDS = shape.Members({"webhookIds": shape.ListOf(shape.LONG)}, required=("webhookIds",))


@dataclass(eq=False)
class AppWebhook:
    id: int
    url: str
    given: dict
    expires: float


def _check_app(call):
    """A token of a user is refused."""
    if not call.caller.app:
        raise errors.refusal(403, "The caller is not an app.")


@route("GET", API + "webhook", cloud={"startAt": shape.query_integer, "maxResults": shape.query_integer}, server=None,
       anonymous=False)
def webhooks(call):
    _check_app(call)
    start, size = window(call, 100, 100)
    return reply.ok(values_page(call, "webhook", call.store.app_webhooks, start, size, _show))


def _show(webhook):
    """The documentation has the date as a number in the schema and as a text in the example."""
    until = int(webhook.expires * 1000) if webhook.id % 2 else stamp(datetime.fromtimestamp(webhook.expires, timezone.utc))
    return {"id": webhook.id, "url": webhook.url, **webhook.given, "expirationDate": until}


@route("POST", API + "webhook", server=None, anonymous=False, body=REGISTRATION)
def register(call):
    """What is wrong with one of them is told in a reply that is a success."""
    _check_app(call)
    return reply.ok({"webhookRegistrationResult": [_register(call, one) for one in call.body["webhooks"]]})


def _register(call, given):
    problems = [f"The event {event} is not supported." for event in given["events"] if event not in EVENTS]
    if not given["jqlFilter"].strip():
        problems.append("The JQL filter is empty.")
    if len(call.store.app_webhooks) >= LARGEST:
        problems.append("The number of webhooks is exceeded.")
    if problems:
        return {"errors": problems}
    made = AppWebhook(call.store.next_id("app webhook"), call.body["url"], dict(given), time.time() + LIFE)
    call.store.app_webhooks.append(made)
    return {"createdWebhookId": made.id}


@route("DELETE", API + "webhook", server=None, anonymous=False, body=IDS)
def remove(call):
    _check_app(call)
    call.store.app_webhooks = [one for one in call.store.app_webhooks if one.id not in call.body["webhookIds"]]
    return reply.Reply(202, content_type=None)


@route("PUT", API + "webhook/refresh", server=None, anonymous=False, body=IDS)
def refresh(call):
    _check_app(call)
    until = time.time() + LIFE
    for webhook in call.store.app_webhooks:
        if webhook.id in call.body["webhookIds"]:
            webhook.expires = until
    return reply.ok({"expirationDate": int(until * 1000)})
