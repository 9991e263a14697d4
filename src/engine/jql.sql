-- Safe construction of JQL.

CREATE FUNCTION @extschema@.jira_quote(value anyelement)
RETURNS text
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'jira_quote';
COMMENT ON FUNCTION @extschema@.jira_quote(anyelement) IS
    'A value as a literal of JQL: text in quotes, numbers bare, times as milliseconds since 1970 (a date or a timestamp means that of the session''s time zone), arrays as a list in parentheses, NULL as EMPTY.';

CREATE FUNCTION @extschema@.jira_quote(value text)
RETURNS text
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'jira_quote';
COMMENT ON FUNCTION @extschema@.jira_quote(text) IS
    'Text as a literal of JQL, in quotes; NULL as EMPTY.';

CREATE FUNCTION @extschema@.jira_jql(template text, VARIADIC arguments "any")
RETURNS text
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'jira_jql';
COMMENT ON FUNCTION @extschema@.jira_jql(text, VARIADIC "any") IS
    'Puts values into JQL as format() does: %s is the next argument, %n$s the n-th, each as a literal (see jira_quote); %% is a per cent sign. A bound of time is widened to the full second; a date stays a day unless the field has times.';

CREATE FUNCTION @extschema@.jira_jql(template text)
RETURNS text
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'jira_jql';
COMMENT ON FUNCTION @extschema@.jira_jql(text) IS
    'JQL without values; %% is a per cent sign.';
