"""The functions of JQL."""

from jql.dates import NATURAL, boundary
from jql.problems import JqlError, no_function


def call(operand, field, kind, context):
    """The values of a function for a field of a kind (user, date, sprint, version)."""
    name = operand.name.lower()
    if name not in FUNCTIONS:
        raise no_function(operand.name)
    wanted_kind, most, function = FUNCTIONS[name]
    if wanted_kind != kind:
        raise JqlError(f"A value provided by the function '{operand.name}' is invalid for the field '{field}'.")
    if len(operand.arguments) > most:
        raise JqlError(f"Function '{operand.name}' expected '{most}' arguments but received "
                       f"'{len(operand.arguments)}'.")
    return function(operand, context)


def _current_user(operand, context):
    if context.user is None:
        return []
    return [context.user]


def _members_of(operand, context):
    name = operand.arguments[0] if operand.arguments else ""
    group = next((group for group in context.store.groups if name in (group.name, group.id)), None)
    if group is None:
        raise JqlError(f"Function 'membersOf' can not generate a list of usernames for group '{name}'; the group does "
                       "not exist.")
    return list(group.members)


def _sprints(*states):
    return lambda operand, context: [sprint for sprint in context.store.sprints if sprint.state in states]


def _versions(released):
    return lambda operand, context: [version for project in context.store.projects.values()
                                     for version in project.versions if version.released is released]


def _boundary(edge, period):
    def evaluate(operand, context):
        offset = operand.arguments[0] if operand.arguments else ""
        moment = boundary(edge, period, offset, context.moment)
        if moment is None:
            raise JqlError(f"Duration for function '{operand.name}' should have the format (+/-)n(yMwdhm), e.g -1M for "
                           "1 month earlier.")
        return [moment]
    return evaluate


FUNCTIONS = {
    "currentuser": ("user", 0, _current_user),
    "membersof": ("user", 1, _members_of),
    "opensprints": ("sprint", 0, _sprints("active", "future")),
    "futuresprints": ("sprint", 0, _sprints("future")),
    "closedsprints": ("sprint", 0, _sprints("closed")),
    "releasedversions": ("version", 0, _versions(True)),
    "unreleasedversions": ("version", 0, _versions(False)),
    "now": ("date", 0, lambda operand, context: [context.moment]),
} | {f"{edge}of{period}".lower(): ("date", 1, _boundary(edge, period))
     for edge in ("start", "end") for period in NATURAL}
