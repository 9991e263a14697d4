"""Audit records: Cloud's and old Server's, and the events of Server 10."""

from datetime import datetime, timezone

import errors
import reply
import shape
from moments import agile_stamp, stamp
from routes import API, route

RECORDS = {"offset": shape.query_integer, "limit": shape.query_integer, "filter": shape.query_text,
           "from": shape.query_text, "to": shape.query_text}
EVENTS = {"from": shape.query_text, "to": shape.query_text, "limit": shape.query_integer,
          "offset": shape.query_integer, "pageCursor": shape.query_text, "userIds": shape.query_names,
          "categories": shape.query_names, "actions": shape.query_names, "affectedObject": shape.query_text,
          "search": shape.query_text, "scanLimit": shape.query_integer, "outputFormat": shape.query_text}
LARGEST_PAGE = 1000
LARGEST_EVENT_PAGE = 100_000
DEFAULT_EVENTS = 200
REMOVED_IN = 10


@route("GET", API + "auditing/record", query=RECORDS, anonymous=False)
def records(call):
    """`total` counts everything, whatever the filter; gone from Server 10."""
    if not call.site.cloud and _major(call) >= REMOVED_IN:
        raise errors.unknown_path(call.site, "auditing/record")
    _administrators_only(call)
    offset, limit = call.query.get("offset", 0), min(call.query.get("limit", LARGEST_PAGE), LARGEST_PAGE)
    if offset < 0 or limit < 0:
        raise errors.refusal(400, "offset and limit must not be negative.")
    words = call.query.get("filter", "").lower().split()
    found = [record for record in _within(call) if all(word in _text(record) for word in words)]
    return reply.ok({"offset": offset, "limit": limit, "total": len(call.store.audit),
                     "records": [_record(record, call) for record in found[offset:offset + limit]]})


def _record(record, call):
    shown = {"id": record.id, "summary": record.summary, "remoteAddress": record.address,
             "authorKey": record.author.key, "created": stamp(record.created), "category": record.category,
             "eventSource": "", "objectItem": {"name": record.object_name, "typeName": record.object_type}}
    if call.site.cloud:
        shown["authorAccountId"] = record.author.account
    return shown | {"changedValues": [record.change] if record.change else [], "associatedItems": []}


def _text(record):
    return f"{record.summary} {record.category} {record.object_name} {record.object_type} {record.address}".lower()


def _within(call):
    """Newest first; both ends belong to it."""
    start, end = _moment(call, "from"), _moment(call, "to")
    return [record for record in reversed(call.store.audit)
            if (start is None or record.created >= start) and (end is None or record.created <= end)]


def _moment(call, name):
    if name not in call.query:
        return None
    try:
        moment = datetime.fromisoformat(call.query[name].replace(" ", "+"))
    except ValueError:
        raise errors.refusal(400, f"'{call.query[name]}' is not a date of ISO 8601.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


@route("GET", "/rest/auditing/1.0/events", cloud=None, server=EVENTS, anonymous=False)
def events(call):
    _administrators_only(call)
    limit = call.query.get("limit", DEFAULT_EVENTS)
    if not 1 <= limit <= LARGEST_EVENT_PAGE or call.query.get("offset", 0) < 0:
        raise errors.audit_refusal("limit", f"must be between 1 and {LARGEST_EVENT_PAGE}")
    found = [record for record in _within(call) if _wanted(record, call.query)]
    start = _start(call, found)
    shown = found[start:start + limit]
    last = start + limit >= len(found)
    paging = {"lastPage": last, "size": len(shown)}
    if not last:
        cursor = f"{int(shown[-1].created.timestamp() * 1000)},{shown[-1].id}"
        paging |= {"nextPageOffset": start + limit, "nextPageCursor": {"cursor": cursor},
                   "nextPageLink": f"{call.site.base_url}/rest/auditing/1.0/events?pageCursor={cursor}&limit={limit}"}
    return reply.ok({"entities": [_event(record, call) for record in shown], "pagingInfo": paging})


def _wanted(record, query):
    return (record.category in query.get("categories", (record.category,))
            and record.summary in query.get("actions", (record.summary,))
            and query.get("search", "").lower() in _text(record))


def _start(call, found):
    """After the record that the cursor names."""
    cursor = call.query.get("pageCursor")
    if cursor is None:
        return call.query.get("offset", 0)
    number = cursor.rpartition(",")[2]
    place = next((place for place, record in enumerate(found) if str(record.id) == number), None)
    if place is None:
        raise errors.audit_refusal("pageCursor", "is not valid")
    return place + 1


def _event(record, call):
    change = record.change
    changed = [{"key": change["fieldName"], "i18nKey": "field." + change["fieldName"].lower(),
                "from": change["changedFrom"], "to": change["changedTo"]}] if change else []
    return {
        "timestamp": agile_stamp(record.created),
        "author": {"id": record.author.key, "name": record.author.name, "type": "user",
                   "uri": f"{call.site.base_url}/secure/ViewProfile.jspa?name={record.author.login}", "avatarUri": ""},
        "type": {"category": record.category, "action": record.summary,
                 "categoryI18nKey": "jira.auditing.category." + record.category.replace(" ", ""),
                 "actionI18nKey": "jira.auditing." + record.summary.lower().replace(" ", ".")},
        "affectedObjects": [{"name": record.object_name, "type": record.object_type}], "changedValues": changed,
        "source": record.address, "system": call.site.base_url, "node": "node1", "method": "Browser",
        "extraAttributes": []}


def _major(call):
    return int(call.site.version.partition(".")[0])


def _administrators_only(call):
    if not call.user.admin:
        raise errors.read_only()
