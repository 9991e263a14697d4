"""What some sites do and others do not."""

import unittest

import stand_in
from stand_in import running

SEARCH = "/rest/api/2/search"
CLOUD_USER = '"5b10a2844c20165700ede200"'


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

    def test_numbers_of_another_language(self):
        cloud = self.start("cloud", translated=True)
        count = lambda jql: len(cloud.get("/rest/api/3/search/jql", jql=jql, maxResults=5000)[1]["issues"])
        self.assertEqual(count("cf[10031] = '0,25'"), count("cf[10031] < 0.5 and cf[10031] < 1 and cf[10031] <= '0,25'"))
        self.assertEqual(count("cf[10031] = 2.5"), 0)
        self.assertGreater(count("cf[10031] > -5"), 0)

    def test_fields_without_a_searcher(self):
        server = self.start("server", unsearchable=["customfield_10032"])
        status, body = server.get("/rest/api/2/search", jql="cf[10032] = Major")
        self.assertEqual((status, body["errorMessages"]),
                         (400, ["Field 'cf[10032]' does not exist or you do not have permission to view it."]))
        shown = {one["id"]: one["searchable"] for one in server.get("/rest/api/2/field")[1]}
        self.assertFalse(shown["customfield_10032"])
        self.assertTrue(shown["customfield_10031"])

    def test_addresses(self):
        cloud = self.start("cloud", gateway_urls=True)
        found = cloud.get("/rest/api/3/attachment/10000")[1]
        self.assertRegex(found["content"], r"^https://api\.atlassian\.com/ex/jira/[-\d]+/rest/api/3/attachment/content/10000$")
        server = self.start("server", public_url="https://jira.example.com")
        self.assertEqual(server.get("/rest/api/2/serverInfo")[1]["baseUrl"], "https://jira.example.com")

    def test_comments_without_order(self):
        server = self.start("server", comments="unordered")
        path = "/rest/api/2/issue/OPS-1/comment"
        before = server.get(path)[1]["total"]
        for text in ("one", "two", "three"):
            server.post(path, {"body": text})
        bodies = [one["body"] for one in server.get(path, orderBy="-created", maxResults=1)[1]["comments"]]
        self.assertEqual((len(bodies), bodies[-3:]), (before + 3, ["one", "two", "three"]))

    def test_filters_of_webhooks(self):
        path = "/rest/jira-webhook/1.0/webhooks"
        given = {"name": "N", "url": "https://example.com/", "events": ["jira:issue_created"]}
        old = given | {"filters": {"issue-related-events-section": "project = OPS"}}
        new = given | {"configuration": {"FILTERS": "project = OPS", "SECRET": "s"}}
        for where, kept in (("configuration", (False, True)), ("both", (True, True)), ("none", (False, False))):
            server = self.start("server", webhook_filters=where)
            made = [server.post(path, one)[1]["id"] for one in (old, new)]
            self.assertEqual(tuple("project = OPS" in str(server.get(f"{path}/{one}")[1]) for one in made), kept, where)

    def test_sprints(self):
        server = self.start("server", unmapped_boards=[1])
        path = "/rest/agile/1.0/board/1/sprint"
        self.assertEqual(server.get(path)[0], 422)
        self.assertEqual(server.post("/_control/oddities", {"unmapped_boards": []})[0], 200)
        active = server.get(path, state="active")[1]["values"]
        self.assertTrue(active and all(one["activatedDate"] > one["startDate"] for one in active))
        future = server.get(path, state="future")[1]["values"]
        self.assertTrue(future and not any("activatedDate" in one for one in future))

    def test_hidden_fields(self):
        cloud = self.start("cloud", hidden={"HR": ["priority", "labels", "assignee"]})
        shown = cloud.get("/rest/api/3/issue/HR-1")[1]["fields"]
        self.assertEqual({"priority", "labels", "assignee", "status"} & shown.keys(), {"status"})
        self.assertIn("priority", cloud.get("/rest/api/3/issue/OPS-1")[1]["fields"])
        for clause in ("priority = Medium", "priority is EMPTY", "priority is not EMPTY", "labels is EMPTY", "assignee != nobody",
                       "priority not in (High)"):
            jql = f"project = HR and {clause.replace('nobody', CLOUD_USER)}"
            self.assertEqual(cloud.get("/rest/api/3/search/jql", jql=jql)[1]["issues"], [], clause)
        self.assertTrue(cloud.get("/rest/api/3/search/jql", jql="project = OPS and priority = Medium")[1]["issues"])
        self.assertTrue(cloud.get("/rest/api/3/search/jql", jql="project = HR and status is not EMPTY")[1]["issues"])

    def test_lists_that_are_cut(self):
        cloud = self.start("cloud", list_limit=2)
        jql = "key in (OPS-1, OPS-2, OPS-3) or key in (OPS-4)"
        found = cloud.get("/rest/api/3/search/jql", jql=jql, fields="key")[1]
        self.assertEqual([one["key"] for one in found["issues"]], ["OPS-4", "OPS-2", "OPS-1"])
        self.assertEqual([one["type"] for one in found["warnings"]], ["CLAUSE_LIMIT_EXCEEDED"])
        self.assertNotIn("warnings", cloud.get("/rest/api/3/search/jql", jql="key in (OPS-1, OPS-2)")[1])
        server = self.start("server", list_limit=2)
        found = server.get(SEARCH, jql=jql, fields="key")[1]
        self.assertEqual((found["total"], len(found["warningMessages"])), (3, 1))

    def test_a_zone_that_is_not_that_of_the_account(self):
        for deployment, version in (("cloud", 3), ("server", 2)):
            client = self.start(deployment, told_zone="Asia/Tokyo")
            self.assertEqual(client.get(f"/rest/api/{version}/myself")[1]["timeZone"], "Asia/Tokyo")

    def test_issues_that_were_moved(self):
        cloud = self.start("cloud")
        alone = next(one for one in cloud.get("/rest/api/3/search/jql", jql="project = HR", fields="parent,subtasks,issuetype",
                                              maxResults=100)[1]["issues"]
                     if one["fields"]["issuetype"]["name"] != "Epic" and not one["fields"].get("parent")
                     and not one["fields"]["subtasks"])
        key = alone["key"]
        self.assertEqual(cloud.post("/_control/issues", {"key": key, "project": "WEB"})[0], 204)
        moved = cloud.get(f"/rest/api/3/issue/{key}")[1]
        self.assertEqual((moved["id"], moved["key"], moved["fields"]["project"]["key"]), (alone["id"], "WEB-121", "WEB"))
        for jql in (f"key = {key}", f"key in ({key}, WEB-1)", "key = WEB-121"):
            self.assertIn("WEB-121", [one["key"] for one in cloud.get("/rest/api/3/search/jql", jql=jql, fields="key")[1]["issues"]])
        found = cloud.post("/rest/api/3/issue/bulkfetch", {"issueIdsOrKeys": [key, "HR-99999"], "fields": ["status"]})[1]
        self.assertEqual([one["key"] for one in found["issues"]], ["WEB-121"])
        self.assertEqual(cloud.post("/_control/issues", {"key": "HR-1", "project": "WEB"})[0], 400)
        cloud.call("DELETE", "/rest/api/3/issue/WEB-121")
        self.assertEqual(cloud.get(f"/rest/api/3/issue/{key}")[0], 404)

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
