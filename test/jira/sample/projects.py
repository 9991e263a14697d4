"""The projects, their components, versions, boards and sprints."""

from datetime import datetime, time, timedelta, timezone

from entities import Board, Component, Filter, Project, Role, Sprint, Version

#       key    name                 lead         description
PROJECTS = (
    ("OPS", "Operations", "bjorn", "Keeps everything running: hosts, networks, backups, on-call."),
    ("WEB", "Web Shop", "priya", "The shop that customers see, and what is behind it."),
    ("MOB", "Mobile App", "yuki", "The app for Android and iOS."),
    ("HR", "People & Culture", "amara", "Joining, leaving, and everything in between."),
)
ASSIGNED_TO_LEAD = ("HR",)
COMPONENTS = {
    "OPS": ("Database", "Network", "Monitoring", "Backups", "Kubernetes"),
    "WEB": ("Checkout", "Catalogue", "Search", "Accounts", "Payments"),
    "MOB": ("Android", "iOS", "Push", "Offline mode"),
    "HR": ("Onboarding", "Payroll", "Travel"),
}
#            project: (name, days from today on which it is released)
VERSIONS = {
    "OPS": (("2026 spring maintenance", -210), ("2026 autumn maintenance", 35)),
    "WEB": (("3.0", -300), ("3.1", -160), ("3.2", -45), ("4.0", 60)),
    "MOB": (("1.8.0", -220), ("1.9.0", -75), ("2.0.0 \"Aurora\"", 40)),
    "HR": (),
}
#         name           project  kind
BOARDS = (("WEB board", "WEB", "scrum"), ("MOB board", "MOB", "scrum"), ("Operations", "OPS", "kanban"))
GOALS = ("Fewer abandoned carts", "Ship the new onboarding", "Bring the crash rate below 0.2 %",
         "Clear the bug backlog", "Ready for the winter sale", "Pay down what we owe the build")
SPRINT_LENGTH = timedelta(days=14)
CLOSED_SPRINTS = 6
FUTURE_SPRINTS = 2


#        name              description                              who has it
ROLES = ((10002, "Administrators", "Those who administer a project.", "jira-administrators"),
         (10100, "Developers", "Those who work on a project.", "developers"))


def today():
    return datetime.combine(datetime.now(timezone.utc).date(), time(), timezone.utc)


def add(store):
    store.roles = [Role(number, name, description) for number, name, description, _ in ROLES]
    leads = {user.login: user for user in store.users}
    for key, name, lead, description in PROJECTS:
        project = Project(store.next_id("project"), key, name, leads[lead], description)
        project.issue_types = list(store.issue_types)
        project.default_assignee = project.lead if key in ASSIGNED_TO_LEAD else None
        project.components = [Component(store.next_id("component"), title, "") for title in COMPONENTS[key]]
        project.versions = [_version(store, *entry) for entry in VERSIONS[key]]
        project.actors = project_actors(store, project)
        store.projects[key] = project
    for number, (name, key, kind) in enumerate(BOARDS, 1):
        board = Board(number, name, store.projects[key], kind, _filter(store, name, store.projects[key]))
        store.boards.append(board)
        if kind == "scrum":
            _add_sprints(store, board)


def project_actors(store, project):
    """The lead administers it, and the groups have their roles."""
    groups = {group.name: group for group in store.groups}
    return {number: ([project.lead] if name == "Administrators" else []) + [groups[group]]
            for number, name, _, group in ROLES}


def _filter(store, name, project):
    """What is on the board."""
    made = Filter(store.next_id("filter"), f"Filter for {name}", f"project = {project.key} ORDER BY Rank ASC",
                  project.lead)
    store.filters.append(made)
    return made


def _version(store, name, days):
    return Version(store.next_id("version"), name, days < 0, (today() + timedelta(days=days)).date())


def _add_sprints(store, board):
    first = today() - timedelta(days=5) - CLOSED_SPRINTS * SPRINT_LENGTH
    for number in range(CLOSED_SPRINTS + 1 + FUTURE_SPRINTS):
        start = first + number * SPRINT_LENGTH + timedelta(hours=9)
        state = "closed" if number < CLOSED_SPRINTS else "active" if number == CLOSED_SPRINTS else "future"
        store.sprints.append(_sprint(len(store.sprints) + 1, board, number, state, start))


def _sprint(number, board, place, state, start):
    sprint = Sprint(number, f"{board.project.key} Sprint {place + 18}", board, state, GOALS[number % len(GOALS)],
                    created=start - timedelta(days=10))
    if state != "future":
        sprint.start, sprint.end = start, start + SPRINT_LENGTH - timedelta(hours=1)
        sprint.activated = start + timedelta(minutes=40)
    if state == "closed":
        sprint.completed = sprint.end + timedelta(minutes=25)
    return sprint
