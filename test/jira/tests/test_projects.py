"""Projects, and what belongs to them."""

import unittest

from stand_in import running

API = "/rest/api/3/"
PERSON = "557058:7c1d2e3f-0a4b-4c5d-8e6f-012345678903"


class OnCloud(unittest.TestCase):
    def setUp(self):
        self.client = self.enterContext(running("cloud"))

    def issue(self, name):
        return self.client.get(API + "issue/WEB-9", fields=name)[1]["fields"][name]

    def test_components(self):
        status, made = self.client.post(API + "component", {
            "name": " New ", "project": "WEB", "leadAccountId": PERSON, "assigneeType": "COMPONENT_LEAD"})
        self.assertEqual((status, made["name"], made["realAssignee"]["accountId"]), (201, "New", PERSON))
        path = f"{API}component/{made['id']}"
        self.assertEqual(self.client.post(API + "component", {"name": "new", "project": "WEB"})[0], 400)
        self.assertEqual(self.client.post(API + "component", {"name": "x", "project": "NOPE"})[0], 404)
        self.client.call("PUT", API + "issue/WEB-9", {"fields": {"components": [{"id": made["id"]}]}})
        self.assertEqual(self.client.get(path + "/relatedIssueCounts")[1]["issueCount"], 1)
        self.client.call("PUT", path, {"name": "Newer"})
        self.assertEqual(self.issue("components")[0]["name"], "Newer")
        other = self.client.get(API + "project/WEB/components")[1][0]
        self.assertEqual(self.client.call("DELETE", path, moveIssuesTo=other["id"])[0], 204)
        self.assertEqual([one["id"] for one in self.issue("components")], [other["id"]])
        page = self.client.get(API + "project/WEB/component", orderBy="-name", maxResults=2)[1]
        self.assertEqual(([one["name"] for one in page["values"]], page["isLast"]), (["Search", "Payments"], False))

    def test_versions(self):
        project = int(self.client.get(API + "project/WEB")[1]["id"])
        _, made = self.client.post(API + "version", {"name": "9.0", "projectId": project, "startDate": "2030-01-01"})
        path = f"{API}version/{made['id']}"
        self.assertEqual(self.client.call("PUT", path, {"released": True, "releaseDate": "2030-02-01"})[1]["released"],
                         True)
        for wrong in ({"name": "3.0"}, {"releaseDate": "soon"}, {"releaseDate": "2030-02-30"}, {"name": " "},
                      {"startDate": "2030-03-01", "releaseDate": "2030-02-01"}, {"archived": "yes"}):
            self.assertEqual(self.client.call("PUT", path, wrong)[0], 400, wrong)
        self.client.post(path + "/move", {"position": "First"})
        versions = self.client.get(API + "project/WEB/versions")[1]
        self.assertEqual(versions[0]["id"], made["id"])
        self.client.post(path + "/move", {"after": versions[1]["self"]})
        self.assertEqual(self.client.get(API + "project/WEB/versions")[1][1]["id"], made["id"])
        self.client.call("PUT", API + "issue/WEB-9", {"fields": {"fixVersions": [{"id": made["id"]}]}})
        counts = self.client.get(path, expand="issuesstatus")[1]["issuesStatusForFixVersion"]
        self.assertEqual(sum(counts.values()), 1)
        self.assertEqual(self.client.call("PUT", f"{path}/mergeto/{versions[1]['id']}")[0], 204)
        self.assertEqual((self.client.get(path)[0], self.issue("fixVersions")[0]["id"]), (404, versions[1]["id"]))
        released = self.client.get(API + "project/WEB/version", status="unreleased")[1]["values"]
        self.assertEqual([one["name"] for one in released], ["4.0"])

    def test_roles(self):
        roles = self.client.get(API + "project/WEB/role")[1]
        path = roles["Administrators"].partition(str(self.client.connection.port))[2]
        self.assertEqual(self.client.post(path, {"user": [PERSON]})[0], 200)
        self.assertEqual(self.client.post(path, {"user": [PERSON]})[0], 400)
        self.assertEqual(self.client.post(path, {"user": ["nobody"]})[0], 404)
        self.assertEqual(self.client.post(path, {})[0], 400)
        actors = self.client.get(path)[1]["actors"]
        self.assertIn(PERSON, [one.get("actorUser", {}).get("accountId") for one in actors])
        self.assertEqual(self.client.call("DELETE", path, user=PERSON)[0], 204)
        self.assertEqual(self.client.call("DELETE", path, user="nobody")[0], 204)
        self.assertEqual(len(self.client.get(path)[1]["actors"]), len(actors) - 1)
        mine = self.client.get(API + "project/WEB/roledetails", currentMember="true")[1]
        self.assertEqual([one["name"] for one in mine], ["Administrators"])
        self.assertEqual(self.client.get(API + "project/WEB/role/1")[0], 404)

    def test_categories(self):
        _, made = self.client.post(API + "projectCategory", {"name": "Shops"})
        self.assertEqual(self.client.post(API + "projectCategory", {"name": "Shops"})[0], 409)
        self.client.call("PUT", API + "project/WEB", {"categoryId": int(made["id"])})
        found = self.client.get(API + "project/search", categoryId=made["id"])[1]["values"]
        self.assertEqual([(one["key"], one["projectCategory"]["name"]) for one in found], [("WEB", "Shops")])
        self.client.call("DELETE", f"{API}projectCategory/{made['id']}")
        self.assertNotIn("projectCategory", self.client.get(API + "project/WEB")[1])

    def test_another_key_and_the_end(self):
        before = self.client.get(API + "issue/WEB-9")[1]["id"]
        self.assertEqual(self.client.call("PUT", API + "project/WEB", {"key": "SHOP"})[0], 200)
        self.assertEqual(self.client.get(API + "issue/SHOP-9")[1]["id"], before)
        self.assertEqual(self.client.call("PUT", API + "project/SHOP", {"key": "HR"})[0], 400)
        self.assertEqual(self.client.call("DELETE", API + "project/SHOP")[0], 204)
        self.assertEqual(self.client.get(f"{API}issue/{before}")[0], 404)
        self.assertEqual(self.client.get(API + "project/SHOP")[0], 404)

    def test_keys_and_names_that_are_free(self):
        self.assertEqual(self.client.get(API + "projectvalidate/key", key="WEB")[1]["errors"].keys(), {"projectKey"})
        self.assertEqual(self.client.get(API + "projectvalidate/key", key="FREE")[1]["errors"], {})
        self.assertEqual(self.client.get(API + "projectvalidate/validProjectKey", key="web")[1], "WEB2")
        self.assertEqual(self.client.get(API + "projectvalidate/validProjectName", name="Web Shop")[1], "Web Shop 2")

    def test_features(self):
        path = API + "project/WEB/features"
        self.assertEqual(self.client.call("PUT", path + "/jsw.classic.sprints", {"state": "DISABLED"})[0], 200)
        states = {one["feature"]: one["state"] for one in self.client.get(path)[1]["features"]}
        self.assertEqual((states["jsw.classic.sprints"], states["jsw.classic.roadmap"]), ("DISABLED", "ENABLED"))
        for feature in ("jsw.classic.backlog", "none"):
            self.assertEqual(self.client.call("PUT", f"{path}/{feature}", {"state": "DISABLED"})[0], 400)

    def test_a_priority_that_goes(self):
        before = self.client.post(API + "search/approximate-count", {"jql": "priority = Medium"})[1]["count"]
        self.assertEqual(self.client.call("DELETE", API + "priority/1")[0], 303)
        after = self.client.post(API + "search/approximate-count", {"jql": "priority = Medium"})[1]["count"]
        self.assertGreater(after, before)
        self.assertEqual([self.client.call("DELETE", f"{API}priority/{one}")[0] for one in (1, 3)], [404, 409])
        self.assertEqual(self.client.get(API + "project/WEB/securitylevel")[1], {"levels": []})

    def test_issue_types(self):
        status, made = self.client.post(API + "issuetype", {"name": "Risk"})
        self.assertEqual((status, made["hierarchyLevel"]), (201, 0))
        self.assertEqual(self.client.post(API + "issuetype", {"name": "Risk"})[0], 409)
        others = self.client.get(f"{API}issuetype/{made['id']}/alternatives")[1]
        self.assertNotIn("Sub-task", [one["name"] for one in others])
        self.assertEqual(self.client.call("DELETE", f"{API}issuetype/{made['id']}")[0], 204)
        self.assertEqual(self.client.call("DELETE", API + "issuetype/10004")[0], 409)


class OnServer(unittest.TestCase):
    def test_what_differs(self):
        client = self.enterContext(running("server"))
        api = "/rest/api/2/"
        body = {"name": "x", "project": "WEB", "leadUserName": "liwei"}
        self.assertEqual(client.post(api + "component", body)[0], 201)
        self.assertEqual(client.post(api + "component", {"name": "y", "projectId": 10001})[0], 400)
        self.assertEqual(client.call("DELETE", api + "version/10003")[0], 405)
        self.assertEqual(client.post(api + "version/10003/removeAndSwap", {})[0], 204)
        self.assertEqual(client.get(api + "project/WEB/component")[0], 404)
        self.assertEqual(client.get(api + "component/page", query="search")[1]["total"], 1)
        self.assertEqual(client.get(api + "resolution/page", query="won")[1]["total"], 1)
        actors = client.get(api + "project/WEB/role/10002")[1]["actors"]
        self.assertEqual(actors[0]["actorUser"]["name"], "priya")


if __name__ == "__main__":
    unittest.main()
