--
-- The manners of everything that the extension makes, and the contract: names,
-- arguments in their order, columns of the results.
--
SET client_min_messages = warning;
CREATE EXTENSION jira_spoke;
RESET client_min_messages;

-- Everything of the extension, with what can be said about it.  What takes a
-- connection talks to Jira, and takes it last; but jira_enqueue does neither: it
-- has options of the outbox behind it.  Nor do statistics.
CREATE TEMP VIEW member AS
    SELECT d.classid, d.objid, pg_describe_object(d.classid, d.objid, 0) AS object
    FROM pg_depend AS d
    JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid
    WHERE e.extname = 'jira_spoke' AND d.deptype = 'e';
CREATE TEMP VIEW function AS
    SELECT p.*, p.pronamespace::regnamespace::text AS schema,
           COALESCE(p.prosupport = to_regproc('jira_spoke.jira_read_support'), false) AS supported,
           COALESCE('connection' = ANY (p.proargnames), false) AND p.proname !~ '^jira_enqueue$|^(jira_)?stat_' AS talks
    FROM member AS m
    JOIN pg_proc AS p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid;
SELECT count(*) > 10 AS there_are_functions,
       count(*) FILTER (WHERE talks) > 5 AS that_talk_to_jira,
       count(*) FILTER (WHERE supported) > 2 AS and_stream
FROM function;

-- Each is explained.
SELECT object AS without_comment
FROM member AS m
WHERE NOT EXISTS (SELECT FROM pg_description AS d
                  WHERE d.classoid = m.classid AND d.objoid = m.objid AND d.objsubid = 0)
  AND object !~ '^(index|toast|sequence) |\[\]$'
  AND object NOT IN (SELECT 'type ' || t.oid::regtype FROM pg_type AS t JOIN pg_class AS c ON c.oid = t.typrelid
                     WHERE c.relkind <> 'c')
ORDER BY object;
SELECT format('%s.%s', c.oid::regclass, a.attname) AS column_without_comment
FROM member AS m
JOIN pg_class AS c ON (m.classid, m.objid) IN (('pg_class'::regclass, c.oid), ('pg_type'::regclass, c.reltype))
JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE c.relkind IN ('r', 'p', 'v', 'c') AND a.attnum > 0 AND NOT a.attisdropped AND col_description(c.oid, a.attnum) IS NULL
ORDER BY c.oid::regclass::text, a.attnum;
SELECT obj_description(e.oid, 'pg_extension') IS NOT NULL AS extension_has_comment
FROM pg_extension AS e WHERE extname = 'jira_spoke';

-- Two schemas, and names that cannot be taken for others'.
SELECT object AS misplaced
FROM function
JOIN member ON objid = function.oid
WHERE (schema <> 'jira_spoke' AND proname !~ '^jira_[a-z0-9_]+$')
   OR schema NOT IN ('public', 'jira_spoke');

-- Who may do what: the owner is always there; nothing for PUBLIC.
CREATE TEMP VIEW privilege AS
    SELECT m.object, o.owner, a.grantee, a.privilege_type, a.is_grantable
    FROM member AS m
    JOIN (SELECT 'pg_proc'::regclass AS classid, oid, proowner AS owner,
                 COALESCE(proacl, acldefault('f', proowner)) AS acl FROM pg_proc
          UNION ALL
          SELECT 'pg_class', oid, relowner, COALESCE(relacl, acldefault('r', relowner)) FROM pg_class
          UNION ALL
          SELECT 'pg_namespace', oid, nspowner, COALESCE(nspacl, acldefault('n', nspowner))
          FROM pg_namespace
          UNION ALL
          SELECT 'pg_foreign_data_wrapper', oid, fdwowner, COALESCE(fdwacl, acldefault('F', fdwowner))
          FROM pg_foreign_data_wrapper) AS o ON o.classid = m.classid AND o.oid = m.objid
    CROSS JOIN aclexplode(o.acl) AS a
    WHERE m.object NOT LIKE 'composite type%';
