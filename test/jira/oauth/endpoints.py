"""Where the authorization servers are: Atlassian's on hosts of its own, a Data Center's below the context path."""

import errors
from oauth import cloud, server
from oauth.refusals import OAuthError

ENDPOINTS = {
    True: {"/authorize": ("GET", cloud.authorize), "/oauth/token": ("POST", cloud.exchange),
           "/oauth/refresh": ("POST", cloud.refresh),
           "/oauth/token/accessible-resources": ("GET", cloud.accessible_resources)},
    False: {"/rest/oauth2/latest/authorize": ("GET", server.authorize),
            "/rest/oauth2/latest/token": ("POST", server.exchange)},
}


def answer(site, sign_in, request):
    """The reply; None where the path is not an authorization server's."""
    path = request.path if site.cloud else site.local_path(request.path)
    if path not in ENDPOINTS[site.cloud]:
        return None
    method, handler = ENDPOINTS[site.cloud][path]
    if request.method != method:
        raise errors.wrong_method({method})
    try:
        return handler(sign_in, request)
    except OAuthError as refused:
        return refused.reply(site.cloud)
