"""Pages of both deployments."""

import unittest

from stand_in import running

SEARCH = "/rest/api/3/search/jql"


class CloudPages(unittest.TestCase):
    def setUp(self):
        self.client = self.enterContext(running("cloud", "--issues", "250"))

    def pages(self, **query):
        token = None
        while True:
            status, page = self.client.get(SEARCH, **query, **({"nextPageToken": token} if token else {}))
            self.assertEqual(status, 200, page)
            yield page
            token = page.get("nextPageToken")
            self.assertEqual(page["isLast"], token is None)
            if token is None:
                return

    def test_every_issue_once(self):
        pages = list(self.pages(jql="project = BULK order by key", fields="summary", maxResults=1000))
        self.assertEqual([len(page["issues"]) for page in pages], [100, 100, 50])
        keys = [issue["key"] for page in pages for issue in page["issues"]]
        self.assertEqual(keys, [f"BULK-{number}" for number in range(1, 251)])

    def test_ids_alone_come_in_large_pages(self):
        page, = self.pages(jql="project = BULK order by key", maxResults=5000)
        self.assertEqual(len(page["issues"]), 250)
        self.assertEqual(set(page["issues"][0]), {"id"})
        page, = self.pages(jql="project = BULK order by key", maxResults=5000, fields="key")
        self.assertEqual(page["issues"][0]["key"], "BULK-1")
        self.assertNotIn("fields", page["issues"][0])

    def test_the_default_page(self):
        page = next(self.pages(jql="project = BULK"))
        self.assertEqual(len(page["issues"]), 50)

    def test_tokens_belong_to_their_search(self):
        _, page = self.client.get(SEARCH, jql="project = BULK", maxResults=10)
        token = page["nextPageToken"]
        for query in ({"jql": "project = OPS"}, {"jql": "project = BULK", "fields": "summary"}):
            self.assertEqual(self.client.get(SEARCH, nextPageToken=token, **query)[0], 400)
        self.assertEqual(self.client.get(SEARCH, jql="project = BULK", nextPageToken=token + "x")[0], 400)
        self.assertEqual(self.client.get(SEARCH, jql="project = BULK", nextPageToken="é")[0], 400)

    def test_a_deletion_between_pages_loses_nothing(self):
        query = {"jql": "project = BULK and labels = bulk-3 order by key", "fields": "summary", "maxResults": 10}
        _, first = self.client.get(SEARCH, **query)
        self.client.call("DELETE", f"/rest/api/3/issue/{first['issues'][0]['key']}")
        _, second = self.client.get(SEARCH, nextPageToken=first["nextPageToken"], **query)
        self.assertEqual(second["issues"][0]["key"], "BULK-103")

    def test_the_count(self):
        self.assertEqual(self.client.post("/rest/api/3/search/approximate-count", {"jql": "labels = bulk-4"}),
                         (200, {"count": 25}))

    def test_projects(self):
        status, page = self.client.get("/rest/api/3/project/search", maxResults=2, orderBy="-key")
        self.assertEqual([project["key"] for project in page["values"]], ["WEB", "OPS"])
        self.assertEqual((page["isLast"], page["total"], "nextPage" in page), (False, 5, True))

    def test_the_old_search_is_gone(self):
        for path in ("search", "search/id"):
            status, body = self.client.get(f"/rest/api/2/{path}", jql="project = OPS", startAt=0)
            self.assertEqual(status, 410)
            self.assertIn("The requested API has been removed.", body["errorMessages"][0])

    def test_bulkfetch(self):
        wanted = ["BULK-2", "NOPE-1", "OPS-1", "BULK-2"]
        _, body = self.client.post("/rest/api/3/issue/bulkfetch", {"issueIdsOrKeys": wanted, "fields": ["summary"]})
        self.assertEqual([issue["key"] for issue in body["issues"]], ["OPS-1", "BULK-2"])
        self.assertEqual(body["issueErrors"], [])

    def test_the_size_of_a_bulkfetch(self):
        def status(number, **asked):
            return self.client.post("/rest/api/3/issue/bulkfetch", {"issueIdsOrKeys": ["1"] * number} | asked)[0]

        small = ["summary", "status", "customfield_10016"]
        self.assertEqual((status(100), status(101)), (200, 400))
        self.assertEqual((status(1000, fields=small), status(1001, fields=small)), (200, 400))
        for fields in (["labels"], ["comment"], ["customfield_10020"], ["*navigable"], ["summary", "-labels"]):
            self.assertEqual(status(101, fields=fields), 400, fields)
        self.assertEqual(status(101, fields=small, expand=["changelog"]), 400)
        self.client.post("/_control/oddities", {"large_batches": False})
        self.assertEqual((status(100, fields=small), status(101, fields=small)), (200, 400))

    def test_errors_of_a_bulkfetch(self):
        self.client.post("/_control/oddities", {"batch_payload": 3})
        wanted = {"issueIdsOrKeys": [f"BULK-{number}" for number in range(1, 6)], "fields": ["summary"]}
        _, body = self.client.post("/rest/api/3/issue/bulkfetch", wanted)
        self.assertEqual([issue["key"] for issue in body["issues"]], ["BULK-1", "BULK-2", "BULK-3"])
        self.assertEqual(len(body["issueErrors"]), 2)

    def test_points(self):
        self.client.get("/rest/api/3/search/jql", jql="project = BULK", fields="summary", maxResults=30)
        self.client.post("/rest/api/3/issue/bulkfetch", {"issueIdsOrKeys": ["BULK-1", "BULK-2"]})
        self.assertEqual([entry["points"] for entry in self.client.get("/_control/requests")[1]], [31, 3])


