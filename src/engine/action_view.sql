-- The catalogue of actions, read from the tables in the library.

CREATE FUNCTION jira_spoke.describe_actions(
    OUT category text,
    OUT action text,
    OUT function text,
    OUT deployments text,
    OUT auth_limits text,
    OUT classic_scopes text,
    OUT granular_scopes text,
    OUT cloud_requests text,
    OUT server_requests text,
    OUT any_scope text,
    OUT also_requests text,
    OUT also_classic_scopes text,
    OUT also_granular_scopes text,
    OUT description text)
RETURNS SETOF record
LANGUAGE C STABLE PARALLEL SAFE ROWS 60
AS 'MODULE_PATHNAME', 'jira_describe_actions';
COMMENT ON FUNCTION jira_spoke.describe_actions IS
    'Every function with an entry in the library''s tables, with lists as text; jira_spoke.action shows those that are actions of the catalogue.';

CREATE VIEW jira_spoke.action AS
    SELECT d.category,
           d.action,
           d.function,
           d.deployments,
           pg_catalog.string_to_array(d.auth_limits, ' ') AS auth_limits,
           pg_catalog.string_to_array(d.classic_scopes, ' ') AS classic_scopes,
           pg_catalog.string_to_array(d.granular_scopes, ' ') AS granular_scopes,
           pg_catalog.string_to_array(d.cloud_requests, E'\n') AS cloud_requests,
           pg_catalog.string_to_array(d.server_requests, E'\n') AS server_requests,
           d.any_scope OPERATOR(pg_catalog.=) 'true' AS any_scope,
           pg_catalog.string_to_array(d.also_requests, E'\n') AS also_requests,
           ARRAY(SELECT DISTINCT s.scope
                 FROM pg_catalog.unnest(pg_catalog.string_to_array(d.also_classic_scopes, ' ')) AS s (scope)
                 ORDER BY s.scope) AS also_classic_scopes,
           ARRAY(SELECT DISTINCT s.scope
                 FROM pg_catalog.unnest(pg_catalog.string_to_array(d.also_granular_scopes, ' ')) AS s (scope)
                 ORDER BY s.scope) AS also_granular_scopes,
           d.description
    FROM jira_spoke.describe_actions() AS d
    WHERE d.action IS NOT NULL
    ORDER BY d.category, d.action;
COMMENT ON VIEW jira_spoke.action IS
    'the actions: which deployments have them, with which sign-in they are not possible, which scopes a token needs, which requests they make';
COMMENT ON COLUMN jira_spoke.action.category IS 'section of the catalogue';
COMMENT ON COLUMN jira_spoke.action.action IS 'name of the action';
COMMENT ON COLUMN jira_spoke.action.function IS 'SQL function of the action';
COMMENT ON COLUMN jira_spoke.action.classic_scopes IS 'classic scopes that a token needs';
COMMENT ON COLUMN jira_spoke.action.granular_scopes IS 'granular scopes that a token needs instead';
COMMENT ON COLUMN jira_spoke.action.server_requests IS 'the same of Data Center';
COMMENT ON COLUMN jira_spoke.action.deployments IS
    'cloud, server (Data Center too), or the versions of server: server<=9, server>=9';
COMMENT ON COLUMN jira_spoke.action.auth_limits IS
    'not-oauth: not with OAuth 2.0; not-scoped: not with an API token that has scopes';
COMMENT ON COLUMN jira_spoke.action.cloud_requests IS
    'method and path; {v} is the API version. Of several, version and sign-in decide.';

COMMENT ON COLUMN jira_spoke.action.any_scope IS
    'a token with scopes is good for it whatever they are';
COMMENT ON COLUMN jira_spoke.action.also_requests IS
    'requests to Cloud that it makes beside those, and when: where arguments or settings make it necessary';
COMMENT ON COLUMN jira_spoke.action.also_classic_scopes IS
    'what a token with scopes needs for also_requests';
COMMENT ON COLUMN jira_spoke.action.also_granular_scopes IS
    'the same as granular scopes';
COMMENT ON COLUMN jira_spoke.action.description IS
    'the comment of the function';

CREATE FUNCTION @extschema@.jira_required_scopes(
    functions text[] DEFAULT NULL,
    OUT kind text,
    OUT scope text)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 30
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    stranger record;
BEGIN
    FOR stranger IN
        SELECT f.name
        FROM pg_catalog.unnest(functions) AS f (name)
        WHERE f.name IS NULL
           OR f.name OPERATOR(pg_catalog.<>) ALL (SELECT d.function FROM jira_spoke.describe_actions() AS d)
    LOOP
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_function',
            MESSAGE = pg_catalog.format('no action has the function %L', stranger.name),
            HINT = 'jira_spoke.action lists the actions.';
    END LOOP;

    RETURN QUERY
        SELECT DISTINCT s.kind, u.scope
        FROM jira_spoke.describe_actions() AS d
        CROSS JOIN LATERAL (VALUES ('classic', d.classic_scopes), ('classic', d.also_classic_scopes),
                                   ('granular', d.granular_scopes), ('granular', d.also_granular_scopes))
                           AS s (kind, scopes)
        CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.string_to_array(s.scopes, ' ')) AS u (scope)
        WHERE CASE WHEN functions IS NULL THEN d.action IS NOT NULL
                   ELSE d.function OPERATOR(pg_catalog.=) ANY (functions) END
        ORDER BY 1, 2;
END
$$;
COMMENT ON FUNCTION @extschema@.jira_required_scopes IS
    'The scopes to tick when a token is made for these functions, or for every action, with those of the requests that they make beside their own: the classic or the granular ones do, but Jira Software (sprints) has granular ones only.';
