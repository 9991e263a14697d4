"""The token endpoint, as far as the authorization servers agree."""

from oauth import clients, parameters
from oauth.refusals import OAuthError, invalid_request

IDENTITY = ("grant_type", "client_id", "client_secret")
# What else each grant takes: required, optional.
GRANTS = {
    True: {"authorization_code": (("code", "redirect_uri"), ()), "refresh_token": (("refresh_token",), ()),
           "client_credentials": ((), ())},
    False: {"authorization_code": (("code", "redirect_uri"), ("code_verifier",)),
            "refresh_token": (("refresh_token",), ("redirect_uri",))},
}


def issue(authority, given):
    grant, known = given.get("grant_type"), GRANTS[authority.cloud]
    if not grant:
        raise invalid_request("Missing required parameter: grant_type")
    if grant not in known:
        raise OAuthError("unsupported_grant_type", f"Unsupported grant type: {grant}")
    required, optional = known[grant]
    parameters.check(given, IDENTITY + required, optional)
    client = clients.authenticate(authority.cloud, given["client_id"], given["client_secret"])
    if grant not in client.grants:
        raise OAuthError("unauthorized_client", f"Grant type '{grant}' not allowed for the client.")
    return EXCHANGES[grant](authority, client, given)


def _authorization_code(authority, client, given):
    return authority.exchange(client, given["code"], given["redirect_uri"], given.get("code_verifier"))


def _refresh_token(authority, client, given):
    return authority.refresh(client, given["refresh_token"])


def _client_credentials(authority, client, given):
    return authority.client_credentials(client)


EXCHANGES = {"authorization_code": _authorization_code, "refresh_token": _refresh_token,
             "client_credentials": _client_credentials}