class ServerPages(unittest.TestCase):
    def setUp(self):
        self.client = self.enterContext(running("server", "--issues", "30", "--max-page", "20", "--context", "/jira"))

    def test_offsets(self):
        status, page = self.client.get("/rest/api/2/search", jql="project = BULK order by key", startAt=15,
                                       maxResults=1000, fields="summary")
        self.assertEqual((page["startAt"], page["maxResults"], page["total"], len(page["issues"])), (15, 20, 30, 15))
        self.assertEqual(page["issues"][0]["key"], "BULK-16")
        body = {"jql": "project = BULK", "maxResults": 0}
        self.assertEqual(self.client.post("/rest/api/latest/search", body)[1]["issues"], [])

    def test_validate_query(self):
        query = {"jql": "key in (BULK-1, BULK-999)", "fields": "summary"}
        status, body = self.client.get("/rest/api/2/search", **query)
        self.assertEqual((status, body["errorMessages"]),
                         (400, ["An issue with key 'BULK-999' does not exist for field 'key'."]))
        status, body = self.client.get("/rest/api/2/search", validateQuery="false", **query)
        self.assertEqual((status, body["total"]), (200, 1))

    def test_cloud_only_paths(self):
        for method, path in (("GET", "search/jql"), ("POST", "issue/bulkfetch"), ("POST", "search/approximate-count")):
            status, body = self.client.call(method, f"/rest/api/2/{path}", {} if method == "POST" else None)
            self.assertEqual((status, body["status-code"]), (404, 404))
        self.assertEqual(self.client.get("/rest/api/3/serverInfo")[0], 404)

    def test_comments(self):
        path = "/rest/api/2/issue/BULK-1/comment"
        for text in ("one", "two", "three"):
            self.assertEqual(self.client.post(path, {"body": text})[0], 201)
        status, page = self.client.get(path, orderBy="-created", maxResults=1)
        self.assertEqual(([comment["body"] for comment in page["comments"]], page["total"]), (["three"], 3))
        self.assertEqual(self.client.get(path, orderBy="author")[0], 400)


if __name__ == "__main__":
    unittest.main()
