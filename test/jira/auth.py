"""Who is calling. The answer to a refused credential differs by deployment, and is where clients go wrong."""

import base64
import binascii
from dataclasses import dataclass

import errors

CLOUD_TOKENS = {"demo@example.com": "demo-token", "reader@example.com": "reader-token"}
PASSWORDS = {"demo": "demo-password", "reader": "reader-password"}
APP_TOKENS = {"demo-access": "demo@example.com"}       # of OAuth apps, at the gateway only
ACCESS_TOKENS = {"demo-pat": "demo", "reader-pat": "reader"}


@dataclass
class Caller:
    user: object = None
    failed: bool = False        # a credential was sent and not accepted
    app: bool = False           # an OAuth app calls for the user

    def headers(self, site):
        shown = {"X-AAccountId": self.user.account} if site.cloud and self.user else {}
        if not site.cloud:
            shown["X-AUSERNAME"] = self.user.login if self.user else "anonymous"
        if site.cloud and self.failed:
            shown["X-Seraph-LoginReason"] = "AUTHENTICATED_FAILED"
        return shown


def identify(site, store, header, gateway=False):
    scheme, _, credential = (header or "").partition(" ")
    scheme, credential = scheme.lower(), credential.strip()
    if not header:
        return Caller()
    if gateway and scheme == "bearer":
        return _as_app(store, credential)
    return _on_cloud(store, scheme, credential) if site.cloud else _on_server(store, scheme, credential)


def _as_app(store, token):
    if token not in APP_TOKENS:
        raise errors.bearer_on_site()
    return Caller(_by_email(store, APP_TOKENS[token]), app=True)


def _basic(credential):
    try:
        name, _, secret = base64.b64decode(credential, validate=True).decode().partition(":")
        return name, secret
    except (binascii.Error, UnicodeDecodeError):
        return "", ""


def _on_cloud(store, scheme, credential):
    """A refused token makes the caller anonymous; a bearer token is not for the site's own address."""
    if scheme == "bearer":
        raise errors.bearer_on_site()
    name, token = _basic(credential) if scheme == "basic" else ("", "")
    if token and CLOUD_TOKENS.get(name) == token:
        return Caller(_by_email(store, name))
    return Caller(failed=True)


def _on_server(store, scheme, credential):
    """A wrong password is refused at once; a token that resolves to nobody is anonymous."""
    if scheme == "bearer":
        login = ACCESS_TOKENS.get(credential)
        return Caller(_by_login(store, login), failed=login is None)
    name, password = _basic(credential) if scheme == "basic" else ("", "")
    if password and PASSWORDS.get(name) == password:
        return Caller(_by_login(store, name))
    raise errors.wrong_password()


def _by_email(store, email):
    return next(user for user in store.users if user.email == email)


def _by_login(store, login):
    return next((user for user in store.users if user.login == login), None)
