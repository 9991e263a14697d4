"""Creating a project."""

import re

import errors
import reply
import shape
from entities import Project
from routes import API, route

TYPES = ("software", "service_desk", "business")
SHARED = {name: shape.TEXT for name in ("key", "name", "lead", "description", "url", "assigneeType")} | {
    name: shape.LONG for name in ("avatarId", "categoryId", "permissionScheme", "notificationScheme",
                                  "issueSecurityScheme")}
KIND = {"projectTypeKey": shape.TEXT, "projectTemplateKey": shape.TEXT}
ON_CLOUD = {"leadAccountId": shape.TEXT}
SCHEMES = dict.fromkeys(("workflowScheme", "issueTypeScheme", "issueTypeScreenScheme", "fieldScheme",
                         "fieldConfigurationScheme"), shape.LONG)
BODY = shape.split(SHARED | KIND, cloud=ON_CLOUD | SCHEMES, server={"workflowSchemeId": shape.LONG})
KEY = re.compile(r"[A-Z][A-Z0-9]{1,9}", re.ASCII)


@route("POST", API + "project", anonymous=False, body=BODY)
def create(call):
    """The id in the reply is a number, unlike everywhere else."""
    if not call.user.admin:
        raise errors.read_only("You are not authorized to create projects.")
    lead = _lead(call)
    found = _problems(call, lead)
    if found:
        raise errors.refusal(400, errors=found)
    made = Project(call.store.next_id("project"), call.body["key"], call.body["name"], lead,
                   call.body.get("description") or "", issue_types=list(call.store.issue_types))
    made.default_assignee = lead if call.body.get("assigneeType") == "PROJECT_LEAD" else None
    made.actors = {role.id: [lead] for role in call.store.roles if role.name == "Administrators"}
    made.url = call.body.get("url") or ""
    call.store.projects[made.key] = made
    return reply.created({"self": f"{call.view.api}/project/{made.id}", "id": made.id, "key": made.key})


def _lead(call):
    given = call.body.get("leadAccountId" if call.site.cloud else "lead") or call.body.get("lead")
    return call.store.user(given, call.site) if given else None


def _problems(call, lead):
    found = {}
    key, name = call.body.get("key") or "", call.body.get("name") or ""
    others = call.store.projects.values()
    if not KEY.fullmatch(key):
        found["projectKey"] = ("Project keys must start with an uppercase letter, followed by one or more uppercase "
                               "alphanumeric characters.")
    elif key in call.store.projects:
        found["projectKey"] = f"Project '{call.store.projects[key].name}' uses this project key."
    if not name:
        found["projectName"] = "You must specify a valid project name."
    elif any(one.name == name for one in others):
        found["projectName"] = "A project with that name already exists."
    if lead is None:
        found["projectLead"] = "You must specify a valid project lead."
    if call.body.get("projectTypeKey", "software") not in TYPES:
        found["projectType"] = "An invalid project type was specified."
    return found
