"""The scopes that operations of issues, and what is attached to them need."""

from routes import API
from scopes.classic import CONFIGURATION, READ, WRITE

CHANGELOG = "read:issue-meta read:avatar read:issue.changelog"
WORKLOG = ("read:comment read:group read:issue-worklog read:issue-worklog.property read:project-role "
           "read:user read:avatar")
ISSUE_TYPE = "read:issue-type read:avatar read:project-category read:project"
ISSUE_TYPE_CHANGE = "write:issue-type read:avatar read:issue-type read:project-category read:project"
WORKLOG_IDS = "read:issue-worklog read:issue-worklog.property"

NEEDED = {
    ("POST", API + "changelog/bulkfetch"): (READ, CHANGELOG),
    ("POST", API + "comment/list"):
        (READ, "delete:comment.property read:avatar read:comment read:group read:project-role read:user "
               "read:comment.property read:project"),
    ("GET", API + "comment/{comment}/properties"): (READ, "read:comment.property"),
    ("DELETE", API + "comment/{comment}/properties/{key}"): (WRITE, "delete:comment.property"),
    ("GET", API + "comment/{comment}/properties/{key}"): (READ, "read:comment.property"),
    ("PUT", API + "comment/{comment}/properties/{key}"): (WRITE, "write:comment.property"),
    ("GET", API + "field/search"): (READ, "read:field read:field-configuration"),
    ("GET", API + "issue/picker"): (READ, "read:issue-details"),
    ("DELETE", API + "issue/properties/{key}"): (WRITE, "delete:issue.property"),
    ("PUT", API + "issue/properties/{key}"): (WRITE, "read:jira-expressions write:issue.property"),
    ("POST", API + "issue/watching"): (READ, "read:issue.watcher read:user"),
    ("GET", API + "issue/{issue}/changelog"): (READ, CHANGELOG),
    ("POST", API + "issue/{issue}/changelog/list"): (READ, CHANGELOG),
    ("GET", API + "issue/{issue}/properties"): (READ, "read:issue.property"),
    ("DELETE", API + "issue/{issue}/properties/{key}"): (WRITE, "delete:issue.property"),
    ("GET", API + "issue/{issue}/properties/{key}"): (READ, "read:issue.property"),
    ("PUT", API + "issue/{issue}/properties/{key}"): (WRITE, "write:issue.property"),
    ("DELETE", API + "issue/{issue}/remotelink"): (WRITE, "delete:issue.remote-link write:issue"),
    ("GET", API + "issue/{issue}/remotelink"): (READ, "read:issue.remote-link read:status"),
    ("POST", API + "issue/{issue}/remotelink"): (WRITE, "write:issue write:issue.remote-link read:issue.remote-link"),
    ("DELETE", API + "issue/{issue}/remotelink/{id}"): (WRITE, "delete:issue.remote-link write:issue"),
    ("GET", API + "issue/{issue}/remotelink/{id}"): (READ, "read:issue.remote-link read:status"),
    ("PUT", API + "issue/{issue}/remotelink/{id}"): (WRITE, "write:issue write:issue.remote-link"),
    ("DELETE", API + "issue/{issue}/votes"): (WRITE, "write:issue.vote"),
    ("GET", API + "issue/{issue}/votes"):
        (READ, "read:issue.vote read:user read:application-role read:avatar read:group"),
    ("POST", API + "issue/{issue}/votes"): (WRITE, "write:issue.vote"),
    ("GET", API + "issue/{issue}/worklog"):
        (READ, "read:group read:issue-worklog read:issue-worklog.property read:project-role read:user read:avatar"),
    ("POST", API + "issue/{issue}/worklog"):
        (WRITE, "write:issue-worklog write:issue-worklog.property read:avatar read:group read:issue-worklog "
                "read:project-role read:user read:issue-worklog.property"),
    ("DELETE", API + "issue/{issue}/worklog/{id}"):
        (WRITE, "delete:issue-worklog delete:issue-worklog.property write:issue.time-tracking"),
    ("GET", API + "issue/{issue}/worklog/{id}"): (READ, WORKLOG),
    ("PUT", API + "issue/{issue}/worklog/{id}"):
        (WRITE, "read:comment read:group read:issue-worklog read:issue-worklog.property read:project-role "
                "read:user write:comment write:issue-worklog write:issue-worklog.property read:avatar"),
    ("GET", API + "issue/{issue}/worklog/{worklog}/properties"): (READ, "read:issue-worklog.property"),
    ("DELETE", API + "issue/{issue}/worklog/{worklog}/properties/{key}"): (WRITE, "delete:issue-worklog.property"),
    ("GET", API + "issue/{issue}/worklog/{worklog}/properties/{key}"): (READ, "read:issue-worklog.property"),
    ("PUT", API + "issue/{issue}/worklog/{worklog}/properties/{key}"): (WRITE, "write:issue-worklog.property"),
    ("POST", API + "issueLink"): (WRITE, "write:comment write:issue write:issue-link"),
    ("DELETE", API + "issueLink/{id}"): (WRITE, "delete:issue-link"),
    ("GET", API + "issueLink/{id}"):
        (READ, "read:field read:issue-link-type read:issue read:issue-type read:priority read:status read:avatar "
               "read:issue.time-tracking read:project-category read:project read:user"),
    ("GET", API + "issueLinkType"): (READ, "read:issue-link-type"),
    ("POST", API + "issueLinkType"): (CONFIGURATION, "write:issue-link-type"),
    ("DELETE", API + "issueLinkType/{id}"): (CONFIGURATION, "delete:issue-link-type"),
    ("GET", API + "issueLinkType/{id}"): (READ, "read:issue-link-type"),
    ("PUT", API + "issueLinkType/{id}"): (CONFIGURATION, "read:issue-link-type write:issue-link-type"),
    ("GET", API + "issuetype"): (READ, ISSUE_TYPE),
    ("POST", API + "issuetype"): (CONFIGURATION, ISSUE_TYPE_CHANGE),
    ("DELETE", API + "issuetype/{id}"): (CONFIGURATION, "delete:issue-type"),
    ("GET", API + "issuetype/{id}"): (READ, ISSUE_TYPE),
    ("PUT", API + "issuetype/{id}"): (CONFIGURATION, ISSUE_TYPE_CHANGE),
    ("GET", API + "issuetype/{id}/alternatives"):
        (READ, "read:issue-type read:project-category read:project read:avatar"),
    ("GET", API + "issuetype/{type}/properties"): (READ, "read:issue-type.property"),
    ("DELETE", API + "issuetype/{type}/properties/{key}"): (CONFIGURATION, "delete:issue-type.property"),
    ("GET", API + "issuetype/{type}/properties/{key}"): (READ, "read:issue-type.property"),
    ("PUT", API + "issuetype/{type}/properties/{key}"): (CONFIGURATION, "write:issue-type.property"),
    ("GET", API + "jql/autocompletedata"): (READ, "read:field"),
    ("POST", API + "jql/autocompletedata"): (READ, "read:field"),
    ("GET", API + "jql/autocompletedata/suggestions"): (READ, "read:issue-details"),
    ("POST", API + "jql/match"): (READ, "read:issue-details"),
    ("POST", API + "jql/parse"): (READ, "read:field validate:jql read:jql"),
    ("GET", API + "label"): (READ, "read:label"),
    ("DELETE", API + "priority/{id}"): (CONFIGURATION, None),
    ("GET", API + "resolution"): (READ, "read:resolution"),
    ("GET", API + "resolution/search"): (READ, "read:resolution"),
    ("GET", API + "resolution/{id}"): (READ, "read:resolution"),
    ("GET", API + "statuscategory"): (READ, "read:status"),
    ("GET", API + "statuscategory/{idOrKey}"): (READ, "read:status"),
    ("GET", API + "statuses"): (CONFIGURATION, "read:workflow"),
    ("GET", API + "statuses/search"): (CONFIGURATION, "read:workflow"),
    ("GET", API + "task/{task}"): (READ, None),
    ("GET", API + "worklog/deleted"): (READ, WORKLOG_IDS),
    ("POST", API + "worklog/list"): (READ, WORKLOG),
    ("GET", API + "worklog/updated"): (READ, WORKLOG_IDS),
}