SELECT object AS open_to_public FROM privilege WHERE grantee = 0;
SELECT object, privilege_type FROM privilege WHERE is_grantable AND grantee <> owner;
SELECT object, grantee::regrole, string_agg(privilege_type, ', ' ORDER BY privilege_type)
FROM privilege
WHERE grantee <> owner AND object NOT LIKE 'function jira\_%'
GROUP BY object, grantee ORDER BY object, grantee::regrole::text;
SELECT replace(object, 'function ', '') AS for_administrators
FROM privilege WHERE grantee = 'jira_spoke_admin'::regrole ORDER BY object;
SELECT replace(object, 'function ', '') AS for_users
FROM privilege WHERE grantee = 'jira_spoke_user'::regrole AND object ~ '^function jira_' ORDER BY object;
SELECT f.oid::regprocedure AS for_nobody
FROM function AS f
WHERE schema = 'public'
  AND NOT has_function_privilege('jira_spoke_reader', f.oid, 'EXECUTE')
  AND NOT has_function_privilege('jira_spoke_user', f.oid, 'EXECUTE')
  AND NOT has_function_privilege('jira_spoke_admin', f.oid, 'EXECUTE');
SELECT r.rolname, r.rolcanlogin, r.rolsuper, r.rolbypassrls, r.rolcreaterole,
       (SELECT array_agg(m.roleid::regrole::text) FROM pg_auth_members AS m
        WHERE m.member = r.oid) AS member_of
FROM pg_roles AS r WHERE rolname IN ('jira_spoke_admin', 'jira_spoke_user', 'jira_spoke_reader') ORDER BY rolname;

-- Tables: row level security enabled and forced on every one.
SELECT c.oid::regclass AS table, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
       (SELECT string_agg(format('%s for %s', p.polname, p.polcmd), ', ')
        FROM pg_policy AS p WHERE p.polrelid = c.oid) AS policies
FROM member AS m
JOIN pg_class AS c ON m.classid = 'pg_class'::regclass AND c.oid = m.objid
WHERE c.relkind IN ('r', 'p') ORDER BY 1;
-- A secret can be neither cast nor compared: only its output function tells what it is.
SELECT format_type(a.atttypid, NULL) AS type, t.typsend = 0 AS not_in_binary,
       (SELECT count(*) FROM pg_cast WHERE t.oid IN (castsource, casttarget)) AS casts,
       (SELECT count(*) FROM pg_operator WHERE t.oid IN (oprleft, oprright)) AS operators
FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
WHERE attrelid = 'jira_spoke.credential'::regclass AND attname = 'secret';

-- Functions: nobody's rights but the caller's; a pinned path where there is SQL.
SELECT oid::regprocedure AS with_definers_rights FROM function WHERE prosecdef;
SELECT oid::regprocedure AS unpinned
FROM function AS f
WHERE (SELECT lanname FROM pg_language AS l WHERE l.oid = f.prolang) <> 'c'
  AND NOT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'];
SELECT oid::regprocedure AS strict FROM function WHERE talks AND proisstrict;
SELECT oid::regprocedure AS called_by_explain FROM function WHERE talks AND provolatile <> 'v';
SELECT oid::regprocedure AS cheap
FROM function
WHERE talks AND procost < 1000 AND proname <> 'jira_lookup_issue_from_comment';  -- makes no request

-- "connection" is text, the last argument, and can be left out.
SELECT oid::regprocedure AS connection_not_last
FROM function
WHERE talks
  AND NOT (proargnames[pronargs] = 'connection' AND proargtypes[pronargs - 1] = 'text'::regtype
           AND pronargdefaults > 0
           AND pg_get_function_arguments(oid) LIKE '%connection text DEFAULT NULL::text');

-- Reads stream and leave the rest of a query its parallelism.
SELECT oid::regprocedure AS not_like_a_read
FROM function
WHERE proname ~ '^jira_(lookup|get|report)_'
  AND NOT (proretset AND supported AND talks AND proparallel = 'r' AND prorows >= 1)
  AND proname <> 'jira_lookup_issue_from_comment';
SELECT oid::regprocedure AS rows_without_row_type
FROM function AS f
WHERE proretset AND prorettype <> 'record'::regtype
  AND (SELECT typtype FROM pg_type AS t WHERE t.oid = f.prorettype) <> 'c'
  AND proname <> 'jira_request_stream';

