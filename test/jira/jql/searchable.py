"""The fields a query can name."""

from fields.catalogue import BY_ID, clause_of
from jql import keys, kinds
from jql.problems import no_field


def _one(attribute):
    def values(issue):
        value = getattr(issue, attribute)
        return [] if value is None else [value]
    return values


def _text(attribute):
    def values(issue):
        rich = getattr(issue, attribute)
        return [rich.text] if rich else []
    return values


def _comments(issue):
    return [comment.body.text for comment in issue.comments]


def _every_text(issue):
    return [issue.summary, *_text("description")(issue), *_text("environment")(issue), *_comments(issue)]


def _of_projects(attribute):
    return lambda context: [one for project in context.store.projects.values() for one in getattr(project, attribute)]


def _store(attribute):
    return lambda context: getattr(context.store, attribute)


def _categories(context):
    return {status.category.id: status.category for status in context.store.statuses}.values()


def _parent(issue):
    parent = issue.parent or issue.epic
    return [parent] if parent else []


KEY = keys.IssueKey(lambda issue: [issue])
ID = keys.IssueId(lambda issue: [issue])
RANK = keys.Rank(lambda issue: [issue])
PROJECT = kinds.Project(_one("project"), lambda context: context.store.projects.values(), ("name", "key"))
TYPE = kinds.Entity(_one("issue_type"), _store("issue_types"))
STATUS = kinds.Entity(_one("status"), _store("statuses"))
CATEGORY = kinds.Entity(lambda issue: [issue.status.category], _categories, ("key", "name"))
PRIORITY = kinds.Ranked(_one("priority"), _store("priorities"))
RESOLUTION = kinds.Resolution(_one("resolution"), _store("resolutions"))
COMPONENT = kinds.Entity(lambda issue: issue.components, _of_projects("components"))
FIX_VERSION = kinds.Entity(lambda issue: issue.fix_versions, _of_projects("versions"), function_kind="version")
AFFECTED_VERSION = kinds.Entity(lambda issue: issue.versions, _of_projects("versions"), function_kind="version")
SPRINT = kinds.Entity(lambda issue: issue.sprints, _store("sprints"), function_kind="sprint")
SEVERITY = kinds.Entity(_one("severity"), _store("severities"), ("value",))
DUE = kinds.Day(_one("due"))
CREATED = kinds.Indexed(_one("created"))
UPDATED = kinds.Indexed(_one("updated"))
RESOLVED = kinds.Indexed(_one("resolved"))
STORY_POINTS = kinds.Number(_one("story_points"))
EFFORT = kinds.Number(_one("effort"))
ACCEPTANCE = kinds.Text(_text("acceptance"))
EPIC = keys.RelatedIssue(_one("epic"))
BEGINS = kinds.Indexed(_one("begins"))
TAGS = kinds.Label(lambda issue: issue.tags)
TARGET_START = kinds.Day(_one("target_start"))
APPROVERS = kinds.Person(lambda issue: issue.approvers)
TEXT = kinds.Text(_every_text)

FIELDS = {
    "key": KEY, "issuekey": KEY, "issue": KEY, "id": ID,
    "project": PROJECT, "issuetype": TYPE, "type": TYPE, "status": STATUS, "statuscategory": CATEGORY,
    "priority": PRIORITY, "resolution": RESOLUTION,
    "assignee": kinds.Person(_one("assignee")), "reporter": kinds.Person(_one("reporter")),
    "creator": kinds.Person(_one("creator")), "watcher": kinds.Person(lambda issue: issue.watchers),
    "labels": kinds.Label(lambda issue: issue.labels), "component": COMPONENT,
    "fixversion": FIX_VERSION, "affectedversion": AFFECTED_VERSION, "parent": keys.RelatedIssue(_parent),
    "sprint": SPRINT, "cf[10020]": SPRINT,
    "created": CREATED, "createddate": CREATED, "updated": UPDATED, "updateddate": UPDATED,
    "resolved": RESOLVED, "resolutiondate": RESOLVED, "due": DUE, "duedate": DUE,
    "summary": kinds.Text(lambda issue: [issue.summary]), "description": kinds.Text(_text("description")),
    "environment": kinds.Text(_text("environment")), "comment": kinds.Text(_comments), "text": TEXT,
    "story points": STORY_POINTS, "cf[10016]": STORY_POINTS, "effort in days": EFFORT, "cf[10031]": EFFORT,
    "acceptance criteria": ACCEPTANCE, "cf[10030]": ACCEPTANCE, "severity": SEVERITY, "cf[10032]": SEVERITY,
    "begins at": BEGINS, "cf[10039]": BEGINS, "tags": TAGS, "cf[10040]": TAGS,
    "target start": TARGET_START, "cf[10041]": TARGET_START, "approvers": APPROVERS, "cf[10042]": APPROVERS,
    "rank": RANK, "cf[10019]": RANK,
    "voter": kinds.Person(lambda issue: issue.voters),
    "worklogdate": kinds.Day(lambda issue: [worklog.started.date() for worklog in issue.worklogs]),
    "worklogauthor": kinds.Person(lambda issue: [worklog.author for worklog in issue.worklogs]),
}
SERVER_ONLY = {"epic link": EPIC, "cf[10014]": EPIC}
UNSORTABLE = (TEXT, FIELDS["comment"])


def _names(field_id):
    return [name.lower() for name in BY_ID[field_id].clauses]


def kind_of(name, site):
    """None for what cannot be searched by."""
    lowered = name.lower()
    if any(lowered in _names(one) for one in site.oddities.unsearchable):
        return None
    return FIELDS.get(lowered) or _without_values(lowered, site) or (None if site.cloud else SERVER_ONLY.get(lowered))


def _without_values(lowered, site):
    """Numbers that no issue has."""
    given = [one for one in site.oddities.more_fields if one["type"] == "number" and clause_of(one) == lowered]
    return kinds.Number(lambda issue: []) if given else None


def field_named(name, site):
    found = kind_of(name, site)
    if found is None:
        raise no_field(name)
    return found
