"""Queries over REST: how they are refused, matched, taken apart and completed."""

import unittest

from stand_in import running

API = "/rest/api/3/"


class OnCloud(unittest.TestCase):
    def setUp(self):
        self.client = self.enterContext(running("cloud"))

    def search(self, jql, **query):
        return self.client.get(API + "search/jql", jql=jql, **query)

    def test_every_unknown_value_in_one_refusal(self):
        status, body = self.search("key in (WEB-9, NOPE-1, WEB-99999) or status = Gone and nope = 1 order by nothing")
        self.assertEqual(status, 400)
        self.assertEqual(body["errorMessages"], [
            "An issue with key 'NOPE-1' does not exist for field 'key'.",
            "An issue with key 'WEB-99999' does not exist for field 'key'.",
            "The value 'Gone' does not exist for the field 'status'.",
            "Field 'nope' does not exist or you do not have permission to view it.",
            "Field 'nothing' does not exist or you do not have permission to view it."])

    def test_unknown_keys_that_empty_the_answer(self):
        self.assertEqual(self.client.post("/_control/search", {"unknown_keys": "empty"})[0], 204)
        self.assertEqual(self.search("key in (WEB-9, NOPE-1)"), (200, {"issues": [], "isLast": True}))
        self.assertEqual(len(self.search("key in (WEB-9, WEB-8)")[1]["issues"]), 2)
        self.client.post("/_control/search", {"unknown_keys": "refuse"})
        self.assertEqual(self.search("key in (WEB-9, NOPE-1)")[0], 400)
        self.assertEqual(self.client.post("/_control/search", {"unknown_keys": "guess"})[0], 400)

    def test_words(self):
        self.assertEqual(self.search("this is not jql"), (200, {"issues": [], "isLast": True}))
        for jql in ("summary is not sure", "this = ", "a and b"):
            self.assertEqual(self.search(jql)[0], 400, jql)

    def test_match(self):
        numbers = [int(self.client.get(API + "issue/" + key)[1]["id"]) for key in ("WEB-9", "OPS-9")]
        body = {"issueIds": [*numbers, 99], "jqls": ["project = WEB", "project = NOPE", "nope = 1", "key = NOPE-1"]}
        found = self.client.post(API + "jql/match", body)[1]["matches"]
        self.assertEqual([one["matchedIssues"] for one in found], [[numbers[0]], [], [], []])
        self.assertEqual([len(one["errors"]) for one in found], [0, 0, 1, 0])
        self.assertEqual(self.client.post(API + "jql/match", {"jqls": ["key = WEB-9"]})[0], 400)

    def test_structure(self):
        queries = ['project = WEB AND NOT (status in (Done, "In Review") OR due is EMPTY) ORDER BY created DESC',
                   "updated >= startOfDay(-1)", 'a = "', "nope = 1"]
        answered = self.client.post(API + "jql/parse", {"queries": queries}, validation="strict")[1]["queries"]
        shown, where = answered[0]["structure"], answered[0]["structure"]["where"]
        self.assertEqual(shown["orderBy"]["fields"], [{"field": {"name": "created", "encodedName": "created"},
                                                       "direction": "desc"}])
        self.assertEqual([where["operator"], where["clauses"][1]["operator"]], ["and", "and"])
        self.assertEqual([one["operator"] for one in where["clauses"][1]["clauses"]], ["not in", "is not"])
        self.assertEqual(where["clauses"][1]["clauses"][0]["operand"]["encodedOperand"], '(Done, "In Review")')
        self.assertEqual(answered[1]["structure"]["where"]["operand"]["encodedOperand"], 'startOfDay("-1")')
        self.assertEqual(["errors" in one for one in answered], [False, False, True, True])
        for mode, warned in (("warn", True), ("none", False)):
            (answer,) = self.client.post(API + "jql/parse", {"queries": ["nope = 1"]}, validation=mode)[1]["queries"]
            self.assertEqual(("structure" in answer, "warnings" in answer), (True, warned))
        self.assertEqual(self.client.post(API + "jql/parse", {"queries": []}, validation="lax")[0], 400)

    def test_completion(self):
        _, known = self.client.get(API + "jql/autocompletedata")
        names = [one["value"] for one in known["visibleFieldNames"]]
        self.assertTrue({"project", "status", '"Story Points"'} <= set(names))
        self.assertIn("currentuser()", [one["value"] for one in known["visibleFunctionNames"]])
        found = self.client.get(API + "jql/autocompletedata/suggestions", fieldName="status", fieldValue="in r")[1]
        self.assertEqual(found["results"], [{"value": '"In Review"', "displayName": "<b>In R</b>eview"}])
        self.assertEqual(self.client.get(API + "jql/autocompletedata/suggestions", fieldName="x")[1], {"results": []})


class OnServer(unittest.TestCase):
    def test_bare_words_are_an_error(self):
        client = self.enterContext(running("server"))
        self.assertEqual(client.get("/rest/api/2/search", jql="printer on fire")[0], 400)
        found = client.get("/rest/api/2/search", jql="status = Gone or key = WEB-9", validateQuery="false")[1]
        self.assertEqual(found["total"], 1)


if __name__ == "__main__":
    unittest.main()
