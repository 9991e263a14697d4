-- What the targets find in the database.  A single-user backend reads it: a
-- statement ends with an empty line.
CREATE EXTENSION jira_spoke;

CREATE FUNCTION jira_fuzz(target text, arguments text[]) RETURNS void
  AS '$libdir/jira_spoke' LANGUAGE c;

CREATE TABLE fuzz_row (
  summary text, id integer, done boolean, dropped text, amount numeric, content jsonb,
  due timestamptz, labels text[], größe text, nothing text
);

INSERT INTO fuzz_row VALUES (
  '', 42, true, 'dropped', 1.50, '{"a": [1, "}{id}"]}',
  '2024-05-31 14:00:00+00', '{x,NULL}', '{id}', NULL
);

ALTER TABLE fuzz_row DROP COLUMN dropped;

