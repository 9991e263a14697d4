"""Tells ready_jira.py what to be, and asks what it was asked."""
import json
import urllib.request


def control(url, method, wishes=None):
    request = urllib.request.Request(f"{url}/_control", method=method, data=wishes and json.dumps(wishes).encode())
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())
