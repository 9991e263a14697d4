"""The answer to an authorization request: consent is given, or denied, at once."""

from urllib.parse import urlencode

from reply import Reply

DENIED = {"error": "access_denied", "error_description": "User did not authorize the request"}


def answer(authority, given, client, scopes, challenge=None):
    redirect = given["redirect_uri"]
    if authority.settings.deny:
        answered = DENIED
    else:
        answered = {"code": authority.consent(client, scopes, redirect, challenge)}
    location = redirect + ("&" if "?" in redirect else "?") + urlencode({"state": given["state"], **answered})
    return Reply(302, content_type=None, headers={"Location": location})
