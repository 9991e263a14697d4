"""Which fields come, in which shape."""

import unittest

from stand_in import Client, running

CLOUD_ONLY = {"statuscategorychangedate"}
SERVER_ONLY = {"customfield_10014"}


class Selection(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cloud = cls.enterClassContext(running("cloud"))
        cls.server = cls.enterClassContext(running("server"))

    def fields(self, names, client=None, **query):
        status, issue = (client or self.cloud).get("/rest/api/2/issue/WEB-9", fields=names, **query)
        self.assertEqual(status, 200)
        return set(issue["fields"])

    def test_everything_by_default(self):
        status, issue = self.cloud.get("/rest/api/3/issue/web-9")
        self.assertEqual((status, issue["key"]), (200, "WEB-9"))
        self.assertIn("comment", issue["fields"])
        self.assertIn("customfield_10016", issue["fields"])

    def test_names(self):
        self.assertEqual(self.fields("summary,Status"), {"summary", "status"})
        self.assertEqual(self.fields(["summary", "labels"]), {"summary", "labels"})
        self.assertEqual(self.fields("nosuchfield"), set())
        everything = self.fields("*all")
        self.assertEqual(self.fields("-comment"), everything - {"comment"})
        self.assertEqual(self.fields("*all,-comment,-summary"), everything - {"comment", "summary"})
        self.assertEqual(everything - self.fields("*navigable"), {"comment", "attachment", "worklog", "timetracking"})

    def test_deployments_differ(self):
        cloud, server = self.fields("*all"), self.fields("*all", self.server)
        self.assertEqual((cloud - server, server - cloud), (CLOUD_ONLY, SERVER_ONLY))

    def test_search_shows_ids_unless_asked(self):
        _, page = self.cloud.get("/rest/api/2/search/jql", jql="key = WEB-9")
        self.assertEqual(page["issues"], [{"id": "10113"}])
        _, page = self.cloud.get("/rest/api/2/search/jql", jql="key = WEB-9", fields="id,summary")
        self.assertEqual((page["issues"][0]["key"], set(page["issues"][0]["fields"])), ("WEB-9", {"summary"}))
        _, page = self.server.get("/rest/api/2/search", jql="key = WEB-9")
        self.assertIn("summary", page["issues"][0]["fields"])
        self.assertNotIn("comment", page["issues"][0]["fields"])

    def test_rich_text(self):
        for version, kind in (("2", str), ("3", dict)):
            _, issue = self.cloud.get(f"/rest/api/{version}/issue/WEB-9", fields="description,comment")
            self.assertIsInstance(issue["fields"]["description"], kind)
            self.assertIsInstance(issue["fields"]["comment"]["comments"][0]["body"], kind)

    def test_people(self):
        _, issue = self.cloud.get("/rest/api/3/issue/WEB-9", fields="reporter")
        self.assertIn("accountId", issue["fields"]["reporter"])
        self.assertNotIn("name", issue["fields"]["reporter"])
        _, issue = self.server.get("/rest/api/2/issue/WEB-9", fields="reporter")
        self.assertIn("name", issue["fields"]["reporter"])
        self.assertNotIn("accountId", issue["fields"]["reporter"])

    def test_sprints(self):
        query = {"jql": "sprint is not empty", "fields": "customfield_10020", "maxResults": 1}
        _, page = self.cloud.get("/rest/api/3/search/jql", **query)
        self.assertIsInstance(page["issues"][0]["fields"]["customfield_10020"][0]["id"], int)
        _, page = self.server.get("/rest/api/2/search", **query)
        self.assertRegex(page["issues"][0]["fields"]["customfield_10020"][0],
                         r"^com\.atlassian\.greenhopper\.service\.sprint\.Sprint@.*\[id=\d+,rapidViewId=1,state=")

    def test_metadata_matches_what_is_shown(self):
        for client in (self.cloud, self.server):
            _, fields = client.get("/rest/api/2/field")
            known = {field["id"] for field in fields}
            self.assertLessEqual(self.fields("*all", client), known)
            for field in fields:
                self.assertEqual(field["custom"], field["id"].startswith("customfield_"))

    def test_expansions(self):
        expand = "names,schema,renderedFields,transitions"
        _, issue = self.cloud.get("/rest/api/2/issue/WEB-9", fields="summary,description", expand=expand)
        self.assertEqual(issue["names"], {"summary": "Summary", "description": "Description"})
        self.assertTrue(issue["renderedFields"]["description"].startswith("<p>"))
        self.assertTrue(issue["transitions"])


class SigningIn(unittest.TestCase):
    """Refused credentials, the way each deployment treats them."""

    def client(self, signed_in, credential):
        client = Client(signed_in.connection.port, credential)
        self.addCleanup(client.close)
        return client

    def test_cloud_treats_them_as_anonymous(self):
        with running("cloud") as signed_in:
            client = self.client(signed_in, "demo@example.com:expired")
            response, body = client.send("GET", "/rest/api/3/search/jql?jql=project%20%3D%20OPS")
            self.assertEqual((response.status, body), (200, b'{"issues":[],"isLast":true}'))
            self.assertEqual(response.headers["X-Seraph-LoginReason"], "AUTHENTICATED_FAILED")
            self.assertEqual(client.send("GET", "/rest/api/3/issue/OPS-1")[0].status, 404)
            self.assertEqual(client.send("GET", "/rest/api/3/myself")[0].status, 401)
            response, _ = signed_in.send("GET", "/rest/api/3/myself")
            self.assertEqual(response.headers["X-AAccountId"], "5b10a2844c20165700ede200")

    def test_server_refuses_a_password_and_ignores_a_token(self):
        with running("server") as signed_in:
            response, body = self.client(signed_in, "demo:wrong").send("GET", "/rest/api/2/serverInfo")
            self.assertEqual((response.status, response.headers["X-Seraph-LoginReason"]), (401, "AUTHENTICATED_FAILED"))
            self.assertIn(b"<html>", body)
            bearer = {"Authorization": "Bearer unknown"}
            self.assertEqual(signed_in.call("GET", "/rest/api/2/search?jql=", headers=bearer)[1]["total"], 0)
            for path in ("myself", "serverInfo", "issue/OPS-1"):
                response, _ = signed_in.send("GET", f"/rest/api/2/{path}", headers=bearer)
                self.assertEqual((response.status, response.headers["X-AUSERNAME"]), (401, "anonymous"))
            self.assertEqual(signed_in.call("GET", "/rest/api/2/myself", headers={
                "Authorization": "Bearer demo-pat"})[1]["name"], "demo")

    def test_readers_do_not_write(self):
        with running("cloud") as signed_in:
            reader = self.client(signed_in, "reader@example.com:reader-token")
            self.assertEqual(reader.get("/rest/api/2/issue/OPS-1")[0], 200)
            self.assertEqual(reader.post("/rest/api/2/issue/OPS-1/comment", {"body": "x"})[0], 403)
            self.assertEqual(reader.post("/rest/api/2/search/jql", {"jql": "project = OPS"})[0], 200)

    def test_the_gateway(self):
        with running("cloud") as client:
            _, tenant = client.get("/_edge/tenant_info")
            self.assertEqual(client.get(f"/ex/jira/{tenant['cloudId']}/rest/api/3/myself")[0], 200)
            self.assertEqual(client.get("/ex/jira/other/rest/api/3/myself")[0], 404)


if __name__ == "__main__":
    unittest.main()
