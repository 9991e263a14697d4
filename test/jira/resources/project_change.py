"""Changing and removing projects."""

import errors
import reply
import shape
from resources.project import show_whole
from resources.project_creation import KEY, KIND, ON_CLOUD, SHARED
from routes import API, route

PROJECT = API + "project/{project}"
BODY = shape.split(SHARED, cloud=ON_CLOUD | {"releasedProjectKeys": shape.TEXTS}, server=KIND)
ASSIGNEE_TYPES = ("PROJECT_LEAD", "UNASSIGNED")


@route("PUT", PROJECT, query={"expand": shape.query_names}, anonymous=False, body=BODY)
def edit(call):
    """What is not given stays. With another key the issues get theirs."""
    project = call.project()
    call.administrators_only()
    values = _read(call, project)
    for name, value in values.items():
        setattr(project, name, value)
    if "key" in values:
        call.store.rename_project(project)
    for issue in call.store.issues.values():
        if issue.project is project:
            call.store.changed(issue)
    return reply.ok(show_whole(call, project))


def _read(call, project):
    """The checked values, by attribute of Project."""
    given, values = call.body, {}
    for name in ("name", "description", "url"):
        if given.get(name) is not None:
            values[name] = given[name]
    if given.get("key") not in (None, project.key):
        values["key"] = _free_key(call, given["key"])
    lead = given.get("leadAccountId" if call.site.cloud else "lead") or given.get("lead")
    if lead:
        values["lead"] = _lead(call, lead)
    if given.get("assigneeType") is not None:
        if given["assigneeType"] not in ASSIGNEE_TYPES:
            raise errors.refusal(400, errors={"assigneeType": "The assignee type is not valid."})
        leads = given["assigneeType"] == "PROJECT_LEAD"
        values["default_assignee"] = values.get("lead", project.lead) if leads else None
    if given.get("categoryId") is not None:
        values["category"] = _category(call, given["categoryId"])
    if any(one.name == values.get("name") and one is not project for one in call.store.projects.values()):
        raise errors.refusal(400, errors={"projectName": "A project with that name already exists."})
    return values


def _free_key(call, key):
    if not KEY.fullmatch(key) or key in call.store.projects:
        raise errors.refusal(400, errors={"projectKey": "The project key is not valid, or in use."})
    return key


def _lead(call, given):
    user = call.store.user(given, call.site)
    if user is None:
        raise errors.refusal(400, errors={"projectLead": "You must specify a valid project lead."})
    return user


def _category(call, number):
    """-1 takes it away."""
    if number == -1:
        return None
    found = next((one for one in call.store.categories if one.id == number), None)
    if found is None:
        raise errors.refusal(400, errors={"projectCategory": "The project category does not exist."})
    return found


@route("DELETE", PROJECT, cloud={"enableUndo": shape.query_boolean}, anonymous=False)
def remove(call):
    """With its issues, boards and sprints; there is no way back here."""
    project = call.project()
    call.administrators_only()
    call.store.remove_project(project)
    return reply.no_content()
