"""The scopes that operations of boards, epics and their issues need."""

from routes import AGILE

SOFTWARE = "/rest/software/1.0/"
BOARD = "read:board-scope:jira-software read:issue-details"
SETTINGS = "read:board-scope.admin:jira-software read:project"
EPIC_ISSUES = "read:epic:jira-software read:issue-details read:jql"
SPRINT_ISSUES = "read:sprint:jira-software read:issue-details read:jql"

NEEDED = {
    ("POST", AGILE + "backlog/issue"): (None, "write:board-scope:jira-software"),
    ("POST", AGILE + "backlog/{board}/issue"): (None, "write:board-scope:jira-software"),
    ("POST", AGILE + "board"): (None, "write:board-scope:jira-software"),
    ("DELETE", AGILE + "board/{board}"): (None, "write:board-scope:jira-software"),
    ("GET", AGILE + "board/{board}/backlog"): (None, BOARD),
    ("GET", AGILE + "board/{board}/configuration"): (None, SETTINGS),
    ("GET", AGILE + "board/{board}/epic"): (None, "read:epic:jira-software"),
    ("GET", AGILE + "board/{board}/epic/none/issue"): (None, EPIC_ISSUES),
    ("GET", AGILE + "board/{board}/epic/{epic}/issue"): (None, EPIC_ISSUES),
    ("GET", AGILE + "board/{board}/issue"): (None, BOARD),
    ("GET", AGILE + "board/{board}/project"): (None, SETTINGS),
    ("GET", AGILE + "board/{board}/properties"): (None, "read:board-scope.admin:jira-software"),
    ("DELETE", AGILE + "board/{board}/properties/{key}"): (None, "delete:board-scope.admin:jira-software"),
    ("GET", AGILE + "board/{board}/properties/{key}"): (None, "read:board-scope.admin:jira-software"),
    ("PUT", AGILE + "board/{board}/properties/{key}"): (None, "write:board-scope.admin:jira-software"),
    ("GET", AGILE + "board/{board}/sprint/{sprint}/issue"): (None, SPRINT_ISSUES),
    ("GET", AGILE + "board/{board}/version"): (None, "read:board-scope:jira-software"),
    ("GET", AGILE + "epic/none/issue"): (None, EPIC_ISSUES),
    ("POST", AGILE + "epic/none/issue"): (None, "write:epic:jira-software"),
    ("GET", AGILE + "epic/{epic}"): (None, "read:epic:jira-software"),
    ("POST", AGILE + "epic/{epic}"): (None, "write:epic:jira-software"),
    ("GET", AGILE + "epic/{epic}/issue"): (None, EPIC_ISSUES),
    ("POST", AGILE + "epic/{epic}/issue"): (None, "write:epic:jira-software"),
    ("PUT", AGILE + "epic/{epic}/rank"): (None, "write:epic:jira-software"),
    ("PUT", AGILE + "issue/rank"): (None, "write:issue:jira-software"),
    ("GET", AGILE + "issue/{issue}"): (None, "read:issue:jira-software"),
    ("GET", AGILE + "issue/{issue}/estimation"): (None, "read:issue:jira-software read:issue-details"),
    ("PUT", AGILE + "issue/{issue}/estimation"): (None, "write:issue:jira-software read:issue-details"),
    ("GET", SOFTWARE + "board/{board}/backlog"): (None, BOARD),
    ("GET", SOFTWARE + "board/{board}/backlog/approximate-count"): (None, BOARD),
    ("GET", SOFTWARE + "board/{board}/epic/none/issue"): (None, EPIC_ISSUES),
    ("GET", SOFTWARE + "board/{board}/epic/{epic}/issue"): (None, EPIC_ISSUES),
    ("GET", SOFTWARE + "board/{board}/issue"): (None, BOARD),
    ("GET", SOFTWARE + "board/{board}/issue/approximate-count"): (None, BOARD),
    ("GET", SOFTWARE + "board/{board}/sprint/{sprint}/issue"): (None, SPRINT_ISSUES),
    ("GET", SOFTWARE + "epic/none/issue"): (None, EPIC_ISSUES),
    ("GET", SOFTWARE + "epic/{epic}/issue"): (None, EPIC_ISSUES),
}
