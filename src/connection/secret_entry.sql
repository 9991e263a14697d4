-- How a secret comes in without a statement that has it: what COPY ... FROM
-- STDIN sends is in no log, plan, statistic or history.

CREATE VIEW jira_spoke.secret_entry AS
    SELECT NULL::text AS connection, NULL::text AS oauth_application, NULL::text AS secret
    WHERE false;
COMMENT ON VIEW jira_spoke.secret_entry IS
    'takes the secret of a connection or of an OAuth 2.0 application, and shows nothing: \copy jira_spoke.secret_entry (connection, secret) FROM STDIN';
COMMENT ON COLUMN jira_spoke.secret_entry.connection IS 'name of the connection';
COMMENT ON COLUMN jira_spoke.secret_entry.oauth_application IS 'or name of the OAuth 2.0 application';
COMMENT ON COLUMN jira_spoke.secret_entry.secret IS 'its secret, in plain text';

CREATE FUNCTION jira_spoke.enter_secret()
RETURNS trigger
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_enter_secret';
COMMENT ON FUNCTION jira_spoke.enter_secret IS
    'stores what is inserted into jira_spoke.secret_entry, sealed';

CREATE FUNCTION jira_spoke.hide_entry()
RETURNS trigger
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jira_hide_entry';
COMMENT ON FUNCTION jira_spoke.hide_entry IS
    'keeps lines that COPY cannot read out of its errors';

CREATE TRIGGER enter
    INSTEAD OF INSERT ON jira_spoke.secret_entry
    FOR EACH ROW EXECUTE FUNCTION jira_spoke.enter_secret();

CREATE TRIGGER hide
    BEFORE INSERT ON jira_spoke.secret_entry
    FOR EACH STATEMENT EXECUTE FUNCTION jira_spoke.hide_entry();

CREATE TRIGGER show
    AFTER INSERT ON jira_spoke.secret_entry
    FOR EACH STATEMENT EXECUTE FUNCTION jira_spoke.hide_entry();
