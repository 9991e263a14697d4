#!/usr/bin/env python3
"""Requests measured by Atlassian's OpenAPI documents.

    contract.py DIRECTORY <requests.json >findings.json

DIRECTORY has the documents.  A request is {"deployment", "version", "method", "path",
"parameters": [[name, value], ...], "body": text}.  For each, a list of findings, one per document
that should know it: {"document", "problems": [text, ...], "examples": [{"status", "body"}, ...]}.
"""
import functools
import json
import re
import sys
from pathlib import Path

from openapi_document import Document

# Atlassian publishes no OpenAPI for these.
UNDOCUMENTED = re.compile(r"/rest/(webhooks|jira-webhook|auditing|oauth2)/|/_edge/|/app/report-accounts/|"
                          r"/secure/attachment/|/media/")

# Before version 10; the documents are of 10.3 and 11.3.
GONE_FROM_DATA_CENTER = re.compile(r"/rest/api/2/auditing/record")

# Query parameters that Data Center knows though its documents leave them out.  The examples there
# are of replies without them.
LEFT_OUT = {("GET", "/rest/api/2/user"): {"expand"}}

# Data Center's documents have no example of the id of what was made, without which it is no reply.
WITHOUT_ID = {("POST", "/rest/api/2/issue/{issueIdOrKey}/attachments")}

# Said in prose of a body that Cloud's documents require.
BODY_IS_OPTIONAL = "If no user is specified the calling user is added."

VERBS = {"add", "copy", "edit", "remove", "set"}

SCALARS = {
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
}
IN_TEXT = {"integer": r"-?\d+", "number": r"-?\d+(\.\d+)?", "boolean": "true|false"}


def documents_for(request):
    """(file, what its paths lack) of each document that should know the request."""
    path = request["path"]
    if UNDOCUMENTED.match(path):
        return []
    if request["deployment"] == "server":
        if GONE_FROM_DATA_CENTER.match(path):
            return []
        return [("datacenter.json", "/rest"), ("datacenter-10.3.json", "/rest")]
    if path.startswith(("/rest/agile/", "/rest/software/")):
        return [("cloud-software.json", "")]
    return [(f"cloud-platform-v{request['version']}.json", "")]


