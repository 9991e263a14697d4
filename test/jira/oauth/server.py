"""The OAuth 2.0 provider of a Data Center."""

import time

import reply
from oauth import clients, consent, parameters, pkce, token
from oauth.refusals import OAuthError
from scopes.server import ORDER

ASKED = ("client_id", "redirect_uri", "response_type", "scope", "state")
PROOF = ("code_challenge", "code_challenge_method")


def authorize(sign_in, request):
    given = parameters.from_query(request)
    parameters.check(given, ASKED, PROOF)
    client = clients.asking_for_consent(False, given["client_id"], given["redirect_uri"])
    parameters.expect_values(given, response_type="code")
    challenge = pkce.read_challenge(given, client.proves_key)
    scopes = tuple(given["scope"].split())
    if not scopes or not set(scopes) <= set(ORDER):
        raise OAuthError("invalid_scope", f"The scopes are {', '.join(ORDER)}.")
    return consent.answer(sign_in.authority, given, client, scopes, challenge)


def exchange(sign_in, request):
    issued = token.issue(sign_in.authority, parameters.from_form(request))
    return reply.ok({"access_token": issued.access, "refresh_token": issued.refresh, "token_type": "bearer",
                     "expires_in": issued.expires_in, "scope": " ".join(issued.scopes),
                     "created_at": int(time.time())})
