#!/usr/bin/env python3
"""ready_jira.py --port-file FILE: a Jira for measuring those who read from it.

It searches nothing: each query finds the issues BULK-1, BULK-2, ..., and each reply is a join of bytes that were rendered
before.  What a reply costs here would else be most of what is measured.  Replies of Cloud (search by token, bulkfetch) and
of Data Center (search by offset).

POST /_control {"issues": 5000, "latency": 50, "batch": 1000, "fat": false} prepares a measurement, PUT changes the latency
(milliseconds) and the "limit" of each endpoint ({"burst": 100, "per_second": 100}).  GET returns what has been asked since a
DELETE.  "batch" is the number of issues that a bulkfetch may ask for.
"""
import argparse
import asyncio
import json
import time
import urllib.parse

WORDS = ("disk", "login", "export", "invoice", "timeout", "search", "backup", "report", "queue", "cache")
FAT_BYTES = 20000
PERSON = {"accountId": "5b10a2844c20165700ede21g", "displayName": "Mia Krystof", "emailAddress": "mia@example.com",
          "active": True, "timeZone": "Europe/Paris"}
FIELDS = [{"id": name, "name": name.capitalize(), "custom": False, "schema": {"type": "string"}}
          for name in ("summary", "status", "priority", "assignee", "reporter", "created", "updated", "issuetype", "project")]


