"""Atlassian's authorization server."""

import http.client
import json
import time
import unittest

from oauth_app import GATEWAY, REDIRECT, App
from stand_in import running

UNAUTHORIZED = (401, {"code": 401, "message": "Unauthorized"})
UNKNOWN_TOKEN = (403, {"error": "invalid_grant", "error_description": "Unknown or invalid refresh token."})


class OnCloud(unittest.TestCase):
    def setUp(self):
        self.client = self.enterContext(running("cloud"))
        self.app = App(self.client)

    def error(self, answer):
        return answer[0], answer[1]["error"]


class Consent(OnCloud):
    def test_given(self):
        answered = self.app.redirected(redirect_uri="http://127.0.0.1:4711/back?a=b")
        self.assertEqual((answered["state"], answered["a"]), ("s & t", "b"))
        self.assertTrue(answered["code"])

    def test_denied(self):
        self.app.set(deny=True)
        answered = self.app.redirected()
        self.assertEqual((answered["state"], answered["error"]), ("s & t", "access_denied"))
        self.assertIn("error_description", answered)
        self.assertNotIn("code", answered)
        self.app.set(deny=None)
        self.assertIn("code", self.app.redirected())

    def test_every_parameter_is_checked(self):
        for name in self.app.asked:
            for wrong in (None, ""):
                self.assertEqual(self.app.ask(**{name: wrong})[0].status, 400, name)
        for wrong in ({"client_id": "other"}, {"client_id": "robot-app"}, {"audience": "example.com"},
                      {"redirect_uri": "https://elsewhere.example/"}, {"redirect_uri": "http://[/"},
                      {"redirect_uri": "https://localhost.example/"}, {"redirect_uri": "ftp://localhost/"},
                      {"response_type": "token"}, {"prompt": "none"}, {"scope": "read:nonsense"}, {"scope": " "},
                      {"code_challenge": "x" * 43}):
            response, body = self.app.ask(**wrong)
            self.assertEqual((response.status, response.headers["Location"]), (400, None), wrong)
            self.assertIn("error", json.loads(body))
        self.assertEqual(self.client.send("POST", "/authorize")[0].status, 405)


class Exchange(OnCloud):
    def test_the_answer(self):
        answer = self.app.tokens()
        self.assertEqual((answer["expires_in"], answer["scope"], answer["token_type"]),
                         (3600, "read:jira-work offline_access", "Bearer"))
        self.assertGreater(len(answer["access_token"]), 1000)
        self.assertNotIn("refresh_token", self.app.tokens(scope="read:jira-work"))
        self.assertEqual(self.app.call(answer["access_token"])[0], 200)

    def test_a_code_is_good_once(self):
        code = self.app.redirected()["code"]
        given = {"code": code, "redirect_uri": REDIRECT}
        self.assertEqual(self.app.send("authorization_code", **given)[0], 200)
        self.assertEqual(self.error(self.app.send("authorization_code", **given)), (403, "invalid_grant"))

    def test_a_code_belongs_to_its_redirect(self):
        code = self.app.redirected()["code"]
        answer = self.app.send("authorization_code", code=code, redirect_uri="http://localhost/other")
        self.assertEqual(self.error(answer), (403, "invalid_grant"))

    def test_the_client_is_checked(self):
        refused = (401, {"error": "access_denied", "error_description": "Unauthorized"})
        for given in ({"secret": "wrong"}, {"client_id": "nobody"}):
            self.assertEqual(self.app.refresh("x", **given), refused)
        self.assertEqual(self.error(self.app.refresh("x", client_id="robot-app")), (403, "unauthorized_client"))
        self.assertEqual(self.error(self.app.send("client_credentials")), (403, "unauthorized_client"))
        self.assertEqual(self.error(self.app.send("password")), (403, "unsupported_grant_type"))

    def test_the_body_is_json_with_known_members(self):
        self.assertEqual(self.app.refresh("x", headers={"Content-Type": "application/x-www-form-urlencoded"})[0], 415)
        for body in ("{", "[]", '{"grant_type": 1}', "{}", '{"grant_type": "refresh_token", "grant_type": "x"}'):
            self.assertEqual(self.error(self.client.post("/oauth/token", body)), (400, "invalid_request"), body)
        self.assertEqual(self.error(self.app.refresh("x", scope="y")), (400, "invalid_request"))
        self.assertEqual(self.error(self.app.refresh("")), (400, "invalid_request"))
        client = {"client_id": "robot-app", "client_secret": "robot-app-secret", "grant_type": "client_credentials"}
        self.assertEqual(self.client.post("/oauth/token", client)[0], 200)
        self.assertEqual(self.error(self.client.post("/oauth/token", client, state="x")), (400, "invalid_request"))

    def test_a_service_account(self):
        status, answer = self.app.send("client_credentials", client_id="robot-app")
        self.assertEqual((status, "refresh_token" in answer, answer["expires_in"]), (200, False, 3600))
        self.assertEqual(self.app.call(answer["access_token"], path="/rest/api/3/myself")[1]["accountType"], "app")