-- Writes: once each, in the leader, with a scalar or nothing as result.
SELECT oid::regprocedure AS not_like_a_write
FROM function AS f
WHERE talks AND proname !~ '^jira_(lookup|get|report|count|test|request|attachment)(_|$)'
  AND NOT (proparallel = 'u' AND NOT proretset AND NOT supported
           AND (prorettype = 'void'::regtype
                OR (SELECT typtype FROM pg_type AS t WHERE t.oid = f.prorettype) = 'b'));
SELECT proname, proparallel, proretset, provolatile
FROM function WHERE proname IN ('jira_request', 'jira_test_connection', 'jira_count_issues')
ORDER BY proname;

-- The contract.  Columns of results first: those of the entities, then those of
-- functions that have their own.
CREATE TEMP TABLE shape (name text PRIMARY KEY, columns text);
INSERT INTO shape VALUES
    ('jira_issue',
     'id text, key text, project text, issue_type text, summary text, description text, '
     'status text, status_category text, priority text, resolution text, assignee text, '
     'assignee_name text, reporter text, reporter_name text, parent text, labels text[], '
     'components text[], fix_versions text[], created timestamptz, updated timestamptz, '
     'resolved timestamptz, due date, fields jsonb'),
    ('jira_story',
     'id text, key text, project text, issue_type text, summary text, description text, '
     'status text, status_category text, priority text, resolution text, assignee text, '
     'assignee_name text, reporter text, reporter_name text, parent text, labels text[], '
     'components text[], fix_versions text[], created timestamptz, updated timestamptz, '
     'resolved timestamptz, due date, story_points numeric, epic text, sprint_id bigint, '
     'sprint text, fields jsonb'),
    ('jira_user',
     'account text, name text, email text, active boolean, account_type text, time_zone '
     'text, raw jsonb'),
    ('jira_group',
     'id text, name text, raw jsonb'),
    ('jira_project',
     'id text, key text, name text, project_type text, style text, lead text, lead_name '
     'text, category text, archived boolean, description text, url text, raw jsonb'),
    ('jira_sprint',
     'id bigint, name text, state text, goal text, board bigint, started timestamptz, ends '
     'timestamptz, completed timestamptz, raw jsonb'),
    ('jira_comment',
     'id text, author text, author_name text, body text, created timestamptz, updated '
     'timestamptz, visibility jsonb, raw jsonb'),
    ('jira_attachment',
     'id text, filename text, mime_type text, size bigint, author text, author_name text, '
     'created timestamptz, content_url text, raw jsonb'),
    ('jira_field',
     'id text, name text, custom boolean, type text, items text, custom_type text, '
     'clause_names text[], searchable boolean, raw jsonb'),
    ('jira_field_meta',
     'issue_type text, field_id text, name text, required boolean, has_default boolean, '
     'type text, items text, custom_type text, operations text[], allowed_values jsonb, raw '
     'jsonb'),
    ('jira_lookup_audit_logs_stream',
     'id bigint, created timestamptz, summary text, category text, event_source text, '
     'description text, remote_address text, author text, object_name text, object_type '
     'text, changed_values jsonb, raw jsonb'),
    ('jira_lookup_audit_logs_stream_server10',
     'created timestamptz, category text, action text, author text, author_name text, '
     'source text, method text, node text, affected_objects jsonb, changed_values jsonb, '
     'raw jsonb'),
    ('jira_lookup_issue_type_statuses_by_project',
     'issue_type_id text, issue_type text, subtask boolean, status_id text, status text, '
     'status_category text, raw jsonb'),
    ('jira_lookup_issue_priorities',
     'id text, name text, description text, status_color text, icon_url text, is_default '
     'boolean, raw jsonb'),
    ('jira_lookup_transitions',
     'id text, name text, to_status_id text, to_status text, to_status_category text, '
     'has_screen boolean, available boolean, fields jsonb, raw jsonb'),
    ('jira_get_issue_types',
     'id text, name text, description text, subtask boolean, hierarchy_level integer, '
     'icon_url text, raw jsonb'),
    ('jira_lookup_issue_from_comment',
     'issue_id text, issue_key text, comment_id text'),
    ('jira_lookup_server',
     'base_url text, version text, version_numbers integer[], deployment_type text, '
     'build_number bigint, build_date timestamptz, server_time timestamptz, server_title '
     'text, raw jsonb'),
    ('jira_lookup_webhooks',
     'id bigint, name text, url text, events text[], jql text, enabled boolean, expires '
     'timestamptz, raw jsonb');

