"""Refused sign-ins: the CAPTCHA, answers that do not tell, and credentials that are revoked."""

import unittest

import stand_in
from stand_in import CREDENTIALS, running

TELLING = ("X-Seraph-LoginReason", "X-AUSERNAME", "X-AAccountId")
WRONG = {"cloud": "demo@example.com:wrong", "server": "demo:wrong"}
READER = {"cloud": "reader@example.com:reader-token", "server": "reader:reader-password"}


class SignIn(unittest.TestCase):
    def start(self, deployment):
        self.right = self.enterContext(running(deployment))
        self.wrong = self.with_credential(WRONG[deployment])

    def with_credential(self, credential):
        client = stand_in.Client(self.right.connection.port, credential)
        self.addCleanup(client.close)
        return client

    def headers(self, client, path="/rest/api/2/myself"):
        response, _ = client.send("GET", path)
        return response.status, response.headers


class Captcha(SignIn):
    def lock(self, deployment):
        self.start(deployment)
        self.right.post("/_control/captcha", {"failures": 2})
        for _ in range(2):
            self.assertEqual(self.headers(self.right)[0], 200)
            self.headers(self.wrong)

    def test_server(self):
        self.lock("server")
        self.assertEqual(self.headers(self.right)[0], 200)
        for _ in range(2):
            _, headers = self.headers(self.wrong)
            self.assertEqual(headers["X-Seraph-LoginReason"], "AUTHENTICATED_FAILED")
        for client in (self.right, self.wrong):
            status, headers = self.headers(client)
            self.assertEqual((status, headers["X-Seraph-LoginReason"]), (401, "AUTHENTICATION_DENIED"))
            self.assertRegex(headers["X-Authentication-Denied-Reason"],
                             r"^CAPTCHA_CHALLENGE; login-url=http.*/login\.jsp$")
        self.assertEqual(self.headers(self.with_credential(READER["server"]))[0], 200)
        self.assertEqual(self.right.post("/_control/captcha", {"solved": True})[1], {"failures": 2, "refused": {}})
        self.assertEqual(self.headers(self.right)[0], 200)

    def test_cloud(self):
        self.lock("cloud")
        for _ in range(2):
            self.headers(self.wrong)
            self.headers(self.with_credential("nobody@example.com:wrong"))
        status, headers = self.headers(self.right, "/rest/api/3/serverInfo")
        self.assertEqual((status, headers["X-Seraph-LoginReason"]), (403, "AUTHENTICATION_DENIED"))
        self.assertEqual(self.right.get("/_control/captcha")[1], {"failures": 2, "refused": {"demo@example.com": 2}})
        self.right.post("/_control/reset", {})
        self.assertEqual(self.headers(self.right)[0], 200)

    def test_without_it(self):
        self.start("server")
        for _ in range(20):
            self.headers(self.wrong)
        self.assertEqual(self.headers(self.right)[0], 200)


class Silence(SignIn):
    def test_no_header_tells(self):
        for deployment in CREDENTIALS:
            self.start(deployment)
            self.assertTrue(any(self.headers(self.right)[1][name] for name in TELLING))
            self.right.post("/_control/sign_in", {"silent": True})
            for client in (self.right, self.wrong, self.with_credential(READER[deployment])):
                for path in ("/rest/api/2/myself", "/rest/api/2/issue/OPS-1", "/rest/api/2/nothing"):
                    _, headers = self.headers(client, path)
                    self.assertEqual([headers[name] for name in TELLING], [None] * 3, (deployment, path))

    def test_only_myself_tells(self):
        self.start("cloud")
        self.right.post("/_control/sign_in", {"silent": True})
        response, body = self.wrong.send("GET", "/rest/api/3/search/jql?jql=key=OPS-1")
        self.assertEqual((response.status, body), (200, b'{"issues":[],"isLast":true}'))
        self.assertEqual(self.headers(self.wrong)[0], 401)
        self.right.post("/_control/sign_in", {"silent": False})
        self.assertTrue(self.headers(self.wrong)[1]["X-Seraph-LoginReason"])


class Revoked(SignIn):
    def test_a_token_of_cloud(self):
        self.start("cloud")
        self.assertEqual(self.right.get("/rest/api/3/issue/OPS-1")[0], 200)
        self.right.post("/_control/sign_in", {"revoked": ["demo@example.com"]})
        self.assertEqual(self.right.get("/rest/api/3/issue/OPS-1")[0], 404)
        self.assertEqual(self.headers(self.right)[0], 401)
        self.assertEqual(self.headers(self.with_credential(READER["cloud"]))[0], 200)
        self.assertEqual(self.right.post("/_control/sign_in", {"revoked": []})[1], {"silent": False, "revoked": []})
        self.assertEqual(self.headers(self.right)[0], 200)

    def test_a_token_of_server(self):
        self.start("server")
        self.right.headers = {"Authorization": "Bearer demo-pat"}
        self.assertEqual(self.headers(self.right)[0], 200)
        self.right.post("/_control/sign_in", {"revoked": ["demo"], "silent": True})
        self.assertEqual(self.right.get("/rest/api/2/search")[1]["total"], 0)
        self.assertEqual(self.headers(self.right)[0], 401)

    def test_wrong_settings_are_refused(self):
        self.start("cloud")
        for path, wrong in (("sign_in", {"silent": 1}), ("sign_in", {"revoked": "demo"}),
                            ("captcha", {"failures": "2"}), ("captcha", {"limit": 2})):
            self.assertEqual(self.right.post(f"/_control/{path}", wrong)[0], 400, wrong)


if __name__ == "__main__":
    unittest.main()
