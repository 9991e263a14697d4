"""Every issue field: its metadata, where its value is kept, how it is shown and written."""

from dataclasses import dataclass

from fields import agreement, codecs, computed

CUSTOM = "com.atlassian.jira.plugin.system.customfieldtypes:"
GREENHOPPER = "com.pyxis.greenhopper.jira:"
BOTH = ("cloud", "server")


@dataclass(frozen=True)
class Field:
    id: str
    name: str
    type: str | None
    attribute: str | None = None        # of Issue
    codec: object = codecs.Codec()
    compute: object = None              # (issue, view) -> JSON, for what is not kept
    items: str | None = None
    custom: str | None = None
    clauses: tuple = ()
    writable: bool = False
    creatable: bool = False             # only at creation
    navigable: bool = True
    orderable: bool = False
    searchable: bool = True
    personal: bool = False              # differs by caller: never kept rendered
    deployments: tuple = BOTH

    @property
    def single(self):
        return self.type not in ("array", "comments-page")

    def show(self, issue, view):
        if self.compute:
            return self.compute(issue, view)
        return self.codec.encode(getattr(issue, self.attribute), view)

    def schema(self, site):
        if self.type is None:
            return None
        items = "json" if self.items == "sprint" and site.cloud else "string" if self.items == "sprint" else self.items
        shown = {"type": self.type} | ({"items": items} if items else {})
        if not self.custom:
            return shown | {"system": self.id}
        return shown | {"custom": self.custom, "customId": int(self.id.rpartition("_")[2])}


def _project_types(scope):
    return scope.project.issue_types


PRIORITY = codecs.Named("Priority", "priority", lambda scope: scope.store.priorities, required=True)
RESOLUTION = codecs.Named("Resolution", "resolution", lambda scope: scope.store.resolutions)
COMPONENT = codecs.Named("Component", "component", lambda scope: scope.project.components)
VERSION = codecs.Named("Version", "version_entry", lambda scope: scope.project.versions)
SEVERITY = codecs.Named("Option", "option", lambda scope: scope.store.severities, name="value")
ISSUE_TYPE = codecs.Named("Issue type", "issue_type", _project_types, required=True)
PROJECT = codecs.Named("Project", "project", lambda scope: scope.store.projects.values(), name="key", required=True)
AREA = codecs.Named("Option", "option", lambda scope: scope.store.areas, name="value")
STATUS = codecs.Named("Status", "status", lambda scope: scope.store.statuses)