class Contract(Document):
    # --- A request

    def problems(self, request, template, operation):
        # A parameter "in the path" that the path has no place for is one of the query.
        declared = {one["name"]: one for one in map(self.resolve, operation.get("parameters", []))
                    if one["in"] == "query" or one["in"] == "path" and f"{{{one['name']}}}" not in template}
        given = [name for name, _ in request["parameters"]]
        for name, value in request["parameters"]:
            if name in LEFT_OUT.get((request["method"], template), ()):
                continue
            if f"{name}={value}" in operation.get("description", ""):
                continue  # declared in prose
            if name not in declared:
                yield f"query parameter \"{name}\" is not declared"
            else:
                yield from self.text_problems(f"query parameter \"{name}\"", value,
                                              declared[name].get("schema", {}))
        for name, one in declared.items():
            if one.get("required") and name not in given:
                yield f"query parameter \"{name}\" is missing"
        yield from self.body_problems(request["body"], operation)

    def text_problems(self, what, text, schema):
        schema = self.resolve(schema)
        if schema.get("type") == "array":
            for element in text.split(","):
                yield from self.text_problems(what, element, schema.get("items", {}))
        elif not re.fullmatch(IN_TEXT.get(schema.get("type"), "(?s).*"), text):
            yield f"{what}: \"{text}\" is no {schema['type']}"
        elif "enum" in schema and text not in schema["enum"]:
            yield f"{what}: \"{text}\" is none of {', '.join(schema['enum'])}"

    def body_problems(self, body, operation):
        declared = self.resolve(operation.get("requestBody", {}))
        content = declared.get("content", {})
        if body == "":
            if declared.get("required") and BODY_IS_OPTIONAL not in operation["description"]:
                yield "the body is missing"
        elif not content:
            yield "no body is declared"
        elif "application/json" in content:
            yield from self.value_problems("body", json.loads(body),
                                           content["application/json"].get("schema", {}))

    def value_problems(self, where, value, schema):
        schema = self.resolve(schema)
        kind = schema.get("type")
        if value is None or schema.keys() <= {"type", "example", "description"} and kind == "object":
            return  # Data Center's word for anything
        if schema.get("properties", {}).keys() == {"operation", "value"}:
            # Data Center's parts of an operation; it travels as {verb: value}.
            yield from (f"{where}: \"{verb}\" is no verb" for verb in value.keys() - VERBS)
        elif isinstance(value, dict):
            yield from self.member_problems(where, value, schema)
        elif isinstance(value, list):
            if kind not in ("array", None):
                yield f"{where}: a list instead of {kind}"
            for element in value:
                yield from self.value_problems(f"{where}[]", element, schema.get("items", {}))
        elif kind == "array" or kind in SCALARS and not SCALARS[kind](value):
            yield f"{where}: {json.dumps(value)} instead of {kind}"
        elif kind == "object" and schema.get("properties"):
            yield f"{where}: {json.dumps(value)} instead of an object"
        elif "enum" in schema and value not in schema["enum"]:
            yield f"{where}: {json.dumps(value)} is none of {schema['enum']}"

    def member_problems(self, where, value, schema):
        if schema.get("type") in (*SCALARS, "array"):
            yield f"{where}: an object instead of {schema['type']}"
            return
        known, rest, required = self.members(schema)
        for name in required - value.keys():
            yield f"{where}: member \"{name}\" is missing"
        for name, member in value.items():
            if name in known:
                if known[name].get("readOnly"):
                    yield f"{where}.{name} is read-only"
                yield from self.value_problems(f"{where}.{name}", member, known[name])
            elif isinstance(rest, dict):
                yield from self.value_problems(f"{where}.{name}", member, rest)
            elif known:
                # "additionalProperties: true" stands beside complete lists too: it says nothing.
                yield f"{where}: member \"{name}\" is not known"

    def members(self, schema):
        """(known members, schema of the others or None, required ones), of all its parts."""
        known, rest = dict(schema.get("properties", {})), schema.get("additionalProperties")
        required = set(schema.get("required", []))
        for part in ("allOf", "anyOf", "oneOf"):
            for one in map(self.resolve, schema.get(part, [])):
                more, other, needed = self.members(one)
                known.update(more)
                rest = other if isinstance(other, dict) else rest
                required |= needed if part == "allOf" else set()
        return known, rest, required

    # --- Replies

    def examples(self, operation):
        for status, reply in operation.get("responses", {}).items():
            content = self.resolve(reply).get("content", {}).get("application/json", {})
            bodies = [content.get("example")]
            bodies += [one.get("value") for one in content.get("examples", {}).values()]
            bodies = [body for body in bodies if body is not None] or \
                [self.example_of(content.get("schema", {}), 8)]
            for body in bodies:
                if body and status.isdigit():
                    text = body if isinstance(body, str) else json.dumps(body)
                    yield {"status": status, "body": text}

    def example_of(self, schema, depth):
        """Put together from the examples of its parts, as Data Center's documents have them."""
        schema = self.resolve(schema)
        if schema.get("example") is not None or depth == 0:
            return schema.get("example")
        if schema.get("type") == "array":
            element = self.example_of(schema.get("items", {}), depth - 1)
            return None if element is None else [element]
        rest = schema.get("additionalProperties")
        if isinstance(rest, dict) and isinstance(rest.get("example"), dict):
            return rest["example"]
        parts = {name: self.example_of(part, depth - 1)
                 for name, part in schema.get("properties", {}).items()}
        return {name: part for name, part in parts.items() if part is not None} or None


def main(directory):
    document = functools.cache(lambda name, prefix: Contract(directory / name, prefix))

    def finding(request, name, prefix):
        known = document(name, prefix)
        template, operation = known.called(request["method"], request["path"])
        if operation is None:
            problems = [f"there is no {request['method']} {request['path']}"]
            return {"document": name, "problems": problems, "examples": []}
        unfit = (request["method"], template) in LEFT_OUT.keys() | WITHOUT_ID
        examples = [] if unfit else known.examples(operation)
        return {"document": name, "problems": list(known.problems(request, template, operation)),
                "examples": list(examples)}

    json.dump([[finding(request, *which) for which in documents_for(request)]
               for request in json.load(sys.stdin)], sys.stdout)


main(Path(sys.argv[1]))
