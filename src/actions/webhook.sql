-- Webhook management.

CREATE TYPE @extschema@.jira_webhook AS (
    id bigint,
    name text,
    url text,
    events text[],
    jql text,
    enabled boolean,
    expires timestamptz,
    raw jsonb
);
COMMENT ON TYPE @extschema@.jira_webhook IS
    'a webhook; those of OAuth apps have no name and expire, the others do not';
COMMENT ON COLUMN @extschema@.jira_webhook.id IS 'id of the webhook';
COMMENT ON COLUMN @extschema@.jira_webhook.name IS 'name of the webhook; NULL where webhooks have none';
COMMENT ON COLUMN @extschema@.jira_webhook.url IS 'address that Jira calls';
COMMENT ON COLUMN @extschema@.jira_webhook.events IS 'events that Jira calls it for';
COMMENT ON COLUMN @extschema@.jira_webhook.jql IS 'issues that Jira calls it for; NULL: all';
COMMENT ON COLUMN @extschema@.jira_webhook.enabled IS 'whether Jira calls it';
COMMENT ON COLUMN @extschema@.jira_webhook.expires IS 'when it ends unless it is refreshed; NULL: never';
COMMENT ON COLUMN @extschema@.jira_webhook.raw IS 'what Jira sent of it, without its secret';

CREATE FUNCTION @extschema@.jira_lookup_webhooks(
    connection text DEFAULT NULL)
RETURNS SETOF @extschema@.jira_webhook
LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100000 ROWS 20
SUPPORT jira_spoke.jira_read_support
AS 'MODULE_PATHNAME', 'jira_lookup_webhooks';
COMMENT ON FUNCTION @extschema@.jira_lookup_webhooks IS
    'The webhooks of the site; with OAuth 2.0 those of the app itself.';

CREATE FUNCTION @extschema@.jira_subscribe_webhook(
    name text,
    url text,
    events text[],
    jql text DEFAULT NULL,
    secret text DEFAULT NULL,
    exclude_body boolean DEFAULT false,
    connection text DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_subscribe_webhook';
COMMENT ON FUNCTION @extschema@.jira_subscribe_webhook IS
    'Makes Jira call a URL on events, and returns the id of the webhook. With OAuth 2.0 the JQL is needed, the name is not kept, a secret and exclude_body are refused, and the webhook expires after 30 days unless jira_refresh_webhooks is called before, which the worker of the outbox does. A webhook whose JQL Data Center does not take is removed again, with an error.';

CREATE FUNCTION @extschema@.jira_unsubscribe_webhook(
    webhook bigint,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_unsubscribe_webhook';
COMMENT ON FUNCTION @extschema@.jira_unsubscribe_webhook IS
    'Deletes a webhook. With OAuth 2.0, Jira does not tell whether there was one.';

CREATE FUNCTION @extschema@.jira_refresh_webhooks(
    webhooks bigint[] DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS timestamptz
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_refresh_webhooks';
COMMENT ON FUNCTION @extschema@.jira_refresh_webhooks IS
    'With OAuth 2.0: keeps webhooks of the app, or all of them, for 30 days from now on, and returns when they expire then. The worker of the outbox calls it 20 days after jira_subscribe_webhook or its last success, as long as the app has webhooks.';

CREATE FUNCTION @extschema@.jira_update_webhook(
    webhook bigint,
    name text DEFAULT NULL,
    url text DEFAULT NULL,
    events text[] DEFAULT NULL,
    jql text DEFAULT NULL,
    enabled boolean DEFAULT NULL,
    connection text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'jira_update_webhook';
COMMENT ON FUNCTION @extschema@.jira_update_webhook IS
    'Changes what is given of a webhook and leaves the rest alone. Data Center 10 replaces the whole and does not tell the JQL: without it there is a warning.';
