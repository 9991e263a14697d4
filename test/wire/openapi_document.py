"""One of Atlassian's OpenAPI documents: its operations, and its schemas without references."""

import json
import re


class Document:
    def __init__(self, path, prefix=""):
        """"prefix" is what the paths of the document lack."""
        self.root = json.loads(path.read_text(encoding="utf-8"))
        self.operations = {(method.upper(), prefix + template): operation
                           for template, item in self.root["paths"].items() for method, operation in item.items()}

    def resolve(self, schema):
        while "$ref" in schema:
            found = self.root
            for step in schema["$ref"].lstrip("#/").split("/"):
                found = found[step]
            schema = found
        return schema

    def called(self, method, path):
        """(template, operation) of a path as it was sent; of several that match, the most literal one."""
        found = [template for known, template in self.operations if known == method
                 and re.fullmatch(re.sub(r"\\\{.*?\\\}", "[^/]+", re.escape(template)), path)]
        if not found:
            return None, None
        template = min(found, key=lambda one: one.count("{"))
        return template, self.operations[method, template]
