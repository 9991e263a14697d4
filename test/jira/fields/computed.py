"""Fields whose value is not stored but follows from the rest of the issue."""


def nothing(issue, view):
    return None


def nothing_listed(issue, view):
    return []


def attachments(issue, view):
    return [view.attachment(attachment) for attachment in issue.attachments]


def subtasks(issue, view):
    return [view.related(child) for child in issue.children if child.issue_type.subtask]


def votes(issue, view):
    return {"self": f"{view.api}/issue/{issue.key}/votes", "votes": 0, "hasVoted": False}


def watches(issue, view):
    return {"self": f"{view.api}/issue/{issue.key}/watchers", "watchCount": len(issue.watchers),
            "isWatching": view.user in issue.watchers}


def progress(issue, view):
    return {"progress": 0, "total": 0}


def comments(issue, view):
    shown = [view.comment(comment) for comment in issue.comments]
    page = {"comments": shown, "maxResults": len(shown), "total": len(shown), "startAt": 0}
    return page | ({"self": f"{view.api}/issue/{issue.id}/comment"} if view.site.cloud else {})


def worklog(issue, view):
    return {"startAt": 0, "maxResults": 20, "total": 0, "worklogs": []}


def rank(issue, view):
    return f"0|i{issue.id:05x}:"
