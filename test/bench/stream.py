#!/usr/bin/env python3
"""stream.py URL PSQL...: how fast 10,000 issues come through the extension,
against curl fetching the very same pages one after the other on one connection.

The rounds alternate, so that whatever else the machine does hits both alike.
"""
import base64
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

ROUNDS = 5
QUERY = "SELECT count(summary) FROM jira_lookup_issues_stream('project = BULK ORDER BY key')"
CREDENTIAL = base64.b64encode(b"demo@example.com:demo-token").decode()


def control(url, method):
    request = urllib.request.Request(f"{url}/_control/requests", method=method)
    with urllib.request.urlopen(request) as answer:
        body = answer.read()
    return json.loads(body) if body else None


class Extension:
    """The query, timed by psql, so without the time to connect."""
    name = "jira_spoke"

    def __init__(self, psql):
        self.psql = psql + ["--tuples-only", "--no-align"]

    def run(self):
        done = subprocess.run(self.psql, input=f"\\timing on\n{QUERY};\n", capture_output=True, text=True)
        match = re.search(r"^(\d+)\n.*?([\d.]+) ms", done.stdout, re.DOTALL)
        if match is None:
            sys.exit(f"the query failed: {done.stderr or done.stdout}")
        self.rows = int(match.group(1))
        return float(match.group(2)) / 1000


class Curl:
    """One process, one connection, one page after the other."""
    name = "curl"

    def __init__(self, url, entries):
        self.config = tempfile.NamedTemporaryFile("w", suffix=".curl")
        for number, entry in enumerate(entries):
            query = urllib.parse.urlencode([tuple(pair) for pair in entry["query"]])
            self.config.write("next\n" if number else "")
            self.config.write(f'url = "{url}{entry["path"]}?{query}"\noutput = "/dev/null"\n'
                              f'header = "Authorization: Basic {CREDENTIAL}"\n'
                              'header = "Accept: application/json"\n'
                              'write-out = "%{http_code} %{size_download}\\n"\nsilent\n')
        self.config.flush()

    def run(self):
        start = time.monotonic()
        done = subprocess.run(["curl", "--disable", "--config", self.config.name], capture_output=True, text=True)
        seconds = time.monotonic() - start
        answers = [line.split() for line in done.stdout.splitlines()]
        if any(status != "200" for status, _ in answers) or done.returncode:
            sys.exit(f"curl could not fetch the same pages: {done.stdout}{done.stderr}")
        self.bytes = sum(int(size) for _, size in answers)
        return seconds


def pages(entries):
    """The requests that fetched rows; the first use of a session also signs in."""
    return [entry for entry in entries if "/search" in entry["path"]]


def main(url, psql):
    extension = Extension(psql)
    extension.run()
    control(url, "DELETE")
    extension.run()
    entries = control(url, "GET")
    fetched = pages(entries)
    curl = Curl(url, fetched)
    times = {extension: [], curl: []}
    for _ in range(ROUNDS):
        for contestant, seconds in times.items():
            seconds.append(contestant.run())
    report(times, extension, curl, len(entries), len(fetched))


def report(times, extension, curl, requests, fetched):
    median = {contestant.name: statistics.median(seconds) for contestant, seconds in times.items()}
    print(f"stream: {extension.rows} issues, medians of {ROUNDS} rounds")
    for contestant, seconds in times.items():
        print(f"  {contestant.name:10}  {median[contestant.name]:7.3f} s  "
              f"{extension.rows / median[contestant.name]:9.0f} rows/s  "
              f"({min(seconds):.3f} to {max(seconds):.3f} s)")
    print(f"  requests    {requests} ({fetched} pages), {curl.bytes / 1e6:.1f} MB of answers")
    print(f"  ratio       {median['jira_spoke'] / median['curl']:.2f} (jira_spoke / curl; below 1 is faster)")


main(sys.argv[1], sys.argv[2:])