-- Every action, without its last argument "connection".
CREATE TEMP TABLE contract (
    name text PRIMARY KEY,
    arguments text,
    result text,
    part text DEFAULT 'action',
    added text);
INSERT INTO contract VALUES
    ('jira_lookup_audit_logs_stream',
     'from_time timestamptz, to_time timestamptz, filter text', 'rows of its own'),
    ('jira_lookup_audit_logs_stream_server10',
     'from_time timestamptz, to_time timestamptz, categories text[], actions text[], search text', 'rows of its own'),
    ('jira_add_user_to_group', 'group_name text, account text', 'void'),
    ('jira_create_group', 'group_name text', 'text'),
    ('jira_lookup_groups_stream', '', 'rows of jira_group'),
    ('jira_lookup_users_by_group_name_stream',
     'group_name text, include_inactive boolean', 'rows of jira_user'),
    ('jira_remove_group', 'group_name text, swap_group text', 'void'),
    ('jira_remove_user_from_group', 'group_name text, account text', 'void'),
    ('jira_add_comment', 'issue text, body text, visibility jsonb', 'text'),
    ('jira_add_watcher', 'issue text, account text', 'void'),
    ('jira_assign_issue', 'issue text, account text', 'void'),
    ('jira_copy_attachment', 'issue text, filename text, content bytea, mime_type text', 'text'),
    ('jira_create_issue',
     'project text, issue_type text, summary text, description text, assignee text, '
     'priority text, labels text[], parent text, fields jsonb', 'text'),
    ('jira_delete_attachment', 'attachment text', 'void'),
    ('jira_delete_issue', 'issue text, delete_subtasks boolean', 'void'),
    ('jira_delete_watcher', 'issue text, account text', 'void'),
    ('jira_do_transition',
     'issue text, transition text, fields jsonb, comment text, resolution text', 'void'),
    ('jira_lookup_issue_type_statuses_by_project', 'project text', 'rows of its own'),
    ('jira_lookup_issue', 'issue text, fields text[], expand text[], missing_ok boolean', 'rows of jira_issue'),
    ('jira_lookup_issue_priorities', 'priority text', 'rows of its own'),
    ('jira_lookup_issues_stream',
     'jql text, fields text[], max_rows bigint, expand text[]', 'rows of jira_issue'),
    ('jira_lookup_sprint_issues_stream',
     'sprint bigint, jql text, fields text[], max_rows bigint', 'rows of jira_issue'),
    ('jira_lookup_transitions', 'issue text', 'rows of its own'),
    ('jira_lookup_watchers', 'issue text', 'rows of jira_user'),
    ('jira_update_issue',
     'issue text, fields jsonb, update jsonb, summary text, description text, notify_users boolean', 'void'),
    ('jira_get_creatable_fields', 'project text, issue_type text', 'rows of jira_field_meta'),
    ('jira_get_editable_fields', 'issue text', 'rows of jira_field_meta'),
    ('jira_get_issue_types', 'project text', 'rows of its own'),
    ('jira_create_project',
     'key text, name text, lead text, project_type text, template text, description text, '
     'properties jsonb', 'text'),
    ('jira_lookup_project', 'project text', 'rows of jira_project'),
    ('jira_lookup_projects', '', 'rows of jira_project'),
    ('jira_lookup_projects_stream', 'query text', 'rows of jira_project'),
    ('jira_lookup_users_assignable_to_projects',
     'projects text[], query text', 'rows of jira_user'),
    ('jira_create_sprint',
     'name text, board bigint, start_date timestamptz, end_date timestamptz, goal text', 'bigint'),
    ('jira_delete_sprint', 'sprint bigint', 'void'),
    ('jira_lookup_sprint', 'sprint bigint', 'rows of jira_sprint'),
    ('jira_lookup_sprints_by_board', 'board bigint, state text[]', 'rows of jira_sprint'),
    ('jira_update_sprint',
     'sprint bigint, name text, state text, start_date timestamptz, end_date timestamptz, goal text', 'void'),
    ('jira_create_story',
     'project text, summary text, description text, story_points numeric, epic text, sprint '
     'bigint, assignee text, fields jsonb', 'text'),
    ('jira_lookup_stories_stream',
     'project text, jql text, fields text[], max_rows bigint', 'rows of jira_story'),
    ('jira_update_story',
     'issue text, summary text, description text, story_points numeric, epic text, sprint '
     'bigint, fields jsonb', 'void'),
    ('jira_create_user',
     'email text, products text[], name text, display_name text, password text', 'text'),
    ('jira_lookup_authenticated_user', '', 'rows of jira_user'),
    ('jira_lookup_group_memberships_for_user', 'account text', 'rows of jira_group'),
    ('jira_lookup_users_stream', '', 'rows of jira_user'),
    ('jira_lookup_users_stream_by_name', 'query text', 'rows of jira_user'),
    ('jira_remove_user', 'account text', 'void'),
    ('jira_copy_issue_attachment_to_record',
     'attachment text, target regclass, match jsonb, content_column name, filename_column name', 'bigint'),
    ('jira_lookup_fields', 'name text', 'rows of jira_field'),
    ('jira_lookup_issue_from_comment', 'payload jsonb', 'rows of its own'),
    ('jira_lookup_latest_attachment_on_issue', 'issue text', 'rows of jira_attachment'),
    ('jira_lookup_latest_comment_on_issue', 'issue text', 'rows of jira_comment'),
    ('jira_lookup_server', '', 'rows of its own'),
    ('jira_lookup_webhooks', '', 'rows of its own'),
    ('jira_subscribe_webhook',
     'name text, url text, events text[], jql text, secret text, exclude_body boolean', 'bigint'),
    ('jira_unsubscribe_webhook', 'webhook bigint', 'void'),
    ('jira_update_webhook',
     'webhook bigint, name text, url text, events text[], jql text, enabled boolean', 'void');

