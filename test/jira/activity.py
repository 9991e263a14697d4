"""What people did to issues, in large numbers, and all of it as it is stored: below /_control/activity."""

from datetime import timedelta

import history
import reply
from entities import Attachment, Change, Comment, Link, RichText, Worklog
from moments import stamp

# Every so many issues have many more than the others.
MANY = 50
COMMENTS, MANY_COMMENTS = 4, 45
WORKLOGS, MANY_WORKLOGS = 3, 33
CHANGES, MANY_CHANGES = 4, 130
ATTACHED, SPRINTED, LINKED = 10, 3, 5
MINUTE = timedelta(minutes=1)
BEFORE = timedelta(days=1)      # the issues were imported with what had been done: nothing is in the future


def add(application, query, body):
    """To each issue of a project, by its place in it."""
    store = application.store
    with store.lock:
        issues = _issues(store, body)
        for place, issue in enumerate(issues):
            people = [store.users[number % len(store.users)] for number in range(place, place + 3)]
            _comment(store, issue, people, MANY_COMMENTS if place % MANY == MANY - 1 else place % COMMENTS)
            _log_work(store, issue, people, MANY_WORKLOGS if place % MANY == MANY - 2 else place % WORKLOGS)
            _change(store, issue, people, MANY_CHANGES if place % MANY == MANY - 3 else place % CHANGES)
            if place % ATTACHED == 0:
                store.attach(Attachment(store.next_id("attachment"), issue, people[0], f"log {place}.txt", "text/plain",
                                        b"x" * place, issue.created - BEFORE))
            if place % SPRINTED == 0:
                issue.sprints = store.sprints[place % 2:place % 2 + 1 + place % SPRINTED + place % 2]
            if place % LINKED == LINKED - 1:
                kind = store.link_types[place % len(store.link_types)]
                store.link(Link(store.next_id("link"), kind, issues[place - 1], issue))
            store.changed(issue)
    return reply.ok({"count": len(issues)})


def _comment(store, issue, people, number):
    for place in range(number):
        at = issue.created - BEFORE + place * MINUTE
        text = RichText(f"Comment {place} of {issue.key}\nwith \"quotes\"")
        limits = {"type": "role", "value": "Administrators"} if place % 7 == 1 else None
        issue.comments.append(Comment(store.next_id("comment"), issue, people[place % 3], text, at, at + MINUTE,
                                      limits))


def _log_work(store, issue, people, number):
    for place in range(number):
        at = issue.created - BEFORE + place * MINUTE
        comment = RichText(f"Work {place}") if place % 2 == 0 else None
        store.log_work(Worklog(store.next_id("worklog"), issue, people[place % 3], 600 * (place + 1), at, at + MINUTE,
                               at + 2 * MINUTE, people[0], comment))


def _change(store, issue, people, number):
    before = store.statuses[0]
    for place in range(number):
        after = store.statuses[(place + 1) % 3]
        items = [("status", before, after)]
        if place % 3 == 2:
            items.append(("summary", f"Old {place}", issue.summary))
        issue.history.append(Change(store.next_id("change"), people[place % 3], issue.created - BEFORE + place * MINUTE,
                                    tuple(items)))
        before = after


def _issues(store, given):
    return [issue for issue in store.issues.values() if given.get("project") in (None, issue.project.key)]


def show(application, query, body):
    """Lists of lists by kind, whoever may see them."""
    site, store = application.site, application.store
    shown = {kind: [] for kind in ("comments", "worklogs", "changes", "links", "attachments", "sprints")}
    with store.lock:
        for issue in _issues(store, query):
            for kind, rows in _of_issue(issue, site):
                shown[kind] += [[issue.key, *row] for row in rows]
    return reply.ok(shown)


def _of_issue(issue, site):
    def who(user):
        return [user.account if site.cloud else user.login, user.name]

    yield "comments", [[str(one.id), *who(one.author), one.body.text, stamp(one.created), stamp(one.updated),
                        one.visibility] for one in issue.comments]
    yield "worklogs", [[str(one.id), *who(one.author), stamp(one.started), one.seconds,
                        one.comment.text if one.comment else None if site.cloud else "", stamp(one.created),
                        stamp(one.updated)] for one in issue.worklogs]
    yield "changes", [[str(change.id), stamp(change.created), *who(change.author), item["field"], item.get("fieldId"),
                       item["from"], item["fromString"], item["to"], item["toString"]]
                      for change in issue.history for item in (history.show_item(item, site) for item in change.items)]
    yield "links", [_link(one, issue) for one in issue.links]
    yield "attachments", [[str(one.id), one.filename, one.media_type, len(one.content), *who(one.author),
                           stamp(one.created)] for one in issue.attachments]
    yield "sprints", [[one.id, one.name, one.state] for one in issue.sprints]


def _link(link, issue):
    if link.outward is issue:
        return [str(link.id), link.kind.name, link.kind.inward, "inward", link.inward.key]
    return [str(link.id), link.kind.name, link.kind.outward, "outward", link.outward.key]


OPERATIONS = {("POST", "activity"): add, ("GET", "activity"): show}
