"""The query language: what it means, and how it refuses."""

import unittest
from datetime import datetime, timedelta, timezone

import stand_in  # noqa: F401 - sets the path
import sample
from deployment import Site
from jql.dates import boundary, parse_date
from jql.lexer import Lexer
from jql.parser import parse
from jql.problems import JqlError
from jql.search import UNBOUNDED, search
from jql.tree import EMPTY, And, Call, Clause, Not, Or, Value, Words
from store import Store

MOMENT = datetime(2026, 4, 15, 13, 45, 10, tzinfo=timezone.utc)    # a Wednesday


class Parsing(unittest.TestCase):
    def where(self, source):
        return parse(source).where

    def refusal(self, source):
        with self.assertRaises(JqlError) as caught:
            parse(source)
        return caught.exception.messages[0]

    def test_and_binds_tighter_than_or(self):
        a, b, c = (Clause(name, "=", Value("1", False)) for name in "abc")
        self.assertEqual(self.where("a = 1 or b = 1 and c = 1"), Or((a, And((b, c)))))
        self.assertEqual(self.where("(a = 1 || b = 1) && !c = 1"), And((Or((a, b)), Not(c))))

    def test_operands(self):
        self.assertEqual(self.where("a in (x, 'y z')").operand, (Value("x", False), Value("y z", True)))
        self.assertEqual(self.where("a is not empty"), Clause("a", "is not", EMPTY))
        self.assertEqual(self.where("a != NULL").operand, EMPTY)
        self.assertEqual(self.where('due < endOfWeek("+1w")').operand, Call("endOfWeek", ("+1w",)))
        self.assertEqual(self.where("cf[10016] not in (1)").field, "cf[10016]")
        self.assertEqual(self.where("created >= -7d").operand, Value("-7d", False))

    def test_escapes(self):
        texts = [token.text for token in Lexer(r'''"a\"b\\c\n" 'it\'s' "\u0041\ud83c\udf89" a\ b''').tokens()][:-1]
        self.assertEqual(texts, ['a"b\\c\n', "it's", "A\U0001f389", "a b"])

    def test_order(self):
        query = parse('order by priority desc, created, "Story Points" asc')
        self.assertIsNone(query.where)
        self.assertEqual(query.order, (("priority", True), ("created", None), ("Story Points", False)))

    def test_bare_words_are_a_text_search_where_allowed(self):
        self.assertEqual(parse("printer on fire", lambda name: False).where, Words("printer on fire"))
        self.assertIn("Expecting operator but got 'on'", self.refusal("printer on fire"))

    def test_syntax_errors_name_the_place(self):
        self.assertEqual(self.refusal("project OPS"), "Error in the JQL Query: Expecting operator but got 'OPS'. The "
                         "valid operators are '=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and "
                         "'IS NOT'. (line 1, character 9)")
        self.assertIn("(line 2, character 3)", self.refusal("project = OPS\n  project"))
        self.assertIn("The quoted string 'x' has not been completed.", self.refusal('a = "x'))
        self.assertIn("The character '@' is a reserved JQL character.", self.refusal("a = x@y"))
        self.assertIn("Expecting a field name at the end of the query.", self.refusal("a = 1 and"))
        self.assertIn("Expecting ')' before the end of the query.", self.refusal("(a = 1"))
        self.assertIn("before the end of the query", self.refusal("a ="))
        self.assertIn("is an illegal JQL escape sequence", self.refusal(r'a = "\x"'))
        self.assertIn("nested too deeply", self.refusal("(" * 500 + "a = 1" + ")" * 500))
        for source in ("a = (", "a in", "a in x", "a in (", "a = f(", "a = f(x", "= 1", "a not 1", "order by", "a = 1)",
                       "a is", "and", "a = 1 order", "a = 1 order by b c", "cf[x] = 1", "a = )", "\\", "a = ,", "!"):
            self.assertIn("Error in the JQL Query: ", self.refusal(source))


class Dates(unittest.TestCase):
    def day(self, *date):
        return datetime(*date, tzinfo=timezone.utc)

    def test_values(self):
        self.assertEqual(parse_date("2024/01/15 10:30", MOMENT), self.day(2024, 1, 15, 10, 30))
        self.assertEqual(parse_date("-4w 2d", MOMENT), MOMENT - timedelta(days=30))
        self.assertEqual(parse_date("3h", MOMENT), MOMENT + timedelta(hours=3))
        for wrong in ("", "yesterday", "2024-13-01", "-", "7", "7d x"):
            self.assertIsNone(parse_date(wrong, MOMENT), wrong)

    def test_boundaries(self):
        self.assertEqual(boundary("start", "Week", "", MOMENT), self.day(2026, 4, 12))
        self.assertEqual(boundary("start", "Day", "-1", MOMENT), self.day(2026, 4, 14))
        self.assertEqual(boundary("start", "Year", "+1M", MOMENT), self.day(2026, 2, 1))
        self.assertEqual(boundary("end", "Month", "", MOMENT), self.day(2026, 5, 1) - timedelta(milliseconds=1))
        self.assertEqual(boundary("end", "Day", "-1d", MOMENT), self.day(2026, 4, 15) - timedelta(milliseconds=1))
        self.assertEqual(boundary("end", "Month", "-1", MOMENT), self.day(2026, 4, 1) - timedelta(milliseconds=1))
        self.assertIsNone(boundary("end", "Month", "soon", MOMENT))


