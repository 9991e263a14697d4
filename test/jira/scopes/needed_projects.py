"""The scopes that operations of projects, and what belongs to them need."""

from routes import API
from scopes.classic import CONFIGURATION, PROJECTS, READ

COMPONENT = "read:project read:project.component read:user read:application-role read:avatar read:group"
COMPONENT_CHANGE = ("read:project read:user write:project.component read:application-role read:avatar "
                    "read:group read:project.component")
ROLE = "read:user read:group read:project-role read:project read:avatar read:project-category"
ROLE_CHANGE = ("read:user read:group read:project-role read:project write:project-role read:avatar "
               "read:project-category")

DASHBOARD = ("read:dashboard read:group read:project read:project-role read:user read:application-role read:avatar "
             "read:issue-type-hierarchy read:issue-type read:project-category read:project-version "
             "read:project.component")

NEEDED = {
    ("GET", API + "component"): (READ, COMPONENT),
    ("POST", API + "component"): (PROJECTS, COMPONENT_CHANGE),
    ("DELETE", API + "component/{id}"): (PROJECTS, "delete:project.component"),
    ("GET", API + "component/{id}"): (READ, COMPONENT),
    ("PUT", API + "component/{id}"): (PROJECTS, COMPONENT_CHANGE),
    ("GET", API + "component/{id}/relatedIssueCounts"): (READ, "read:field read:project.component"),
    ("GET", API + "dashboard"): (READ, DASHBOARD),
    ("GET", API + "dashboard/search"): (READ, DASHBOARD),
    ("GET", API + "dashboard/{id}"): (READ, DASHBOARD),
    ("GET", API + "field/{field}/context"):
        (CONFIGURATION, "read:field read:custom-field-contextual-configuration"),
    ("GET", API + "field/{field}/context/{context}/option"): (CONFIGURATION, "read:field.option"),
    ("GET", API + "project/recent"):
        (READ, "read:issue-type read:project read:project.property read:user read:application-role read:avatar "
               "read:group read:issue-type-hierarchy read:project-category read:project-version "
               "read:project.component"),
    ("GET", API + "project/type"): (READ, "read:project-type"),
    ("GET", API + "project/type/accessible"): (READ, "read:project-type"),
    ("GET", API + "project/type/{type}"): (READ, "read:project-type"),
    ("GET", API + "project/type/{type}/accessible"): (READ, "read:project-type"),
    ("DELETE", API + "project/{project}"): (CONFIGURATION, "delete:project"),
    ("PUT", API + "project/{project}"):
        (PROJECTS, "read:issue-type read:project read:project.property read:user write:project "
                   "write:project.avatar read:application-role read:avatar read:group read:issue-type-hierarchy "
                   "read:project-category read:project-version read:project.component"),
    ("GET", API + "project/{project}/avatars"): (READ, "read:project.avatar read:avatar"),
    ("GET", API + "project/{project}/component"): (READ, COMPONENT),
    ("GET", API + "project/{project}/components"): (READ, COMPONENT),
    ("GET", API + "project/{project}/features"): (READ, "read:project.feature"),
    ("PUT", API + "project/{project}/features/{feature}"): (PROJECTS, "write:project.feature read:project.feature"),
    ("GET", API + "project/{project}/hierarchy"): (READ, "read:issue-type read:issue-type-hierarchy"),
    ("GET", API + "project/{project}/notificationscheme"):
        (READ, "read:project-category read:project-role read:project read:user read:group read:field read:avatar "
               "read:field-configuration read:notification-scheme"),
    ("GET", API + "project/{project}/properties"): (READ, "read:project.property"),
    ("DELETE", API + "project/{project}/properties/{key}"): (PROJECTS, "delete:project.property"),
    ("GET", API + "project/{project}/properties/{key}"): (READ, "read:project.property"),
    ("PUT", API + "project/{project}/properties/{key}"): (PROJECTS, "write:project.property"),
    ("GET", API + "project/{project}/role"): (READ, "read:project-role"),
    ("DELETE", API + "project/{project}/role/{role}"): (PROJECTS, "delete:project-role"),
    ("GET", API + "project/{project}/role/{role}"): (READ, ROLE),
    ("POST", API + "project/{project}/role/{role}"): (CONFIGURATION, ROLE_CHANGE),
    ("PUT", API + "project/{project}/role/{role}"): (PROJECTS, ROLE_CHANGE),
    ("GET", API + "project/{project}/roledetails"):
        (READ, "read:project-category read:project-role read:project read:avatar"),
    ("GET", API + "project/{project}/securitylevel"): (READ, "read:issue-security-level"),
    ("GET", API + "project/{project}/version"): (READ, "read:project-version"),
    ("GET", API + "project/{project}/versions"): (READ, "read:project-version"),
    ("GET", API + "projectCategory"): (READ, "read:project-category"),
    ("POST", API + "projectCategory"): (PROJECTS, "write:project-category read:project-category"),
    ("DELETE", API + "projectCategory/{id}"): (PROJECTS, "delete:project-category"),
    ("GET", API + "projectCategory/{id}"): (READ, "read:project-category"),
    ("PUT", API + "projectCategory/{id}"): (PROJECTS, "read:project-category write:project-category"),
    ("GET", API + "projectvalidate/key"): (READ, "read:project"),
    ("GET", API + "projectvalidate/validProjectKey"): (READ, "read:project"),
    ("GET", API + "projectvalidate/validProjectName"): (READ, "read:project"),
    ("GET", API + "role"): (CONFIGURATION, ROLE),
    ("POST", API + "role"):
        (CONFIGURATION, "read:user read:group read:project write:project-role read:avatar read:project-category "
                        "read:project-role"),
    ("DELETE", API + "role/{role}"): (CONFIGURATION, "delete:project-role"),
    ("GET", API + "role/{role}"): (CONFIGURATION, ROLE),
    ("GET", API + "role/{role}/actors"): (CONFIGURATION, ROLE),
    ("POST", API + "version"): (PROJECTS, "write:project-version read:project-version"),
    ("DELETE", API + "version/{id}"): (PROJECTS, "delete:project-version"),
    ("GET", API + "version/{id}"): (READ, "read:project-version"),
    ("PUT", API + "version/{id}"): (PROJECTS, "write:project-version read:project-version"),
    ("PUT", API + "version/{id}/mergeto/{other}"): (PROJECTS, "delete:project-version write:project-version"),
    ("POST", API + "version/{id}/move"): (PROJECTS, "write:project-version read:project-version"),
    ("GET", API + "version/{id}/relatedIssueCounts"): (READ, "read:field read:project-version"),
    ("POST", API + "version/{id}/removeAndSwap"): (PROJECTS, "delete:project-version write:project-version"),
    ("GET", API + "version/{id}/unresolvedIssueCount"): (READ, "read:project-version"),
    ("GET", API + "workflows/search"): (CONFIGURATION, "read:workflow"),
}
