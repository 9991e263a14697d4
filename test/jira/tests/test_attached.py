"""What is attached to issues: links, links to elsewhere, votes, properties."""

import unittest

from stand_in import running

API = "/rest/api/3/"
ISSUE = API + "issue/WEB-9"


class OnCloud(unittest.TestCase):
    def setUp(self):
        self.client = self.enterContext(running("cloud"))

    def links(self, key):
        return self.client.get(f"{API}issue/{key}", fields="issuelinks")[1]["fields"]["issuelinks"]

    def link(self, **given):
        body = {"type": {"name": "Blocks"}, "inwardIssue": {"key": "HR-3"}, "outwardIssue": {"key": "HR-4"}} | given
        return self.client.post(API + "issueLink", body)

    def test_links(self):
        before = len(self.links("HR-3"))
        self.assertEqual(self.link(), (201, None))
        self.assertEqual(self.link(), (201, None))      # once is enough
        inward, outward = self.links("HR-3")[-1], self.links("HR-4")[-1]
        self.assertEqual((inward["outwardIssue"]["key"], outward["inwardIssue"]["key"]), ("HR-4", "HR-3"))
        self.assertEqual((inward["id"], inward["type"]["outward"]), (outward["id"], "blocks"))
        self.assertEqual(len(self.links("HR-3")), before + 1)
        path = f"{API}issueLink/{inward['id']}"
        self.assertEqual(self.client.get(path)[1]["inwardIssue"]["key"], "HR-3")
        self.assertEqual((self.client.call("DELETE", path)[0], self.client.get(path)[0]), (204, 404))
        self.assertEqual(len(self.links("HR-3")), before)

    def test_links_that_are_none(self):
        self.assertEqual(self.link(type={"name": "Hates"})[0], 404)
        self.assertEqual(self.link(inwardIssue={"key": "NOPE-1"})[0], 404)
        self.assertEqual(self.link(inwardIssue={"key": "HR-4"})[0], 400)
        self.assertEqual(self.link(inwardIssue=None)[0], 400)
        self.assertEqual(self.link(comment={"body": "markup"})[0], 400)
        self.assertEqual(self.client.get(API + "issueLink/x")[0], 400)

    def test_a_deleted_issue_takes_its_links_along(self):
        before = len(self.links("HR-4"))
        self.link()
        self.client.call("DELETE", API + "issue/HR-3", deleteSubtasks="true")
        self.assertLessEqual(len(self.links("HR-4")), before)

    def test_link_types(self):
        path = API + "issueLinkType"
        status, made = self.client.post(path, {"name": "Causes", "inward": "is caused by", "outward": "causes"})
        self.assertEqual(status, 201)
        self.assertEqual(self.client.post(path, made | {"id": None})[0], 400)
        self.assertEqual(self.link(type={"id": made["id"]})[0], 201)
        self.client.call("PUT", f"{path}/{made['id']}", {"outward": "brings about"})
        self.assertEqual(self.links("HR-3")[-1]["type"]["outward"], "brings about")
        self.client.call("DELETE", f"{path}/{made['id']}")
        self.assertNotIn("Causes", [one["type"]["name"] for one in self.links("HR-3")])

    def test_links_to_elsewhere(self):
        path = ISSUE + "/remotelink"
        target = {"object": {"url": "https://example.com/1", "title": "One"}}
        status, made = self.client.post(path, target | {"globalId": "g&1", "relationship": "seen in"})
        self.assertEqual((status, type(made["id"])), (201, int))
        status, again = self.client.post(path, {"globalId": "g&1", "object": {"url": "https://x", "title": "Two"}})
        self.assertEqual((status, again["id"]), (200, made["id"]))
        self.assertEqual(self.client.post(path, target)[0], 201)
        self.assertEqual(len(self.client.get(path)[1]), 2)
        self.assertEqual(self.client.get(path, globalId="g&1")[1]["object"]["title"], "Two")
        self.assertEqual(self.client.call("DELETE", path, globalId="g&1")[0], 204)
        self.assertEqual(self.client.get(f"{path}/{made['id']}")[0], 404)
        self.assertEqual(self.client.post(path, {"object": {"url": "https://x"}})[0], 400)

    def test_votes(self):
        for method, votes in (("POST", 1), ("POST", 1), ("DELETE", 0), ("DELETE", 0)):
            self.assertEqual(self.client.call(method, ISSUE + "/votes")[0], 204)
            shown = self.client.get(ISSUE, fields="votes")[1]["fields"]["votes"]
            self.assertEqual((shown["votes"], shown["hasVoted"]), (votes, votes > 0))

    def test_properties(self):
        account = self.client.get(API + "myself")[1]["accountId"]
        log = self.client.post(ISSUE + "/worklog", {"timeSpent": "1h"})[1]["id"]
        for path, query in ((ISSUE, {}), (API + "project/WEB", {}), (API + "comment/10000", {}),
                            (f"{ISSUE}/worklog/{log}", {}), (API + "issuetype/10001", {}),
                            (API + "user", {"accountId": account}), ("/rest/agile/1.0/board/1", {})):
            one = path + "/properties/k%20ey"
            self.assertEqual(self.client.call("PUT", one, {"a": [1, None]}, **query)[0], 201, path)
            self.assertEqual(self.client.call("PUT", one, '"text"', **query)[0], 200)
            self.assertEqual(self.client.get(one, **query)[1], {"key": "k ey", "value": "text"})
            keys = self.client.get(path + "/properties", **query)[1]["keys"]
            self.assertIn("k ey", [entry["key"] for entry in keys])
            self.assertEqual(self.client.call("DELETE", one, **query)[0], 204)
            self.assertEqual(self.client.get(one, **query)[0], 404)
        self.assertEqual(self.client.get(API + "user/properties")[0], 400)
        self.assertEqual(self.client.call("PUT", ISSUE + "/properties/" + "k" * 256, "1")[0], 400)
        self.assertEqual(self.client.call("PUT", ISSUE + "/properties/k", ["x" * 32768])[0], 400)
        self.assertEqual(self.client.get(API + "comment/99/properties")[0], 404)

    def test_a_property_of_many(self):
        numbers = {key: int(self.client.get(API + "issue/" + key)[1]["id"]) for key in ("WEB-8", "WEB-9")}
        path, one = API + "issue/properties/k", ISSUE + "/properties/k"
        response, _ = self.client.send("PUT", path, {"value": 1, "filter": {"entityIds": list(numbers.values())}})
        self.assertEqual(response.status, 303)
        task = response.headers["Location"].partition(str(self.client.connection.port))[2]
        self.assertEqual(self.client.get(task)[1]["status"], "COMPLETE")
        self.assertEqual(self.client.get(one)[1]["value"], 1)
        self.client.send("PUT", path, {"value": 2, "filter": {"currentValue": 1, "entityIds": [numbers["WEB-9"]]}})
        self.client.send("DELETE", path, {"currentValue": 1})
        self.assertEqual((self.client.get(one)[1]["value"], self.client.get(one.replace("9", "8"))[0]), (2, 404))
        for wrong in ({}, {"expression": "1"}, {"value": 1, "filter": {"currentValue": 1, "hasProperty": False}}):
            self.assertEqual(self.client.call("PUT", path, wrong)[0], 400)
        self.assertEqual(self.client.get(API + "task/1")[0], 404)

    def test_comments_by_id(self):
        first = self.client.get(API + "issue/WEB-9/comment")[1]["comments"]
        _, page = self.client.post(API + "comment/list", {"ids": [10001, 10000, 99]})
        self.assertEqual([one["id"] for one in page["values"]], ["10000", "10001"])
        self.assertEqual(self.client.post(API + "comment/list", {"ids": []})[0], 400)
        self.assertIsInstance(first, list)

    def test_watching_many(self):
        mine = self.client.get(ISSUE)[1]["id"]
        self.client.post(ISSUE + "/watchers", None)
        status, answer = self.client.post(API + "issue/watching", {"issueIds": [mine, "99999"]})
        self.assertEqual((status, answer["issuesIsWatching"].get("99999")), (200, False))


class OnServer(unittest.TestCase):
    def test_votes_for_what_was_reported(self):
        client = self.enterContext(running("server"))
        _, made = client.post("/rest/api/2/issue", {"fields": {
            "project": {"key": "WEB"}, "issuetype": {"name": "Bug"}, "summary": "x"}})
        self.assertEqual(client.call("POST", f"/rest/api/2/issue/{made['key']}/votes")[0], 404)
        self.assertEqual(client.call("POST", "/rest/api/2/issue/WEB-9/votes")[0], 204)


if __name__ == "__main__":
    unittest.main()
