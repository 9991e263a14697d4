"""The credentials that exist from the start, and what each opens."""

from dataclasses import dataclass

from scopes.cloud import ALL


@dataclass(frozen=True)
class Credential:
    account: str                        # an e-mail address on Cloud, a login on Server
    secret: str
    scopes: frozenset | None = None     # None: an API token without scopes, or a password


CLOUD = (
    Credential("demo@example.com", "demo-token"), Credential("reader@example.com", "reader-token"),
    Credential("demo@example.com", "demo-scoped-token", ALL),
    Credential("demo@example.com", "demo-narrow-token", frozenset({"read:jira-work"})))
SERVER = (Credential("demo", "demo-password"), Credential("reader", "reader-password"))
APP_TOKENS = (Credential("demo@example.com", "demo-access", ALL),)     # bearer, at the gateway only
PERSONAL_TOKENS = (Credential("demo", "demo-pat"), Credential("reader", "reader-pat"))


def find(credentials, secret, account=None):
    return next((one for one in credentials if one.secret == secret and account in (None, one.account)), None)


def by_secret(cloud, name, secret):
    return find(CLOUD if cloud else SERVER, secret, name)


def by_bearer(cloud, token):
    return find(APP_TOKENS if cloud else PERSONAL_TOKENS, token)


def exists(cloud, name):
    return any(one.account == name for one in (CLOUD if cloud else SERVER))
