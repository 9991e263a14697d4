"""Atlassian's authorization server, and what it tells about the sites that were granted."""

import reply
from deployment import CLOUD_ID
from oauth import clients, consent, parameters, token
from oauth.refusals import OAuthError
from scopes.cloud import KNOWN, OFFLINE_ACCESS

ASKED = ("audience", "client_id", "scope", "redirect_uri", "state", "response_type", "prompt")
ELSEWHERE = {"id": "99999999-8888-7777-6666-555555555555", "name": "handbook", "url": "https://handbook.atlassian.net",
             "scopes": ["read:confluence-space.summary"], "avatarUrl": "https://handbook.atlassian.net/avatar.png"}


def authorize(sign_in, request):
    given = parameters.from_query(request)
    parameters.check(given, ASKED)
    client = clients.asking_for_consent(True, given["client_id"], given["redirect_uri"])
    parameters.expect_values(given, audience="api.atlassian.com", response_type="code", prompt="consent")
    scopes = tuple(given["scope"].split())
    unknown = sorted(set(scopes) - KNOWN)
    if unknown or not scopes:
        raise OAuthError("invalid_scope", f"Unknown scopes: {' '.join(unknown)}")
    return consent.answer(sign_in.authority, given, client, scopes)


def exchange(sign_in, request):
    issued = token.issue(sign_in.authority, parameters.from_json(request))
    shown = {"access_token": issued.access, "expires_in": issued.expires_in, "scope": " ".join(issued.scopes),
             "token_type": "Bearer"}
    if issued.refresh:
        shown["refresh_token"] = issued.refresh
    return reply.ok(shown)


def refresh(sign_in, request):
    """Some authorization servers renew at an address of its own; Atlassian's does not."""
    if parameters.from_json(request).get("grant_type") != "refresh_token":
        raise OAuthError("unsupported_grant_type", "Only refresh tokens are taken here.")
    return exchange(sign_in, request)


def accessible_resources(sign_in, request):
    """The site is not the first of them."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    caller = sign_in.by_app_token(given.strip() if scheme.lower() == "bearer" else "")
    configured = sign_in.authority.settings.resources
    return reply.ok([ELSEWHERE, _own(sign_in.site, caller.scopes)] if configured is None else configured)


def _own(site, scopes):
    return {"id": CLOUD_ID, "name": "demo", "url": site.base_url, "scopes": sorted(scopes - {OFFLINE_ACCESS}),
            "avatarUrl": f"{site.base_url}/avatar.png"}