class Searching(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site("cloud")
        cls.store = Store()
        sample.fill(cls.store, cls.site)
        cls.user = cls.store.users[0]

    def find(self, jql, site=None, **options):
        return search(self.store, site or self.site, self.user, jql, **options)

    def same(self, jql, condition):
        expected = {issue.key for issue in self.store.issues.values() if condition(issue)}
        self.assertTrue(expected, "the sample has nothing to find")
        self.assertEqual({issue.key for issue in self.find(jql)}, expected)

    def refusal(self, jql, **options):
        with self.assertRaises(JqlError) as caught:
            self.find(jql, **options)
        return caught.exception.messages[0]

    def test_equality(self):
        self.same("project = web and type in (Bug, story)", lambda issue: issue.project.key == "WEB"
                  and issue.issue_type.name in ("Bug", "Story"))
        self.same('project = "Mobile App"', lambda issue: issue.project.key == "MOB")
        self.same("statusCategory = indeterminate", lambda issue: issue.status.category.key == "indeterminate")
        self.same("resolution = Unresolved", lambda issue: issue.resolution is None)
        self.same('labels = "größe-xl" OR labels = i18n', lambda issue: {"größe-xl", "i18n"} & set(issue.labels))

    def test_inequality_leaves_out_the_empty(self):
        person = self.store.users[3]
        self.same(f"assignee != {person.account}", lambda issue: issue.assignee not in (None, person))
        self.same("labels not in (security, customer)", lambda issue: issue.labels
                  and not {"security", "customer"} & set(issue.labels))
        self.same("component is empty", lambda issue: not issue.components)
        self.same("assignee in (currentUser(), EMPTY)", lambda issue: issue.assignee in (None, self.user))

    def test_order_and_rank(self):
        self.same("priority > Medium", lambda issue: issue.priority.name in ("Highest", "High"))
        self.same("'Story Points' >= 5 and cf[10016] < 13", lambda issue: issue.story_points is not None
                  and 5 <= issue.story_points < 13)
        found = self.find("project = OPS order by priority, key desc")
        self.assertEqual(found, sorted(found, key=lambda issue: (issue.priority.id, -issue.number)))
        by_key = self.find("project = WEB order by key")
        self.assertEqual([issue.number for issue in by_key], list(range(1, len(by_key) + 1)))

    def test_dates(self):
        now = datetime.now(timezone.utc)
        self.same("created >= -30d", lambda issue: issue.created >= now - timedelta(days=30))
        self.same("due is not empty and due < now()", lambda issue: issue.due and issue.due < now.date())
        self.same("resolved > startOfYear()", lambda issue: issue.resolved and issue.resolved.year == now.year)

    def test_text(self):
        self.same('summary ~ "crash"', lambda issue: "crash" in issue.summary.lower().replace("crashes", ""))
        self.same('text ~ "\\"talked to\\""', lambda issue: any(
            "talked to" in text.lower() for text in [issue.summary, issue.description and issue.description.text or "",
                                                     *(comment.body.text for comment in issue.comments)]))
        self.assertTrue(self.find("crash"))
        self.assertFalse(self.find('summary ~ "rash"'))
        self.assertTrue(self.find('summary ~ "umlaut*"'))
        self.assertTrue(self.find("comment ~ Спасибо"))

    def test_keys(self):
        self.same("key in (OPS-1, web-2, 10003)", lambda issue: issue.key in ("OPS-1", "WEB-2") or issue.id == 10003)
        self.same("key > OPS-100", lambda issue: issue.project.key == "OPS" and issue.number > 100)
        self.same("parent = WEB-1", lambda issue: issue.parent and issue.parent.key == "WEB-1")
        self.assertEqual(self.refusal("key = OPS-9999"), "An issue with key 'OPS-9999' does not exist for field 'key'.")
        self.assertEqual(len(self.find("key in (OPS-1, OPS-9999)", validate=False)), 1)

    def test_sprints(self):
        self.same("sprint in openSprints()", lambda issue: any(one.state != "closed" for one in issue.sprints))
        self.same('sprint = "WEB Sprint 24"', lambda issue: any(one.name == "WEB Sprint 24" for one in issue.sprints))

    def test_refusals(self):
        for jql, message in {
                "colour = red": "Field 'colour' does not exist or you do not have permission to view it.",
                "project = NOPE": "The value 'NOPE' does not exist for the field 'project'.",
                "priority ~ High": "The operator '~' is not supported by the 'priority' field.",
                "summary = x": "The operator '=' is not supported by the 'summary' field.",
                "assignee = nobody": "The value 'nobody' does not exist for the field 'assignee'.",
                "assignee = whoAmI()": "Unable to find JQL function 'whoAmI()'.",
                "project = OPS and (status = Done or status = Nope)":
                    "The value 'Nope' does not exist for the field 'status'.",
                "order by text": "Field 'text' does not support ordering."}.items():
            self.assertEqual(self.refusal(jql), message)
        self.assertIn("Date value 'soon' for field 'due' is invalid.", self.refusal("due < soon"))
        self.assertIn("is invalid for the field 'assignee'", self.refusal("assignee = now()"))

    def test_bounds(self):
        for jql in ("", "order by created"):
            self.assertEqual(self.refusal(jql, bounded=True), UNBOUNDED)
        self.assertTrue(self.find("order by created"))
        keys = ", ".join(("key", "id", "created", "updated", "priority", "status", "due", "summary"))
        self.assertIn("ORDER BY is 7", self.refusal(f"project = OPS order by {keys}", bounded=True))

    def test_the_anonymous_see_nothing(self):
        self.assertEqual(search(self.store, self.site, None, "project = OPS"), [])

    def test_a_search_sees_what_changed(self):
        before = len(self.find("labels = fresh"))
        issue = self.store.issues[10005]
        issue.labels = [*issue.labels, "fresh"]
        self.store.touch(issue)
        self.assertEqual(len(self.find("labels = fresh")), before + 1)


if __name__ == "__main__":
    unittest.main()