FIELDS = (
    Field("summary", "Summary", "string", "summary", codecs.Line("summary"), clauses=("summary",), writable=True,
          orderable=True),
    Field("issuetype", "Issue Type", "issuetype", "issue_type", ISSUE_TYPE, clauses=("issuetype", "type"),
          writable=True, orderable=True),
    Field("project", "Project", "project", "project", PROJECT, clauses=("project",), creatable=True),
    Field("parent", "Parent", None, "parent", codecs.Related(), clauses=("parent",), writable=True, orderable=False,
          navigable=True, searchable=False),
    Field("description", "Description", "string", "description", codecs.Rich(), clauses=("description",),
          writable=True, orderable=True),
    Field("environment", "Environment", "string", "environment", codecs.Rich(), clauses=("environment",),
          writable=True, orderable=True),
    Field("status", "Status", "status", "status", STATUS, clauses=("status",)),
    Field("priority", "Priority", "priority", "priority", PRIORITY, clauses=("priority",), writable=True,
          orderable=True),
    Field("resolution", "Resolution", "resolution", "resolution", RESOLUTION, clauses=("resolution",)),
    Field("resolutiondate", "Resolved", "datetime", "resolved", codecs.Moment(),
          clauses=("resolutiondate", "resolved")),
    Field("assignee", "Assignee", "user", "assignee", codecs.Person(), clauses=("assignee",), writable=True,
          orderable=True),
    Field("reporter", "Reporter", "user", "reporter", codecs.Person(), clauses=("reporter",), writable=True,
          orderable=True),
    Field("creator", "Creator", "user", "creator", codecs.Person(), clauses=("creator",)),
    Field("created", "Created", "datetime", "created", codecs.Moment(), clauses=("created", "createdDate")),
    Field("updated", "Updated", "datetime", "updated", codecs.Moment(), clauses=("updated", "updatedDate")),
    Field("statuscategorychangedate", "Status Category Changed", "datetime", "status_changed", codecs.Moment(),
          clauses=("statusCategoryChangedDate",), deployments=("cloud",)),
    Field("duedate", "Due date", "date", "due", codecs.Day(), clauses=("due", "duedate"), writable=True,
          orderable=True),
    Field("labels", "Labels", "array", "labels", codecs.Labels(), items="string", clauses=("labels",), writable=True,
          orderable=True),
    Field("components", "Components", "array", "components", codecs.ManyNamed(COMPONENT), items="component",
          clauses=("component",), writable=True, orderable=True),
    Field("fixVersions", "Fix versions", "array", "fix_versions", codecs.ManyNamed(VERSION), items="version",
          clauses=("fixVersion",), writable=True, orderable=True),
    Field("versions", "Affects versions", "array", "versions", codecs.ManyNamed(VERSION), items="version",
          clauses=("affectedVersion",), writable=True, orderable=True),
    Field("subtasks", "Sub-tasks", "array", compute=computed.subtasks, items="issuelinks", clauses=("subtasks",),
          searchable=False),
    Field("issuelinks", "Linked Issues", "array", compute=computed.links, items="issuelinks",
          clauses=("issueLink",)),
    Field("votes", "Votes", "votes", compute=computed.votes, clauses=("votes",), personal=True),
    Field("watches", "Watchers", "watches", compute=computed.watches, clauses=("watchers",), personal=True),
    Field("progress", "Progress", "progress", compute=computed.progress, clauses=("progress",)),
    Field("aggregateprogress", "Σ Progress", "progress", compute=computed.aggregate_progress),
    Field("workratio", "Work Ratio", "number", compute=computed.work_ratio, clauses=("workratio",)),
    Field("timespent", "Time Spent", "number", "time_spent"),
    Field("timeestimate", "Remaining Estimate", "number", "remaining_estimate"),
    Field("timeoriginalestimate", "Original estimate", "number", "original_estimate"),
    Field("security", "Security Level", "securitylevel", compute=computed.nothing, clauses=("level",)),
    Field("lastViewed", "Last Viewed", "datetime", compute=computed.nothing, clauses=("lastViewed",)),
    Field("timetracking", "Time tracking", "timetracking", compute=computed.time_tracking,
          navigable=False),
    Field("attachment", "Attachment", "array", compute=computed.attachments, items="attachment", navigable=False,
          clauses=("attachments",)),
    Field("comment", "Comment", "comments-page", compute=computed.comments, navigable=False, clauses=("comment",)),
    Field("worklog", "Log Work", "array", compute=computed.worklogs, items="worklog", navigable=False),
    Field("customfield_10014", "Epic Link", "any", "epic", codecs.EpicLink(), custom=GREENHOPPER + "gh-epic-link",
          clauses=("cf[10014]", "Epic Link"), writable=True, orderable=True, deployments=("server",)),
    Field("customfield_10016", "Story Points", "number", "story_points", codecs.Number(), custom=CUSTOM + "float",
          clauses=("cf[10016]", "Story Points"), writable=True, orderable=True),
    Field("customfield_10019", "Rank", "any", compute=computed.rank, custom=GREENHOPPER + "gh-lexo-rank",
          clauses=("cf[10019]", "Rank"), orderable=True),
    Field("customfield_10020", "Sprint", "array", "sprints", codecs.Sprints(), items="sprint",
          custom=GREENHOPPER + "gh-sprint", clauses=("cf[10020]", "Sprint"), writable=True, orderable=True),
    Field("customfield_10030", "Acceptance criteria", "string", "acceptance", codecs.Rich(),
          custom=CUSTOM + "textarea", clauses=("cf[10030]", "Acceptance criteria"), writable=True, orderable=True),
    Field("customfield_10031", "Effort in days", "number", "effort", codecs.Number(), custom=CUSTOM + "float",
          clauses=("cf[10031]", "Effort in days"), writable=True, orderable=True),
    Field("customfield_10032", "Severity", "option", "severity", SEVERITY, custom=CUSTOM + "select",
          clauses=("cf[10032]", "Severity"), writable=True, orderable=True),
    Field("customfield_10033", "Affected areas", "array", "areas", codecs.ManyNamed(AREA), items="option",
          custom=CUSTOM + "multiselect", clauses=("cf[10033]", "Affected areas"), writable=True, orderable=True),
    Field("customfield_10034", "Location", "option-with-child", "location", codecs.Cascade(),
          custom=CUSTOM + "cascadingselect", clauses=("cf[10034]", "Location"), writable=True, orderable=True),
    Field("customfield_10035", "Reviewer", "user", "reviewer", codecs.Person(), custom=CUSTOM + "userpicker",
          clauses=("cf[10035]", "Reviewer"), writable=True, orderable=True),
    Field("customfield_10036", "Owning group", "group", "owners", codecs.Crew(), custom=CUSTOM + "grouppicker",
          clauses=("cf[10036]", "Owning group"), writable=True, orderable=True),
    Field("customfield_10037", "Customer", "string", "customer", codecs.Text(), custom=CUSTOM + "textfield",
          clauses=("cf[10037]", "Customer"), writable=True, orderable=True),
    Field("customfield_10038", "customer", "string", "customer_contact", codecs.Text(), custom=CUSTOM + "textfield",
          clauses=("cf[10038]", "customer"), writable=True, orderable=True),
    Field("customfield_10039", "Begins at", "datetime", "begins", codecs.Moment(), custom=CUSTOM + "datetime",
          clauses=("cf[10039]", "Begins at"), writable=True, orderable=True),
    Field("customfield_10040", "Tags", "array", "tags", codecs.Tags(), items="string", custom=CUSTOM + "labels",
          clauses=("cf[10040]", "Tags"), writable=True, orderable=True),
    Field("customfield_10041", "Target start", "date", "target_start", codecs.Day(), custom=CUSTOM + "datepicker",
          clauses=("cf[10041]", "Target start"), writable=True, orderable=True),
    Field("customfield_10042", "Approvers", "array", "approvers", codecs.People(), items="user",
          custom=CUSTOM + "multiuserpicker", clauses=("cf[10042]", "Approvers"), writable=True, orderable=True),
    Field("customfield_10043", agreement.NAME, "sd-servicelevelagreement", compute=agreement.time_to_resolution,
          custom="com.atlassian.servicedesk:sd-sla-field", clauses=("cf[10043]", agreement.NAME), orderable=True),
)

BY_ID = {field.id: field for field in FIELDS}


def fields_of(site):
    return [field for field in FIELDS if site.deployment in field.deployments]


def find(site, field_id):
    field = BY_ID.get(field_id)
    return field if field and site.deployment in field.deployments else None


def clause_of(given):
    """How JQL names one of the oddity more_fields."""
    return f"cf[{given['id'].rpartition('_')[2]}]"
