"""The OAuth 2.0 provider of a Data Center, below its context path."""

import base64
import hashlib
import unittest

from oauth_app import REDIRECT, App
from stand_in import running

VERIFIER = "verifier-of-at-least-forty-three-characters-"
S256 = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
COMMENT = {"body": "x"}


class Provider(unittest.TestCase):
    def setUp(self):
        self.client = self.enterContext(running("server", "--context", "/jira"))
        self.app = App(self.client, cloud=False)

    def exchange(self, asked, **given):
        code = self.app.redirected(**asked)["code"]
        given = {"client_id": asked.get("client_id", "plain-link"), "code": code, "redirect_uri": REDIRECT, **given}
        return self.app.send("authorization_code", **given)

    def test_consent(self):
        answered = self.app.redirected()
        self.assertEqual((answered["state"], bool(answered["code"])), ("s", True))
        self.app.set(deny=True)
        self.assertEqual(self.app.redirected()["error"], "access_denied")

    def test_every_parameter_is_checked(self):
        for name in self.app.asked:
            self.assertEqual(self.app.ask(**{name: None})[0].status, 400, name)
        for wrong in ({"client_id": "demo-app"}, {"redirect_uri": "https://elsewhere.example/"},
                      {"scope": "EVERYTHING"}, {"scope": "read:jira-work"}, {"response_type": "token"}, {"audience": "x"},
                      {"code_challenge": "short"}, {"code_challenge": S256, "code_challenge_method": "S512"},
                      {"code_challenge_method": "S256"}, {"client_id": "demo-link"}):
            self.assertEqual(self.app.ask(**wrong)[0].status, 400, wrong)

    def test_the_answer(self):
        answer = self.app.tokens()
        self.assertEqual((answer["expires_in"], answer["scope"], answer["token_type"]), (7200, "READ", "bearer"))
        self.assertIsInstance(answer["created_at"], int)
        status, again = self.app.refresh(answer["refresh_token"], redirect_uri=REDIRECT)
        self.assertEqual((status, set(again)), (200, set(answer)))
        status, refused = self.app.refresh(answer["refresh_token"])
        self.assertEqual((status, refused["error"]), (400, "invalid_grant"))
        self.assertEqual(self.app.refresh(again["refresh_token"])[0], 200)

    def test_refusals(self):
        self.assertEqual(self.app.refresh("x", headers={"Content-Type": "application/json"})[0], 415)
        for answer, expected in ((self.app.send("client_credentials"), (400, "unsupported_grant_type")),
                                 (self.app.refresh("x", secret="wrong"), (401, "invalid_client")),
                                 (self.app.refresh("x", scope="READ"), (400, "invalid_request")),
                                 (self.app.refresh("x"), (400, "invalid_grant"))):
            self.assertEqual((answer[0], answer[1]["error"]), expected)

    def test_proof_of_the_key(self):
        for challenge, method in ((S256, "S256"), (VERIFIER, "plain"), (VERIFIER, None)):
            asked = {"client_id": "demo-link", "code_challenge": challenge, "code_challenge_method": method}
            self.assertEqual(self.exchange(asked, code_verifier=VERIFIER)[0], 200, method)
            for wrong in ({"code_verifier": VERIFIER[::-1]}, {}):
                self.assertEqual(self.exchange(asked, **wrong)[0], 400, method)
        self.assertEqual(self.exchange({}, code_verifier=VERIFIER)[0], 400)

    def test_scopes(self):
        sprint = {"name": "x", "originBoardId": 1}
        for scope, reads, writes, administers in (("READ", 200, 403, 403), ("WRITE", 200, 201, 403),
                                                  ("ADMIN", 200, 201, 201), ("SYSTEM_ADMIN", 200, 201, 201)):
            token = self.app.tokens(scope=scope)["access_token"]
            for method, path, body, status in (
                    ("GET", "/rest/api/2/issue/OPS-1", None, reads), ("POST", "/rest/api/2/search", {}, reads),
                    ("GET", "/rest/agile/1.0/board", None, reads),
                    ("POST", "/rest/api/2/issue/OPS-1/comment", COMMENT, writes),
                    ("POST", "/rest/agile/1.0/sprint", sprint, writes),
                    ("POST", "/rest/api/2/group", {"name": f"of {scope}"}, administers)):
                self.assertEqual(self.app.call(token, method, path, body)[0], status, (scope, method, path))

    def test_only_below_two_paths(self):
        token = self.app.tokens(scope="SYSTEM_ADMIN")["access_token"]
        self.assertEqual(self.app.call(token, path="/rest/auditing/1.0/events")[0], 401)
        self.assertEqual(self.app.call("demo-pat", path="/rest/auditing/1.0/events")[0], 200)

    def test_an_expired_token_is_nobody(self):
        self.app.set(expires_in=0)
        token = self.app.tokens()["access_token"]
        self.assertEqual(self.app.call(token, path="/rest/api/2/myself")[0], 401)
        self.assertEqual(self.app.call(token, "POST", "/rest/api/2/search", {})[1]["total"], 0)

    def test_not_above_the_context(self):
        self.client.context = ""
        self.assertEqual(self.app.ask()[0].status, 404)


if __name__ == "__main__":
    unittest.main()
