"""Every resource; importing one declares its operations."""

from resources import (  # noqa: F401
    agile_issue, app_webhook, attachment, audit, board, board_detail, board_issue, bulk_properties, bulkfetch,
    category, changelog, comment, component, dashboard, epic, field, field_option, filter, group, issue, issue_link,
    issue_type, jql, label, link_type, metadata, myself, permission, personal_data, picker, preference, priority,
    project, project_change, project_creation, project_look_up, properties, remote_link, resolution, role,
    search_cloud, search_server, server_info, setting, sprint, sprint_issue, status, status_category, task,
    transition, user, user_admin, user_search, version, vote, watcher, webhook, workflow, worklog, worklog_changes)
