--
-- Values in JQL: whatever they hold, each stays one literal.
--
SET client_min_messages = warning;
CREATE EXTENSION jira_spoke;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';

-- Every type.
SELECT jira_quote('OPS'::text) AS text,
       jira_quote('OPS'::varchar(10)) AS varchar,
       jira_quote('OPS'::char(5)) AS char,
       jira_quote('OPS'::name) AS name;
SELECT jira_quote(7::smallint) AS smallint,
       jira_quote(-7) AS integer,
       jira_quote(9223372036854775807) AS bigint,
       jira_quote(1.50::numeric) AS numeric,
       jira_quote(0.1::float4) AS float4,
       jira_quote(2.5::float8) AS float8;
SELECT jira_quote(true) AS yes, jira_quote(false) AS no;
SELECT jira_quote('2024-05-31'::date) AS date,
       jira_quote('2024-05-31 14:05:59.9'::timestamp) AS timestamp,
       jira_quote('2024-05-31 14:05:59.9+00'::timestamptz) AS timestamptz;
SELECT jira_quote('{"a": "b\"c"}'::jsonb) AS jsonb,
       jira_quote('a1b2c3d4-0000-0000-0000-000000000000'::uuid) AS uuid,
       jira_quote('1 day'::interval) AS interval,
       jira_quote('127.0.0.1'::inet) AS inet;

-- What is no bare number in JQL is a text there.
SELECT jira_quote('NaN'::numeric) AS nan,
       jira_quote('Infinity'::float8) AS infinity,
       jira_quote(1e300::float8) AS exponent;

-- An enum, and domains: as what they are over.
CREATE TYPE mood AS ENUM ('so "so"', 'fine');
CREATE DOMAIN points AS numeric;
CREATE DOMAIN labels AS text[];
CREATE DOMAIN moment AS timestamptz;
SELECT jira_quote('so "so"'::mood) AS enum,
       jira_quote(5::points) AS number,
       jira_quote('{a,b}'::labels) AS list,
       jira_quote('2024-05-31 14:00+00'::moment) AS moment;

