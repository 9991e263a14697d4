"""The gateway: tokens with scopes, of accounts and of apps."""

import base64
import unittest

import stand_in
from oauth_app import GATEWAY, App
from routes import TABLE
from scopes.cloud import ALL
from scopes.needed import NEEDED
from stand_in import running

MISMATCH = (401, {"code": 401, "message": "Unauthorized; scope does not match"})
NEVER = {("GET", "/media/{id}/{signature}"), ("GET", "/_edge/tenant_info"), ("POST", "/rest/api/{version}/user"),
         ("DELETE", "/rest/api/{version}/user"), ("GET", "/rest/api/{version}/search/id"),
         ("POST", "/rest/api/{version}/search/id")}
ISSUE = "/rest/api/3/issue/OPS-1"
SEARCH = "/rest/api/3/search/jql"


class Table(unittest.TestCase):
    def test_every_operation_of_cloud_is_in_it(self):
        declared = {(entry.method, "/" + "/".join(entry.segments)) for entry in TABLE if entry.cloud is not None}
        missing = {one for one in declared - set(NEEDED) if not one[1].startswith("/rest/webhooks/")}
        self.assertEqual(missing, NEVER)
        self.assertEqual(set(NEEDED) - declared, set())


class Gateway(unittest.TestCase):
    def setUp(self):
        self.client = self.enterContext(running("cloud"))
        self.app = App(self.client)

    def with_secret(self, secret, name="demo@example.com"):
        client = stand_in.Client(self.client.connection.port, f"{name}:{secret}")
        self.addCleanup(client.close)
        return client

    def assert_allowed(self, token, method, path, body=None, allowed=True):
        answer = self.app.call(token, method, path, body)
        self.assertEqual(answer != MISMATCH and answer[0] < 300, allowed, (method, path, answer))

    def test_classic_or_granular(self):
        reads = self.app.tokens(scope="read:jira-work")["access_token"]
        self.assert_allowed(reads, "GET", ISSUE)
        self.assert_allowed(reads, "GET", SEARCH + "?jql=key=OPS-1")
        self.assert_allowed(reads, "GET", "/rest/api/3/serverInfo")
        self.assert_allowed(reads, "PUT", ISSUE, {"fields": {"summary": "x"}}, False)
        self.assert_allowed(reads, "GET", "/rest/api/3/myself", None, False)
        self.assert_allowed(reads, "GET", "/rest/agile/1.0/board", None, False)
        writes = self.app.tokens(scope="write:issue:jira")["access_token"]
        self.assert_allowed(writes, "PUT", ISSUE, {"fields": {"summary": "x"}})
        self.assert_allowed(writes, "GET", ISSUE, None, False)

    def test_the_granular_set_must_be_complete(self):
        part = "read:application-role:jira read:group:jira read:user:jira"
        token = self.app.tokens(scope=part)["access_token"]
        self.assert_allowed(token, "GET", "/rest/api/3/myself", None, False)
        token = self.app.tokens(scope=part + " read:avatar:jira")["access_token"]
        self.assert_allowed(token, "GET", "/rest/api/3/myself")

    def test_the_method_of_a_search_matters(self):
        by_query = ("read:issue-details:jira read:audit-log:jira read:avatar:jira read:field-configuration:jira "
                    "read:issue-meta:jira")
        token = self.app.tokens(scope=by_query)["access_token"]
        self.assert_allowed(token, "GET", SEARCH + "?jql=key=OPS-1")
        self.assert_allowed(token, "POST", SEARCH, {"jql": "key=OPS-1"}, False)

    def test_classic_scopes_do_not_cover_sprints(self):
        classic = "read:jira-work write:jira-work read:jira-user manage:jira-configuration manage:jira-project"
        token = self.app.tokens(scope=classic)["access_token"]
        self.assert_allowed(token, "GET", "/rest/agile/1.0/sprint/1", None, False)
        token = self.app.tokens(scope="read:sprint:jira-software")["access_token"]
        self.assert_allowed(token, "GET", "/rest/agile/1.0/sprint/1")

    def test_what_no_app_may(self):
        token = self.app.tokens(scope=" ".join(sorted(ALL)))["access_token"]
        for token in (token, "demo-access"):
            self.assert_allowed(token, "DELETE", "/rest/api/3/user?accountId=x", None, False)
            self.assert_allowed(token, "GET", "/rest/webhooks/1.0/webhook", None, False)
            self.assert_allowed(token, "GET", "/rest/api/3/webhook")
            self.assert_allowed(token, "GET", ISSUE)

    def test_tokens_of_accounts(self):
        every, narrow = self.with_secret("demo-scoped-token"), self.with_secret("demo-narrow-token")
        for client in (every, narrow):
            self.assertEqual(client.get(GATEWAY + ISSUE)[0], 200)
        self.assertEqual(every.get(GATEWAY + "/rest/api/3/myself")[0], 200)
        self.assertEqual(narrow.get(GATEWAY + "/rest/api/3/myself"), MISMATCH)
        for method, path in (("GET", "/rest/api/3/webhook"), ("GET", "/rest/webhooks/1.0/webhook"),
                             ("DELETE", "/rest/api/3/user?accountId=x")):
            self.assertEqual(every.call(method, GATEWAY + path), MISMATCH, path)

    def test_at_the_site_they_are_nobody(self):
        client = self.with_secret("demo-scoped-token")
        response, body = client.send("GET", SEARCH + "?jql=key=OPS-1")
        self.assertEqual((response.status, body), (200, b'{"issues":[],"isLast":true}'))
        self.assertEqual(response.headers["X-Seraph-LoginReason"], "AUTHENTICATED_FAILED")
        self.assertEqual(client.get(ISSUE)[0], 404)
        self.assertEqual(client.send("GET", "/rest/api/3/myself")[0].status, 401)

    def test_a_token_without_scopes(self):
        self.assertEqual(self.with_secret("demo-token").get(GATEWAY + "/rest/api/3/myself")[0], 200)

    def test_another_site(self):
        answer = self.app.call("demo-access")
        self.assertEqual(answer[0], 200)
        for client in (self.client, self.with_secret("demo-token")):
            answer = client.get("/ex/jira/99999999-8888-7777-6666-555555555555/rest/api/3/myself")
            self.assertEqual(answer, (404, {"code": 404, "message": "Not Found"}))

    def test_the_id_of_the_site_is_public(self):
        self.assertEqual(self.client.get("/_edge/tenant_info"), (200, {"cloudId": GATEWAY.rpartition("/")[2]}))


if __name__ == "__main__":
    unittest.main()
