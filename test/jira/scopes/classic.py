"""Classic scopes of Cloud, of which each opens many operations."""

READ = "read:jira-work"
WRITE = "write:jira-work"
USERS = "read:jira-user"
CONFIGURATION = "manage:jira-configuration"
PROJECTS = "manage:jira-project"
WEBHOOKS = "read:jira-work manage:jira-webhook"
