"""What the stand-in stores: plain records, independent of the REST shapes they are shown in."""

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(eq=False, slots=True)
class User:
    account: str            # Cloud accountId
    login: str              # Server name
    name: str
    email: str
    key: str = ""           # Server key
    active: bool = True
    account_type: str = "atlassian"
    time_zone: str | None = "UTC"
    locale: str = "en_GB"
    writes: bool = True
    admin: bool = False
    properties: dict = field(default_factory=dict)
    preferences: dict = field(default_factory=dict)
    columns: list | None = None     # of the issue navigator; None: those of the site


@dataclass(eq=False, slots=True)
class Group:
    id: str
    name: str
    members: list


@dataclass(eq=False, slots=True)
class IssueType:
    id: int
    name: str
    description: str
    level: int              # -1 sub-task, 0 standard, 1 epic
    properties: dict = field(default_factory=dict)

    @property
    def subtask(self):
        return self.level < 0


@dataclass(eq=False, slots=True)
class StatusCategory:
    id: int
    key: str
    name: str
    color: str


@dataclass(eq=False, slots=True)
class Status:
    id: int
    name: str
    description: str
    category: StatusCategory
    exits: list = field(default_factory=list)       # transitions


@dataclass(eq=False, slots=True)
class Transition:
    id: int
    name: str
    target: Status


@dataclass(eq=False, slots=True)
class Priority:
    id: int                 # also its rank: 1 is the highest
    name: str
    description: str
    color: str


@dataclass(eq=False, slots=True)
class Resolution:
    id: int
    name: str
    description: str


@dataclass(eq=False, slots=True)
class Component:
    id: int
    name: str
    description: str
    lead: User | None = None
    assignee_type: str = "PROJECT_DEFAULT"


@dataclass(eq=False, slots=True)
class Version:
    id: int
    name: str
    released: bool
    release_date: date | None
    start_date: date | None = None
    description: str = ""
    archived: bool = False


@dataclass(eq=False, slots=True)
class Option:
    id: int
    value: str
    children: list = field(default_factory=list)
    disabled: bool = False


@dataclass(eq=False, slots=True)
class FieldContext:
    """Where a field is used, with options of its own."""

    id: int
    field: str
    name: str
    options: list


@dataclass(eq=False, slots=True)
class Category:
    """Of projects."""

    id: int
    name: str
    description: str


@dataclass(eq=False, slots=True)
class Role:
    id: int
    name: str
    description: str


@dataclass(eq=False, slots=True)
class Project:
    id: int
    key: str
    name: str
    lead: User
    description: str = ""
    components: list = field(default_factory=list)
    versions: list = field(default_factory=list)
    issue_types: list = field(default_factory=list)
    default_assignee: User | None = None
    last_number: int = 0
    category: Category | None = None
    url: str = ""
    features_off: set = field(default_factory=set)
    actors: dict = field(default_factory=dict)      # users and groups by the id of their role
    properties: dict = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Filter:
    id: int
    name: str
    jql: str
    owner: User
    description: str = ""
    favourites: list = field(default_factory=list)  # of whom
    columns: list | None = None


@dataclass(eq=False, slots=True)
class Dashboard:
    id: int
    name: str
    owner: User | None      # None: that of the system
    description: str = ""


@dataclass(eq=False, slots=True)
class Workflow:
    id: str
    name: str
    description: str


@dataclass(eq=False, slots=True)
class Board:
    id: int
    name: str
    project: Project
    kind: str = "scrum"
    filter: Filter | None = None
    properties: dict = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Sprint:
    id: int
    name: str
    board: Board
    state: str
    goal: str = ""
    created: datetime | None = None
    start: datetime | None = None       # planned
    activated: datetime | None = None
    end: datetime | None = None
    completed: datetime | None = None


@dataclass(eq=False, slots=True)
class RichText:
    """Text, and the document it was written as where it came as one."""

    text: str
    document: dict | None = None


@dataclass(eq=False, slots=True)
class Comment:
    id: int
    issue: "Issue"
    author: User
    body: RichText
    created: datetime
    updated: datetime
    visibility: dict | None = None
    properties: dict = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Worklog:
    id: int
    issue: "Issue"
    author: User
    seconds: int
    started: datetime
    created: datetime
    updated: datetime
    update_author: User
    comment: RichText | None = None
    visibility: dict | None = None
    properties: dict = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class LinkType:
    id: int
    name: str
    inward: str
    outward: str


@dataclass(eq=False, slots=True)
class Link:
    """The inward issue does what the type's outward text says to the outward one: it blocks it."""

    id: int
    kind: LinkType
    inward: "Issue"
    outward: "Issue"


@dataclass(eq=False, slots=True)
class RemoteLink:
    id: int
    given: dict             # as it was written
    global_id: str


@dataclass(eq=False, slots=True)
class Change:
    """One entry of an issue's history; an item is (attribute of Issue, old value, new value)."""

    id: int
    author: User
    created: datetime
    items: tuple


@dataclass(eq=False, slots=True)
class Attachment:
    id: int
    issue: "Issue"
    author: User
    filename: str
    media_type: str
    content: bytes
    created: datetime


@dataclass(eq=False, slots=True)
class Issue:
    id: int
    number: int
    project: Project
    issue_type: IssueType
    summary: str
    status: Status
    priority: Priority
    reporter: User
    creator: User
    created: datetime
    updated: datetime
    description: RichText | None = None
    environment: RichText | None = None
    assignee: User | None = None
    resolution: Resolution | None = None
    resolved: datetime | None = None
    status_changed: datetime | None = None
    due: date | None = None
    labels: list = field(default_factory=list)
    components: list = field(default_factory=list)
    fix_versions: list = field(default_factory=list)
    versions: list = field(default_factory=list)
    parent: "Issue | None" = None
    epic: "Issue | None" = None
    children: list = field(default_factory=list)
    sprints: list = field(default_factory=list)
    story_points: float | None = None
    acceptance: RichText | None = None
    effort: float | None = None
    severity: Option | None = None
    areas: list = field(default_factory=list)
    location: tuple | None = None       # an option and one of its children, or None
    reviewer: User | None = None
    owners: Group | None = None
    customer: str | None = None
    customer_contact: str | None = None
    begins: datetime | None = None
    tags: list = field(default_factory=list)
    target_start: date | None = None
    approvers: list = field(default_factory=list)
    original_estimate: int | None = None        # seconds, like the next two
    remaining_estimate: int | None = None
    time_spent: int | None = None
    rank: float = 0
    color: str = "color_1"      # of an epic
    done: bool = False          # an epic that boards no longer show
    comments: list = field(default_factory=list)
    attachments: list = field(default_factory=list)
    watchers: list = field(default_factory=list)
    voters: list = field(default_factory=list)
    worklogs: list = field(default_factory=list)
    links: list = field(default_factory=list)
    remote_links: list = field(default_factory=list)
    history: list = field(default_factory=list)     # oldest first
    properties: dict = field(default_factory=dict)
    shown: dict = field(default_factory=dict)   # rendered fields, by API version and field id

    @property
    def key(self):
        return f"{self.project.key}-{self.number}"
