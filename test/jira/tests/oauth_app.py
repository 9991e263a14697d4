"""An application that asks for consent and exchanges tokens, on either deployment."""

from urllib.parse import parse_qs, urlencode, urlsplit

REDIRECT = "https://localhost/callback"
CLOUD = {"audience": "api.atlassian.com", "client_id": "demo-app", "scope": "read:jira-work offline_access",
         "redirect_uri": REDIRECT, "state": "s & t", "response_type": "code", "prompt": "consent"}
SERVER = {"client_id": "plain-link", "redirect_uri": REDIRECT, "response_type": "code", "scope": "READ", "state": "s"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
GATEWAY = "/ex/jira/11111111-2222-3333-4444-555555555555"


class App:
    def __init__(self, client, cloud=True):
        self.client = client
        self.cloud = cloud
        self.asked = CLOUD if cloud else SERVER
        self.client.headers = {}

    def ask(self, **changes):
        """The response to the authorization request; a None leaves a parameter out."""
        asked = {name: value for name, value in (self.asked | changes).items() if value is not None}
        path = "/authorize" if self.cloud else "/rest/oauth2/latest/authorize"
        return self.client.send("GET", path, **asked)

    def redirected(self, **changes):
        """The parameters that the browser comes back with."""
        response, body = self.ask(**changes)
        if response.status != 302:
            raise AssertionError((response.status, body))
        parts = urlsplit(response.headers["Location"])
        return {name: values[0] for name, values in parse_qs(parts.query, strict_parsing=True).items()}

    def send(self, grant, secret=None, client_id=None, headers=None, **given):
        identity = client_id or self.asked["client_id"]
        body = {"grant_type": grant, "client_id": identity, "client_secret": secret or identity + "-secret", **given}
        if self.cloud:
            return self.client.call("POST", "/oauth/token", body, headers)
        return self.client.call("POST", "/rest/oauth2/latest/token", urlencode(body), headers or FORM)

    def tokens(self, **changes):
        """A new family's first answer."""
        code = self.redirected(**changes)["code"]
        status, answer = self.send("authorization_code", code=code,
                                   redirect_uri=changes.get("redirect_uri", REDIRECT))
        if status != 200:
            raise AssertionError((status, answer))
        return answer

    def refresh(self, token, **given):
        return self.send("refresh_token", refresh_token=token, **given)

    def call(self, token, method="GET", path="/rest/api/3/issue/OPS-1", body=None):
        """At the gateway, on Cloud."""
        return self.client.call(method, (GATEWAY if self.cloud else "") + path, body,
                                {"Authorization": f"Bearer {token}"})

    def set(self, **settings):
        status, answer = self.client.post("/_control/oauth", settings)
        if status != 200:
            raise AssertionError(answer)

    def counts(self):
        return self.client.get("/_control/oauth")[1]["counts"]
