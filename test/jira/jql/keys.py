"""Searching by issue: key, id, parent."""

import re

from jql.kinds import ORDERED, Kind
from jql.problems import JqlError, no_issue

KEY = re.compile(r"([A-Za-z][A-Za-z0-9_]*)-(\d+)", re.ASCII)


class IssueKey(Kind):
    operators = ORDERED

    def find(self, text, field, context):
        issue = context.store.issue(text) if context.user else None
        if issue is not None:
            return [issue]
        if context.user is None or not context.validate:
            return []
        if context.site.unknown_keys == "empty":
            context.hopeless = True
            return []
        if not KEY.fullmatch(text) and not text.isdigit():
            raise JqlError(f"The issue key '{text}' for field '{field}' is invalid.")
        raise no_issue(text, field)

    def rank(self, value):
        return value.project.key, value.number

    def _comparison(self, clause, context):
        """Within the project of the key; the key itself need not exist."""
        bound = KEY.fullmatch(getattr(clause.operand, "text", ""))
        if bound is None:
            return super()._comparison(clause, context)
        project, number = bound[1].upper(), int(bound[2])
        compare = {"<": int.__lt__, "<=": int.__le__, ">": int.__gt__, ">=": int.__ge__}[clause.operator]
        return lambda issue: issue.project.key == project and compare(issue.number, number)


class IssueId(IssueKey):
    """`id`: the same values, compared by number."""

    def rank(self, value):
        return value.id

    def _comparison(self, clause, context):
        text = getattr(clause.operand, "text", "")
        if not text.isdigit():
            return super()._comparison(clause, context)
        bound = int(text)
        compare = {"<": int.__lt__, "<=": int.__le__, ">": int.__gt__, ">=": int.__ge__}[clause.operator]
        return lambda issue: compare(issue.id, bound)


class Rank(IssueId):
    """Only to order by."""

    operators = ()

    def sort_key(self, issue):
        return issue.rank


class RelatedIssue(IssueKey):
    operators = ("=", "!=", "in", "not in", "is", "is not")
