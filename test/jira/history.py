"""The history of issues: what a change was, and how it is told."""

import contextlib
from dataclasses import dataclass

from entities import Change
from moments import now, stamp

LINK = "Link"
ATTACHMENT = "Attachment"


@dataclass(frozen=True)
class Told:
    """How the changes of one attribute are told: as whom, and a value as (id, text)."""

    field: str
    field_id: str | None
    pair: object                # (value, site) -> (id, text)
    each: bool = False          # a list, of which every element that comes or goes is an item
    custom: bool = False


def _plain(value, site):
    return None, None if value in (None, "") else str(value)


def _rich(value, site):
    return None, value and value.text


def _number(value, site):
    return None, None if value is None else f"{value:g}"


def _named(value, site):
    return (None, None) if value is None else (str(value.id), value.name)


def _person(value, site):
    return (None, None) if value is None else (value.account if site.cloud else value.key, value.name)


def _day(value, site):
    return (None, None) if value is None else (value.isoformat(), value.isoformat())


def _moment(value, site):
    return (None, None) if value is None else (stamp(value), stamp(value))


def _issue(value, site):
    return (None, None) if value is None else (str(value.id), value.key)


def _words(value, site):
    return None, " ".join(value)


def _many(value, site):
    """Sprints are told all at once."""
    return ", ".join(str(one.id) for one in value) or None, ", ".join(one.name for one in value)


def _options(value, site):
    return f"[{', '.join(str(one.id) for one in value)}]" if value else None, ",".join(one.value for one in value)


def _option(value, site):
    return (None, None) if value is None else (str(value.id), value.value)


def _people(value, site):
    names = [_person(one, site) for one in value]
    return f"[{', '.join(number for number, _ in names)}]" if value else None, ", ".join(name for _, name in names)


def _cascade(value, site):
    if value is None:
        return None, None
    outer, inner = value
    levels = f"Parent values: {outer.value}({outer.id})"
    return levels, levels + (f"Level 1 values: {inner.value}({inner.id})" if inner else "")


def _seconds(value, site):
    return (None, None) if value is None else (str(value), str(value))


def _link(value, site):
    """(the other's key, the sentence that the link says of it)"""
    return value or (None, None)


def _custom(number, field, pair):
    return Told(field, f"customfield_{number}", pair, custom=True)


TOLD = {
    "summary": Told("summary", "summary", _plain), "issue_type": Told("issuetype", "issuetype", _named),
    "description": Told("description", "description", _rich),
    "environment": Told("environment", "environment", _rich), "status": Told("status", "status", _named),
    "priority": Told("priority", "priority", _named), "resolution": Told("resolution", "resolution", _named),
    "assignee": Told("assignee", "assignee", _person), "reporter": Told("reporter", "reporter", _person),
    "due": Told("duedate", "duedate", _day), "labels": Told("labels", "labels", _words),
    "components": Told("Component", "components", _named, each=True),
    "fix_versions": Told("Fix Version", "fixVersions", _named, each=True),
    "versions": Told("Version", "versions", _named, each=True),
    "parent": Told("IssueParentAssociation", None, _issue),
    "original_estimate": Told("timeoriginalestimate", "timeoriginalestimate", _seconds),
    "remaining_estimate": Told("timeestimate", "timeestimate", _seconds),
    "time_spent": Told("timespent", "timespent", _seconds),
    LINK: Told("Link", "issuelinks", _link), ATTACHMENT: Told("Attachment", "attachment", _link),
    "rank": Told("Rank", "customfield_10019", lambda value, site: ("", value and "Ranked"), custom=True),
    "epic": _custom(10014, "Epic Link", _issue), "story_points": _custom(10016, "Story Points", _number),
    "sprints": _custom(10020, "Sprint", _many), "acceptance": _custom(10030, "Acceptance criteria", _rich),
    "effort": _custom(10031, "Effort in days", _number), "severity": _custom(10032, "Severity", _option),
    "areas": _custom(10033, "Affected areas", _options), "location": _custom(10034, "Location", _cascade),
    "reviewer": _custom(10035, "Reviewer", _person), "owners": _custom(10036, "Owning group", _named),
    "customer": _custom(10037, "Customer", _plain), "customer_contact": _custom(10038, "customer", _plain),
    "begins": _custom(10039, "Begins at", _moment), "tags": _custom(10040, "Tags", _words),
    "approvers": _custom(10042, "Approvers", _people), "target_start": _custom(10041, "Target start", _day),
}
KEPT = tuple(name for name in TOLD if name not in (LINK, ATTACHMENT))


def _snapshot(issue):
    return [list(value) if isinstance(value, list) else value
            for value in (getattr(issue, name) for name in KEPT)]


def _items(before, after):
    """Values are kept as they are, and told when somebody reads them."""
    for name, old, new in zip(KEPT, before, after):
        if old == new:
            continue
        if TOLD[name].each:
            yield from ((name, one, None) for one in old if one not in new)
            yield from ((name, None, one) for one in new if one not in old)
        else:
            yield name, old, new


def add(store, issue, author, items, at=None):
    issue.history.append(Change(store.next_id("change"), author, at or now(), tuple(items)))


@contextlib.contextmanager
def recorded(store, issue, author):
    """Whatever the block changes of the issue becomes one entry of its history."""
    before = _snapshot(issue)
    yield
    items = list(_items(before, _snapshot(issue)))
    if items:
        add(store, issue, author, items)
    store.touch(issue)


def show(change, view):
    return {"id": str(change.id), "author": view.person(change.author), "created": stamp(change.created),
            "items": [show_item(item, view.site) for item in change.items]}


def show_item(item, site):
    name, old, new = item
    told = TOLD[name]
    (before, before_text), (after, after_text) = (
        (None, None) if value is None and told.each else told.pair(value, site) for value in (old, new))
    shown = {"field": told.field, "fieldtype": "custom" if told.custom else "jira"}
    if site.cloud and told.field_id:
        shown["fieldId"] = told.field_id
    return shown | {"from": before, "fromString": before_text, "to": after, "toString": after_text}


def concerns(change, field_ids):
    """Whether one of the fields was changed."""
    return any(TOLD[name].field_id in field_ids for name, *_ in change.items)
