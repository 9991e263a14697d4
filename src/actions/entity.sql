-- The entities of Jira, each a named composite type so that it can grow.  The
-- last attribute keeps what Jira sent.

CREATE TYPE @extschema@.jira_issue AS (
    id text,
    key text,
    project text,
    issue_type text,
    summary text,
    description text,
    status text,
    status_category text,
    priority text,
    resolution text,
    assignee text,
    assignee_name text,
    reporter text,
    reporter_name text,
    parent text,
    labels text[],
    components text[],
    fix_versions text[],
    created timestamptz,
    updated timestamptz,
    resolved timestamptz,
    due date,
    fields jsonb
);
COMMENT ON TYPE @extschema@.jira_issue IS
    'an issue; status_category is new, indeterminate or done, fields is what Jira sent';
COMMENT ON COLUMN @extschema@.jira_issue.id IS 'number of the issue, which never changes';
COMMENT ON COLUMN @extschema@.jira_issue.key IS 'key of the issue, like OPS-1; another one once it has moved to another project';
COMMENT ON COLUMN @extschema@.jira_issue.project IS 'key of the project';
COMMENT ON COLUMN @extschema@.jira_issue.issue_type IS 'name of the issue type';
COMMENT ON COLUMN @extschema@.jira_issue.summary IS 'title of the issue';
COMMENT ON COLUMN @extschema@.jira_issue.description IS 'text of the issue, without its layout';
COMMENT ON COLUMN @extschema@.jira_issue.status IS 'name of the status, as Jira shows it to the account';
COMMENT ON COLUMN @extschema@.jira_issue.status_category IS 'key of the status category: new, indeterminate or done';
COMMENT ON COLUMN @extschema@.jira_issue.priority IS 'name of the priority';
COMMENT ON COLUMN @extschema@.jira_issue.resolution IS 'name of the resolution; NULL: unresolved';
COMMENT ON COLUMN @extschema@.jira_issue.assignee IS 'account that the issue is assigned to (on Data Center the user name); NULL: nobody';
COMMENT ON COLUMN @extschema@.jira_issue.assignee_name IS 'display name of the assignee';
COMMENT ON COLUMN @extschema@.jira_issue.reporter IS 'account that reported it (on Data Center the user name)';
COMMENT ON COLUMN @extschema@.jira_issue.reporter_name IS 'display name of the reporter';
COMMENT ON COLUMN @extschema@.jira_issue.parent IS 'key of the parent: of the issue of a sub-task, on Cloud also of the epic of a story';
COMMENT ON COLUMN @extschema@.jira_issue.labels IS 'labels; empty if there are none';
COMMENT ON COLUMN @extschema@.jira_issue.components IS 'names of the components; empty if there are none';
COMMENT ON COLUMN @extschema@.jira_issue.fix_versions IS 'names of the versions in which it is to be fixed; empty if there are none';
COMMENT ON COLUMN @extschema@.jira_issue.created IS 'when the issue was created';
COMMENT ON COLUMN @extschema@.jira_issue.updated IS 'when the issue was last changed';
COMMENT ON COLUMN @extschema@.jira_issue.resolved IS 'when the resolution was set; NULL: unresolved';
COMMENT ON COLUMN @extschema@.jira_issue.due IS 'day by which it is due';
COMMENT ON COLUMN @extschema@.jira_issue.fields IS 'the requested fields, by id, as Jira sent them';

CREATE TYPE @extschema@.jira_story AS (
    id text,
    key text,
    project text,
    issue_type text,
    summary text,
    description text,
    status text,
    status_category text,
    priority text,
    resolution text,
    assignee text,
    assignee_name text,
    reporter text,
    reporter_name text,
    parent text,
    labels text[],
    components text[],
    fix_versions text[],
    created timestamptz,
    updated timestamptz,
    resolved timestamptz,
    due date,
    story_points numeric,
    epic text,
    sprint_id bigint,
    sprint text,
    fields jsonb
);
COMMENT ON TYPE @extschema@.jira_story IS
    'a story: an issue with its estimate, its epic and the sprint it is or was last in';
