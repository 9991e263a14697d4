"""The scopes of Data Center, of which each includes those before it."""

ORDER = ("READ", "WRITE", "ADMIN", "SYSTEM_ADMIN")
ISSUES = ("rest/api/{version}/issue", "rest/api/{version}/attachment", "rest/agile/")


def needed(entry):
    """Whatever changes more than issues and sprints is for administrators."""
    if not entry.writes:
        return "READ"
    return "WRITE" if "/".join(entry.segments).startswith(ISSUES) else "ADMIN"


def allow(entry, caller):
    return any(ORDER.index(scope) >= ORDER.index(needed(entry)) for scope in caller.scopes)