-- Functions beside the actions.
INSERT INTO shape VALUES
    ('jira_request', 'status integer, headers jsonb, body jsonb'),
    ('jira_test_connection', 'ok boolean, account text, name text, server text, version text,'
     ' milliseconds double precision, problem text');
INSERT INTO contract VALUES
    ('jira_request', 'method text, path text, query jsonb, body jsonb', 'rows of its own', 'beside'),
    ('jira_test_connection', '', 'rows of its own', 'beside'),
    ('jira_attachment_content', 'attachment text', 'bytea', 'beside'),
    ('jira_lookup_issues', 'issues text[], fields text[]', 'rows of jira_issue', 'beside'),
    ('jira_count_issues', 'jql text', 'bigint', 'beside'),
    ('jira_lookup_comments_stream', 'jql text', 'rows of its own', 'beside'),
    ('jira_lookup_worklogs_stream', 'jql text, since timestamptz', 'rows of its own', 'beside'),
    ('jira_lookup_links_stream', 'jql text', 'rows of its own', 'beside'),
    ('jira_lookup_issue_attachments_stream', 'jql text', 'rows of its own', 'beside'),
    ('jira_lookup_issue_sprints_stream', 'jql text', 'rows of its own', 'beside'),
    ('jira_lookup_changes_stream', 'jql text, field_ids text[]', 'rows of its own', 'beside'),
    ('jira_lookup_statuses', '', 'rows of its own', 'beside'),
    ('jira_lookup_resolutions', '', 'rows of its own', 'beside'),
    ('jira_lookup_issue_types', '', 'rows of its own', 'beside'),
    ('jira_lookup_link_types', '', 'rows of its own', 'beside'),
    ('jira_lookup_components', 'project text', 'rows of its own', 'beside'),
    ('jira_lookup_boards_stream', 'project text, name text', 'rows of its own', 'beside'),
    ('jira_lookup_filters_stream', 'name text', 'rows of its own', 'beside'),
    ('jira_lookup_dashboards_stream', '', 'rows of its own', 'beside'),
    ('jira_lookup_workflows_stream', '', 'rows of its own', 'beside'),
    ('jira_lookup_versions', 'project text', 'rows of its own', 'beside'),
    ('jira_lookup_field_options', 'field_id text', 'rows of its own', 'beside'),
    ('jira_lookup_project_roles', 'project text', 'rows of its own', 'beside'),
    ('jira_request_stream', 'path text, query jsonb, rows text, method text, body jsonb', 'rows of jsonb', 'beside'),
    ('jira_oauth_authorize_url', '', 'text', 'beside'),
    ('jira_oauth_complete', 'redirected_url text', 'void', 'beside');

