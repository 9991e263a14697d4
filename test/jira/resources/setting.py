"""The settings of the site: features that are on, and the advanced ones of administrators."""

import reply
from routes import API, route

CONFIGURATION = {
    "votingEnabled": True, "watchingEnabled": True, "unassignedIssuesAllowed": True, "subTasksEnabled": True,
    "issueLinkingEnabled": True, "timeTrackingEnabled": True, "attachmentsEnabled": True,
    "timeTrackingConfiguration": {"workingHoursPerDay": 8.0, "workingDaysPerWeek": 5.0, "timeFormat": "pretty",
                                  "defaultUnit": "minute"}}
ADVANCED = (
    {"key": "jira.clone.prefix", "name": "The prefix added to the Summary field of cloned issues",
     "value": "CLONE -", "defaultValue": "CLONE -", "type": "string"},
    {"key": "jira.date.picker.java.format", "name": "The format of dates in date pickers",
     "value": "d/MMM/yy", "defaultValue": "d/MMM/yy", "type": "string"},
    {"key": "jira.table.cols.subtasks", "name": "The columns of sub-tasks when a parent issue is viewed",
     "value": "issuetype, status, assignee, progress", "defaultValue": "issuetype, status, assignee, progress",
     "type": "string"})


@route("GET", API + "configuration", anonymous=False)
def configuration(call):
    return reply.ok(CONFIGURATION)


@route("GET", API + "application-properties/advanced-settings", anonymous=False)
def advanced(call):
    call.administrators_only()
    return reply.ok([{"id": one["key"], **one} for one in ADVANCED])