class AccessTokens(OnCloud):
    def test_not_at_the_site(self):
        token = self.app.tokens()["access_token"]
        answer = self.client.call("GET", "/rest/api/3/issue/OPS-1", headers={"Authorization": f"Bearer {token}"})
        self.assertEqual(answer, UNAUTHORIZED)
        self.assertEqual(self.app.call("unknown"), UNAUTHORIZED)

    def test_they_expire(self):
        self.app.set(expires_in=0.05)
        answer = self.app.tokens()
        self.assertEqual(answer["expires_in"], 0.05)
        time.sleep(0.06)
        self.assertEqual(self.app.call(answer["access_token"]), UNAUTHORIZED)

    def test_they_are_used_up(self):
        self.app.set(uses=2)
        token = self.app.tokens()["access_token"]
        self.app.set(uses=None)
        self.assertEqual([self.app.call(token)[0] for _ in range(3)], [200, 200, 401])

    def test_they_are_revoked_without_their_family(self):
        answer = self.app.tokens()
        self.app.set(revoke="access_tokens")
        self.assertEqual(self.app.call(answer["access_token"]), UNAUTHORIZED)
        self.assertEqual(self.app.refresh(answer["refresh_token"])[0], 200)

    def test_the_sites_granted(self):
        path, bearer = "/oauth/token/accessible-resources", {"Authorization": "Bearer demo-access"}
        token = self.app.tokens()["access_token"]
        other, own = self.client.call("GET", path, headers={"Authorization": f"Bearer {token}"})[1]
        self.assertEqual((own["id"], own["scopes"]), (GATEWAY.rpartition("/")[2], ["read:jira-work"]))
        self.assertEqual(own["url"], f"http://127.0.0.1:{self.client.connection.port}")
        self.assertNotEqual(other["url"], own["url"])
        self.assertEqual(set(own), {"id", "name", "url", "scopes", "avatarUrl"})
        self.assertEqual(set(other), set(own))
        self.assertEqual(self.client.call("GET", path), UNAUTHORIZED)
        self.app.set(resources=[])
        self.assertEqual(self.client.call("GET", path, headers=bearer), (200, []))
        self.app.set(resources=None)
        self.assertEqual(len(self.client.call("GET", path, headers=bearer)[1]), 2)


class Control(OnCloud):
    def test_counts_and_families(self):
        first = self.app.tokens()
        self.app.refresh(first["refresh_token"])
        self.app.refresh(first["refresh_token"])
        self.app.refresh("unknown")
        self.app.set(leeway=0)
        self.assertEqual(self.app.refresh(first["refresh_token"]), UNKNOWN_TOKEN)
        self.assertEqual(self.app.counts(), {
            "codes_given": 1, "codes_exchanged": 1, "tokens_issued": 3, "client_credentials": 0,
            "refreshes": {"fresh": 1, "replayed": 1, "revoked": 1, "refused": 1}})
        family, = self.client.get("/_control/oauth")[1]["families"]
        self.assertEqual(family, {"number": 1, "client_id": "demo-app", "account": "demo@example.com",
                                  "scope": "read:jira-work offline_access", "generation": 1, "replays": 1,
                                  "revoked": True})

    def test_revoking_all(self):
        answer = self.app.tokens()
        self.app.set(revoke="families")
        self.assertEqual(self.app.refresh(answer["refresh_token"]), UNKNOWN_TOKEN)
        self.assertEqual(self.app.call(answer["access_token"]), UNAUTHORIZED)
        self.assertEqual(self.app.call(self.app.tokens()["access_token"])[0], 200)

    def test_wrong_settings_are_refused(self):
        for wrong in ({"lifetime": 1}, {"leeway": "1"}, {"leeway": -1}, {"uses": 1.5}, {"revoke": "all"}, []):
            self.assertEqual(self.client.post("/_control/oauth", wrong)[0], 400, wrong)

    def test_an_answer_lost_after_the_rotation(self):
        token = self.app.tokens()["refresh_token"]
        self.client.post("/_control/faults", {"kind": "cut_after", "path": "/oauth/token", "times": 1})
        with self.assertRaises((ConnectionError, http.client.RemoteDisconnected)):
            self.app.refresh(token)
        self.client.close()
        self.assertEqual(self.app.counts()["refreshes"]["fresh"], 1)
        self.assertEqual(self.app.refresh(token)[0], 200)
        self.assertEqual(self.app.counts()["refreshes"]["replayed"], 1)
        lost, again = self.client.get("/_control/requests", path_prefix="/oauth/token")[1][1:]
        self.assertEqual((lost["status"], again["status"]), (None, 200))
        self.assertEqual(json.loads(lost["body"])["refresh_token"], token)

    def test_a_request_that_is_not_carried_out(self):
        token = self.app.tokens()["refresh_token"]
        self.client.post("/_control/faults", {"kind": "status", "status": 503, "path": "/oauth/token", "times": 1})
        self.assertEqual(self.app.refresh(token)[0], 503)
        self.assertEqual(self.app.counts()["refreshes"]["fresh"], 0)

    def test_reset(self):
        token = self.app.tokens()["refresh_token"]
        self.client.post("/_control/reset", {})
        self.assertEqual(self.app.refresh(token), UNKNOWN_TOKEN)
        self.assertEqual(self.app.counts()["refreshes"]["refused"], 1)


if __name__ == "__main__":
    unittest.main()
