"""Permissions, as far as they are told apart here: who may write, and who administers."""

import errors

#        key                        name                          whom it is for
GLOBAL = (("ADMINISTER", "Administer Jira", "administrators"),
          ("SYSTEM_ADMIN", "Jira System Administrators", "administrators"),
          ("USER_PICKER", "Browse users and groups", "everybody"),
          ("CREATE_SHARED_OBJECTS", "Share dashboards and filters", "writers"),
          ("MANAGE_GROUP_FILTER_SUBSCRIPTIONS", "Manage group filter subscriptions", "writers"),
          ("BULK_CHANGE", "Make bulk changes", "writers"))
PROJECT = (("ADMINISTER_PROJECTS", "Administer Projects", "administrators"),
           ("BROWSE_PROJECTS", "Browse Projects", "everybody"),
           ("VIEW_READONLY_WORKFLOW", "View Read-Only Workflow", "everybody"),
           ("MANAGE_SPRINTS_PERMISSION", "Manage sprints", "writers"),
           ("ASSIGN_ISSUES", "Assign Issues", "writers"), ("ASSIGNABLE_USER", "Assignable User", "writers"),
           ("CLOSE_ISSUES", "Close Issues", "writers"), ("CREATE_ISSUES", "Create Issues", "writers"),
           ("DELETE_ISSUES", "Delete Issues", "writers"), ("EDIT_ISSUES", "Edit Issues", "writers"),
           ("LINK_ISSUES", "Link Issues", "writers"), ("MODIFY_REPORTER", "Modify Reporter", "writers"),
           ("MOVE_ISSUES", "Move Issues", "writers"), ("RESOLVE_ISSUES", "Resolve Issues", "writers"),
           ("SCHEDULE_ISSUES", "Schedule Issues", "writers"),
           ("SET_ISSUE_SECURITY", "Set Issue Security", "writers"),
           ("TRANSITION_ISSUES", "Transition Issues", "writers"),
           ("MANAGE_WATCHERS", "Manage Watchers", "writers"),
           ("VIEW_VOTERS_AND_WATCHERS", "View Voters and Watchers", "everybody"),
           ("ADD_COMMENTS", "Add Comments", "writers"),
           ("DELETE_ALL_COMMENTS", "Delete All Comments", "administrators"),
           ("DELETE_OWN_COMMENTS", "Delete Own Comments", "writers"),
           ("EDIT_ALL_COMMENTS", "Edit All Comments", "administrators"),
           ("EDIT_OWN_COMMENTS", "Edit Own Comments", "writers"),
           ("CREATE_ATTACHMENTS", "Create Attachments", "writers"),
           ("DELETE_ALL_ATTACHMENTS", "Delete All Attachments", "administrators"),
           ("DELETE_OWN_ATTACHMENTS", "Delete Own Attachments", "writers"),
           ("WORK_ON_ISSUES", "Work On Issues", "writers"),
           ("DELETE_ALL_WORKLOGS", "Delete All Worklogs", "administrators"),
           ("DELETE_OWN_WORKLOGS", "Delete Own Worklogs", "writers"),
           ("EDIT_ALL_WORKLOGS", "Edit All Worklogs", "administrators"),
           ("EDIT_OWN_WORKLOGS", "Edit Own Worklogs", "writers"))
KNOWN = {key: (number, "GLOBAL" if number <= len(GLOBAL) else "PROJECT", name, whom)
         for number, (key, name, whom) in enumerate(GLOBAL + PROJECT, 1)}


def has(user, key):
    if user is None:
        return False
    return {"everybody": True, "writers": user.writes, "administrators": user.admin}[KNOWN[key][3]]


def kind(key):
    return KNOWN[key][1]


def check_known(keys):
    unknown = [key for key in keys if key not in KNOWN]
    if unknown:
        raise errors.refusal(400, f"Unrecognized permission key: {', '.join(unknown)}")


def show(key):
    number, place, name, _ = KNOWN[key]
    return {"id": str(number), "key": key, "name": name, "type": place, "description": f"{name}."}