-- Quotes, backslashes, control characters, other scripts.
SELECT name, jira_quote(value)
FROM (VALUES ('empty', ''),
             ('double quote', 'a"b'),
             ('single quote', 'a''b'),
             ('backslash', 'a\b'),
             ('backslash before a quote', 'a\"b'),
             ('backslash at the end', 'a\'),
             ('two of them', 'a\\'),
             ('newline', E'a\nb'),
             ('carriage return', E'a\rb'),
             ('tab', E'a\tb'),
             ('bell', E'a\u0007b'),
             ('escape', E'a\u001bb'),
             ('delete', E'a\u007fb'),
             ('Polish', 'Łódź'),
             ('emoji', '🚀'),
             ('line separator', E'a\u2028b'),
             ('right-to-left override', E'a\u202eb'),
             ('JQL', 'status = Done ORDER BY created')) AS texts (name, value);

-- NULL is EMPTY, which Jira takes after IS and in lists.
SELECT jira_quote(NULL::text) AS text, jira_quote(NULL::integer) AS integer,
       jira_quote(NULL::text[]) AS list;

-- Arrays are lists; an empty one is none in JQL.
SELECT jira_quote(ARRAY['a', 'b"c', NULL]) AS texts,
       jira_quote(ARRAY[1, 2]) AS integers,
       jira_quote(ARRAY['2024-05-31'::date]) AS dates,
       jira_quote(ARRAY[[1, 2], [3, 4]]) AS nested;
\set VERBOSITY sqlstate
SELECT jira_quote('{}'::text[]);
\set VERBOSITY default
SELECT jira_quote('{}'::text[]);

-- Time is the session's, the form always Jira's.
SET timezone = 'America/New_York';
SET datestyle = 'German';
SELECT jira_quote('2024-05-31 14:05+00'::timestamptz) AS new_york,
       jira_quote('2024-01-31 14:05+00'::timestamptz) AS winter,
       jira_quote('2024-05-31'::date) AS date,
       jira_quote('2024-05-31 14:05'::timestamp) AS local;
SET timezone = 'Asia/Kathmandu';
SET datestyle = 'SQL, DMY';
SELECT jira_quote('2024-05-31 20:05+00'::timestamptz) AS kathmandu,
       jira_quote(ARRAY['2024-05-31 20:05+00'::timestamptz]) AS list,
       jira_quote('2024-05-06'::date) AS date;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
SELECT jira_quote('infinity'::timestamptz);
SELECT jira_quote('-infinity'::date);
SELECT jira_quote('0001-01-01'::timestamp) AS first, jira_quote('9999-12-31'::date) AS last;
SELECT jira_quote('0044-03-15 BC'::date);
SELECT jira_quote('10000-01-01'::timestamp);

-- Templates.
SELECT jira_jql('project = %s AND status IN %s AND created >= %s', 'OPS',
                ARRAY['To Do', 'Done'], '2024-05-31'::date);
SELECT jira_jql('%2$s and %1$s and %s and %s', 'a', 'b');
SELECT jira_jql('%1$s %1$s %s', 'a', 'b');
SELECT jira_jql('100%% of %s', 1);
SELECT jira_jql('project = OPS') AS nothing, jira_jql('100%%') AS percent, jira_jql('') AS empty;
SELECT jira_jql(NULL) AS without, jira_jql(NULL, 'a') AS with_value;
SELECT jira_jql('x = %s', NULL) AS untyped, jira_jql('x = %s', NULL::integer) AS typed;
SELECT jira_jql('a = %s AND b = %s', VARIADIC ARRAY['x', 'y"']);
SELECT jira_jql('%3$s%1$s', VARIADIC ARRAY[1, 2, 3]);
SELECT jira_jql('none', VARIADIC '{}'::text[]);
SELECT jira_jql('none', VARIADIC NULL::text[]);
SELECT jira_jql('more %s', 'values', 'than', 'specifiers');

-- A bound goes to the full second, so that no issue is lost; within NOT, it is the opposite one.
CREATE TABLE place (template text);
INSERT INTO place VALUES ('created >= %s'), ('created > %s'), ('created <= %s'), ('created < %s'), ('created = %s'),
    ('created>=%s'), ('NOT created >= %s'), ('NOT (created > %s)'), ('!(created <= %s)'), ('NOT (a = b AND created < %s)'),
    ('NOT (NOT created >= %s)'), ('NOT a = b AND created >= %s'), ('NOT (a = b) AND created >= %s'),
    ('a is not EMPTY AND created >= %s'), ('a not in (b, "NOT (") OR created >= %s'), ('NOT a || created >= %s'),
    ('status CHANGED AFTER %s'), ('status CHANGED BEFORE %s'), ('status CHANGED ON %s'), ('status CHANGED DURING (%1$s, %1$s)'),
    ('"x" >= %s'), ('x ~ "created >=" AND created >= %s'), ('a in (%s)'), ('%s');
SELECT jira_jql(template, '2024-05-31 14:05:10.5+00'::timestamptz) FROM place;
-- One on the second: only what is later than that may have the same second.
SELECT jira_jql(template, '2024-05-31 14:05:10+00'::timestamptz) FROM place LIMIT 5;
-- A date is a day, but for a field with times; where a field has days, a time is one.
SELECT jira_jql(template, '2024-05-31'::date)
FROM (VALUES ('created >= %s'), ('"updatedDate" < %s'), ('due >= %s'), ('duedate < %s'), ('"Target end" <= %s'), ('cf[10010] = %s'),
             ('due in (%s, "2024-06-01")'), ('status CHANGED AFTER %s'), ('%s')) AS v (template);
SELECT jira_jql(template, '2024-05-31 14:05'::timestamp)
FROM (VALUES ('due >= %s'), ('due > %s'), ('due < %s'), ('due <= %s'), ('NOT due >= %s'), ('due = %s'), ('cf[10010] < %s')) AS v (template);
SELECT jira_jql('due < %s', '2024-05-31 00:00'::timestamp);
SET timezone = 'Asia/Tokyo';
SELECT jira_jql('due >= %s AND created >= %s AND resolved >= %s', '2024-05-31 20:05+00'::timestamptz, '2024-05-31'::date,
                '2024-05-31 14:05'::timestamp);
SET timezone = 'UTC';
-- Always twelve digits, so that they are known as a time.
SELECT jira_jql('created > %s', '1970-01-01 00:00+00'::timestamptz) AS before_1970, jira_quote('1970-01-01 00:00:00.001+00'::timestamptz) AS after;

-- A value cannot become anything but a value.
SELECT jira_jql('project = OPS AND summary ~ %s', attempt)
FROM (VALUES ('x" OR project = HR OR summary ~ "x'),
             ('x\" OR project = HR OR summary ~ \"x'),
             ('x\\" OR project = HR'),
             (E'x"\n OR project = HR'),
             (') OR project = HR OR ('),
             ('%s %1$s %%'),
             ('EMPTY'),
             ('currentUser()'),
             ('-- comment')) AS attempts (attempt);
SELECT jira_jql('x in %s', ARRAY['a") OR project = HR OR x in ("b', 'c']);

-- What is not a template.
SELECT jira_jql('%');
SELECT jira_jql('x %', 'a');
SELECT jira_jql('%d', 1);
SELECT jira_jql('%I', 'a');
SELECT jira_jql('%1$d', 1);
SELECT jira_jql('%1s', 1);
SELECT jira_jql('%$s', 'a');
SELECT jira_jql('%-10s', 'a');
SELECT jira_jql('%s');
SELECT jira_jql('%s %s', 'a');
SELECT jira_jql('%2$s', 'a');
SELECT jira_jql('%0$s', 'a');
SELECT jira_jql('%-1$s', 'a');
SELECT jira_jql('%99999999999999999999$s', 'a');
SELECT jira_jql('%s', VARIADIC NULL::text[]);
SELECT jira_jql('%s', '{}'::text[]);
\set VERBOSITY sqlstate
SELECT jira_jql('%d', 1);
SELECT jira_jql('%s');
SELECT jira_quote('infinity'::timestamptz);
\set VERBOSITY default

DROP TYPE mood;
DROP DOMAIN points, labels, moment;
DROP EXTENSION jira_spoke;
