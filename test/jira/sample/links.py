"""Link types, links between issues, and work that was logged on some."""

from datetime import timedelta

from entities import Link, LinkType, RichText, Worklog
from moments import now

#         name         inward               outward
TYPES = (("Blocks", "is blocked by", "blocks"), ("Cloners", "is cloned by", "clones"),
         ("Duplicate", "is duplicated by", "duplicates"), ("Relates", "relates to", "relates to"))
LINKED = 13         # every so many
LOGGED = 11
HOUR = 3600
SAID = ("Found the cause", None, "Reviewed with the team")


def add_types(store):
    store.link_types = [LinkType(number, *entry) for number, entry in enumerate(TYPES, 10000)]


def add(store):
    issues = list(store.issues.values())
    for place, issue in enumerate(issues[LINKED::LINKED], 1):
        kind = store.link_types[place % len(store.link_types)]
        store.link(Link(store.next_id("link"), kind, issues[place * LINKED - 1], issue))
    for place, issue in enumerate(issues[::LOGGED]):
        _log(store, issue, place)


def _log(store, issue, place):
    """Some of what was estimated."""
    issue.original_estimate = (place % 5 + 2) * HOUR
    for number in range(place % 4):
        at = min(issue.created + timedelta(hours=number + 1), now())
        author = issue.assignee or issue.reporter
        comment = SAID[(place + number) % len(SAID)]
        store.log_work(Worklog(store.next_id("worklog"), issue, author, (number + 1) * HOUR // 2, at, at, at, author,
                               comment and RichText(comment)))
        issue.updated = max(issue.updated, at)
    issue.time_spent = sum(one.seconds for one in issue.worklogs) or None
    issue.remaining_estimate = max(issue.original_estimate - (issue.time_spent or 0), 0)