-- What is there beyond the contract: functions, and arguments, which stand
-- before "connection" and can be left out.
INSERT INTO shape VALUES
    ('jira_report_personal_data', 'account text, status text, raw jsonb'),
    ('jira_lookup_comments_stream',
     'issue_id text, issue text, project text, comment_id text, author text, author_name text, body text, '
     'created timestamptz, updated timestamptz, visibility jsonb, raw jsonb'),
    ('jira_lookup_worklogs_stream',
     'issue_id text, issue text, project text, worklog_id text, author text, author_name text, '
     'started timestamptz, seconds bigint, comment text, created timestamptz, updated timestamptz, raw jsonb'),
    ('jira_lookup_links_stream',
     'issue text, project text, link_id text, link_type text, relation text, direction text, other_issue text, raw jsonb'),
    ('jira_lookup_issue_attachments_stream',
     'issue text, project text, id text, filename text, mime_type text, size bigint, author text, '
     'author_name text, created timestamptz, content_url text, raw jsonb'),
    ('jira_lookup_issue_sprints_stream',
     'issue text, project text, sprint_id bigint, sprint text, state text, raw jsonb'),
    ('jira_lookup_changes_stream',
     'issue_id text, issue text, project text, change_id text, at timestamptz, author text, author_name text, '
     'field text, field_id text, from_value text, from_text text, to_value text, to_text text, raw jsonb'),
    ('jira_lookup_statuses', 'id text, name text, description text, category text, raw jsonb'),
    ('jira_lookup_resolutions', 'id text, name text, description text, raw jsonb'),
    ('jira_lookup_issue_types',
     'id text, name text, description text, subtask boolean, hierarchy_level integer, icon_url text, raw jsonb'),
    ('jira_lookup_link_types', 'id text, name text, inward text, outward text, raw jsonb'),
    ('jira_lookup_components',
     'id text, project text, name text, description text, lead text, lead_name text, raw jsonb'),
    ('jira_lookup_boards_stream', 'id bigint, name text, type text, project text, raw jsonb'),
    ('jira_lookup_filters_stream', 'id text, name text, owner text, owner_name text, jql text, description text, raw jsonb'),
    ('jira_lookup_dashboards_stream', 'id text, name text, owner text, owner_name text, description text, raw jsonb'),
    ('jira_lookup_workflows_stream', 'id text, name text, owner text, owner_name text, description text, raw jsonb'),
    ('jira_lookup_versions',
     'id text, project text, name text, description text, released boolean, archived boolean, start_date date, release_date date, raw jsonb'),
    ('jira_lookup_field_options',
     'field_id text, field text, option_id text, value text, disabled boolean, raw jsonb'),
    ('jira_lookup_project_roles',
     'project text, role_id text, role text, actor_type text, actor text, actor_name text, raw jsonb');
INSERT INTO contract VALUES
    ('jira_report_personal_data', 'accounts jsonb', 'rows of its own', 'added'),
    ('jira_refresh_webhooks', 'webhooks bigint[]', 'timestamp with time zone', 'added');
UPDATE contract SET added = 'issue_type text'
WHERE name IN ('jira_create_story', 'jira_lookup_stories_stream');

CREATE TEMP VIEW actual AS
    SELECT f.proname::text AS name, f.oid,
           (SELECT string_agg(format('%s %s', f.proargnames[i], format_type(f.proargtypes[i - 1], NULL)),
                              ', ' ORDER BY i)
            FROM generate_series(1, pronargs) AS i) AS arguments,
           CASE WHEN proretset THEN 'rows' ELSE format_type(f.prorettype, NULL) END AS result,
           format_type(f.prorettype, NULL) AS row_type,
           COALESCE((SELECT string_agg(format('%s %s', a.attname, format_type(a.atttypid, NULL)),
                                       ', ' ORDER BY a.attnum)
                     FROM pg_type AS t JOIN pg_attribute AS a ON a.attrelid = t.typrelid
                     WHERE t.oid = f.prorettype AND a.attnum > 0 AND NOT a.attisdropped),
                    (SELECT string_agg(format('%s %s', n, format_type(y, NULL)), ', ' ORDER BY i)
                     FROM unnest(f.proargnames, f.proallargtypes, f.proargmodes)
                          WITH ORDINALITY AS c (n, y, m, i) WHERE m IN ('t', 'o'))) AS columns
    FROM function AS f;
