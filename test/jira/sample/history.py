"""How the sample issues came to be what they are."""

from entities import Change

PATHS = {"In Progress": ("In Progress",), "In Review": ("In Progress", "In Review"), "Done": ("In Progress", "Done")}


def add(store):
    statuses = {status.name: status for status in store.statuses}
    for issue in store.issues.values():
        steps = _steps(issue, statuses)
        span = ((issue.status_changed or issue.updated) - issue.created) / (len(steps) or 1)
        for place, items in enumerate(steps, 1):
            author = issue.assignee or issue.reporter
            issue.history.append(Change(store.next_id("change"), author, issue.created + place * span, items))


def _steps(issue, statuses):
    """Somebody took it, then it went through the workflow; with the last step it was resolved."""
    steps = [(("assignee", None, issue.assignee),)] if issue.assignee else []
    before = statuses["To Do"]
    for name in PATHS.get(issue.status.name, ()):
        items = (("status", before, statuses[name]),)
        if name == "Done":
            items = (("resolution", None, issue.resolution), *items)
        steps.append(items)
        before = statuses[name]
    return steps