def fields_of(number, fat):
    fields = {
        "summary": f"The {WORDS[number % 10]} of server {number % 97} fails after {number} requests",
        "status": {"id": "3", "name": ("To Do", "In Progress", "Done")[number % 3],
                   "statusCategory": {"id": 4, "key": "indeterminate", "name": "In Progress"}},
        "issuetype": {"id": "10001", "name": "Bug", "subtask": False},
        "project": {"id": "10000", "key": "BULK", "name": "Bulk"},
        "priority": {"id": "3", "name": "Medium"},
        "assignee": PERSON,
        "reporter": PERSON,
        "created": f"2024-05-{number % 28 + 1:02}T14:{number % 60:02}:00.000+0000",
        "updated": f"2024-06-{number % 28 + 1:02}T09:{number % 60:02}:30.000+0000",
        "labels": [WORDS[number % 7], WORDS[number % 10]],
    }
    if fat:
        fields["description"] = f"{WORDS[number % 10]} \u00e4\u00f6\u00fc \"quoted\"\n" * (FAT_BYTES // 24)
    return fields


class Issues:
    """The issues, and their bytes for each set of fields that was asked for."""

    def __init__(self, count, fat):
        self.count = count
        self.all = [fields_of(number, fat) for number in range(1, count + 1)]
        self.rendered = {}

    def render(self, number, names):
        issue = {"id": str(10000 + number), "key": f"BULK-{number}"}
        if names != ("id",):
            issue["self"] = f"https://example.atlassian.net/rest/api/2/issue/{10000 + number}"
        fields = self.all[number - 1]
        shown = fields if "*all" in names or "*navigable" in names else {n: fields[n] for n in names if n in fields}
        if shown:
            issue["fields"] = shown
        return json.dumps(issue, ensure_ascii=False, separators=(",", ":")).encode()

    def of(self, names):
        """The bytes of all issues with these fields."""
        if names not in self.rendered:
            self.rendered[names] = [self.render(number, names) for number in range(1, self.count + 1)]
        return self.rendered[names]

    def find(self, key):
        return int(key.rpartition("-")[2]) if "-" in key else int(key) - 10000


class Bucket:
    """What an endpoint takes: so many requests at once, and so many in each second after that."""

    def __init__(self, limit):
        self.limit = limit
        self.tokens = limit["burst"]
        self.filled = time.monotonic()

    def take(self):
        now = time.monotonic()
        self.tokens = min(self.limit["burst"], self.tokens + (now - self.filled) * self.limit["per_second"])
        self.filled = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Site:
    """What the server is told to be, and what it was asked."""

    def __init__(self):
        self.prepare({})

    def prepare(self, wishes):
        self.issues = Issues(wishes.get("issues", 100), wishes.get("fat", False))
        self.restrain(wishes)
        self.batch = wishes.get("batch", 1000)
        self.pages = {}
        self.batches = {}
        self.forget()

    def restrain(self, wishes):
        self.latency = wishes.get("latency", 0) / 1000
        self.limit = wishes.get("limit")
        self.buckets = {}

    def forget(self):
        self.requests = self.points = self.sent = self.refused = self.refused_late = 0
        self.asked_first = None

    def report(self):
        return {"requests": self.requests, "points": self.points, "bytes": self.sent,
                "refused": self.refused, "refused_late": self.refused_late}

    def takes(self, endpoint):
        """Is one more request of the endpoint within its limit?  Counts those that are not."""
        self.asked_first = self.asked_first or time.monotonic()
        if self.limit is None or self.buckets.setdefault(endpoint, Bucket(self.limit)).take():
            return True
        self.refused += 1
        self.refused_late += time.monotonic() - self.asked_first > 1
        return False

    def page(self, names, start, size, end):
        """One page, ready: joined and framed once."""
        key = (names, start, size, end)
        if key not in self.pages:
            rows = self.issues.of(names)[start:start + size]
            self.pages[key] = b'{"issues":[' + b",".join(rows) + b"]," + end + b"}"
        return self.pages[key]

    def search_by_token(self, query):
        names = tuple(query.get("fields", "id").split(","))
        start = int(query.get("nextPageToken", 0))
        size = int(query.get("maxResults", 50))
        size = min(size, 5000 if set(names) <= {"id", "key"} else self.batch)
        after = start + size
        self.points += min(size, self.issues.count - start)
        end = b'"isLast":true' if after >= self.issues.count else b'"isLast":false,"nextPageToken":"%d"' % after
        return 200, self.page(names, start, size, end)

    def search_by_offset(self, query):
        names = tuple(query.get("fields", "*navigable").split(","))
        start = int(query.get("startAt", 0))
        size = min(int(query.get("maxResults", 50)), 1000)
        end = b'"startAt":%d,"maxResults":%d,"total":%d' % (start, size, self.issues.count)
        return 200, self.page(names, start, size, end)

    def bulkfetch(self, body):
        """As ready as a page is."""
        if body not in self.batches:
            wishes = json.loads(body)
            keys = wishes["issueIdsOrKeys"]
            if len(keys) > self.batch:
                return 400, b'{"errorMessages":["The number of issues exceeds the limit."],"errors":{}}'
            rows = self.issues.of(tuple(wishes.get("fields") or ("*navigable",)))
            found = b",".join([rows[self.issues.find(key) - 1] for key in keys])
            self.batches[body] = len(keys), b'{"expand":"","issues":[' + found + b'],"issueErrors":[]}'
        points, content = self.batches[body]
        self.points += points
        return 200, content

    def answer(self, method, target, body):
        path, _, query = target.partition("?")
        name = path.partition("/rest/")[2].partition("/")[2].partition("/")[2]
        self.requests += 1
        self.points += 1
        if not self.takes((method, name)):
            return 429, b'{"errorMessages":["Too many requests."],"errors":{}}'
        if name == "issue/bulkfetch":
            return self.bulkfetch(body)
        if name in ("search/jql", "search"):
            wishes = dict(urllib.parse.parse_qsl(query)) if method == "GET" else json.loads(body)
            if isinstance(wishes.get("fields"), list):
                wishes["fields"] = ",".join(wishes["fields"])
            return self.search_by_token(wishes) if name == "search/jql" else self.search_by_offset(wishes)
        if name == "myself":
            return 200, json.dumps(PERSON).encode()
        if name == "field":
            return 200, json.dumps(FIELDS).encode()
        if name == "search/approximate-count":
            return 200, b'{"count":%d}' % self.issues.count
        if name == "serverInfo":
            return 200, b'{"deploymentType":"Cloud","versionNumbers":[1001,0,0],"version":"1001.0.0"}'
        return 404, b'{"errorMessages":["There is no such thing here."],"errors":{}}'

    def control(self, method, body):
        if method == "POST":
            self.prepare(json.loads(body))
        elif method == "PUT":
            self.restrain(json.loads(body))
        elif method == "DELETE":
            self.forget()
        return 200, json.dumps(self.report()).encode()


class Connection(asyncio.Protocol):
    """HTTP/1.1 with as little as that takes."""
    site = Site()

    def connection_made(self, transport):
        self.transport = transport
        self.received = b""

    def data_received(self, data):
        self.received += data
        while True:
            head, found, rest = self.received.partition(b"\r\n\r\n")
            if not found:
                return
            request, *headers = head.split(b"\r\n")
            length = 0
            for header in headers:
                name, _, value = header.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            if len(rest) < length:
                return
            self.received = rest[length:]
            self.reply(*request.decode().split(" ")[:2], rest[:length])

    def reply(self, method, target, body):
        if target == "/_control":
            self.send(*self.site.control(method, body))
            return
        status, content = self.site.answer(method, target, body)
        self.site.sent += len(content)
        asyncio.get_running_loop().call_later(self.site.latency, self.send, status, content)

    def send(self, status, content):
        later = b"Retry-After: 1\r\n" if status == 429 else b""
        self.transport.writelines((b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n"
                                   % (status, later, len(content)), content))


async def serve(port_file):
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0)
    with open(port_file, "w", encoding="ascii") as file:
        file.write(str(server.sockets[0].getsockname()[1]))
    await server.serve_forever()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--port-file", required=True)
    asyncio.run(serve(arguments.parse_args().port_file))
