"""Boards, their backlogs and epics, ranks and estimates."""

import unittest

from stand_in import running

AGILE = "/rest/agile/1.0/"
SOFTWARE = "/rest/software/1.0/"


class OnCloud(unittest.TestCase):
    def setUp(self):
        self.client = self.enterContext(running("cloud"))

    def keys(self, path, **query):
        return [issue["key"] for issue in self.client.get(AGILE + path, fields="summary", maxResults=100,
                                                          **query)[1]["issues"]]

    def test_a_board_of_its_own(self):
        _, saved = self.client.post("/rest/api/3/filter", {"name": "Bugs", "jql": "project = HR AND type = Bug"})
        body = {"name": "Bugs", "type": "scrum", "filterId": int(saved["id"])}
        status, board = self.client.post(AGILE + "board", body)
        self.assertEqual((status, board["location"]["projectKey"]), (201, "HR"))
        path = f"board/{board['id']}"
        configured = self.client.get(f"{AGILE}{path}/configuration")[1]
        self.assertEqual((configured["filter"]["id"], configured["estimation"]["field"]["fieldId"]),
                         (saved["id"], "customfield_10016"))
        self.assertEqual([column["name"] for column in configured["columnConfig"]["columns"]],
                         ["To Do", "In Progress", "Done"])
        total = self.client.get("/_control/issues", project="HR")[1]
        self.assertEqual(len(self.keys(path + "/issue")), sum(one["issuetype"] == "Bug" for one in total))
        self.assertEqual(self.client.call("DELETE", f"/rest/api/3/filter/{saved['id']}")[0], 400)
        self.assertEqual(self.client.call("DELETE", AGILE + path)[0], 204)
        self.assertEqual(self.client.get(AGILE + path)[0], 404)
        for wrong in ({"filterId": 1}, {"type": "waterfall"}, {"name": ""}, {"location": {
                "type": "project", "projectKeyOrId": "NOPE"}}):
            self.assertEqual(self.client.post(AGILE + "board", body | wrong)[0], 400, wrong)

    def test_the_same_issues_by_token(self):
        for path in ("board/1/issue", "board/1/backlog", "epic/WEB-1/issue", "board/1/epic/none/issue"):
            found, token = [], None
            while token is not False:
                query = {"nextPageToken": token} if token else {}
                page = self.client.get(SOFTWARE + path, fields="summary", maxResults=40, **query)[1]
                found += [issue["key"] for issue in page["issues"]]
                token = page.get("nextPageToken", False)
            offset = [issue["key"] for start in (0, 100) for issue in self.client.get(
                AGILE + path, fields="summary", maxResults=100, startAt=start)[1]["issues"]]
            self.assertEqual(found, offset, path)
        count = self.client.get(SOFTWARE + "board/1/backlog/approximate-count")[1]["count"]
        self.assertEqual(count, self.client.get(AGILE + "board/1/backlog")[1]["total"])

    def test_to_the_backlog(self):
        self.client.post(AGILE + "sprint/7/issue", {"issues": ["WEB-9"]})
        self.client.call("PUT", "/rest/api/3/issue/WEB-9", {"fields": {"summary": "x"}})
        self.assertNotIn("WEB-9", self.keys("board/1/backlog"))
        self.assertEqual(self.client.post(AGILE + "backlog/issue", {"issues": ["WEB-9"]})[0], 204)
        sprints = self.client.get("/rest/api/3/issue/WEB-9")[1]["fields"]["customfield_10020"] or []
        self.assertNotIn(7, [sprint["id"] for sprint in sprints])
        self.assertEqual(self.client.post(AGILE + "backlog/issue", {"issues": ["NOPE-1"]})[0], 400)
        self.assertEqual(self.client.post(AGILE + "backlog/99/issue", {"issues": ["WEB-9"]})[0], 404)

    def test_epics(self):
        self.assertEqual(self.client.post(AGILE + "epic/WEB-1/issue", {"issues": ["WEB-9"]})[0], 204)
        self.assertIn("WEB-9", self.keys("epic/WEB-1/issue"))
        self.assertEqual(self.client.post(AGILE + "epic/none/issue", {"issues": ["WEB-9"]})[0], 204)
        self.assertIn("WEB-9", self.keys("epic/none/issue", jql="project = WEB"))
        self.assertEqual(self.client.post(AGILE + "epic/WEB-1/issue", {"issues": ["WEB-2"]})[0], 400)
        _, epic = self.client.post(AGILE + "epic/WEB-1", {"name": "New", "color": {"key": "color_4"}, "done": True})
        self.assertEqual((epic["name"], epic["color"], epic["done"]), ("New", {"key": "color_4"}, True))
        self.assertEqual(self.client.get(AGILE + "epic/WEB-9")[0], 404)
        self.assertEqual(self.client.post(AGILE + "epic/WEB-1", {"color": {"key": "red"}})[0], 400)

    def test_ranks(self):
        def order():
            keys = self.keys("board/1/issue", jql="key in (WEB-7, WEB-8, WEB-9, WEB-10) order by Rank")
            return [key.partition("-")[2] for key in keys]
        self.assertEqual(order(), ["7", "8", "9", "10"])
        self.assertEqual(self.client.call("PUT", AGILE + "issue/rank", {
            "issues": ["WEB-10", "WEB-9"], "rankBeforeIssue": "WEB-8"})[0], 204)
        self.assertEqual(order(), ["7", "10", "9", "8"])
        self.client.call("PUT", AGILE + "issue/rank", {"issues": ["WEB-7"], "rankAfterIssue": "WEB-10"})
        self.assertEqual(order(), ["10", "7", "9", "8"])
        ranks = [self.client.get(f"/rest/api/3/issue/WEB-{key}")[1]["fields"]["customfield_10019"] for key in order()]
        self.assertEqual(ranks, sorted(ranks))
        for wrong in ({}, {"rankBeforeIssue": "WEB-8", "rankAfterIssue": "WEB-7"}, {"rankAfterIssue": "NOPE-1"}):
            self.assertEqual(self.client.call("PUT", AGILE + "issue/rank", {"issues": ["WEB-9"]} | wrong)[0], 400)

    def test_estimates(self):
        path = AGILE + "issue/WEB-9/estimation"
        self.assertEqual(self.client.call("PUT", path, {"value": "5"}, boardId=1)[1],
                         {"fieldId": "customfield_10016", "value": "5.0"})
        self.assertEqual(self.client.get("/rest/api/3/issue/WEB-9")[1]["fields"]["customfield_10016"], 5)
        self.assertNotIn("value", self.client.call("PUT", path, {}, boardId=1)[1])
        for query, status in (({}, 400), ({"boardId": 99}, 404), ({"boardId": 3}, 400)):
            self.assertEqual(self.client.get(path, **query)[0], status)


class OnServer(unittest.TestCase):
    def test_epics_by_link(self):
        client = self.enterContext(running("server"))
        client.post(AGILE + "epic/WEB-1/issue", {"issues": ["WEB-9"]})
        self.assertEqual(client.get("/rest/api/2/issue/WEB-9")[1]["fields"]["customfield_10014"], "WEB-1")
        self.assertEqual(client.get(SOFTWARE + "board/1/issue")[0], 404)
        self.assertEqual(client.get(AGILE + "board/1/configuration")[1].get("location"), None)


if __name__ == "__main__":
    unittest.main()
