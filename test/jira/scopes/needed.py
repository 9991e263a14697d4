"""The scopes that each operation of Cloud needs: its classic ones, or else its granular ones.

Granular scopes are written without the ending `:jira`. What is not here no token with scopes may do.
"""

from routes import AGILE, API
from scopes import needed_agile, needed_issues, needed_projects, needed_users
from scopes.classic import CONFIGURATION, READ, USERS, WEBHOOKS, WRITE

ISSUE = ("read:issue-meta read:issue-security-level read:issue.vote read:issue.changelog read:avatar "
         "read:issue read:status read:user read:field-configuration")
CREATION = "read:issue-meta read:avatar read:field-configuration"
COMMENT = ("read:comment read:comment.property read:group read:project read:project-role read:user "
           "read:avatar")
PROJECT = ("read:issue-type read:project read:project.property read:user read:application-role "
           "read:avatar read:group read:issue-type-hierarchy read:project-category "
           "read:project-version read:project.component")
SEARCH_BY_QUERY = "read:issue-details read:audit-log read:avatar read:field-configuration read:issue-meta"
SEARCH_BY_BODY = "read:issue-details read:field.default-value read:field.option read:field read:group"
ACCOUNT = "read:application-role read:group read:user read:avatar"

NEEDED = {
    ("GET", AGILE + "board"): (None, "read:board-scope:jira-software read:project"),
    ("GET", AGILE + "board/{board}"): (None, "read:board-scope:jira-software read:issue-details"),
    ("GET", AGILE + "board/{board}/sprint"): (None, "read:sprint:jira-software"),
    ("POST", AGILE + "sprint"): (None, "write:sprint:jira-software"),
    ("DELETE", AGILE + "sprint/{sprint}"): (None, "delete:sprint:jira-software"),
    ("GET", AGILE + "sprint/{sprint}"): (None, "read:sprint:jira-software"),
    ("POST", AGILE + "sprint/{sprint}"): (None, "write:sprint:jira-software"),
    ("PUT", AGILE + "sprint/{sprint}"): (None, "write:sprint:jira-software"),
    ("GET", AGILE + "sprint/{sprint}/issue"): (None, "read:sprint:jira-software read:issue-details read:jql"),
    ("POST", AGILE + "sprint/{sprint}/issue"): (None, "write:sprint:jira-software"),
    ("GET", API + "attachment/content/{id}"): (READ, "read:attachment"),
    ("GET", API + "attachment/meta"): (READ, "read:instance-configuration"),
    ("DELETE", API + "attachment/{id}"): (WRITE, "delete:attachment"),
    ("GET", API + "attachment/{id}"):
        (READ, "read:attachment read:user read:application-role read:avatar read:group"),
    ("GET", API + "auditing/record"): (CONFIGURATION, "read:audit-log read:user"),
    ("GET", API + "field"):
        (READ, "read:field read:avatar read:project-category read:project read:field-configuration"),
    ("DELETE", API + "group"): (CONFIGURATION, "delete:group"),
    ("POST", API + "group"): (CONFIGURATION, "read:group read:user write:group read:avatar"),
    ("GET", API + "group/bulk"): (USERS, "read:group"),
    ("GET", API + "group/member"): (CONFIGURATION, "read:group read:user read:avatar"),
    ("DELETE", API + "group/user"): (CONFIGURATION, "write:group"),
    ("POST", API + "group/user"): (CONFIGURATION, "write:group read:avatar read:group read:user"),
    ("POST", API + "issue"): (WRITE, "write:issue write:comment write:comment.property write:attachment read:issue"),
    ("POST", API + "issue/bulk"): (WRITE, "write:issue write:comment write:comment.property write:attachment read:issue"),
    ("POST", API + "issue/bulkfetch"): (READ, ISSUE),
    ("GET", API + "issue/createmeta/{project}/issuetypes"): (READ, CREATION),
    ("GET", API + "issue/createmeta/{project}/issuetypes/{type}"): (READ, CREATION),
    ("DELETE", API + "issue/{issue}"): (WRITE, "delete:issue"),
    ("GET", API + "issue/{issue}"): (READ, ISSUE),
    ("PUT", API + "issue/{issue}"): (WRITE, "write:issue"),
    ("PUT", API + "issue/{issue}/assignee"): (WRITE, "write:issue"),
    ("POST", API + "issue/{issue}/attachments"): (WRITE, "read:user write:attachment read:attachment read:avatar"),
    ("GET", API + "issue/{issue}/comment"): (READ, COMMENT),
    ("POST", API + "issue/{issue}/comment"): (WRITE, COMMENT + " write:comment"),
    ("DELETE", API + "issue/{issue}/comment/{id}"): (WRITE, "delete:comment delete:comment.property"),
    ("GET", API + "issue/{issue}/comment/{id}"): (READ, COMMENT),
    ("PUT", API + "issue/{issue}/comment/{id}"): (WRITE, COMMENT + " write:comment"),
    ("GET", API + "issue/{issue}/editmeta"): (READ, "read:issue-meta read:field-configuration"),
    ("GET", API + "issue/{issue}/transitions"): (READ, "read:issue.transition read:status read:field-configuration"),
    ("POST", API + "issue/{issue}/transitions"): (WRITE, "write:issue write:issue.property"),
    ("DELETE", API + "issue/{issue}/watchers"): (WRITE, "write:issue.watcher"),
    ("GET", API + "issue/{issue}/watchers"): (READ, "read:issue.watcher read:user read:avatar"),
    ("POST", API + "issue/{issue}/watchers"): (WRITE, "write:issue.watcher"),
    ("GET", API + "myself"): (USERS, ACCOUNT),
    ("GET", API + "priority"): (READ, "read:priority"),
    ("GET", API + "priority/search"): (CONFIGURATION, None),
    ("GET", API + "priority/{id}"): (READ, "read:priority"),
    ("POST", API + "project"): (CONFIGURATION, "write:project read:project"),
    ("GET", API + "project/search"): (READ, PROJECT),
    ("GET", API + "project/{project}"): (READ, PROJECT),
    ("GET", API + "project/{project}/statuses"): (READ, "read:issue-status read:issue-type read:status"),
    ("GET", API + "search"): (READ, SEARCH_BY_QUERY),
    ("POST", API + "search"): (READ, SEARCH_BY_BODY),
    ("POST", API + "search/approximate-count"): (READ, SEARCH_BY_BODY),
    ("GET", API + "search/jql"): (READ, SEARCH_BY_QUERY),
    ("POST", API + "search/jql"): (READ, SEARCH_BY_BODY),
    ("GET", API + "serverInfo"): ("", ""),
    ("GET", API + "status"): (READ, "read:status"),
    ("GET", API + "status/{idOrName}"): (READ, "read:status"),
    ("GET", API + "user"): (USERS, ACCOUNT),
    ("GET", API + "user/assignable/multiProjectSearch"):
        (USERS, "read:project read:user read:application-role read:avatar read:group"),
    ("GET", API + "user/groups"): (USERS, "read:group"),
    ("GET", API + "users"): (USERS, ACCOUNT),
    ("GET", API + "users/search"): (USERS, ACCOUNT),
    ("DELETE", API + "webhook"): (WEBHOOKS, "delete:webhook"),
    ("GET", API + "webhook"): (WEBHOOKS, "read:webhook read:jql"),
    ("POST", API + "webhook"): (WEBHOOKS, "read:field read:project write:webhook"),
    ("PUT", API + "webhook/refresh"): (WEBHOOKS, "write:webhook read:webhook"),
    ("GET", "/rest/software/1.0/sprint/{sprint}/issue"):
        (None, "read:sprint:jira-software read:issue-details read:jql"),
    ("POST", "/app/report-accounts"): ("report:personal-data", None),
} | needed_agile.NEEDED | needed_issues.NEEDED | needed_projects.NEEDED | needed_users.NEEDED
