"""What may follow a status, and what a transition does to an issue."""

from moments import now


def available(issue):
    return issue.status.exits


def perform(store, issue, transition, resolution=None):
    """Entering the category Done resolves the issue, leaving it takes the resolution away."""
    before, after = issue.status.category, transition.target.category
    issue.status = transition.target
    if after is not before:
        issue.status_changed = now()
    if after.key != "done":
        issue.resolution = issue.resolved = None
    elif before.key != "done":
        issue.resolution = resolution or store.resolutions[0]
        issue.resolved = now()
    store.touch(issue)


def takes_resolution(transition):
    """The transitions to Done have a screen with the resolution on it."""
    return transition.target.category.key == "done"


def show_transition(transition, view):
    shown = {"id": str(transition.id), **view.site.oddities.name(transition), "to": view.status(transition.target)}
    if not view.site.cloud:
        return shown | {"opsbarSequence": transition.id, "description": ""}
    return shown | {"hasScreen": takes_resolution(transition), "isGlobal": False, "isInitial": False,
                    "isAvailable": True, "isConditional": False, "looped": False}
