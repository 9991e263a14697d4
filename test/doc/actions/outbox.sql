--- setup
DROP TABLE IF EXISTS incident;
CREATE TABLE incident (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    summary text NOT NULL,
    status text NOT NULL DEFAULT 'open',
    issue text
);
--- jira_create_issue_trigger
CREATE TRIGGER report AFTER INSERT ON incident
    FOR EACH ROW EXECUTE FUNCTION jira_create_issue_trigger(
        '{"project": "OPS", "issue_type": "Bug", "summary": "Incident {id}: {summary}"}', '{"key_column": "issue"}');

INSERT INTO incident (summary) VALUES ('Disk of db-7 is full');
--- setup
DO $$
BEGIN
    FOR i IN 1 .. 1200 LOOP
        EXIT WHEN NOT EXISTS (SELECT FROM incident WHERE issue IS NULL);
        PERFORM pg_sleep(0.05);
    END LOOP;
END $$;
--- jira_create_issue_trigger
SELECT i.key, i.summary FROM incident CROSS JOIN LATERAL jira_lookup_issue(incident.issue) AS i;
--- jira_action_trigger
CREATE TRIGGER note AFTER UPDATE OF status ON incident
    FOR EACH ROW WHEN (NEW.issue IS NOT NULL AND NEW.status <> OLD.status)
    EXECUTE FUNCTION jira_action_trigger('jira_add_comment', '{"issue": "{issue}", "body": "It is {status}."}');

UPDATE incident SET status = 'closed';
--- setup
SELECT jira_wait(id) FROM jira_spoke.outbox;
--- jira_action_trigger
SELECT body FROM incident CROSS JOIN LATERAL jira_lookup_latest_comment_on_issue(incident.issue);
--- jira_enqueue
SELECT jira_enqueue('jira_add_comment', '{"issue": "OPS-1", "body": "The backup is done."}') AS id \gset
--- jira_wait
SELECT jira_wait(:id, timeout => '30 seconds');
--- jira_outbox_cancel
SELECT jira_enqueue('jira_add_comment', '{"issue": "OPS-1", "body": "An hour has passed."}',
                    not_before => now() + interval '1 hour') AS id \gset
SELECT jira_outbox_cancel(:id);

SELECT state FROM jira_spoke.outbox WHERE id = :id;
--- jira_outbox_retry
SELECT jira_outbox_retry(:id);
SELECT jira_wait(:id);
--- jira_outbox_purge
SELECT jira_outbox_purge(interval '0');
--- jira_outbox_start
SELECT jira_outbox_start();
--- jira_outbox_adopt
SELECT jira_outbox_adopt();
--- setup
DROP TABLE incident;
