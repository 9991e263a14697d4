#!/usr/bin/env python3
"""pace.py URL PSQL...: how long reads take from a Jira that takes a hundred requests a second, and a hundred at once, against
what the extension's own pace allows at best, and how many of them it refuses.

URL is that of ready_jira.py.  The server has preloaded the library, so that all sessions keep one pace.
"""
import re
import subprocess
import sys
import time

from site_control import control

ISSUES = 20000
BATCH = 100
LATENCY = 20

# What Jira takes at once, and in a second after that.
LIMIT = {"burst": 100, "per_second": 100}

# What the extension sends at once, and in a second after that.
OWN_BURST = 50
OWN_RATE = 90

# Until the bucket is full again, here and there.
REST = 2

QUERIES = {
    "keys": "jira_lookup_issues((SELECT array_agg('BULK-' || i) FROM generate_series({first}, {last}) AS i))",
    "searches": "jira_lookup_issues_stream('project = BULK', max_rows => {count})",
}


def script(source, part, number, parallel):
    """One of the sessions: its rows, and when it began and ended (seconds)."""
    rows = source.format(count=part, first=part * number + 1, last=part * (number + 1))
    now = "SELECT extract(epoch FROM clock_timestamp());"
    return f"SET jira_spoke.parallel_requests = {parallel};\n{now}\nSELECT count(summary) FROM {rows};\n{now}\n"


def run(psql, source, sessions, parallel):
    """The seconds from the first beginning to the last end."""
    part = ISSUES // sessions
    running = []
    for number in range(sessions):
        session = subprocess.Popen(psql + ["--tuples-only", "--no-align"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        session.stdin.write(script(source, part, number, parallel))
        session.stdin.close()
        running.append(session)
    times = []
    for session in running:
        said, complaint = session.stdout.read(), session.stderr.read()
        match = re.fullmatch(r"([\d.]+)\n(\d+)\n([\d.]+)\n", said)
        if match is None or int(match.group(2)) != part:
            sys.exit(f"{part} rows were expected: {said}{complaint}")
        times += [float(match.group(1)), float(match.group(3))]
        session.wait()
    return max(times) - min(times)


def main(url, psql):
    control(url, "POST", {"issues": ISSUES, "batch": BATCH})
    for source in QUERIES.values():
        run(psql, source, 1, 32)        # renders what is asked for
    control(url, "PUT", {"latency": LATENCY, "limit": LIMIT})
    print(f"pace: {ISSUES} issues in batches of {BATCH}, {LIMIT['per_second']} requests a second are taken; ratios are those to the own pace")
    for name, source in QUERIES.items():
        for sessions in (1, 4):
            for parallel in (4, 16, 32):
                time.sleep(REST)
                control(url, "DELETE")
                seconds = run(psql, source, sessions, parallel)
                asked = control(url, "GET")
                ideal = max((ISSUES / BATCH - OWN_BURST) / OWN_RATE, ISSUES / BATCH / sessions / parallel * LATENCY / 1000) + LATENCY / 1000
                print(f"  {name:8}, {sessions} sessions, {parallel:2} at a time: {seconds:.2f} s, ideal {ideal:.2f} s; ratio {seconds / ideal:.3f};"
                      f" {asked['requests']} requests, {asked['refused']} refused, {asked['refused_late']} of them after the first second", flush=True)


main(sys.argv[1], sys.argv[2:])
