"""How Jiras of one kind differ."""

import unittest

import stand_in
from stand_in import running


class Oddities(unittest.TestCase):
    def start(self, deployment, **oddities):
        client = self.enterContext(running(deployment))
        self.assertEqual(client.post("/_control/oddities", oddities)[0], 200)
        return client

    def with_token(self, client, token):
        other = stand_in.Client(client.connection.port, "")
        self.addCleanup(other.close)
        other.headers = {"Authorization": f"Bearer {token}"}
        return other

    def test_no_passwords(self):
        server = self.start("server", basic_off=True)
        self.assertEqual(server.get("/rest/api/2/myself"),
                         (403, {"message": "Basic Authentication has been disabled on this instance."}))
        self.assertEqual(self.with_token(server, "demo-pat").get("/rest/api/2/myself")[0], 200)

    def test_pages_want_a_log_in(self):
        server = self.start("server", login_at_pages=True)
        path = "/secure/attachment/10000/x"
        response, _ = self.with_token(server, "demo-pat").send("GET", path)
        self.assertEqual(response.status, 302)
        self.assertIn("/login.jsp?os_destination=%2Fsecure", response.headers["Location"])
        self.assertEqual(server.send("GET", path)[0].status, 200)

    def test_errors_in_xml(self):
        server = self.start("server", xml_errors=True)
        response, body = server.send("GET", "/rest/api/2/search", jql="project = NONE & < 1")
        self.assertEqual((response.status, response.headers["Content-Type"]), (400, "application/xml;charset=UTF-8"))
        self.assertRegex(body.decode(), r"<status><status-code>400</status-code><message>[^<]+</message></status>$")

    def test_translated_names(self):
        cloud = self.start("cloud", translated=True)
        names = [(one["name"], one["untranslatedName"]) for one in cloud.get("/rest/api/3/status")[1]]
        self.assertIn(("In Überprüfung", "In Review"), names)
        found = cloud.get("/rest/api/3/issue/OPS-1/transitions")[1]["transitions"]
        self.assertTrue(all(one["untranslatedName"] and one["to"]["untranslatedName"] for one in found))

    def test_addresses(self):
        cloud = self.start("cloud", gateway_urls=True)
        found = cloud.get("/rest/api/3/attachment/10000")[1]
        self.assertRegex(found["content"], r"^https://api\.atlassian\.com/ex/jira/[-\d]+/rest/api/3/attachment/content/10000$")
        server = self.start("server", public_url="https://jira.example.com")
        self.assertEqual(server.get("/rest/api/2/serverInfo")[1]["baseUrl"], "https://jira.example.com")

    def test_a_reset_ends_them(self):
        server = self.start("server", basic_off=True)
        server.post("/_control/reset", {})
        self.assertEqual(server.get("/rest/api/2/myself")[0], 200)

    def test_unknown(self):
        self.assertEqual(self.enterContext(running()).post("/_control/oddities", {"polite": True})[0], 400)


class Tokens(unittest.TestCase):
    def test_scopes(self):
        cloud = self.enterContext(running())
        cloud.post("/_control/token", {"secret": "made", "scopes": ["read:jira-user"]})
        made = stand_in.Client(cloud.connection.port, "demo@example.com:made",
                               "/ex/jira/11111111-2222-3333-4444-555555555555")
        self.addCleanup(made.close)
        self.assertEqual(made.get("/rest/api/3/myself")[0], 200)
        self.assertEqual(made.get("/rest/api/3/field")[0], 401)
