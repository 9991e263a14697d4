"""What every project shares: issue types, the workflow, priorities, resolutions."""

from entities import IssueType, Option, Priority, Resolution, Status, StatusCategory, Transition

ISSUE_TYPES = (
    (10000, "Epic", "A big piece of work that groups others.", 1),
    (10001, "Story", "Something a user wants to do.", 0),
    (10002, "Task", "A piece of work.", 0),
    (10003, "Sub-task", "A part of another piece of work.", -1),
    (10004, "Bug", "Something that does not work as it should.", 0),
)
CATEGORIES = {
    "undefined": StatusCategory(1, "undefined", "No Category", "medium-gray"),
    "new": StatusCategory(2, "new", "To Do", "blue-gray"),
    "indeterminate": StatusCategory(4, "indeterminate", "In Progress", "yellow"),
    "done": StatusCategory(3, "done", "Done", "green"),
}
STATUSES = (
    (10000, "To Do", "new", "Nobody has begun."),
    (10001, "In Progress", "indeterminate", "Somebody is working on it."),
    (10002, "In Review", "indeterminate", "Somebody else is looking at it."),
    (10003, "Done", "done", "Nothing is left to do."),
)
TRANSITIONS = (
    (11, "Start work", ("To Do",), "In Progress"),
    (21, "Stop work", ("In Progress",), "To Do"),
    (31, "Ask for review", ("In Progress",), "In Review"),
    (41, "Request changes", ("In Review",), "In Progress"),
    (51, "Close", ("To Do", "In Progress", "In Review"), "Done"),
    (61, "Reopen", ("Done",), "To Do"),
)
PRIORITIES = (
    ("Highest", "This stops everything else.", "#d04437"),
    ("High", "A serious problem that could block progress.", "#f15C75"),
    ("Medium", "Has the potential to affect progress.", "#f79232"),
    ("Low", "A minor problem that is easily worked around.", "#707070"),
    ("Lowest", "Trivial, with little or no effect.", "#999999"),
)
RESOLUTIONS = (
    ("Done", "The work is done."),
    ("Won't Do", "Nobody will work on this."),
    ("Duplicate", "Another issue says the same."),
    ("Cannot Reproduce", "Nobody could make it happen again."),
)
AREAS = ("Web", "Mobile", "Back office")
LOCATIONS = (("Europe", ("Berlin", "Łódź")), ("Asia", ("Osaka", "Pune")), ("Remote", ()))
SEVERITIES = ("Critical", "Major", "Minor", "Cosmetic")


def add(store):
    store.issue_types = [IssueType(*entry) for entry in ISSUE_TYPES]
    store.status_categories = list(CATEGORIES.values())
    store.statuses = [Status(number, name, description, CATEGORIES[category])
                      for number, name, category, description in STATUSES]
    store.priorities = [Priority(rank, *entry) for rank, entry in enumerate(PRIORITIES, 1)]
    store.resolutions = [Resolution(number, *entry) for number, entry in enumerate(RESOLUTIONS, 10000)]
    store.severities = [Option(number, value) for number, value in enumerate(SEVERITIES, 10100)]
    store.areas = [Option(number, value) for number, value in enumerate(AREAS, 10200)]
    store.locations = [Option(10300 + 10 * place, value, [Option(10301 + 10 * place + rank, child)
                                                          for rank, child in enumerate(children)])
                       for place, (value, children) in enumerate(LOCATIONS)]
    _connect(store)


def _connect(store):
    by_name = {status.name: status for status in store.statuses}
    for number, name, sources, target in TRANSITIONS:
        for source in sources:
            by_name[source].exits.append(Transition(number, name, by_name[target]))
