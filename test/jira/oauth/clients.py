"""The applications that are registered."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from oauth.refusals import invalid_request, wrong_client

LOOPBACK = ("localhost", "127.0.0.1", "::1")
BY_CONSENT = frozenset({"authorization_code", "refresh_token"})


@dataclass(frozen=True)
class Client:
    id: str
    secret: str
    account: str                        # who consents, or the service account
    grants: frozenset = BY_CONSENT
    proves_key: bool = False            # PKCE is required

    def allows(self, redirect):
        """Any address on the loopback is registered, https://localhost/callback among them."""
        try:
            parts = urlsplit(redirect)
        except ValueError:
            return False
        return parts.scheme in ("http", "https") and parts.hostname in LOOPBACK and not parts.fragment


CLIENTS = {
    True: (Client("demo-app", "demo-app-secret", "demo@example.com"),
           Client("robot-app", "robot-app-secret", "deploy-bot@example.com", frozenset({"client_credentials"}))),
    False: (Client("demo-link", "demo-link-secret", "demo", proves_key=True),
            Client("plain-link", "plain-link-secret", "demo")),
}


def authenticate(cloud, client_id, secret):
    for client in CLIENTS[cloud]:
        if (client.id, client.secret) == (client_id, secret):
            return client
    raise wrong_client(cloud)


def asking_for_consent(cloud, client_id, redirect):
    """What is wrong here must not be told to the redirect address, which may not be the application's."""
    client = next((one for one in CLIENTS[cloud] if one.id == client_id and BY_CONSENT <= one.grants), None)
    if client is None:
        raise invalid_request(f"Unknown client: {client_id}")
    if not client.allows(redirect):
        raise invalid_request("The redirect_uri is not registered for this client.")
    return client
