"""Who is calling. The answer to a refused credential differs by deployment, and is where clients go wrong."""

import base64
import binascii
from dataclasses import dataclass

import accounts
import errors
from captcha import Captcha
from oauth.authority import Authority

TELLING = ("X-Seraph-LoginReason", "X-AUSERNAME", "X-AAccountId")
OPEN_TO_OAUTH = ("/rest/api/", "/rest/agile/")      # of Server


@dataclass
class Caller:
    user: object = None
    failed: bool = False                # a credential was sent and not accepted
    app: bool = False                   # an OAuth app calls for the user
    token: bool = False                 # of Server: signed in with a token, not with a password
    scopes: frozenset | None = None     # None: not limited by any

    def headers(self, site):
        shown = {"X-AAccountId": self.user.account} if site.cloud and self.user else {}
        if not site.cloud:
            shown["X-AUSERNAME"] = self.user.login if self.user else "anonymous"
        if site.cloud and self.failed:
            shown["X-Seraph-LoginReason"] = "AUTHENTICATED_FAILED"
        return shown


class SignIn:
    """All that decides who a caller is, beside the records of users."""

    def __init__(self, site, store):
        self.site = site
        self.store = store
        self.authority = Authority(site.cloud)
        self.captcha = Captcha()
        self.silent = False             # no header tells who the caller is taken for
        self.revoked = frozenset()      # accounts none of whose credentials are accepted any more
        self.tokens = []                # of Cloud, made by tests, for names with a secret
        self.app_tokens = []            # likewise, for bearers

    def caller(self, header, path, gateway=False):
        scheme, _, credential = (header or "").partition(" ")
        scheme, credential = scheme.lower(), credential.strip()
        if not header:
            return Caller()
        if scheme == "bearer":
            return self._by_bearer(credential, path, gateway)
        name, secret = _basic(credential) if scheme == "basic" else ("", "")
        return self._by_secret(name, secret, gateway)

    def by_app_token(self, token):
        """The caller at the gateway."""
        held = self._bearer(token) or self.authority.use(token)
        if held is None:
            raise errors.unauthorized()
        return Caller(self._user(held.account), app=True, scopes=frozenset(held.scopes))

    def _by_bearer(self, token, path, gateway):
        """On Cloud a bearer token is not for the site's own address."""
        if self.site.cloud:
            if not gateway:
                raise errors.unauthorized()
            return self.by_app_token(token)
        held = self._bearer(token)
        if held is None and path.startswith(OPEN_TO_OAUTH):
            held = self.authority.use(token)
        if held is None:
            return Caller(failed=True)
        return Caller(self._user(held.account), token=True, scopes=held.scopes)

    def _bearer(self, token):
        held = accounts.find(self.app_tokens, token) or accounts.by_bearer(self.site.cloud, token)
        return held if held and held.account not in self.revoked else None

    def _by_secret(self, name, secret, gateway):
        """A token with scopes counts at the gateway only."""
        if self.site.oddities.basic_off:
            raise errors.basic_off()
        if self.captcha.locks(name):
            raise errors.captcha(self.site)
        held = accounts.find(self.tokens, secret, name) or accounts.by_secret(self.site.cloud, name, secret)
        if held is None or name in self.revoked or held.scopes is not None and not gateway:
            return self._refuse(name)
        self.captcha.accepted(name)
        return Caller(self._user(name), scopes=held.scopes)

    def _refuse(self, name):
        """Cloud takes the caller for nobody, Server refuses at once."""
        if accounts.exists(self.site.cloud, name):
            self.captcha.refused(name)
        if not self.site.cloud:
            raise errors.wrong_password()
        return Caller(failed=True)

    def _user(self, account):
        return next(user for user in self.store.users
                    if account == (user.email if self.site.cloud else user.login))


def _basic(credential):
    try:
        name, _, secret = base64.b64decode(credential, validate=True).decode().partition(":")
        return name, secret
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
