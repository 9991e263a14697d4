"""The scopes of Cloud, as the gateway checks them."""

from routes import API
from scopes.needed import NEEDED

FOR_APPS = {"/app/report-accounts", API + "webhook", API + "webhook/refresh"}   # not for API tokens
OFFLINE_ACCESS = "offline_access"
UNUSED_HERE = {"manage:jira-data-provider", "read:me", "read:account"}
CLASSIC = ("manage:jira-", "read:jira-work", "read:jira-user", "write:jira-work", "report:")


def _full(scope):
    return scope if scope.startswith(CLASSIC) or scope.count(":") > 1 else scope + ":jira"


def _sets(classic, granular):
    return [frozenset(_full(scope) for scope in scopes.split()) for scopes in (classic, granular)
            if scopes is not None]


ALLOWED = {operation: _sets(*scopes) for operation, scopes in NEEDED.items()}
ALL = frozenset().union(*(scopes for sets in ALLOWED.values() for scopes in sets))
KNOWN = ALL | UNUSED_HERE | {OFFLINE_ACCESS}


def allow(entry, caller):
    template = "/" + "/".join(entry.segments)
    if template in FOR_APPS and not caller.app:
        return False
    return any(scopes <= caller.scopes for scopes in ALLOWED.get((entry.method, template), ()))
