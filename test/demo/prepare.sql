-- What the tour needs; run again before each of them.

-- The port of our Jira is another one after each start.
SELECT EXISTS (SELECT FROM jira_connections() WHERE alias = 'demo') AS known \gset
\if :known
SELECT jira_alter_connection('demo', url => :'url', secret => 'demo-token') \g /dev/null
\else
SELECT jira_create_connection('demo', :'url', 'demo@example.com', 'demo-token', is_default => true) \g /dev/null
\endif

DROP TABLE IF EXISTS customer_ticket, incident CASCADE;
DROP SERVER IF EXISTS jira CASCADE;
DROP SCHEMA IF EXISTS jira;
SELECT jira_outbox_purge('0') \g /dev/null

CREATE TABLE customer_ticket (
    ticket integer PRIMARY KEY,
    customer text NOT NULL,
    yearly_revenue integer NOT NULL,
    issue text NOT NULL
);

-- Customers wait for some open issues of OPS.
INSERT INTO customer_ticket
SELECT row_number() OVER (), customer, revenue, key
FROM unnest(ARRAY['Acme', 'Globex', 'Initech', 'Umbrella', 'Stark'],
            ARRAY[1200000, 310000, 45000, 870000, 2400000]) WITH ORDINALITY AS c (customer, revenue, n)
JOIN (SELECT key, row_number() OVER () AS n
      FROM jira_lookup_issues_stream('project = OPS AND statusCategory != Done ORDER BY created ASC', max_rows => 5)) AS i USING (n);
