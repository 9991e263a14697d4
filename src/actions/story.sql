-- Story management.

CREATE FUNCTION @extschema@.jira_create_story(
    project text,
    summary text,
    description text DEFAULT NULL,
    story_points numeric DEFAULT NULL,
    epic text DEFAULT NULL,
    sprint bigint DEFAULT NULL,
    assignee text DEFAULT NULL,
    fields jsonb DEFAULT NULL,
    issue_type text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_create_story';
COMMENT ON FUNCTION @extschema@.jira_create_story IS
    'Creates a story and returns its key. "fields" takes any other field by its name or id; "issue_type" is what this Jira calls stories, if not Story.';

CREATE FUNCTION @extschema@.jira_lookup_stories_stream(
    project text DEFAULT NULL,
    jql text DEFAULT NULL,
    fields text[] DEFAULT NULL,
    max_rows bigint DEFAULT NULL,
    issue_type text DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_story
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 1000
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_stories_stream';
COMMENT ON FUNCTION @extschema@.jira_lookup_stories_stream IS
    'Stories, of a project or of all, that a JQL query finds. "fields" adds fields, by name or id, to the column fields; "issue_type" is what this Jira calls stories, if not Story.';

CREATE FUNCTION @extschema@.jira_update_story(
    issue text,
    summary text DEFAULT NULL,
    description text DEFAULT NULL,
    story_points numeric DEFAULT NULL,
    epic text DEFAULT NULL,
    sprint bigint DEFAULT NULL,
    fields jsonb DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_update_story';
COMMENT ON FUNCTION @extschema@.jira_update_story IS
    'Changes a story; NULL leaves a value alone, and null in "fields" clears one.';
