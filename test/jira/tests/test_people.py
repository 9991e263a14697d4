"""Who there is, what they may, and what forms suggest."""

import unittest

import stand_in
from stand_in import running

API = "/rest/api/3/"
PERSON = "557058:7c1d2e3f-0a4b-4c5d-8e6f-012345678903"


class OnCloud(unittest.TestCase):
    def setUp(self):
        self.client = self.enterContext(running("cloud"))
        self.reader = stand_in.Client(self.client.connection.port, "reader@example.com:reader-token")
        self.addCleanup(self.reader.close)

    def names(self, path, **query):
        status, found = self.client.get(API + path, **query)
        self.assertEqual(status, 200, found)
        return [one["displayName"] for one in found]

    def test_search(self):
        self.assertEqual(self.names("user/search", query="pri"), ["Priya Raghunathan"])
        self.assertEqual(self.names("user/search", accountId=PERSON), ["李伟"])
        self.assertEqual(self.names("user/assignable/search", project="WEB", query="wei"), ["李伟"])
        self.assertEqual(len(self.names("user/assignable/search", issueKey="WEB-9", maxResults=3)), 3)
        self.assertNotIn("Rhys O'Connor", self.names("user/permission/search", permissions="EDIT_ISSUES"))
        for path, query in (("user/search", {}), ("user/assignable/search", {"query": "a"}), ("user/bulk", {}),
                            ("user/viewissue/search", {"projectKey": "WEB"}),
                            ("user/permission/search", {"permissions": "FLY"}), ("user/permission/search", {})):
            self.assertEqual(self.client.get(API + path, **query)[0], 400, (path, query))
        self.assertEqual(self.client.get(API + "user/assignable/search", project="NOPE")[0], 404)

    def test_pickers(self):
        _, found = self.client.get(API + "user/picker", query="priya", showAvatar="true")
        self.assertEqual((found["total"], found["users"][0]["html"][:12]), (1, "<b>Priya</b>"))
        self.assertIn("avatarUrl", found["users"][0])
        self.assertEqual(self.client.get(API + "groups/picker", query="DEV")[1]["groups"], [])
        groups = self.client.get(API + "groups/picker", query="DEV", caseInsensitive="true")[1]["groups"]
        self.assertEqual([one["name"] for one in groups], ["developers"])
        both = self.client.get(API + "groupuserpicker", query="dev", maxResults=1)[1]
        self.assertEqual((both["groups"]["total"], len(both["users"]["users"])), (1, 0))
        _, found = self.client.get(API + "issue/picker", query="WEB-12", currentJQL="project = WEB")
        self.assertIn("WEB-12", [one["key"] for one in found["sections"][1]["issues"]])

    def test_permissions(self):
        asked = {"permissions": "EDIT_ISSUES,BROWSE_PROJECTS", "projectKey": "WEB"}
        shown = self.reader.get(API + "mypermissions", **asked)[1]["permissions"]
        self.assertEqual({key: one["havePermission"] for key, one in shown.items()},
                         {"EDIT_ISSUES": False, "BROWSE_PROJECTS": True})
        self.assertEqual(self.reader.get(API + "mypermissions")[0], 400)
        self.assertEqual(self.reader.get(API + "permissions")[0], 403)
        self.assertEqual(self.reader.post(API + "permissions/project", {"permissions": ["EDIT_ISSUES"]})[1],
                         {"projects": []})
        body = {"accountId": PERSON, "globalPermissions": ["ADMINISTER", "BULK_CHANGE"]}
        self.assertEqual(self.client.post(API + "permissions/check", body)[1]["globalPermissions"], ["BULK_CHANGE"])
        self.assertEqual(self.reader.post(API + "permissions/check", body)[0], 403)

    def test_preferences(self):
        path = API + "mypreferences"
        self.assertEqual(self.client.get(path, key="k")[0], 404)
        self.assertEqual(self.client.call("PUT", path, '"v"', key="k")[0], 204)
        self.assertEqual(self.client.get(path, key="k")[1], "v")
        self.assertEqual(self.client.call("DELETE", path, key="k")[0], 204)
        self.assertEqual(self.client.call("PUT", API + "user/columns", {"columns": ["summary"]})[0], 200)
        self.assertEqual(self.client.get(API + "user/columns")[1], [{"label": "Summary", "value": "summary"}])
        self.assertEqual(self.client.call("PUT", API + "user/columns", {"columns": ["none"]})[0], 400)

    def test_filters(self):
        _, made = self.client.post(API + "filter", {"name": "Mine", "jql": "project = WEB", "favourite": True})
        path = f"{API}filter/{made['id']}"
        self.assertEqual([one["id"] for one in self.client.get(API + "filter/favourite")[1]], [made["id"]])
        for body in ({"name": "Mine"}, {"name": "x", "jql": "nope = 1"}, {"jql": "project = WEB"}):
            self.assertEqual(self.client.post(API + "filter", body)[0], 400, body)
        found = self.client.get(API + "filter/search", filterName="mine")[1]["values"]
        self.assertEqual((found[0]["id"], "jql" in found[0]), (made["id"], False))
        self.assertEqual(self.client.get(path + "/columns")[0], 404)
        self.assertEqual(self.reader.get(path)[0], 200)
        self.assertEqual(self.client.call("DELETE", path)[0], 204)
        self.assertEqual(self.client.get(path)[0], 404)


class OnServer(unittest.TestCase):
    def test_names_not_accounts(self):
        client = self.enterContext(running("server"))
        api = "/rest/api/2/"
        found = client.get(api + "user/assignable/search", project="WEB", username="wei")[1]
        self.assertEqual([one["name"] for one in found], ["liwei"])
        self.assertEqual(client.get(api + "user/picker", query="wei")[1]["users"][0]["name"], "liwei")
        self.assertEqual(len(client.get(api + "mypermissions")[1]["permissions"]), 38)
        self.assertEqual(client.get(api + "groups/picker", query="DEV")[1]["total"], 1)
        self.assertEqual(client.get(api + "user/assignable/search", project="WEB", query="wei")[0], 400)


if __name__ == "__main__":
    unittest.main()
