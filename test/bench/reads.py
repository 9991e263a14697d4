#!/usr/bin/env python3
"""reads.py URL OUT PSQL...: how fast all issues of a query come as rows, against what others need for them.

URL is that of ready_jira.py, OUT a directory for the plot.  The contestants take turns, so that whatever else the machine
does hits all alike, and the medians of their times are compared.

chain       curl, fetching pages of a hundred one after the other on one connection: what every client does that follows
            the token of each page, without the time to read the rows
pgsql-http  a loop in PL/pgSQL that does the same, and reads the rows; where that extension is installed
jira.js     the same with that library; where node finds it
floor       no contestant: the round trips that have to follow each other, and the time of the chain without latency
"""
import http.client
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

from plot import plot
from site_control import control

FIELDS = "assignee,created,issuetype,priority,project,reporter,status,summary,updated"
COLUMNS = ("key", "summary", "status", "issue_type", "project", "priority", "assignee", "reporter", "created", "updated")
MEMORY = r"SELECT substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s+(\d+)');"
FIRST = "SELECT key FROM jira_lookup_issues_stream('project = BULK') LIMIT 1;"

# As many as may be asked for at once can be asked for again a second later.
BEFORE = """SELECT count(summary) FROM (SELECT summary FROM jira_lookup_issues_stream('project = BULK') LIMIT 2000) AS i \\g /dev/null
SELECT FROM pg_sleep(1);"""
PAGE = 100
SWEEP = 5000
PEERS = os.path.dirname(os.path.abspath(__file__))

# Issues, milliseconds, issues in a bulkfetch, long texts, rounds.
CASES = (
    (100, 0, 1000, False, 5), (100, 50, 1000, False, 5), (100, 200, 1000, False, 3),
    (5000, 0, 1000, False, 5), (5000, 50, 1000, False, 3), (5000, 50, 100, False, 3),
    (5000, 200, 1000, False, 3), (5000, 200, 100, False, 3),
    (100000, 0, 1000, False, 3), (100000, 50, 1000, False, 1), (100000, 50, 100, False, 1), (100000, 200, 1000, False, 1),
    (1000, 0, 1000, True, 5), (1000, 50, 1000, True, 3),
)

# How soon the first rows come: issues, milliseconds, rounds.
SOON = (5000, 50, 9)

# The chain is as long as it is, and says nothing new after so many seconds.
LONGEST_CHAIN = 12


def columns(case):
    """Those of the query; a fat issue is one whose long text is wanted, too."""
    return COLUMNS + (("description",) if case[3] else ())


def query(case):
    return f"SELECT {', '.join(f'count({column})' for column in columns(case))} FROM jira_lookup_issues_stream('project = BULK');"


class Extension:
    """
    The query, timed by psql, so without the time to connect, in a session that has read before: it has connections, and
    knows how many issues the site returns at once.  Its memory is compared with that after the first issue.
    """
    name = "jira_spoke"

    def __init__(self, psql, url):
        self.psql = psql + ["--tuples-only", "--no-align"]
        self.forget = f"\\! curl --silent --output /dev/null --request DELETE {url}/_control"

    def begin(self):
        """What was found out about the site of the case before is forgotten."""
        subprocess.run(self.psql + ["--command=SELECT jira_stat_reset()"], stdout=subprocess.DEVNULL, check=True)

    def run(self, case):
        script = f"{FIRST}\n{MEMORY}\n{BEFORE}\n{self.forget}\n\\timing on\n{query(case)}\n\\timing off\n{MEMORY}\n"
        done = subprocess.run(self.psql, input=script, capture_output=True, text=True)
        match = re.fullmatch(r"BULK-1\n(\d+)\n([\d|]+)\nTime: ([\d.]+) ms.*\n(\d+)\n", done.stdout)
        if match is None:
            sys.exit(f"the query failed: {done.stderr or done.stdout}")
        if match.group(2) != "|".join([str(case[0])] * len(columns(case))):
            sys.exit(f"{case[0]} rows were expected: {match.group(2)}")
        self.grown = (int(match.group(4)) - int(match.group(1))) / 1024
        return float(match.group(3)) / 1000


class Chain:
    """One process, one connection, one page after the other."""
    name = "chain"

    def __init__(self, url):
        self.url = url

    def run(self, case):
        issues, latency = case[:2]
        most = LONGEST_CHAIN * 1000 // latency * PAGE if latency else issues
        part = min(issues, most)
        fields = FIELDS + (",description" if case[3] else "")
        with tempfile.NamedTemporaryFile("w", suffix=".curl") as config:
            for start in range(0, part, PAGE):
                token = f"&nextPageToken={start}" if start else ""
                config.write("next\n" if start else "")
                config.write(f'url = "{self.url}/rest/api/2/search/jql?jql=project+%3D+BULK&fields={fields}&maxResults={PAGE}{token}"\n'
                             'output = "/dev/null"\nfail\nsilent\n')
            config.flush()
            start = time.monotonic()
            done = subprocess.run(["curl", "--disable", "--config", config.name], capture_output=True, text=True)
            seconds = time.monotonic() - start
        if done.returncode:
            sys.exit(f"curl could not fetch the pages: {done.stderr}")
        return seconds * issues / part


