"""JQL itself: which issues a query matches, what it consists of, and what can be written in one."""

import errors
import reply
import shape
from fields.catalogue import fields_of
from jql.functions import FUNCTIONS
from jql.parser import HISTORY, KEYWORDS, parse
from jql.problems import JqlError
from jql.search import UNSORTABLE, compile_order, compile_where, context_for, matching
from jql.searchable import FIELDS, kind_of
from jql.structure import structure_of
from routes import API, route

MOST_ISSUES = 1000
MOST_QUERIES = 100
MATCH = shape.Members({"issueIds": shape.ListOf(shape.LONG), "jqls": shape.TEXTS}, required=("issueIds", "jqls"))
QUERIES = shape.Members({"queries": shape.TEXTS}, required=("queries",))
AUTO_COMPLETE = shape.Members({"includeCollapsedFields": shape.BOOLEAN, "projectIds": shape.ListOf(shape.LONG)})
SUGGESTION = {"fieldName": shape.query_text, "fieldValue": shape.query_text, "predicateName": shape.query_text,
              "predicateValue": shape.query_text}
MODES = ("strict", "warn", "none")
MOST_SUGGESTED = 15
TYPES = {"user": "com.atlassian.jira.user.ApplicationUser", "date": "java.util.Date",
         "sprint": "com.atlassian.greenhopper.service.sprint.Sprint",
         "version": "com.atlassian.jira.project.version.Version"}


@route("POST", API + "jql/match", server=None, writes=False, body=MATCH)
def match(call):
    """One query that is wrong does not hinder the others."""
    ids = call.body["issueIds"]
    if len(ids) > MOST_ISSUES or len(call.body["jqls"]) > MOST_QUERIES:
        raise errors.refusal(400, f"At most {MOST_ISSUES} issues and {MOST_QUERIES} queries can be given.")
    issues = [] if call.anonymous else [call.store.issues[one] for one in ids if one in call.store.issues]
    return reply.ok({"matches": [_match(call, jql, issues) for jql in call.body["jqls"]]})


def _match(call, jql, issues):
    """A value that nobody knows matches nothing, without an error."""
    try:
        matches = matching(context_for(call, validate=False), jql)
    except JqlError as problem:
        return {"matchedIssues": [], "errors": list(problem.messages)}
    return {"matchedIssues": [issue.id for issue in issues if matches(issue)], "errors": []}


@route("POST", API + "jql/parse", cloud={"validation": shape.query_text}, server=None, writes=False, body=QUERIES)
def parsed(call):
    mode = call.query.get("validation", "strict")
    if mode not in MODES:
        raise errors.refusal(400, f"validation must be one of {', '.join(MODES)}.")
    return reply.ok({"queries": [_parsed(call, jql, mode) for jql in call.body["queries"]]})


def _parsed(call, jql, mode):
    try:
        query = parse(jql)
    except JqlError as problem:
        return {"query": jql, "errors": list(problem.messages)}
    problems = [] if mode == "none" else _problems(call, query)
    if problems and mode == "strict":
        return {"query": jql, "errors": problems}
    return {"query": jql, "structure": structure_of(query)} | ({"warnings": problems} if problems else {})


def _problems(call, query):
    context = context_for(call)
    try:
        compile_where(query.where, context)
        compile_order(query.order, context)
    except JqlError as problem:
        return list(problem.messages)
    return []


@route("GET", API + "jql/autocompletedata")
def auto_complete(call):
    return reply.ok(_reference(call))


@route("POST", API + "jql/autocompletedata", server=None, writes=False, body=AUTO_COMPLETE)
def auto_complete_for(call):
    return reply.ok(_reference(call))


def _reference(call):
    """Booleans are texts here."""
    return {"visibleFieldNames": [_field(name, kind) for name, kind in _visible(call)],
            "visibleFunctionNames": [_function(name, *entry) for name, entry in sorted(FUNCTIONS.items())],
            "jqlReservedWords": sorted(word.lower() for word in {*KEYWORDS, *HISTORY})}


def _visible(call):
    """By the names that Jira shows: those of custom fields, not their numbers."""
    names = {clause.lower(): clause for field in fields_of(call.site) for clause in field.clauses}
    return sorted((names.get(name, name), kind) for name, kind in FIELDS.items() if not name.startswith("cf["))


def _field(name, kind):
    shown = {"value": f'"{name}"' if " " in name else name, "displayName": name, "searchable": "true",
             "operators": list(kind.operators), "types": ["java.lang.String"]}
    return shown | ({} if kind in UNSORTABLE else {"orderable": "true"})


def _function(name, kind, most, _):
    written = name + ('("")' if most else "()")
    shown = {"value": written, "displayName": written, "types": [TYPES[kind]]}
    return shown | ({} if kind == "date" else {"isList": "true", "supportsListAndSingleValueOperators": "true"})


@route("GET", API + "jql/autocompletedata/suggestions", query=SUGGESTION)
def suggestions(call):
    """What the values of a field begin with."""
    kind = kind_of(call.query.get("fieldName", ""), call.site)
    if kind is None:
        return reply.ok({"results": []})
    begun = call.query.get("fieldValue", "").lower().strip('"')
    names = sorted({name for name in kind.suggested(context_for(call)) if name.lower().startswith(begun)})
    return reply.ok({"results": [_suggestion(name, len(begun)) for name in names[:MOST_SUGGESTED]]})


def _suggestion(name, begun):
    return {"value": name if name.isalnum() else f'"{name}"', "displayName": f"<b>{name[:begun]}</b>{name[begun:]}"}