CREATE TEMP VIEW expected AS
    SELECT c.name, c.part,
           concat_ws(', ', NULLIF(c.arguments, ''), c.added, 'connection text') AS arguments,
           CASE WHEN c.result LIKE 'rows%' THEN 'rows' ELSE c.result END AS result, s.columns,
           NULLIF(replace(c.result, 'rows of ', ''), 'its own') AS row_type
    FROM contract AS c
    LEFT JOIN shape AS s ON s.name = CASE WHEN c.result = 'rows of its own' THEN c.name
                                          WHEN c.result LIKE 'rows of %' THEN substr(c.result, 9) END;

-- The long names of types, as the catalogue has them.
CREATE FUNCTION pg_temp.spelled(declarations text) RETURNS text LANGUAGE sql AS
$$ SELECT replace(declarations, 'timestamptz', 'timestamp with time zone') $$;
SELECT a.name, a.arguments, pg_temp.spelled(e.arguments) AS expected
FROM actual AS a JOIN expected AS e USING (name)
WHERE a.arguments <> pg_temp.spelled(e.arguments);
SELECT a.name, a.result, a.row_type, a.columns, e.result, e.row_type, pg_temp.spelled(e.columns)
FROM actual AS a JOIN expected AS e USING (name)
WHERE a.result <> e.result OR (e.result = 'rows' AND a.row_type <> e.row_type)
   OR a.columns <> pg_temp.spelled(e.columns);
SELECT name AS missing FROM contract AS c
WHERE NOT EXISTS (SELECT FROM actual WHERE actual.name = c.name);
SELECT name AS not_in_the_contract
FROM actual JOIN function USING (oid)
WHERE talks AND NOT EXISTS (SELECT FROM contract AS c WHERE c.name = actual.name);
SELECT count(*) FILTER (WHERE part = 'action') AS actions,
       count(*) FILTER (WHERE part = 'beside') AS beside,
       count(*) FILTER (WHERE part = 'added') AS added
FROM actual JOIN expected USING (name);
SELECT name AS added_is_needed FROM contract JOIN actual USING (name) JOIN function USING (oid)
WHERE added IS NOT NULL
  AND pronargdefaults < 1 + array_length(string_to_array(added, ', '), 1);

-- What administers connections, what makes JQL, and the outbox are written out.
SELECT proname, pg_get_function_arguments(oid) AS arguments, pg_get_function_result(oid) AS result,
       provolatile, proparallel
FROM function WHERE NOT talks AND schema = 'public' ORDER BY proname, pronargs DESC;
SELECT attrelid::regclass AS relation, attname, format_type(atttypid, NULL) AS type
FROM pg_attribute
WHERE attrelid IN ('jira_spoke.outbox'::regclass, 'jira_spoke.outbox_status'::regclass) AND attnum > 0
ORDER BY relation, attnum;
SELECT attname, format_type(atttypid, NULL) AS type
FROM pg_attribute WHERE attrelid = 'jira_spoke.stat_connection'::regclass AND attnum > 0 ORDER BY attnum;

-- The library and the SQL fit together.
SELECT * FROM jira_spoke.check_actions();

-- Settings: who may change them, and what they are to begin with.
SELECT name, boot_val, unit, vartype, context, min_val, max_val
FROM pg_settings WHERE name LIKE 'jira\_spoke.%' ORDER BY name;
SELECT name AS without_description FROM pg_settings
WHERE name LIKE 'jira\_spoke.%' AND COALESCE(short_desc, '') = '';
SET jira_spoke.no_such_setting = 1;

SET client_min_messages = warning;
DROP EXTENSION jira_spoke CASCADE;