class PgsqlHttp:
    """The loop that one writes with pgsql-http."""
    name = "pgsql-http"

    def __init__(self, psql, url):
        self.psql = psql + ["--tuples-only", "--no-align"]
        self.url = url

    def is_there(self):
        done = subprocess.run(self.psql + ["--command=CREATE EXTENSION IF NOT EXISTS http"], capture_output=True)
        if done.returncode:
            return False
        with open(os.path.join(PEERS, "pgsql_http.sql"), encoding="ascii") as script:
            subprocess.run(self.psql, stdin=script, check=True)
        return True

    def run(self, case):
        query = f"\\timing on\nSELECT count(summary) FROM chain('{self.url}', '{FIELDS}');\n"
        done = subprocess.run(self.psql, input=query, capture_output=True, text=True)
        return float(re.search(r"Time: ([\d.]+) ms", done.stdout).group(1)) / 1000


class JiraJs:
    """A loop over the pages of jira.js, timed by itself."""
    name = "jira.js"

    def __init__(self, url):
        self.command = ["node", os.path.join(PEERS, "jira_js.mjs"), url, FIELDS]

    def is_there(self):
        try:
            return subprocess.run(self.command[:2], capture_output=True).returncode == 0
        except FileNotFoundError:
            return False

    def run(self, case):
        return float(subprocess.run(self.command, capture_output=True, text=True, check=True).stdout)


def contestants(url, psql):
    peers = [peer for peer in (PgsqlHttp(psql, url), JiraJs(url)) if peer.is_there()]
    return [Extension(psql, url), Chain(url)], peers


def measure(url, case, always, peers):
    """The medians of the rounds, by contestant, and what the last run of ours asked for."""
    issues, latency, batch, fat, rounds = case
    # A peer reads page after page: with latency it is as fast as the chain.
    taking_part = always + (peers if not fat and latency == 0 else [])
    times = {contestant.name: [] for contestant in taking_part}
    control(url, "POST", {"issues": issues, "latency": 0, "batch": batch, "fat": fat})
    always[0].begin()
    for contestant in taking_part:
        contestant.run((issues, 0, batch, fat, rounds))     # renders what it asks for
    control(url, "PUT", {"latency": latency})
    for _ in range(rounds):
        for contestant in taking_part:
            times[contestant.name].append(contestant.run(case))
            if contestant.name == "jira_spoke":
                asked = control(url, "GET")
    return {name: statistics.median(seconds) for name, seconds in times.items()}, asked


def floor(case, chains):
    """The first page, the pages of keys after it, and one request for the rest."""
    issues, latency = case[:2]
    trips = 1 if issues <= PAGE else 2 + max(0, (issues - 1) // SWEEP)
    return trips * latency / 1000 + chains[(issues, case[3])]


def first_rows(url, psql):
    """
    How long the first row and LIMIT 10 take in a session that has read before, as ratios to one request for their page on
    an open connection.
    """
    issues, latency, rounds = SOON
    names = ", ".join(COLUMNS)
    rows = f"SELECT {names} FROM jira_lookup_issues_stream('project = BULK')"
    script = (f"{rows} LIMIT 1 \\g /dev/null\nBEGIN;\nDECLARE c CURSOR FOR {rows};\n\\timing on\nFETCH 1 FROM c \\g /dev/null\n\\timing off\nCOMMIT;\n"
              f"\\timing on\n{rows} LIMIT 10 \\g /dev/null\n")
    control(url, "POST", {"issues": issues, "latency": latency})
    connection = http.client.HTTPConnection(url.partition("://")[2])
    times = {"first row": [], "page": [], "LIMIT 10": [], "ten": []}
    for _ in range(rounds):
        done = subprocess.run(psql + ["--tuples-only", "--no-align"], input=script, capture_output=True, text=True)
        for name, milliseconds in zip(("first row", "LIMIT 10"), re.findall(r"Time: ([\d.]+) ms", done.stdout), strict=True):
            times[name].append(float(milliseconds))
        for name, size in (("page", PAGE), ("ten", 10)):
            start = time.monotonic()
            connection.request("GET", f"/rest/api/2/search/jql?jql=project+%3D+BULK&fields={FIELDS}&maxResults={size}")
            connection.getresponse().read()
            times[name].append((time.monotonic() - start) * 1000)
    medians = {name: statistics.median(milliseconds) for name, milliseconds in times.items()}
    for ours, request in (("first row", "page"), ("LIMIT 10", "ten")):
        print(f"  {issues:6} issues, {latency:3} ms: {ours} after {medians[ours]:.1f} ms, the request alone {medians[request]:.1f} ms;"
              f" ratio {medians[ours] / medians[request]:.3f}", flush=True)


def main(url, out, psql):
    always, peers = contestants(url, psql)
    chains = {}
    results = []
    print(f"reads: {len(COLUMNS)} columns, medians of alternating runs; ratios are those to the chain")
    first_rows(url, psql)
    for case in CASES:
        issues, latency, batch, fat, _ = case
        medians, asked = measure(url, case, always, peers)
        if latency == 0:
            chains[(issues, fat)] = medians["chain"]
        least = floor(case, chains)
        ours, chain = medians["jira_spoke"], medians["chain"]
        others = "".join(f", {peer.name} {medians[peer.name]:.3f} s ({medians[peer.name] / chain:.2f})"
                         for peer in peers if peer.name in medians)
        print(f"  {issues:6}{' fat' if fat else ''} issues, {latency:3} ms, bulkfetch of {batch:4}: jira_spoke {ours:7.3f} s,"
              f" chain {chain:7.3f} s{others}; ratio {ours / chain:.3f}, {chain / ours:4.1f} times faster; floor {least:.3f} s;"
              f" {asked['requests']} requests, {asked['points']} points, +{always[0].grown:.1f} MB", flush=True)
        results.append({"issues": issues, "latency": latency, "batch": batch, "fat": fat, "floor": least, **medians})
    plot(results, os.path.join(out, "speed.svg"))


main(sys.argv[1], sys.argv[2], sys.argv[3:])
