#!/usr/bin/env python3
"""planning.py PSQL...: what the planning of queries takes with and without our part in it.

Each query is planned many times in one session, in turn with conditions and joins that Jira is asked for and without, and as
the server plans it without us where it is a function; the medians of what EXPLAIN (SUMMARY) says are compared.
"""
import re
import statistics
import subprocess
import sys

ROUNDS = 400
MOST = 0.1      # milliseconds that we may add

TABLES = """
CREATE SERVER work FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection 'bench');
IMPORT FOREIGN SCHEMA jira LIMIT TO (issues, issue_comments, versions) FROM SERVER work INTO public;
CREATE TABLE local AS SELECT 'OPS-' || n AS key, n FROM generate_series(1, 1000) AS n;
ANALYZE local;
"""
STREAM = "jira_lookup_issues_stream('project = OPS')"
CONDITIONS = "status = 'Done' AND updated > now() - interval '7 days' AND labels @> '{disk}' AND project IN ('OPS', 'WEB')"

# Names, queries, and the setting that leaves us out.
QUERIES = (
    ("table", "SELECT key FROM issues", "pushdown"),
    ("table, conditions", f"SELECT key, summary FROM issues WHERE {CONDITIONS} AND story_points > 3 AND severity = 'Major'", "pushdown"),
    ("table, order and limit", f"SELECT key FROM issues WHERE {CONDITIONS} ORDER BY created DESC LIMIT 10", "pushdown"),
    ("table, join by key", "SELECT l.n, i.status FROM local AS l JOIN issues AS i USING (key) WHERE l.n < 50", "pushdown"),
    ("table of lists", "SELECT name FROM versions WHERE project = 'OPS'", "pushdown"),
    ("function", f"SELECT key FROM {STREAM}", "enable_scan"),
    ("function, conditions", f"SELECT key, summary FROM {STREAM} WHERE {CONDITIONS}", "enable_scan"),
    ("function, join by key", f"SELECT l.n, i.status FROM local AS l JOIN {STREAM} AS i USING (key) WHERE l.n < 50", "enable_scan"),
    ("no table of ours", "SELECT l.n FROM local AS l JOIN local AS m USING (key) WHERE l.n < 50", "enable_scan"),
)


def medians(psql, query, setting):
    """In milliseconds, with us and without."""
    turn = "".join(f"SET jira_spoke.{setting} = {value};\nEXPLAIN (SUMMARY) {query};\n" for value in ("on", "off"))
    done = subprocess.run(psql + ["--tuples-only", "--no-align"], input=turn * ROUNDS, capture_output=True, text=True, check=True)
    times = [float(found) for found in re.findall(r"Planning Time: ([\d.]+) ms", done.stdout)]
    if len(times) != 2 * ROUNDS:
        sys.exit(f"the query was not planned: {done.stderr}")
    return statistics.median(times[0::2]), statistics.median(times[1::2])


def main(psql):
    subprocess.run(psql, input=TABLES, text=True, check=True)
    print(f"planning: medians of {ROUNDS} plans in turn, milliseconds; at most {MOST} may be added")
    for name, query, setting in QUERIES:
        with_us, without = medians(psql, query, setting)
        print(f"  {name:24} {with_us:.3f}, without {without:.3f}: {with_us - without:+.3f}{'' if with_us - without < MOST else ', too much'}", flush=True)


main(sys.argv[1:])
