"""The smaller resources, on both deployments."""

import unittest

from stand_in import running

PERSON = "557058:7c1d2e3f-0a4b-4c5d-8e6f-012345678903"


class OnCloud(unittest.TestCase):
    def setUp(self):
        self.client = self.enterContext(running("cloud"))

    def test_creation_metadata(self):
        path = "/rest/api/3/issue/createmeta/WEB/issuetypes"
        _, page = self.client.get(path)
        self.assertEqual((page["total"], "isLast" in page, page["issueTypes"][0]["hierarchyLevel"]), (5, False, 1))
        _, page = self.client.get(f"{path}/10004", maxResults=200)
        fields = {field["fieldId"]: field for field in page["fields"]}
        self.assertTrue(fields["summary"]["required"])
        self.assertEqual(len(fields["priority"]["allowedValues"]), 5)
        self.assertEqual(fields["labels"]["operations"], ["add", "set", "remove"])
        self.assertEqual(self.client.get(path, maxResults=201)[0], 400)
        self.assertEqual(self.client.get(path.replace("WEB", "NOPE"))[0], 400)
        self.assertIn("summary", self.client.get("/rest/api/3/issue/WEB-9/editmeta")[1]["fields"])

    def test_watchers(self):
        path = "/rest/api/3/issue/WEB-9/watchers"
        before = self.client.get(path)[1]["watchCount"]
        for body in ('"' + PERSON + '"', None):
            headers = {"Content-Type": "application/json"} if body else {}
            self.assertEqual(self.client.send("POST", path, body, headers)[0].status, 204)
        self.assertEqual(self.client.get(path)[1]["watchCount"], before + 2)
        self.assertTrue(self.client.get("/rest/api/3/issue/WEB-9")[1]["fields"]["watches"]["isWatching"])
        self.assertEqual(self.client.send("POST", path, PERSON)[0].status, 400)
        self.assertEqual(self.client.call("DELETE", path, accountId=PERSON)[0], 204)
        self.assertEqual(self.client.call("DELETE", path)[0], 400)

    def test_assigning(self):
        path = "/rest/api/3/issue/HR-3/assignee"
        for given, shown in ((PERSON, "李伟"), (None, None), ("-1", "Amara Okafor")):
            self.assertEqual(self.client.call("PUT", path, {"accountId": given})[0], 204)
            assignee = self.client.get("/rest/api/3/issue/HR-3")[1]["fields"]["assignee"]
            self.assertEqual(assignee and assignee["displayName"], shown)
        self.assertEqual(self.client.call("PUT", path, {"accountId": "nobody"})[0], 400)
        self.assertEqual(self.client.call("PUT", path, {"name": "liwei"})[0], 400)

    def test_groups(self):
        status, group = self.client.post("/rest/api/3/group", {"name": "New & old"})
        self.assertEqual((status, group["name"], group["users"]["size"]), (201, "New & old", 0))
        by_id = {"groupId": group["groupId"]}
        self.assertEqual(self.client.post("/rest/api/3/group", {"name": "New & old"})[0], 400)
        self.assertEqual(self.client.post("/rest/api/3/group/user", {"accountId": PERSON}, **by_id)[0], 201)
        self.assertEqual(self.client.get("/rest/api/3/group/member", **by_id)[1]["values"][0]["accountId"], PERSON)
        self.assertIn(group["groupId"], [one["groupId"] for one in self.client.get(
            "/rest/api/3/user/groups", accountId=PERSON)[1]])
        self.assertEqual(self.client.call("DELETE", "/rest/api/3/group/user", accountId=PERSON, **by_id), (200, None))
        self.assertEqual(self.client.call("DELETE", "/rest/api/3/group", groupname="x", **by_id)[0], 400)
        self.assertEqual(self.client.call("DELETE", "/rest/api/3/group", **by_id), (200, None))
        self.assertEqual(self.client.get("/rest/api/3/group/bulk", maxResults=1)[1]["isLast"], False)

    def test_sprints(self):
        agile = "/rest/agile/1.0/"
        board = self.client.get(agile + "board", type="scrum", projectKeyOrId="WEB")[1]["values"][0]["id"]
        status, sprint = self.client.post(agile + "sprint", {"name": " S ", "originBoardId": board, "goal": "g"})
        self.assertEqual((status, sprint["state"], sprint["name"], "startDate" in sprint), (201, "future", "S", False))
        path = f"{agile}sprint/{sprint['id']}"
        self.assertEqual(self.client.post(path, {"state": "active"})[0], 400)
        dates = {"startDate": "2026-01-01T00:00:00.000+01:00", "endDate": "2026-01-14T00:00:00.000Z"}
        _, sprint = self.client.post(path, {"state": "active", **dates})
        self.assertEqual((sprint["state"], sprint["goal"], sprint["startDate"]),
                         ("active", "g", "2025-12-31T23:00:00.000Z"))
        _, sprint = self.client.call("PUT", path, {"name": "T"})
        self.assertEqual((sprint["goal"], "startDate" in sprint), ("", False))
        self.assertEqual(self.client.post(path + "/issue", {"issues": ["WEB-9"]})[0], 204)
        _, page = self.client.get(f"/rest/software/1.0/sprint/{sprint['id']}/issue", fields="summary")
        self.assertEqual(([issue["key"] for issue in page["issues"]], page["isLast"]), (["WEB-9"], True))
        self.assertEqual(self.client.call("DELETE", path)[0], 204)
        self.assertEqual(self.client.get(path)[0], 404)
        states = [one["state"] for one in self.client.get(f"{agile}board/{board}/sprint")[1]["values"]]
        self.assertEqual(states, ["closed"] * 6 + ["active"] + ["future"] * 2)
        self.assertEqual(self.client.get(agile + "board/3/sprint")[0], 400)

    def test_users_and_projects(self):
        status, user = self.client.post("/rest/api/3/user", {"emailAddress": "new@example.com", "products": []})
        self.assertEqual(status, 201)
        self.assertEqual(self.client.post("/rest/api/3/user", {"emailAddress": "new@example.com"})[0], 400)
        self.assertEqual(self.client.call("DELETE", "/rest/api/3/user", accountId=user["accountId"])[0], 204)
        status, project = self.client.post("/rest/api/3/project", {
            "key": "NEW", "name": "New", "leadAccountId": PERSON, "projectTypeKey": "software"})
        self.assertEqual((status, type(project["id"])), (201, int))
        self.assertEqual(self.client.get("/rest/api/3/project/NEW")[1]["lead"]["accountId"], PERSON)
        self.assertEqual(set(self.client.post("/rest/api/3/project", {"key": "new"})[1]["errors"]),
                         {"projectKey", "projectName", "projectLead"})
        found = self.client.get("/rest/api/3/user/assignable/multiProjectSearch", projectKeys="WEB,OPS", query="pri")
        self.assertEqual([one["displayName"] for one in found[1]], ["Priya Raghunathan"])