COMMENT ON COLUMN @extschema@.jira_story.id IS 'number of the issue, which never changes';
COMMENT ON COLUMN @extschema@.jira_story.key IS 'key of the issue, like OPS-1; another one once it has moved to another project';
COMMENT ON COLUMN @extschema@.jira_story.project IS 'key of the project';
COMMENT ON COLUMN @extschema@.jira_story.issue_type IS 'name of the issue type';
COMMENT ON COLUMN @extschema@.jira_story.summary IS 'title of the issue';
COMMENT ON COLUMN @extschema@.jira_story.description IS 'text of the issue, without its layout';
COMMENT ON COLUMN @extschema@.jira_story.status IS 'name of the status, as Jira shows it to the account';
COMMENT ON COLUMN @extschema@.jira_story.status_category IS 'key of the status category: new, indeterminate or done';
COMMENT ON COLUMN @extschema@.jira_story.priority IS 'name of the priority';
COMMENT ON COLUMN @extschema@.jira_story.resolution IS 'name of the resolution; NULL: unresolved';
COMMENT ON COLUMN @extschema@.jira_story.assignee IS 'account that the issue is assigned to (on Data Center the user name); NULL: nobody';
COMMENT ON COLUMN @extschema@.jira_story.assignee_name IS 'display name of the assignee';
COMMENT ON COLUMN @extschema@.jira_story.reporter IS 'account that reported it (on Data Center the user name)';
COMMENT ON COLUMN @extschema@.jira_story.reporter_name IS 'display name of the reporter';
COMMENT ON COLUMN @extschema@.jira_story.parent IS 'key of the parent: of the issue of a sub-task, on Cloud also of the epic of a story';
COMMENT ON COLUMN @extschema@.jira_story.labels IS 'labels; empty if there are none';
COMMENT ON COLUMN @extschema@.jira_story.components IS 'names of the components; empty if there are none';
COMMENT ON COLUMN @extschema@.jira_story.fix_versions IS 'names of the versions in which it is to be fixed; empty if there are none';
COMMENT ON COLUMN @extschema@.jira_story.created IS 'when the issue was created';
COMMENT ON COLUMN @extschema@.jira_story.updated IS 'when the issue was last changed';
COMMENT ON COLUMN @extschema@.jira_story.resolved IS 'when the resolution was set; NULL: unresolved';
COMMENT ON COLUMN @extschema@.jira_story.due IS 'day by which it is due';
COMMENT ON COLUMN @extschema@.jira_story.story_points IS 'estimate of the story, in points';
COMMENT ON COLUMN @extschema@.jira_story.epic IS 'key of the epic';
COMMENT ON COLUMN @extschema@.jira_story.sprint_id IS 'id of the sprint that the issue is in, else of the last it was in';
COMMENT ON COLUMN @extschema@.jira_story.sprint IS 'name of the sprint that the issue is in, else of the last it was in';
COMMENT ON COLUMN @extschema@.jira_story.fields IS 'the requested fields, by id, as Jira sent them';

