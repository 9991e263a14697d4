"""Creating many issues with one request, and when searches find them."""

import time
import unittest

from stand_in import running


def element(summary="One of many", **given):
    return {"fields": {"project": {"key": "WEB"}, "issuetype": {"name": "Bug"}, "summary": summary, **given}}


class Bulk(unittest.TestCase):
    deployment = "cloud"
    versions = (2, 3)

    def setUp(self):
        self.client = self.enterContext(running(self.deployment))

    def create(self, *elements, version=2, **query):
        return self.client.post(f"/rest/api/{version}/issue/bulk", {"issueUpdates": list(elements)}, **query)

    def count(self):
        return self.client.get("/_control/count")[1]["count"]

    def summary(self, key):
        return self.client.get(f"/rest/api/2/issue/{key}", fields="summary")[1]["fields"]["summary"]

    def test_all_are_created_in_order(self):
        for version in self.versions:
            before = self.count()
            status, body = self.create(*(element(f"Number {i}") for i in range(50)), version=version)
            self.assertEqual((status, body["errors"]), (201, []))
            self.assertEqual(set(body), {"issues", "errors"})
            self.assertEqual([set(one) for one in body["issues"]], [{"id", "key", "self"}] * 50)
            self.assertIn(f"/rest/api/{version}/issue/", body["issues"][0]["self"])
            self.assertEqual(self.summary(body["issues"][49]["key"]), "Number 49")
            self.assertEqual(self.count(), before + 50)

    def test_some_are_refused(self):
        before = self.count()
        status, body = self.create(element("first"), element(""), element("third"), element(nosuch=1))
        self.assertEqual(status, 201)
        self.assertEqual([self.summary(one["key"]) for one in body["issues"]], ["first", "third"])
        self.assertEqual([one["failedElementNumber"] for one in body["errors"]], [1, 3])
        self.assertEqual(body["errors"][0], {
            "status": 400, "failedElementNumber": 1,
            "elementErrors": {"errorMessages": [], "errors": {"summary": "You must specify a summary of the issue."}}})
        self.assertIn("nosuch", body["errors"][1]["elementErrors"]["errors"])
        self.assertEqual(self.count(), before + 2)

    def test_all_are_refused(self):
        before = self.count()
        status, body = self.create(element(""), element(issuetype=None))
        self.assertEqual((status, body["issues"]), (400, []))
        self.assertEqual([one["failedElementNumber"] for one in body["errors"]], [0, 1])
        self.assertEqual(self.count(), before)

    def test_requests_that_are_none(self):
        before = self.count()
        for elements in ([], [element()] * 51, ["text"], [{"nosuch": 1}], [None]):
            status, body = self.create(*elements)
            self.assertEqual((status, set(body)), (400, {"errorMessages", "errors"}), elements)
        self.assertEqual(self.create(element(), updateHistory="true")[0], 400)
        self.assertEqual(self.count(), before)

    def test_a_lost_answer_keeps_the_issues(self):
        before = self.count()
        self.client.post("/_control/faults", {"kind": "cut_after", "method": "POST", "path": "*/issue/bulk", "times": 1})
        with self.assertRaises(ConnectionError):
            self.create(element(), element())
        self.client.close()
        self.assertEqual(self.count(), before + 2)

    def found(self, label):
        path = "/rest/api/2/search" + ("/jql" if self.deployment == "cloud" else "")
        issues = self.client.get(path, jql=f'labels in ("{label}")', fields="labels")[1]["issues"]
        return [one["fields"]["labels"] for one in issues]

    def test_a_label_is_found_at_once(self):
        self.assertEqual(self.create(element(labels=["jira_spoke-1", "b"]), element(labels=["jira_spoke-2"]))[0], 201)
        self.assertEqual(self.found("jira_spoke-1"), [["b", "jira_spoke-1"]])

    def test_a_label_is_found_late(self):
        self.assertEqual(self.client.post("/_control/search", {"delay": 3600})[0], 204)
        self.create(element(labels=["late"]))
        self.assertEqual(self.found("late"), [])
        self.client.post("/_control/search", {"delay": 0.1})
        time.sleep(0.2)
        self.assertEqual(self.found("late"), [["late"]])
        self.client.post("/_control/search", {"delay": 3600})
        self.assertEqual(self.found("late"), [])
        self.client.post("/_control/search", {"delay": 0})
        self.assertEqual(self.found("late"), [["late"]])
        self.assertEqual(self.client.post("/_control/search", {})[0], 400)


class OnServer(Bulk):
    deployment = "server"
    versions = (2,)


if __name__ == "__main__":
    unittest.main()
