"""Dashboards, workflows, settings, contexts of fields and their options."""

import unittest

from stand_in import Client, running

API = "/rest/api/3/"


class OnCloud(unittest.TestCase):
    def setUp(self):
        self.client = self.enterContext(running("cloud"))

    def test_dashboards(self):
        page = self.client.get(API + "dashboard", maxResults=2)[1]
        self.assertEqual((page["total"], len(page["dashboards"])), (3, 2))
        self.assertIn("startAt=2", page["next"])
        found = self.client.get(API + "dashboard/search", dashboardName="shop")[1]["values"]
        self.assertEqual([one["name"] for one in found], ["Shop releases"])
        self.assertNotIn("owner", found[0])
        found = self.client.get(API + "dashboard/search", dashboardName="shop", expand="owner")[1]["values"]
        self.assertIn("accountId", found[0]["owner"])
        self.assertEqual(self.client.get(API + "dashboard/1")[0], 404)

    def test_workflows_are_for_administrators(self):
        page = self.client.get(API + "workflows/search", queryString="soft")[1]
        self.assertEqual([one["name"] for one in page["values"]], ["Software workflow"])
        self.assertEqual({one["statusCategory"] for one in page["statuses"]}, {"TODO", "IN_PROGRESS", "DONE"})
        reader = Client(self.client.connection.port, "reader@example.com:reader-token")
        self.addCleanup(reader.close)
        self.assertEqual(reader.get(API + "workflows/search")[0], 403)
        self.assertEqual(reader.get(API + "field/customfield_10032/context")[0], 403)

    def test_settings(self):
        self.assertEqual(self.client.get(API + "configuration")[1]["timeTrackingConfiguration"]["workingDaysPerWeek"], 5)
        found = self.client.get(API + "application-properties/advanced-settings")[1]
        self.assertEqual({one["id"] == one["key"] for one in found}, {True})
        reader = Client(self.client.connection.port, "reader@example.com:reader-token")
        self.addCleanup(reader.close)
        self.assertEqual(reader.get(API + "configuration")[0], 200)
        self.assertEqual(reader.get(API + "application-properties/advanced-settings")[0], 403)

    def test_options(self):
        contexts = self.client.get(API + "field/customfield_10033/context")[1]["values"]
        self.assertEqual([one["isGlobalContext"] for one in contexts], [True, False])
        path = f"{API}field/customfield_10033/context/{contexts[1]['id']}/option"
        self.assertEqual([one["disabled"] for one in self.client.get(path)[1]["values"]], [False, True])
        cascade = self.client.get(API + "field/customfield_10034/context")[1]["values"][0]["id"]
        path = f"{API}field/customfield_10034/context/{cascade}/option"
        found = self.client.get(path)[1]["values"]
        self.assertEqual([one.get("optionId") for one in found], [None] * 3 + ["10300"] * 2 + ["10310"] * 2)
        self.assertEqual(len(self.client.get(path, onlyOptions="true")[1]["values"]), 3)
        self.assertEqual(self.client.get(path, startAt=5)[1]["isLast"], True)
        self.assertEqual(self.client.get(f"{API}field/customfield_10016/context/{cascade}/option")[0], 400)
        self.assertEqual(self.client.get(API + "field/customfield_1/context")[0], 404)


class OnServer(unittest.TestCase):
    def test_options_of_all_contexts_from_11_3_on(self):
        path = "/rest/api/2/customFields/10033/options"
        for version, count in (("10.3.24", 3), ("11.3.8", 5)):
            client = self.enterContext(running("server", "--server-version", version))
            self.assertEqual(client.get(path, useAllContexts="true")[1]["total"], count)
            self.assertEqual(client.get(path)[1]["total"], 3)

    def test_workflows_and_dashboards(self):
        client = self.enterContext(running("server"))
        self.assertEqual([one["default"] for one in client.get("/rest/api/2/workflow")[1]], [False, True])
        self.assertEqual(set(client.get("/rest/api/2/dashboard")[1]["dashboards"][0]), {"self", "id", "name", "view"})


if __name__ == "__main__":
    unittest.main()
