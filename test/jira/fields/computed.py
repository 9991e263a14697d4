"""Fields whose value is not stored but follows from the rest of the issue."""

import durations

EMBEDDED_WORKLOGS = 20
EMBEDDED_COMMENTS = 20      # on Cloud


def nothing(issue, view):
    return None


def links(issue, view):
    return [view.link_of(link, issue) for link in issue.links]


def attachments(issue, view):
    return [view.attachment(attachment) for attachment in issue.attachments]


def subtasks(issue, view):
    return [view.related(child) for child in issue.children if child.issue_type.subtask]


def votes(issue, view):
    return {"self": f"{view.api}/issue/{issue.key}/votes", "votes": len(issue.voters),
            "hasVoted": view.user in issue.voters}


def watches(issue, view):
    return {"self": f"{view.api}/issue/{issue.key}/watchers", "watchCount": len(issue.watchers),
            "isWatching": view.user in issue.watchers}


def _progress(spent, remaining):
    total = spent + remaining
    return {"progress": spent, "total": total} | ({"percent": spent * 100 // total} if total else {})


def progress(issue, view):
    return _progress(issue.time_spent or 0, issue.remaining_estimate or 0)


def aggregate_progress(issue, view):
    """With the sub-tasks."""
    every = [issue, *(child for child in issue.children if child.issue_type.subtask)]
    return _progress(sum(one.time_spent or 0 for one in every), sum(one.remaining_estimate or 0 for one in every))


def work_ratio(issue, view):
    if not issue.original_estimate:
        return -1
    return (issue.time_spent or 0) * 100 // issue.original_estimate


TRACKED = (("originalEstimate", "original_estimate"), ("remainingEstimate", "remaining_estimate"),
           ("timeSpent", "time_spent"))


def time_tracking(issue, view):
    known = [(name, getattr(issue, attribute)) for name, attribute in TRACKED if getattr(issue, attribute) is not None]
    return ({name: durations.text_of(seconds) for name, seconds in known}
            | {name + "Seconds": seconds for name, seconds in known})


def comments(issue, view):
    """All of them, but on Cloud only the first; the rest is at the issue's own comments."""
    found = issue.comments[:EMBEDDED_COMMENTS] if view.site.cloud else issue.comments
    shown = [view.comment(comment) for comment in found]
    page = {"comments": shown, "maxResults": len(shown), "total": len(issue.comments), "startAt": 0}
    return page | ({"self": f"{view.api}/issue/{issue.id}/comment"} if view.site.cloud else {})


def worklogs(issue, view):
    """At most so many; the rest is at the issue's own worklogs."""
    shown = [view.worklog(one) for one in issue.worklogs[:EMBEDDED_WORKLOGS]]
    return {"startAt": 0, "maxResults": EMBEDDED_WORKLOGS, "total": len(issue.worklogs), "worklogs": shown}


def rank(issue, view):
    """Sorts as text like the ranks do as numbers."""
    whole, rest = divmod(issue.rank, 1)
    return f"0|i{int(whole):05x}:" + (f"{int(rest * 2 ** 52):013x}".rstrip("0") if rest else "")
