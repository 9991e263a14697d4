"""The history of issues: what a change leaves behind, and how it is read."""

import unittest

from stand_in import running

PERSON = "557058:7c1d2e3f-0a4b-4c5d-8e6f-012345678903"
ISSUE = "/rest/api/3/issue/WEB-9"
BULK = "/rest/api/3/changelog/bulkfetch"


class OnCloud(unittest.TestCase):
    def setUp(self):
        self.client = self.enterContext(running("cloud"))
        self.before = len(self.changes())

    def changes(self):
        return self.client.get(ISSUE + "/changelog")[1]["values"]

    def change(self, **fields):
        self.assertEqual(self.client.call("PUT", ISSUE, {"fields": fields})[0], 204)
        return [[item[name] for name in ("field", "fieldtype", "from", "fromString", "to", "toString")]
                for item in self.changes()[-1]["items"]]

    def test_an_entry_for_each_change(self):
        self.assertEqual(self.change(priority={"name": "High"}, summary="New")[0][0], "summary")
        entry = self.changes()[self.before]
        self.assertEqual((entry["author"]["displayName"], len(self.changes())), ("Dana Moreau", self.before + 1))
        self.assertEqual([item["fieldId"] for item in entry["items"]], ["summary", "priority"])
        self.assertEqual(self.client.call("PUT", ISSUE, {"fields": {"summary": "New"}})[0], 204)
        self.assertEqual(len(self.changes()), self.before + 1)

    def test_values(self):
        self.change(assignee=None, labels=[], fixVersions=[], customfield_10020=None, duedate=None)
        self.assertEqual(self.change(assignee={"accountId": PERSON}),
                         [["assignee", "jira", None, None, PERSON, "李伟"]])
        self.assertEqual(self.change(labels=["b", "a"]), [["labels", "jira", None, "", None, "a b"]])
        self.assertEqual(self.change(duedate="2027-01-02"),
                         [["duedate", "jira", None, None, "2027-01-02", "2027-01-02"]])
        added = self.change(fixVersions=[{"name": "3.0"}, {"name": "3.1"}])
        self.assertEqual([(item[0], item[3], item[5]) for item in added],
                         [("Fix Version", None, "3.0"), ("Fix Version", None, "3.1")])
        self.assertEqual(self.change(customfield_10020=7), [["Sprint", "custom", None, "", "7", "WEB Sprint 24"]])
        self.assertEqual(self.change(customfield_10016=2.5)[0][-1], "2.5")

    def test_transitions_and_links(self):
        self.client.post(ISSUE + "/transitions", {"transition": {"id": "51"}})
        self.client.post(ISSUE + "/transitions", {"transition": {"id": "61"}})
        self.assertEqual([item["field"] for item in self.changes()[-1]["items"]], ["status", "resolution"])
        self.client.post("/rest/api/3/issueLink", {"type": {"name": "Blocks"}, "inwardIssue": {"key": "WEB-9"},
                                                   "outwardIssue": {"key": "WEB-10"}})
        self.assertEqual(self.changes()[-1]["items"][0]["toString"], "This issue blocks WEB-10")

    def test_expanded_the_newest_is_first(self):
        self.change(summary="One")
        self.change(summary="Two")
        shown = self.client.get(ISSUE, expand="changelog", fields="summary")[1]["changelog"]
        self.assertEqual(shown["total"], self.before + 2)
        self.assertEqual(shown["histories"][0]["items"][0]["toString"], "Two")

    def test_many_issues(self):
        self.change(summary="One")
        pages, token = [], None
        while True:
            body = {"issueIdsOrKeys": ["WEB-9", "WEB-8", "NOPE-1"], "maxResults": 2}
            _, page = self.client.post(BULK, body | ({"nextPageToken": token} if token else {}))
            pages += [(one["issueId"], change["id"]) for one in page["issueChangeLogs"]
                      for change in one["changeHistories"]]
            token = page.get("nextPageToken")
            if not token:
                break
        known = [self.client.get(f"/rest/api/3/issue/{key}/changelog")[1]["total"] for key in ("WEB-8", "WEB-9")]
        self.assertEqual((len(pages), len(set(pages))), (sum(known), sum(known)))
        _, page = self.client.post(BULK, {"issueIdsOrKeys": ["WEB-9"], "fieldIds": ["summary"]})
        (found,) = page["issueChangeLogs"]
        self.assertEqual([len(found["changeHistories"]), type(found["changeHistories"][0]["created"])], [1, int])

    def test_limits(self):
        for body in ({"issueIdsOrKeys": []}, {"issueIdsOrKeys": ["WEB-9"], "fieldIds": ["summary"] * 11},
                     {"issueIdsOrKeys": ["WEB-9"], "maxResults": 10_001}, {"issueIdsOrKeys": ["WEB-9"] * 1001},
                     {"issueIdsOrKeys": ["WEB-9"], "nextPageToken": "made up"}, {"issues": ["WEB-9"]}):
            self.assertEqual(self.client.post(BULK, body)[0], 400, body)
        self.assertEqual(self.client.get("/rest/api/3/issue/WEB-99999/changelog")[0], 404)

    def test_the_sample_has_a_past(self):
        found = self.client.get("/rest/api/3/search/jql", jql="status = Done", maxResults=5, fields="status",
                                expand="changelog")[1]["issues"]
        for issue in found:
            items = [item for entry in issue["changelog"]["histories"] for item in entry["items"]]
            self.assertIn("Done", [item["toString"] for item in items if item["field"] == "status"])


class OnServer(unittest.TestCase):
    def test_expanded_only_and_the_oldest_first(self):
        client = self.enterContext(running("server"))
        path = "/rest/api/2/issue/WEB-9"
        for summary in ("One", "Two"):
            client.call("PUT", path, {"fields": {"summary": summary}})
        items = [entry["items"][0] for entry in client.get(path, expand="changelog")[1]["changelog"]["histories"]]
        self.assertEqual([item["toString"] for item in items[-2:]], ["One", "Two"])
        self.assertNotIn("fieldId", items[-1])
        self.assertEqual(client.get(path + "/changelog")[0], 404)


if __name__ == "__main__":
    unittest.main()
