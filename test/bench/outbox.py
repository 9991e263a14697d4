#!/usr/bin/env python3
"""outbox.py URL PSQL...: what a trigger that fills the outbox costs the one who inserts, against a trigger that keeps
an audit trail, how fast the outbox is emptied, against one call after the other, and what it costs to have many items in
it that are not due.

The cluster does not flush to disk, which would cost both the same and make the ratio look better.
"""
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROUNDS = 5
BULK_ROWS = 10000
PENDING = 1000
SINGLE = 50
LATENCY = 50
BACKLOG = 100000
COMMENTS = 300

TABLES = """
CREATE TABLE audit (at timestamptz DEFAULT now(), who text DEFAULT current_user, relation text, operation text, new_row jsonb);
CREATE FUNCTION keep_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit (relation, operation, new_row) VALUES (TG_TABLE_NAME, TG_OP, to_jsonb(NEW));
    RETURN NULL;
END $$;
CREATE TABLE audited (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer text, reason text, amount numeric);
CREATE TABLE enqueued (LIKE audited INCLUDING ALL);
CREATE TRIGGER audit AFTER INSERT ON audited FOR EACH ROW EXECUTE FUNCTION keep_audit();
CREATE TRIGGER issue AFTER INSERT ON enqueued FOR EACH ROW EXECUTE FUNCTION jira_create_issue_trigger(
    '{"project": "OPS", "issue_type": "Bug", "summary": "Order {id} failed: {reason}"}');
"""
ROW = "INSERT INTO %s (customer, reason, amount) VALUES ('Ann', 'out of stock', 12.50);"
MANY = """BEGIN;
\\timing on
INSERT INTO %s (customer, reason, amount) SELECT 'Ann', 'out of stock', i FROM generate_series(1, {}) AS i;
\\timing off
ROLLBACK;
""".format(BULK_ROWS)
CALL = "SELECT jira_create_issue('OPS', 'Bug', 'One at a time') FROM generate_series(1, {})".format(SINGLE)
COMMENT = """SELECT count(jira_enqueue('jira_add_comment', jsonb_build_object('issue', 'OPS-' || i %% 1000 + 1, 'body', 'x'),
    '%s', group_key => i::text)) FROM generate_series(1, %d) AS i"""
PAUSE = """SELECT jira_create_connection('paused', '%s', 'demo@example.com', 'demo-token');
INSERT INTO jira_spoke.outbox_pause (connection, until, reason) VALUES ('paused', 'infinity', 'bench')"""
LEFT = "SELECT count(*) FROM jira_spoke.outbox WHERE state NOT IN ('done', 'failed', 'cancelled') AND connection <> 'paused'"


def control(url, method, path, body=None):
    request = urllib.request.Request(f"{url}/_control/{path}", method=method, data=body and json.dumps(body).encode())
    with urllib.request.urlopen(request) as answer:
        content = answer.read()
    return json.loads(content) if content else None


def slow_down(url, milliseconds):
    control(url, "DELETE", "faults")
    if milliseconds:
        control(url, "POST", "faults", {"kind": "latency", "ms": milliseconds, "path": "/rest/*"})


class Database:
    def __init__(self, psql):
        self.psql = psql + ["--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]
        self.pgbench = [os.path.join(os.path.dirname(psql[0]), "pgbench")] + [
            option.replace("--dbname=", "") for option in psql[1:] if option not in ("--no-psqlrc", "--quiet")]

    def run(self, script):
        done = subprocess.run(self.psql, input=script, capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr)
        return done.stdout.strip()

    def single_row(self, table):
        """Microseconds for one insert, from one session."""
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
            script.write(ROW % table)
            script.flush()
            done = subprocess.run(self.pgbench[:1] + ["--no-vacuum", "--time=2", f"--file={script.name}"] + self.pgbench[1:],
                                  capture_output=True, text=True)
        match = re.search(r"latency average = ([\d.]+) ms", done.stdout)
        if match is None:
            sys.exit(done.stderr or done.stdout)
        return float(match.group(1)) * 1000

    def many_rows(self, table):
        """Microseconds for each row of one statement."""
        milliseconds = float(re.search(r"([\d.]+) ms", self.run(MANY % table)).group(1))
        return milliseconds * 1000 / BULK_ROWS

    def forget(self):
        self.run("DELETE FROM jira_spoke.outbox WHERE state <> 'sending'; TRUNCATE audit, audited, enqueued;")


def compare_inserts(url, database):
    for name, measure in (("single rows", database.single_row), ("INSERT ... SELECT", database.many_rows)):
        for latency in (0, 500):
            slow_down(url, latency)
            times = {"audited": [], "enqueued": []}
            for _ in range(ROUNDS):
                for table, values in times.items():
                    values.append(measure(table))
                    database.forget()
            audited, enqueued = (statistics.median(values) for values in times.values())
            print(f"  {name:18} Jira's latency {latency:3} ms: {audited:6.0f} us audited, {enqueued:6.0f} us into the outbox,"
                  f" ratio {enqueued / audited:.2f}")


def compare_deliveries(url, database):
    slow_down(url, LATENCY)
    wait_until_empty(database)
    start = time.monotonic()
    database.run(CALL)
    single = (time.monotonic() - start) / SINGLE
    control(url, "DELETE", "requests")
    start = time.monotonic()
    database.run(f"INSERT INTO enqueued (reason) SELECT 'x' FROM generate_series(1, {PENDING})")
    wait_until_empty(database)
    together = time.monotonic() - start
    creates = [entry for entry in control(url, "GET", "requests") if entry["method"] == "POST"]
    allowed = database.run("LOAD 'jira_spoke'; SHOW jira_spoke.parallel_requests")
    connections = len({entry["connection"] for entry in creates})
    print(f"  {PENDING} pending creates at {LATENCY} ms: {together:.1f} s in {len(creates)} requests over {connections}"
          f" connections (of {allowed});"
          f" one at a time {single * PENDING:.0f} s, ratio {together / (single * PENDING):.3f}")


def time_comments(database):
    start = time.monotonic()
    database.run(COMMENT % ("bench", COMMENTS))
    wait_until_empty(database)
    return time.monotonic() - start


def compare_backlogs(url, database):
    slow_down(url, 0)
    wait_until_empty(database)
    alone = time_comments(database)
    database.run(PAUSE % url)
    database.run(COMMENT % ("paused", BACKLOG))
    behind = time_comments(database)
    print(f"  {COMMENTS} comments: {alone:.1f} s alone, {behind:.1f} s behind {BACKLOG} items that are not due, ratio {behind / alone:.2f}"
          " (at most 50 a second go through a connection)")


def wait_until_empty(database):
    while database.run(LEFT) != "0":
        time.sleep(0.1)


def main(url, psql):
    database = Database(psql)
    database.run(TABLES)
    print(f"outbox: medians of {ROUNDS} rounds")
    compare_inserts(url, database)
    compare_deliveries(url, database)
    compare_backlogs(url, database)


main(sys.argv[1], sys.argv[2:])
