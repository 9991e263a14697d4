"""Writing issues: what is taken, and how the rest is refused."""

import unittest

from stand_in import running

DOCUMENT = {"type": "doc", "version": 1, "content": [
    {"type": "paragraph", "content": [{"type": "text", "text": "one"}, {"type": "hardBreak"},
                                      {"type": "text", "text": "two"}]}]}
PERSON = "557058:7c1d2e3f-0a4b-4c5d-8e6f-012345678903"


def fields(**given):
    return {"project": {"key": "WEB"}, "issuetype": {"name": "Bug"}, "summary": "A new one", **given}


class OnCloud(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.client = cls.enterClassContext(running("cloud"))

    def create(self, version=2, **given):
        return self.client.post(f"/rest/api/{version}/issue", {"fields": fields(**given)})

    def refused(self, **given):
        status, body = self.create(**given)
        self.assertEqual(status, 400, body)
        return body["errors"]

    def made(self, *names, version=2, **given):
        status, body = self.create(version, **given)
        self.assertEqual(status, 201, body)
        self.assertEqual(set(body), {"id", "key", "self"})
        return self.client.get(f"/rest/api/{version}/issue/{body['key']}", fields=",".join(names))[1]["fields"]

    def test_everything_at_once(self):
        shown = self.made(
            "assignee", "labels", "priority", "components", "fixVersions", "duedate", "customfield_10016",
            "customfield_10020", "customfield_10032", "parent", "status", "reporter",
            assignee={"id": PERSON}, labels=["b", "a", "b"], priority={"name": "High"}, duedate="2027-02-28",
            components=[{"name": "Checkout"}], fixVersions=[{"name": "4.0"}], customfield_10016=2.5,
            customfield_10020=7, customfield_10032={"value": "Minor"}, parent={"key": "WEB-1"})
        self.assertEqual(shown["assignee"]["displayName"], "李伟")
        self.assertEqual((shown["labels"], shown["priority"]["name"]), (["a", "b"], "High"))
        self.assertEqual((shown["components"][0]["name"], shown["fixVersions"][0]["name"]), ("Checkout", "4.0"))
        self.assertEqual((shown["duedate"], shown["customfield_10016"]), ("2027-02-28", 2.5))
        self.assertEqual((shown["customfield_10020"][0]["id"], shown["customfield_10032"]["value"]), (7, "Minor"))
        self.assertEqual((shown["parent"]["key"], shown["status"]["name"]), ("WEB-1", "To Do"))

    def test_custom_fields(self):
        shown = self.made(
            *(f"customfield_100{number}" for number in range(33, 38)),
            customfield_10033=[{"value": "Web"}, {"id": "10201"}], customfield_10034={
                "value": "Asia", "child": {"value": "Osaka"}}, customfield_10035={"id": PERSON},
            customfield_10036={"name": "developers"}, customfield_10037="ACME")
        self.assertEqual([one["value"] for one in shown["customfield_10033"]], ["Web", "Mobile"])
        self.assertEqual(shown["customfield_10034"]["child"]["value"], "Osaka")
        self.assertEqual(shown["customfield_10035"]["displayName"], "李伟")
        self.assertEqual((shown["customfield_10036"]["name"], shown["customfield_10037"]), ("developers", "ACME"))
        wrong = {"customfield_10033": ["Web"], "customfield_10034": "Asia", "customfield_10035": PERSON,
                 "customfield_10036": "developers", "customfield_10037": {"value": "ACME"}}
        self.assertEqual(set(self.refused(**wrong)), set(wrong))
        self.assertIn("Łódź", self.refused(customfield_10034={
            "value": "Asia", "child": {"value": "Łódź"}})["customfield_10034"])

    def test_moments_days_lists_and_people(self):
        names = [f"customfield_100{number}" for number in range(39, 43)]
        shown = self.made(*names, customfield_10039="2026-01-02T04:04:05.000+0100", customfield_10040=["b", "a", "b"],
                          customfield_10042=[{"accountId": PERSON}], customfield_10041="2026-02-28")
        self.assertEqual([shown[name] for name in names if name != "customfield_10042"],
                         ["2026-01-02T03:04:05.000+0000", ["a", "b"], "2026-02-28"])
        self.assertEqual([one["displayName"] for one in shown["customfield_10042"]], ["李伟"])
        for text in ("2026-01-02T04:04:05+0100", "2026-01-02T04:04:05.000+01:00", "2026-01-02T04:04:05.000Z",
                     "2026-01-02 04:04:05", "2026-02-30T04:04:05.000+0000", "x"):
            self.assertEqual(self.refused(customfield_10039=text), {"customfield_10039": f"Error parsing time: {text}"})
        wrong = {"customfield_10039": 1767323045000, "customfield_10040": "a",
                 "customfield_10042": {"accountId": PERSON}, "customfield_10041": "2026-01-02T03:04:05.000+0000"}
        self.assertEqual(set(self.refused(**wrong)), set(wrong))
        self.assertIn("customfield_10042", self.refused(customfield_10042=[{"accountId": "nobody"}]))

    def test_required_fields(self):
        status, body = self.client.post("/rest/api/2/issue", {"fields": {}})
        self.assertEqual((status, body["errors"]), (400, {"project": "Specify a valid project ID or key"}))
        self.assertEqual(self.refused(issuetype=None), {"issuetype": "Specify a valid issue type"})
        self.assertEqual(self.refused(summary=""), {"summary": "You must specify a summary of the issue."})
        self.assertIn("newline", self.refused(summary="a\nb")["summary"])
        self.assertIn("255", self.refused(summary="x" * 256)["summary"])

    def test_one_error_a_field(self):
        found = self.refused(
            nosuch=1, status={"name": "Done"}, priority={"name": "Urgent"}, assignee={"id": "nobody"},
            labels=["a b"], components=[{"name": "Nope"}], fixVersions=[{"id": "1"}], duedate="tomorrow",
            customfield_10016="5", customfield_10020="7", customfield_10032={"value": "Nope"},
            parent={"key": "WEB-9999"})
        self.assertEqual(found, {
            "nosuch": "Field 'nosuch' cannot be set. It is not on the appropriate screen, or unknown.",
            "status": "Field 'status' cannot be set. It is not on the appropriate screen, or unknown.",
            "priority": "Priority name 'Urgent' is not valid", "assignee": "User 'nobody' does not exist.",
            "labels": "The label 'a b' contains spaces which is invalid.",
            "components": "Component name 'Nope' is not valid", "fixVersions": "Version id '1' is not valid",
            "duedate": "Error parsing date string: tomorrow", "customfield_10016": "Operation value must be a number",
            "customfield_10020": "Number value expected as the Sprint id.",
            "customfield_10032": "Option value 'Nope' is not valid", "parent": "Could not find issue by id or key."})

    def test_parents(self):
        self.assertIn("parent", self.refused(issuetype={"name": "Sub-task"}))
        self.assertIn("hierarchy", self.refused(parent={"key": "WEB-9"})["parentId"])
        self.assertEqual(self.made("parent", issuetype={"name": "Sub-task"}, parent={"key": "WEB-9"})["parent"]["key"],
                         "WEB-9")

    def test_rich_text_by_version(self):
        self.assertEqual(self.made("description", version=3, description=DOCUMENT)["description"], DOCUMENT)
        key = self.create(3, description=DOCUMENT)[1]["key"]
        self.assertEqual(self.client.get(f"/rest/api/2/issue/{key}", fields="description")[1]["fields"],
                         {"description": "one\ntwo"})
        self.assertEqual(self.create(3, description="text")[0], 400)
        self.assertEqual(self.create(2, description=DOCUMENT)[0], 400)
        empty = {"type": "doc", "version": 1, "content": [{"type": "text"}]}
        self.assertEqual(self.create(3, description=empty)[0], 400)

    def test_bodies(self):
        path = "/rest/api/2/issue"
        self.assertEqual(self.client.post(path, "{")[0], 400)
        self.assertEqual(self.client.post(path, {"fields": fields(), "extra": 1})[0], 400)
        self.assertEqual(self.client.post(path, {"fields": []})[0], 400)
        self.assertEqual(self.client.post(path, [])[0], 400)
        self.assertEqual(self.client.post("/rest/api/2/search/jql", {"jql": "key = WEB-1", "fields": [None]})[0], 400)
        self.assertEqual(self.client.call("POST", path, {"fields": fields()}, {"Content-Type": "text/plain"})[0], 415)
        self.assertEqual(self.client.post(path, {"fields": fields()}, surprise="1")[0], 400)
        self.assertEqual(self.client.call("PATCH", path)[0], 405)
        self.assertEqual(self.client.get("/rest/api/2/nothing")[0], 404)

    def test_properties_and_transition(self):
        status, body = self.client.post("/rest/api/2/issue", {
            "fields": fields(), "properties": [{"key": "origin", "value": {"row": 5}}], "transition": {"id": "11"}})
        self.assertEqual((status, body["transition"]["status"]), (201, 204))
        _, issue = self.client.get(f"/rest/api/2/issue/{body['key']}", properties="origin", fields="status")
        self.assertEqual(issue["properties"], {"origin": {"row": 5}})
        self.assertEqual(issue["fields"]["status"]["name"], "In Progress")

    def test_a_refused_comment_creates_nothing(self):
        count = self.client.get("/_control/count")[1]
        body = {"fields": fields(), "update": {"comment": [{"add": {"body": ""}}]}}
        self.assertEqual(self.client.post("/rest/api/2/issue", body)[0], 400)
        self.assertEqual(self.client.get("/_control/count")[1], count)

    def test_editing(self):
        key = self.create(labels=["x", "y"])[1]["key"]
        path = f"/rest/api/2/issue/{key}"
        update = {"labels": [{"add": "z"}, {"remove": "x"}], "summary": [{"set": "Edited"}],
                  "comment": [{"add": {"body": "why"}}]}
        body = {"update": update, "fields": {"duedate": "2027-01-01"}}
        self.assertEqual(self.client.call("PUT", path, body), (204, None))
        _, issue = self.client.get(path, fields="labels,summary,duedate,comment")
        shown = issue["fields"]
        self.assertEqual((shown["labels"], shown["summary"], shown["duedate"], shown["comment"]["total"]),
                         (["y", "z"], "Edited", "2027-01-01", 1))
        body = {"update": {"summary": [{"add": "x"}]}, "fields": {"summary": "y"}}
        status, body = self.client.call("PUT", path, body)
        self.assertEqual((status, list(body["errors"])), (400, ["summary"]))
        self.assertEqual(self.client.call("PUT", path, {"fields": {"project": {"key": "OPS"}}})[0], 400)
        status, body = self.client.call("PUT", path + "?returnIssue=true", {"fields": {"duedate": None}})
        self.assertEqual((status, body["fields"]["duedate"]), (200, None))

    def test_transitions(self):
        key = self.create()[1]["key"]
        path = f"/rest/api/2/issue/{key}/transitions"
        self.assertEqual(self.client.post(path, {"transition": {"id": "61"}})[0], 400)
        body = {"transition": {"id": "11"}, "fields": {"resolution": {"name": "Done"}}}
        self.assertEqual(self.client.post(path, body)[0], 400)
        body = {"transition": {"id": "51"}, "fields": {"resolution": {"name": "Duplicate"}},
                "update": {"comment": [{"add": {"body": "closed"}}]}}
        self.assertEqual(self.client.post(path, body), (204, None))
        shown = self.client.get(f"/rest/api/2/issue/{key}", fields="resolution,status,comment")[1]["fields"]
        self.assertEqual((shown["resolution"]["name"], shown["status"]["statusCategory"]["key"]), ("Duplicate", "done"))
        self.assertEqual(shown["comment"]["comments"][0]["body"], "closed")

    def test_deleting(self):
        key = self.create(issuetype={"name": "Story"})[1]["key"]
        child = self.create(issuetype={"name": "Sub-task"}, parent={"key": key})[1]["key"]
        self.assertEqual(self.client.call("DELETE", f"/rest/api/2/issue/{key}")[0], 400)
        self.assertEqual(self.client.call("DELETE", f"/rest/api/2/issue/{key}", deleteSubtasks="true")[0], 204)
        status, body = self.client.get(f"/rest/api/2/issue/{child}")
        self.assertEqual((status, body), (404, {"errorMessages": [
            "Issue does not exist or you do not have permission to see it."], "errors": {}}))


class OnServer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.client = cls.enterClassContext(running("server", "--context", "/jira"))

    def create(self, **given):
        return self.client.post("/rest/api/2/issue", {"fields": fields(**given)})

    def test_users_by_name_and_epics_by_link(self):
        status, body = self.create(assignee={"name": "liwei"}, customfield_10014="WEB-1")
        self.assertEqual(status, 201)
        shown = self.client.get(f"/rest/api/2/issue/{body['key']}")[1]["fields"]
        self.assertEqual((shown["assignee"]["name"], shown["customfield_10014"]), ("liwei", "WEB-1"))
        self.assertTrue(body["self"].endswith(f"/jira/rest/api/2/issue/{body['id']}"))

    def test_refusals(self):
        status, body = self.create(assignee={"name": "nobody"}, parent={"key": "WEB-1"}, project={"key": "NOPE"})
        self.assertEqual((status, body["errors"]), (400, {"project": "valid project is required"}))
        status, body = self.create(assignee={"name": "nobody"}, parent={"key": "WEB-1"}, customfield_10014="WEB-9")
        self.assertEqual(set(body["errors"]), {"assignee", "parent", "customfield_10014"})
        status, body = self.client.get("/rest/api/2/issue/NOPE-1")
        self.assertEqual((status, body["errorMessages"]), (404, ["Issue Does Not Exist"]))
        self.assertEqual(self.client.get("/rest/api/2/nothing"),
                         (404, {"message": "HTTP 404 Not Found", "status-code": 404, "sub-code": -1}))


if __name__ == "__main__":
    unittest.main()
