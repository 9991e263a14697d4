"""What some sites do and others do not."""

import unittest

import stand_in
from stand_in import running

SEARCH = "/rest/api/2/search"


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


class Searches(unittest.TestCase):
    def setUp(self):
        self.client = self.enterContext(running("server", "--issues", "30"))

    def odd(self, **oddities):
        return self.client.post("/_control/oddities", oddities)

    def page(self, start, size=10):
        return self.client.send("GET", SEARCH, jql="project = BULK", startAt=start, maxResults=size, fields="key")

    def test_unknown_ones(self):
        for oddities in ({"nonsense": 1}, {"result_window": "10"}, {"beyond_window": "nothing"}):
            self.assertEqual(self.odd(**oddities)[0], 400, oddities)

    def test_the_window(self):
        self.odd(result_window=20, names_window=True)
        _, page = self.client.get(SEARCH, jql="project = BULK", startAt=10, maxResults=10, fields="key")
        self.assertEqual((len(page["issues"]), page["total"], page["maxResultWindow"]), (10, 30, 20))
        _, page = self.client.get(SEARCH, jql="project = BULK", startAt=15, maxResults=10, fields="key")
        self.assertEqual((page["issues"], page["total"]), ([], 30))
        self.odd(beyond_window="refused")
        self.assertEqual(self.page(15)[0].status, 400)
        self.odd(beyond_window="xml")
        response, body = self.page(15)
        self.assertEqual((response.status, response.getheader("Content-Type")), (400, "application/xml;charset=UTF-8"))
        self.assertIn(b"<message>Search limit exceeded", body)
        self.client.post("/_control/reset", {"issues": 30})
        self.assertEqual(self.page(15)[0].status, 200)

    def test_users(self):
        self.client.post("/_control/reset", {"users": 250})
        path = "/rest/api/2/user/search"
        self.assertEqual(len(self.client.get(path, username="colleague", maxResults=1000)[1]), 100)
        self.assertEqual(self.client.get(path, username="colleague", startAt=100)[1], [])
        self.odd(ignores_start=True)
        self.assertEqual(len(self.client.get(path, username="colleague", startAt=100)[1]), 50)
        _, first = self.client.get("/rest/api/2/user/list", maxResults=200)
        _, second = self.client.get("/rest/api/2/user/list", maxResults=200, cursor=first["nextCursor"])
        self.assertEqual((first["isLast"], second["isLast"]), (False, True))
        self.assertEqual(len({user["name"] for user in first["values"] + second["values"]}), 266)


if __name__ == "__main__":
    unittest.main()