CREATE TYPE @extschema@.jira_user AS (
    account text,
    name text,
    email text,
    active boolean,
    account_type text,
    time_zone text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_user IS
    'a user; account is the accountId on Cloud and the user name on Server';
COMMENT ON COLUMN @extschema@.jira_user.account IS 'account: the accountId of Cloud, the user name of Data Center';
COMMENT ON COLUMN @extschema@.jira_user.name IS 'display name';
COMMENT ON COLUMN @extschema@.jira_user.email IS 'e-mail address; NULL if the user hides it from the account';
COMMENT ON COLUMN @extschema@.jira_user.active IS 'whether the user may sign in';
COMMENT ON COLUMN @extschema@.jira_user.account_type IS 'atlassian, app or customer; NULL on Data Center';
COMMENT ON COLUMN @extschema@.jira_user.time_zone IS 'time zone of the user''s profile, like Europe/Berlin';
COMMENT ON COLUMN @extschema@.jira_user.raw IS 'what Jira sent of it';

CREATE TYPE @extschema@.jira_group AS (
    id text,
    name text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_group IS
    'a group; Server has no id for it';
COMMENT ON COLUMN @extschema@.jira_group.id IS 'groupId; NULL on Data Center';
COMMENT ON COLUMN @extschema@.jira_group.name IS 'name of the group';
COMMENT ON COLUMN @extschema@.jira_group.raw IS 'what Jira sent of it';

CREATE TYPE @extschema@.jira_project AS (
    id text,
    key text,
    name text,
    project_type text,
    style text,
    lead text,
    lead_name text,
    category text,
    archived boolean,
    description text,
    url text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_project IS
    'a project';
COMMENT ON COLUMN @extschema@.jira_project.id IS 'id of the project';
COMMENT ON COLUMN @extschema@.jira_project.key IS 'key of the project, like OPS';
COMMENT ON COLUMN @extschema@.jira_project.name IS 'name of the project';
COMMENT ON COLUMN @extschema@.jira_project.project_type IS 'software, service_desk, business or another type';
COMMENT ON COLUMN @extschema@.jira_project.style IS 'classic (company-managed) or next-gen (team-managed); NULL on Data Center';
COMMENT ON COLUMN @extschema@.jira_project.lead IS 'account of the project lead (on Data Center the user name)';
COMMENT ON COLUMN @extschema@.jira_project.lead_name IS 'display name of the project lead';
COMMENT ON COLUMN @extschema@.jira_project.category IS 'name of the project category';
COMMENT ON COLUMN @extschema@.jira_project.archived IS 'whether the project is archived; NULL if Jira does not tell';
COMMENT ON COLUMN @extschema@.jira_project.description IS 'text of the project';
COMMENT ON COLUMN @extschema@.jira_project.url IS 'web page that the project names as its own';
COMMENT ON COLUMN @extschema@.jira_project.raw IS 'what Jira sent of it';

CREATE TYPE @extschema@.jira_sprint AS (
    id bigint,
    name text,
    state text,
    goal text,
    board bigint,
    started timestamptz,
    ends timestamptz,
    completed timestamptz,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_sprint IS
    'a sprint; state is future, active or closed';
COMMENT ON COLUMN @extschema@.jira_sprint.id IS 'id of the sprint';
COMMENT ON COLUMN @extschema@.jira_sprint.name IS 'name of the sprint';
COMMENT ON COLUMN @extschema@.jira_sprint.state IS 'future, active or closed';
COMMENT ON COLUMN @extschema@.jira_sprint.goal IS 'goal of the sprint';
COMMENT ON COLUMN @extschema@.jira_sprint.board IS 'id of the board on which it was created';
COMMENT ON COLUMN @extschema@.jira_sprint.started IS 'when it was started, else when it is planned to start';
COMMENT ON COLUMN @extschema@.jira_sprint.ends IS 'when it is planned to end';
COMMENT ON COLUMN @extschema@.jira_sprint.completed IS 'when it was completed';
COMMENT ON COLUMN @extschema@.jira_sprint.raw IS 'what Jira sent of it';

CREATE TYPE @extschema@.jira_comment AS (
    id text,
    author text,
    author_name text,
    body text,
    created timestamptz,
    updated timestamptz,
    visibility jsonb,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_comment IS
    'a comment on an issue';
COMMENT ON COLUMN @extschema@.jira_comment.id IS 'id of the comment';
COMMENT ON COLUMN @extschema@.jira_comment.author IS 'account of the author (on Data Center the user name)';
COMMENT ON COLUMN @extschema@.jira_comment.author_name IS 'display name of the author';
COMMENT ON COLUMN @extschema@.jira_comment.body IS 'text of the comment, without its layout';
COMMENT ON COLUMN @extschema@.jira_comment.created IS 'when it was written';
COMMENT ON COLUMN @extschema@.jira_comment.updated IS 'when it was last changed';
COMMENT ON COLUMN @extschema@.jira_comment.visibility IS 'role or group that alone may see it; NULL: everybody who sees the issue';
COMMENT ON COLUMN @extschema@.jira_comment.raw IS 'what Jira sent of it';

CREATE TYPE @extschema@.jira_attachment AS (
    id text,
    filename text,
    mime_type text,
    size bigint,
    author text,
    author_name text,
    created timestamptz,
    content_url text,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_attachment IS
    'a file attached to an issue; size is in bytes';
COMMENT ON COLUMN @extschema@.jira_attachment.id IS 'id of the attachment';
COMMENT ON COLUMN @extschema@.jira_attachment.filename IS 'name of the file';
COMMENT ON COLUMN @extschema@.jira_attachment.mime_type IS 'MIME type of the content';
COMMENT ON COLUMN @extschema@.jira_attachment.size IS 'size of the content in bytes';
COMMENT ON COLUMN @extschema@.jira_attachment.author IS 'account of who attached it (on Data Center the user name)';
COMMENT ON COLUMN @extschema@.jira_attachment.author_name IS 'display name of the author';
COMMENT ON COLUMN @extschema@.jira_attachment.created IS 'when it was attached';
COMMENT ON COLUMN @extschema@.jira_attachment.content_url IS 'address of the content, for jira_attachment_content';
COMMENT ON COLUMN @extschema@.jira_attachment.raw IS 'what Jira sent of it';

CREATE TYPE @extschema@.jira_field AS (
    id text,
    name text,
    custom boolean,
    type text,
    items text,
    custom_type text,
    clause_names text[],
    searchable boolean,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_field IS
    'a field of issues; clause_names are its names in JQL';
COMMENT ON COLUMN @extschema@.jira_field.id IS 'id of the field, like summary or customfield_10016';
COMMENT ON COLUMN @extschema@.jira_field.name IS 'name of the field';
COMMENT ON COLUMN @extschema@.jira_field.custom IS 'whether it is a custom field';
COMMENT ON COLUMN @extschema@.jira_field.type IS 'type of its value, like string, number, date, option, user or array';
COMMENT ON COLUMN @extschema@.jira_field.items IS 'type of the elements of an array';
COMMENT ON COLUMN @extschema@.jira_field.custom_type IS 'type of a custom field, as the app that has it calls it';
COMMENT ON COLUMN @extschema@.jira_field.clause_names IS 'names that JQL has for it';
COMMENT ON COLUMN @extschema@.jira_field.searchable IS 'whether JQL can search by it';
COMMENT ON COLUMN @extschema@.jira_field.raw IS 'what Jira sent of it';

CREATE TYPE @extschema@.jira_field_meta AS (
    issue_type text,
    field_id text,
    name text,
    required boolean,
    has_default boolean,
    type text,
    items text,
    custom_type text,
    operations text[],
    allowed_values jsonb,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_field_meta IS
    'what a field takes when an issue is created or edited';
COMMENT ON COLUMN @extschema@.jira_field_meta.issue_type IS 'name of the issue type; NULL for a field that can be edited';
COMMENT ON COLUMN @extschema@.jira_field_meta.field_id IS 'id of the field, like summary or customfield_10016';
COMMENT ON COLUMN @extschema@.jira_field_meta.name IS 'name of the field';
COMMENT ON COLUMN @extschema@.jira_field_meta.required IS 'whether it must have a value';
COMMENT ON COLUMN @extschema@.jira_field_meta.has_default IS 'whether it has a default value';
COMMENT ON COLUMN @extschema@.jira_field_meta.type IS 'type of its value, like string, number, date, option, user or array';
COMMENT ON COLUMN @extschema@.jira_field_meta.items IS 'type of the elements of an array';
COMMENT ON COLUMN @extschema@.jira_field_meta.custom_type IS 'type of a custom field, as the app that has it calls it';
COMMENT ON COLUMN @extschema@.jira_field_meta.operations IS 'what can be done to it: set, add, remove, edit';
COMMENT ON COLUMN @extschema@.jira_field_meta.allowed_values IS 'the values that it takes, where these are listed';
COMMENT ON COLUMN @extschema@.jira_field_meta.raw IS 'what Jira sent of it';
