"""The scopes that operations of users, what they may and prefer, their filters, and settings need."""

from routes import API
from scopes.classic import CONFIGURATION, READ, USERS, WRITE

FILTER = ("read:filter read:group read:project read:project-role read:user read:jql "
          "read:application-role read:avatar read:issue-type-hierarchy")
PEOPLE = "read:issue read:project read:user read:application-role read:avatar read:group"

NEEDED = {
    ("GET", API + "application-properties/advanced-settings"): (CONFIGURATION, "read:instance-configuration"),
    ("GET", API + "configuration"): (USERS, "read:instance-configuration read:issue.time-tracking"),
    ("POST", API + "filter"):
        (WRITE, "read:filter read:group read:project read:project-role read:user write:filter "
                "read:application-role read:avatar read:issue-type-hierarchy read:issue-type "
                "read:project-category read:project-version read:project.component"),
    ("GET", API + "filter/favourite"): (READ, FILTER),
    ("GET", API + "filter/my"): (READ, FILTER),
    ("GET", API + "filter/search"): (READ, FILTER),
    ("DELETE", API + "filter/{filter}"): (WRITE, "delete:filter"),
    ("GET", API + "filter/{filter}"): (READ, FILTER),
    ("PUT", API + "filter/{filter}"):
        (WRITE, "write:filter read:filter read:group read:project read:project-role read:user read:jql "
                "read:application-role read:avatar read:issue-type-hierarchy"),
    ("DELETE", API + "filter/{filter}/columns"): (WRITE, "delete:filter.column"),
    ("GET", API + "filter/{filter}/columns"): (READ, "read:filter.column"),
    ("PUT", API + "filter/{filter}/columns"): (WRITE, "write:filter.column"),
    ("DELETE", API + "filter/{filter}/favourite"):
        (WRITE, "write:filter read:application-role read:avatar read:filter read:group read:issue-type-hierarchy "
                "read:issue-type read:project-category read:project-role read:project-version "
                "read:project.component read:project read:user"),
    ("PUT", API + "filter/{filter}/favourite"):
        (WRITE, "read:filter read:group read:project read:project-role read:user write:filter read:jql "
                "read:application-role read:avatar read:issue-type-hierarchy"),
    ("PUT", API + "filter/{filter}/owner"): (WRITE, "read:filter write:filter"),
    ("GET", API + "groups/picker"): (USERS, "read:group"),
    ("GET", API + "groupuserpicker"): (READ, "read:group read:user"),
    ("GET", API + "mypermissions"): (READ, "read:permission"),
    ("DELETE", API + "mypreferences"): (CONFIGURATION, "delete:user-configuration"),
    ("GET", API + "mypreferences"): (CONFIGURATION, "read:user-configuration"),
    ("PUT", API + "mypreferences"): (CONFIGURATION, "write:user-configuration"),
    ("GET", API + "mypreferences/locale"): (CONFIGURATION, "read:user-configuration"),
    ("PUT", API + "mypreferences/locale"): (None, None),
    ("GET", API + "permissions"): (CONFIGURATION, "read:permission"),
    ("POST", API + "permissions/check"): ("", "read:permission"),
    ("POST", API + "permissions/project"): (READ, "read:permission read:project"),
    ("GET", API + "user/assignable/search"): (USERS, PEOPLE),
    ("GET", API + "user/bulk"): (USERS, "read:application-role read:group read:user read:avatar"),
    ("DELETE", API + "user/columns"): (CONFIGURATION, "delete:user.columns"),
    ("GET", API + "user/columns"): (USERS, "read:user.columns read:filter.column"),
    ("PUT", API + "user/columns"): (CONFIGURATION, "write:user.columns"),
    ("GET", API + "user/email"): (None, "read:email-address"),
    ("GET", API + "user/permission/search"): (USERS, PEOPLE),
    ("GET", API + "user/picker"): (USERS, "read:user"),
    ("GET", API + "user/properties"): (USERS, "read:user.property"),
    ("DELETE", API + "user/properties/{key}"): (WRITE, "delete:user.property"),
    ("GET", API + "user/properties/{key}"): (USERS, "read:user.property"),
    ("PUT", API + "user/properties/{key}"): (WRITE, "write:user.property"),
    ("GET", API + "user/search"): (USERS, "read:user read:user.property read:application-role read:avatar read:group"),
    ("GET", API + "user/search/query"):
        (USERS, "read:comment read:issue read:issue.vote read:issue.watcher read:project read:user "
                "read:user.property read:application-role read:avatar read:group"),
    ("GET", API + "user/viewissue/search"): (USERS, PEOPLE),
}
