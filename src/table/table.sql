-- Jira as foreign tables.

CREATE FUNCTION jira_spoke.table_handler()
RETURNS pg_catalog.fdw_handler
LANGUAGE C STRICT
AS 'MODULE_PATHNAME', 'jira_table_handler';
COMMENT ON FUNCTION jira_spoke.table_handler IS
    'handler of the foreign-data wrapper jira_spoke';

CREATE FUNCTION jira_spoke.table_validator(options text[], catalog pg_catalog.oid)
RETURNS void
LANGUAGE C STRICT
AS 'MODULE_PATHNAME', 'jira_table_validator';
COMMENT ON FUNCTION jira_spoke.table_validator IS
    'checks the options of servers and foreign tables of the foreign-data wrapper jira_spoke';

CREATE FOREIGN DATA WRAPPER jira_spoke
    HANDLER jira_spoke.table_handler
    VALIDATOR jira_spoke.table_validator;
COMMENT ON FOREIGN DATA WRAPPER jira_spoke IS
    'the issues of a Jira and what is around them as tables; the option of a server is the alias of a connection';

GRANT USAGE ON FOREIGN DATA WRAPPER jira_spoke TO jira_spoke_admin;

CREATE FUNCTION jira_spoke.table_comment_on_import()
RETURNS pg_catalog.event_trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'jira_table_comment_on_import';
COMMENT ON FUNCTION jira_spoke.table_comment_on_import IS
    'comments on the columns of tables that were imported from a Jira';

CREATE EVENT TRIGGER jira_spoke_import ON ddl_command_end
    WHEN TAG IN ('IMPORT FOREIGN SCHEMA')
    EXECUTE FUNCTION jira_spoke.table_comment_on_import();
COMMENT ON EVENT TRIGGER jira_spoke_import IS
    'comments on the columns of tables that were imported from a Jira';

CREATE FUNCTION @extschema@.jira_refresh_columns(
    "table" pg_catalog.regclass,
    custom_fields text DEFAULT 'all',
    OUT column_name text,
    OUT change text)
RETURNS SETOF record
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000 ROWS 10
AS 'MODULE_PATHNAME', 'jira_refresh_columns';
COMMENT ON FUNCTION @extschema@.jira_refresh_columns IS
    'Adds columns to a foreign table of issues, for custom fields that it has none for: all, none, or those named, as IMPORT FOREIGN SCHEMA has them. Returns the columns that were added, those whose field is gone, and those whose field has another type now; nothing is dropped or changed. Only the owner of the table may call it, who needs the connection.';
