"""Work that was logged, and the estimates it changes."""

import unittest
from datetime import datetime, timedelta, timezone

from durations import seconds_of, text_of
from stand_in import running

ISSUE = "/rest/api/3/issue/WEB-9"
LOGS = ISSUE + "/worklog"
DOCUMENT = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [
    {"type": "text", "text": "said"}]}]}


class Durations(unittest.TestCase):
    def test_both_ways(self):
        for text, seconds in (("1h 30m", 5400), ("1w 2d", 56 * 3600), ("45", 2700), ("2d", 16 * 3600), ("1.5h", 5400)):
            self.assertEqual(seconds_of(text), seconds, text)
        for text in ("", "soon", "1x", "h", "-1h"):
            self.assertIsNone(seconds_of(text), text)
        self.assertEqual([text_of(one) for one in (5400, 56 * 3600, 0, 60)], ["1h 30m", "1w 2d", "0m", "1m"])


class OnCloud(unittest.TestCase):
    def setUp(self):
        self.client = self.enterContext(running("cloud"))
        for log in self.client.get(LOGS)[1]["worklogs"]:
            self.client.call("DELETE", f"{LOGS}/{log['id']}", adjustEstimate="leave")

    def log(self, body, **query):
        status, made = self.client.post(LOGS, body, **query)
        self.assertEqual(status, 201, made)
        return made

    def tracking(self):
        return self.client.get(ISSUE, fields="timetracking,timespent,worklog")[1]["fields"]

    def test_life(self):
        made = self.log({"timeSpent": "1h 30m", "comment": DOCUMENT, "started": "2026-01-02T03:04:05.000+0100"})
        self.assertEqual((made["timeSpentSeconds"], made["timeSpent"], made["started"], made["comment"]),
                         (5400, "1h 30m", "2026-01-02T02:04:05.000+0000", DOCUMENT))
        self.assertEqual(self.tracking()["timetracking"]["timeSpentSeconds"], 5400)
        path = f"{LOGS}/{made['id']}"
        _, changed = self.client.call("PUT", path, {"timeSpentSeconds": 7200})
        self.assertEqual((changed["timeSpent"], changed["comment"], changed["started"]),
                         ("2h", DOCUMENT, made["started"]))
        self.assertEqual(self.tracking()["timespent"], 7200)
        self.assertEqual(self.client.call("DELETE", path)[0], 204)
        self.assertEqual((self.tracking()["timespent"], self.client.get(path)[0]), (None, 404))

    def test_estimates(self):
        self.log({"timeSpent": "1h"}, adjustEstimate="new", newEstimate="5h")
        self.assertEqual(self.tracking()["timetracking"]["remainingEstimate"], "5h")
        made = self.log({"timeSpent": "1h"})
        self.assertEqual(self.tracking()["timetracking"]["remainingEstimate"], "4h")
        self.client.call("DELETE", f"{LOGS}/{made['id']}", adjustEstimate="manual", increaseBy="2h")
        self.assertEqual(self.tracking()["timetracking"]["remainingEstimate"], "6h")
        self.log({"timeSpent": "1h"}, adjustEstimate="leave")
        self.assertEqual(self.tracking()["timetracking"]["remainingEstimate"], "6h")

    def test_refusals(self):
        for body in ({}, {"timeSpent": "soon"}, {"timeSpent": "30"} | {"started": "2026-01-02 03:04"},
                     {"timeSpentSeconds": 59}, {"timeSpent": "1h", "comment": "markup"}, {"timeSpent": "1h", "x": 1},
                     {"timeSpent": "1h", "started": "2026-01-02T03:04:05.000+01:00"},
                     {"timeSpent": "1h", "visibility": {"type": "group", "value": "nobody"}}):
            self.assertEqual(self.client.post(LOGS, body)[0], 400, body)
        self.assertEqual(self.client.post(LOGS, {"timeSpent": "1h"}, adjustEstimate="guess")[0], 400)
        self.assertEqual(self.client.post(LOGS, {"timeSpent": "1h"}, adjustEstimate="new")[0], 400)

    def test_an_issue_shows_twenty(self):
        for _ in range(21):
            self.log({"timeSpent": "1m"})
        shown = self.tracking()["worklog"]
        self.assertEqual((shown["maxResults"], shown["total"], len(shown["worklogs"])), (20, 21, 20))
        page = self.client.get(LOGS, startAt=20)[1]
        self.assertEqual((page["total"], len(page["worklogs"])), (21, 1))

    def test_what_has_changed(self):
        self.client.post("/_control/worklogs", {"delay": 0})
        since = self.client.get("/rest/api/3/worklog/updated", since=1)[1]["until"] + 1
        while self.client.get("/rest/api/3/worklog/updated", since=since)[1]["until"] < since:
            pass    # the next millisecond
        made = self.log({"timeSpent": "1h"})
        page = self.client.get("/rest/api/3/worklog/updated", since=since)[1]
        self.assertIn(int(made["id"]), [one["worklogId"] for one in page["values"]])
        self.assertEqual((page["lastPage"], page["until"]), (True, page["values"][-1]["updatedTime"]))
        status, found = self.client.post("/rest/api/3/worklog/list", {"ids": [int(made["id"]), 1]})
        self.assertEqual((status, [one["id"] for one in found]), (200, [made["id"]]))
        self.client.call("DELETE", f"{LOGS}/{made['id']}")
        removed = self.client.get("/rest/api/3/worklog/deleted", since=since)[1]["values"]
        self.assertEqual(removed[-1]["worklogId"], int(made["id"]))
        self.assertEqual(self.client.post("/rest/api/3/worklog/list", {"ids": list(range(1001))})[0], 400)

    def test_told_late(self):
        made = int(self.log({"timeSpent": "1h"})["id"])
        self.assertNotIn(made, self.told())
        self.assertEqual(self.client.post("/_control/worklogs", {"delay": 0})[0], 204)
        self.assertIn(made, self.told())
        self.assertEqual(self.client.post("/_control/worklogs", {"delay": 1000000000})[0], 204)
        self.assertEqual(self.told(), [])

    def told(self, **query):
        return [one["worklogId"] for one in self.client.get("/rest/api/3/worklog/updated", **query)[1]["values"]]

    def test_told_after_a_time(self):
        self.client.post("/_control/worklogs", {"delay": 0})
        last = self.client.get("/rest/api/3/worklog/updated")[1]["values"][-1]
        self.assertIn(last["worklogId"], self.told(since=last["updatedTime"]))
        self.client.post("/_control/worklogs", {"after": True})
        self.assertNotIn(last["worklogId"], self.told(since=last["updatedTime"]))
        self.assertIn(last["worklogId"], self.told(since=last["updatedTime"] - 1))

    def test_a_clock_of_its_own(self):
        self.client.post("/_control/worklogs", {"delay": 0})
        self.assertEqual(self.client.post("/_control/clock", {"ahead": 86400})[0], 204)
        self.addCleanup(self.client.post, "/_control/clock", {"ahead": 0})
        made = self.log({"timeSpent": "1h"})
        self.assertGreater(made["updated"], (datetime.now(timezone.utc) + timedelta(hours=23)).isoformat())
        self.assertIn(int(made["id"]), self.told())


class OnServer(unittest.TestCase):
    def test_texts_and_parameters(self):
        client = self.enterContext(running("server"))
        path = "/rest/api/2/issue/WEB-9/worklog"
        status, made = client.post(path, {"timeSpent": "1h", "comment": "h1. Done"})
        self.assertEqual((status, made["comment"]), (201, "h1. Done"))
        self.assertEqual(client.get(path, startAt=1)[0], 400)
        self.assertEqual(client.post(path, {"timeSpent": "1h", "properties": []})[0], 400)


if __name__ == "__main__":
    unittest.main()
