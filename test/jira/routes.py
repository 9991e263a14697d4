"""The table of operations and the way from a request to its entry.

An entry declares everything the operation accepts. What it does not declare is refused, so that a client cannot come to
depend on parameters that Atlassian does not have.
"""

from dataclasses import dataclass
from urllib.parse import unquote

import errors
import shape

API = "/rest/api/{version}/"
AGILE = "/rest/agile/1.0/"
VERSIONS = {True: ("2", "3"), False: ("2", "latest")}
TABLE = []


@dataclass
class Route:
    method: str
    segments: tuple
    handler: object
    anonymous: bool
    writes: bool
    body: object
    cloud: dict | None      # query parameters by name; None: not on this deployment
    server: dict | None

    def query_types(self, site):
        return self.cloud if site.cloud else self.server

    def body_type(self, site):
        if isinstance(self.body, shape.Split):
            return self.body.cloud if site.cloud else self.body.server
        return self.body


def route(method, template, *, query=None, cloud=(), server=(), anonymous=True, writes=None, body=None):
    """Declares an operation. `query` holds for both deployments, `cloud` and `server` add to it; None excludes one."""
    def declare(handler):
        TABLE.append(Route(
            method, tuple(template.strip("/").split("/")), handler, anonymous,
            method != "GET" if writes is None else writes, body,
            _joined(query or {}, cloud), _joined(query or {}, server)))
        return handler
    return declare


def _joined(shared, own):
    if own is None or isinstance(own, shape.AnyQuery):
        return own
    return {**shared, **dict(own)}


def _match(segments, parts, site):
    if len(segments) != len(parts):
        return None
    values = {}
    for segment, part in zip(segments, parts):
        if segment.startswith("{"):
            values[segment[1:-1]] = part
        elif segment != part:
            return None
    if "version" in values and values["version"] not in VERSIONS[site.cloud]:
        return None
    return values if all(values.values()) else None


def _specific_first(found):
    """`search/jql` before `search/{name}`: the fewest placeholders win."""
    return min(found, key=lambda pair: len(pair[1]))


def find(site, method, path):
    """The route and its path values; raises 404 or 405."""
    parts = [unquote(part) for part in path.strip("/").split("/")]
    found = []
    for entry in TABLE:
        if entry.query_types(site) is None:
            continue
        values = _match(entry.segments, parts, site)
        if values is not None:
            found.append((entry, values))
    if not found:
        raise errors.unknown_path(site, path)
    fewest = len(_specific_first(found)[1])
    found = [pair for pair in found if len(pair[1]) == fewest]
    for entry, values in found:
        if entry.method == method:
            return entry, values
    raise errors.wrong_method({entry.method for entry, _ in found})


def read_query(site, entry, pairs):
    """Typed parameters; refuses the undeclared and the ill-typed."""
    types = entry.query_types(site)
    grouped = {}
    for name, value in pairs:
        if name not in types:
            raise errors.refusal(400, f"The query parameter '{name}' is not known to this operation.")
        grouped.setdefault(name, []).append(value)
    try:
        return {name: types[name](values) for name, values in grouped.items()}
    except shape.Mismatch as problem:
        raise errors.refusal(400, f"Invalid query parameter: {problem}.") from None
