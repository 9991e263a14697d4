"""Atlassian's OpenAPI documents, as far as the stand-in is measured by them."""

import functools
import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test" / "wire"))

import openapi_document  # noqa: E402 - the path comes first

DIRECTORY = Path(os.environ.get("JIRA_SPOKE_OPENAPI", ROOT.parent / "shared" / "jira-openapi"))
AVAILABLE = os.access(DIRECTORY / "cloud-platform-v3.json", os.R_OK)
TYPES = {"integer": int, "number": (int, float), "boolean": bool, "string": str, "array": list, "object": dict}


class Document(openapi_document.Document):
    def __init__(self, name, prefix=""):
        super().__init__(DIRECTORY / name, prefix)
        self.bare = {(method, self._bare(template)): operation
                     for (method, template), operation in self.operations.items()}

    @staticmethod
    def _bare(path):
        """Whatever the placeholders are called."""
        return re.sub(r"\{.*?\}", "{}", path)

    def operation(self, method, path):
        return self.bare.get((method, self._bare(path)))

    def query(self, operation):
        declared = map(self.resolve, operation.get("parameters", []))
        return {one["name"] for one in declared if one["in"] == "query"}

    def body(self, operation):
        """The members of the body, and those required; None for a body that is not of members."""
        content = self.resolve(operation.get("requestBody", {})).get("content", {})
        if "application/json" not in content:
            return None
        known, _, required = self.members(content["application/json"].get("schema", {}))
        return (set(known), required) if known else None

    def reply(self, operation, status):
        content = self.resolve(operation["responses"].get(str(status), {})).get("content", {})
        return content.get("application/json", {}).get("schema")

    def members(self, schema):
        """(known members, whether others are allowed, required ones)"""
        schema = self.resolve(schema)
        known, required = dict(schema.get("properties", {})), set(schema.get("required", ()))
        others = schema.get("additionalProperties", True) is not False
        for part in schema.get("allOf", ()):
            more, _, needed = self.members(part)
            known, required = known | more, required | needed
        return known, others, required

    def problems(self, where, value, schema):
        """What of a reply is not as declared. Nulls are taken for absent."""
        schema = self.resolve(schema)
        if value is None or "anyOf" in schema or "oneOf" in schema:
            return
        wanted = TYPES.get(schema.get("type"))
        if wanted and (not isinstance(value, wanted) or isinstance(value, bool) and wanted is not bool):
            yield f"{where}: {value!r} instead of {schema['type']}"
        elif "enum" in schema and value not in schema["enum"]:
            yield f"{where}: {value!r} is none of {schema['enum']}"
        elif isinstance(value, list):
            for number, one in enumerate(value):
                yield from self.problems(f"{where}[{number}]", one, schema.get("items", {}))
        elif isinstance(value, dict):
            yield from self._problems_of_members(where, value, schema)

    def _problems_of_members(self, where, value, schema):
        known, others, required = self.members(schema)
        yield from (f"{where}.{name} is missing" for name in sorted(required - value.keys()))
        for name, member in value.items():
            if name in known:
                yield from self.problems(f"{where}.{name}", member, known[name])
            elif known and not others:
                yield f"{where}.{name} is not declared"


@functools.cache
def document(name, prefix=""):
    return Document(name, prefix)


def of_cloud(path):
    software = path.startswith(("/rest/agile/", "/rest/software/"))
    return document("cloud-software.json" if software else "cloud-platform-v3.json")


def of_server():
    return document("datacenter-10.3.json", "/rest")