class OnServer(unittest.TestCase):
    def setUp(self):
        self.client = self.enterContext(running("server"))

    def test_shapes_that_differ(self):
        _, page = self.client.get("/rest/api/2/issue/createmeta/WEB/issuetypes/10004")
        self.assertEqual((page["isLast"], page["values"][0]["fieldId"]), (True, "summary"))
        self.assertEqual(self.client.call("PUT", "/rest/api/2/issue/WEB-9/assignee", {"name": "liwei"})[0], 204)
        self.assertEqual(self.client.call("DELETE", "/rest/api/2/issue/WEB-9/watchers", username="liwei")[0], 204)
        self.assertEqual(self.client.call("DELETE", "/rest/api/2/group", groupname="nope")[0], 400)
        _, user = self.client.get("/rest/api/2/user", username="liwei", expand="groups")
        self.assertIn("developers", [group["name"] for group in user["groups"]["items"]])
        found = self.client.get("/rest/api/2/user/search", username="wei")[1]
        self.assertEqual([one["name"] for one in found], ["liwei"])
        body = {"name": "neu", "displayName": "Neu", "emailAddress": "neu@example.com"}
        self.assertEqual(self.client.post("/rest/api/2/user", body)[0], 201)
        self.assertEqual(self.client.call("DELETE", "/rest/api/2/user", username="neu")[0], 204)
        self.assertEqual(self.client.call("DELETE", "/rest/api/2/user", username="liwei")[0], 400)
        self.assertEqual(self.client.call("DELETE", "/rest/agile/1.0/sprint/1")[0], 400)
        self.assertEqual(self.client.get("/rest/agile/1.0/sprint/7/issue", maxResults=1)[1]["maxResults"], 1)
        self.assertEqual(len(self.client.get("/rest/api/2/project")[1]), 4)


if __name__ == "__main__":
    unittest.main()
