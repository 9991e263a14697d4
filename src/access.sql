-- Who may do what.  Default privileges of the installing role may have granted
-- rights on the objects above: all are taken back, from every grantee, before
-- the rights below are given.  An upgrade does so for objects that are new, and
-- leaves the others as an administrator has them.

DO $access$
DECLARE
    found CONSTANT text[] := pg_catalog.current_setting('jira_spoke_script.found')::pg_catalog.text[];
    item record;
BEGIN
    FOR item IN
        WITH member AS (
            SELECT d.classid, d.objid
            FROM pg_catalog.pg_depend AS d
            JOIN pg_catalog.pg_extension AS e ON e.oid OPERATOR(pg_catalog.=) d.refobjid
            WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
              AND d.deptype OPERATOR(pg_catalog.=) 'e'
              AND e.extname OPERATOR(pg_catalog.=) 'jira_spoke'
              AND pg_catalog.format('%s %s', d.classid, d.objid) OPERATOR(pg_catalog.<>) ALL (found)
        ),
        object (kind, name, owner, acl) AS (
            SELECT 'FUNCTION', p.oid::pg_catalog.regprocedure::text, p.proowner,
                   COALESCE(p.proacl, pg_catalog.acldefault('f', p.proowner))
            FROM member AS m
            JOIN pg_catalog.pg_proc AS p ON p.oid OPERATOR(pg_catalog.=) m.objid
            WHERE m.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
            UNION ALL
            SELECT 'TABLE', c.oid::pg_catalog.regclass::text, c.relowner, c.relacl
            FROM member AS m
            JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) m.objid
            WHERE m.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
              AND c.relkind OPERATOR(pg_catalog.<>) 'c'
            UNION ALL
            SELECT 'SCHEMA', n.oid::pg_catalog.regnamespace::text, n.nspowner, n.nspacl
            FROM member AS m
            JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) m.objid
            WHERE m.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass
        )
        SELECT DISTINCT o.kind, o.name,
               CASE WHEN a.grantee OPERATOR(pg_catalog.=) 0 THEN 'PUBLIC'
                    ELSE a.grantee::pg_catalog.regrole::text END AS grantee
        FROM object AS o
        CROSS JOIN LATERAL pg_catalog.aclexplode(o.acl) AS a
        WHERE a.grantee OPERATOR(pg_catalog.<>) o.owner
    LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON %s %s FROM %s',
                                  item.kind, item.name, item.grantee);
    END LOOP;

    -- Of the functions of the user's schema, those that administer connections
    -- are for administrators, those that read for readers, and the rest, which
    -- writes or leads to a write, for users.  A write is PARALLEL UNSAFE; some
    -- that are unsafe, too, write nothing that their caller may not.
    FOR item IN
        SELECT p.oid::pg_catalog.regprocedure::text AS name,
               CASE WHEN p.proname OPERATOR(pg_catalog.=) ANY (ARRAY[
                        'jira_create_connection', 'jira_alter_connection',
                        'jira_drop_connection', 'jira_grant_connection',
                        'jira_revoke_connection', 'jira_rotate_key',
                        'jira_create_oauth_application', 'jira_alter_oauth_application',
                        'jira_drop_oauth_application',
                        'jira_oauth_authorize_url', 'jira_oauth_complete',
                        'jira_stat_reset', 'jira_outbox_adopt']::pg_catalog.name[])
                    THEN 'jira_spoke_admin'
                    WHEN p.proparallel OPERATOR(pg_catalog.<>) 'u'
                      OR p.proname OPERATOR(pg_catalog.=) ANY (ARRAY[
                        'jira_request', 'jira_request_stream', 'jira_wait', 'jira_use_connection',
                        'jira_copy_issue_attachment_to_record', 'jira_refresh_columns']::pg_catalog.name[])
                    THEN 'jira_spoke_reader' ELSE 'jira_spoke_user' END AS grantee
        FROM pg_catalog.pg_depend AS d
        JOIN pg_catalog.pg_extension AS e ON e.oid OPERATOR(pg_catalog.=) d.refobjid
        JOIN pg_catalog.pg_proc AS p ON p.oid OPERATOR(pg_catalog.=) d.objid
        WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
          AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
          AND d.deptype OPERATOR(pg_catalog.=) 'e'
          AND e.extname OPERATOR(pg_catalog.=) 'jira_spoke'
          AND p.pronamespace OPERATOR(pg_catalog.=) e.extnamespace
          AND pg_catalog.format('%s %s', d.classid, d.objid) OPERATOR(pg_catalog.<>) ALL (found)
    LOOP
        EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO %s', item.name, item.grantee);
    END LOOP;

    -- Who watches the server, as a member of pg_read_all_stats, may use no
    -- connection, and see what they come to.
    FOR item IN
        SELECT g.*
        FROM (VALUES
            ('SCHEMA', 'jira_spoke', 'USAGE', 'jira_spoke_reader, pg_read_all_stats'),
            ('TABLE', 'jira_spoke.alias', 'SELECT', 'jira_spoke_reader'),
            ('TABLE', 'jira_spoke.alias_in_use', 'SELECT', 'jira_spoke_reader'),
            ('TABLE', 'jira_spoke.connection', 'SELECT', 'jira_spoke_reader'),
            ('TABLE', 'jira_spoke.action', 'SELECT', 'jira_spoke_reader'),
            ('TABLE', 'jira_spoke.oauth_application',
             'SELECT (name, owner, client_id, grant_type, redirect_url, scopes, authorize_url, token_url, refresh_url)',
             'jira_spoke_reader'),
            ('TABLE', 'jira_spoke.sign_in',
             'SELECT (alias, generation, obtained, expires, asked, problem, blocked_until)', 'jira_spoke_reader'),
            ('TABLE', 'jira_spoke.secret_entry', 'INSERT', 'jira_spoke_admin'),
            ('TABLE', 'jira_spoke.outbox', 'SELECT', 'jira_spoke_reader'),
            ('TABLE', 'jira_spoke.outbox_pause', 'SELECT', 'jira_spoke_reader'),
            ('TABLE', 'jira_spoke.outbox_status', 'SELECT', 'jira_spoke_reader, pg_read_all_stats'),
            ('TABLE', 'jira_spoke.stat_connection', 'SELECT', 'jira_spoke_reader, pg_read_all_stats'),
            ('FUNCTION', 'jira_spoke.library_version()', 'EXECUTE', 'jira_spoke_reader'),
            ('FUNCTION', 'jira_spoke.describe_actions()', 'EXECUTE', 'jira_spoke_reader'),
            ('FUNCTION', 'jira_spoke.stat_get_connections()', 'EXECUTE', 'jira_spoke_reader, pg_read_all_stats'),
            ('FUNCTION', 'jira_spoke.outbox_home_id()', 'EXECUTE', 'jira_spoke_reader, pg_read_all_stats'),
            ('FUNCTION', 'jira_spoke.outbox_worker_pid()', 'EXECUTE', 'jira_spoke_reader, pg_read_all_stats')
        ) AS g (kind, name, privilege, grantees)
        JOIN pg_catalog.pg_depend AS d
          ON (pg_catalog.pg_identify_object(d.classid, d.objid, 0)).identity OPERATOR(pg_catalog.=) g.name
        JOIN pg_catalog.pg_extension AS e ON e.oid OPERATOR(pg_catalog.=) d.refobjid
        WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
          AND d.deptype OPERATOR(pg_catalog.=) 'e'
          AND e.extname OPERATOR(pg_catalog.=) 'jira_spoke'
          AND pg_catalog.format('%s %s', d.classid, d.objid) OPERATOR(pg_catalog.<>) ALL (found)
    LOOP
        EXECUTE pg_catalog.format('GRANT %s ON %s %s TO %s', item.privilege, item.kind, item.name, item.grantees);
    END LOOP;
END
$access$;

-- A dump has the connections with their sealed secrets.  Tokens stay behind: two
-- servers that renew the same ones would lock each other out.
SELECT pg_catalog.pg_extension_config_dump('jira_spoke.alias', '');
SELECT pg_catalog.pg_extension_config_dump('jira_spoke.alias_in_use', '');
SELECT pg_catalog.pg_extension_config_dump('jira_spoke.oauth_application', '');
SELECT pg_catalog.pg_extension_config_dump('jira_spoke.connection', '');
SELECT pg_catalog.pg_extension_config_dump('jira_spoke.credential', '');
