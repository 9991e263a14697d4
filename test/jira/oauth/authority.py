"""An authorization server's state: codes, families of tokens, and what became of them."""

import secrets
import threading
import time
from collections import Counter

from oauth import pkce
from oauth.grants import LIFE_OF_CODE, AccessToken, Consent, Family, Issued
from oauth.refusals import UNKNOWN_REFRESH_TOKEN, invalid_grant
from oauth.settings import DEFAULTS
from scopes.cloud import ALL, OFFLINE_ACCESS

OUTCOMES = ("fresh", "replayed", "revoked", "refused")
LENGTHS = {True: 1400, False: 48}       # bytes of an access token: Cloud's are long


class Authority:
    def __init__(self, cloud, clock=time.monotonic):
        self.cloud = cloud
        self.settings = DEFAULTS[cloud]
        self._clock = clock
        self._lock = threading.RLock()
        self._codes = {}
        self._families = []
        self._refresh = {}              # family and generation, by token
        self._access = {}
        self._counts = Counter()

    def consent(self, client, scopes, redirect, challenge=None):
        with self._lock:
            code = secrets.token_urlsafe(24)
            self._codes[code] = Consent(client, scopes, redirect, challenge, self._clock())
            self._counts["codes_given"] += 1
            return code

    def exchange(self, client, code, redirect, verifier=None):
        """A code that was shown is gone, whatever comes of it."""
        with self._lock:
            consent = self._codes.pop(code, None)
            if consent is None or consent.client is not client or self._clock() >= consent.given + LIFE_OF_CODE:
                raise invalid_grant("Invalid authorization code")
            if consent.redirect != redirect:
                raise invalid_grant("The redirect_uri is not the one of the authorization request.")
            pkce.check_verifier(consent.challenge, verifier)
            self._counts["codes_exchanged"] += 1
            family = Family(len(self._families) + 1, client, consent.scopes)
            self._families.append(family)
            return self._issue(client, consent.scopes, family)

    def refresh(self, client, token):
        with self._lock:
            family, generation = self._refresh.get(token, (None, 0))
            outcome = self._outcome(client, family, generation)
            self._counts[outcome] += 1
            if outcome == "fresh":
                family.generation += 1
                family.replaced = self._clock()
            elif outcome == "replayed":
                family.replays += 1
            else:
                if outcome == "revoked":
                    family.revoked = True
                raise invalid_grant(UNKNOWN_REFRESH_TOKEN)
            return self._issue(client, family.scopes, family)

    def _outcome(self, client, family, generation):
        """At a Data Center a token that was replaced is refused, and the others are none the worse."""
        if family is None or family.client is not client:
            return "refused"
        outcome = family.outcome(generation, self._clock(), self.settings.leeway)
        return "refused" if outcome == "revoked" and not self.cloud else outcome

    def client_credentials(self, client):
        with self._lock:
            self._counts["client_credentials"] += 1
            return self._issue(client, tuple(sorted(ALL)), None)

    def _issue(self, client, scopes, family):
        settings = self.settings
        access = secrets.token_urlsafe(LENGTHS[self.cloud])
        self._access[access] = AccessToken(client.account, frozenset(scopes), self._clock() + settings.expires_in,
                                           settings.uses, family)
        self._counts["tokens_issued"] += 1
        refresh = None
        if family and (OFFLINE_ACCESS in scopes or not self.cloud):
            refresh = secrets.token_urlsafe(48)
            self._refresh[refresh] = family, family.generation
        return Issued(access, refresh, scopes, settings.expires_in)

    def use(self, token):
        """What an access token stands for, if it is good."""
        with self._lock:
            held = self._access.get(token)
            return held if held and held.use(self._clock()) else None

    def configure(self, given):
        with self._lock:
            self.settings = self.settings.changed(self.cloud, given)

    def revoke(self, what):
        """Every family that there is, or the access tokens alone."""
        with self._lock:
            if what == "families":
                for family in self._families:
                    family.revoked = True
            self._access.clear()

    def state(self):
        with self._lock:
            names = ("codes_given", "codes_exchanged", "tokens_issued", "client_credentials")
            counts = {name: self._counts[name] for name in names}
            counts["refreshes"] = {outcome: self._counts[outcome] for outcome in OUTCOMES}
            return {"settings": dict(vars(self.settings)), "counts": counts,
                    "families": [family.shown() for family in self._families]}
