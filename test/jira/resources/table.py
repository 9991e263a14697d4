"""Every resource; importing one declares its operations."""

from resources import (  # noqa: F401
    app_webhook, attachment, audit, board, bulkfetch, comment, field, group, issue, metadata, myself, personal_data,
    priority, project, project_creation, search_cloud, search_server, server_info, sprint, sprint_issue, status,
    transition, user, user_admin, watcher, webhook)
