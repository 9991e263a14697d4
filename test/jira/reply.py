"""An HTTP answer, before it meets the wire."""

import json
from dataclasses import dataclass, field

JSON = "application/json;charset=UTF-8"


@dataclass
class Reply:
    status: int
    body: bytes = b""
    content_type: str | None = JSON
    headers: dict = field(default_factory=dict)
    points: int = 1     # of an app's quota that the request costs

    @property
    def is_json(self):
        return bool(self.body) and (self.content_type or "").startswith("application/json")


def encode(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def ok(value):
    issues = value.get("issues", ()) if isinstance(value, dict) else ()
    return Reply(200, encode(value), points=1 + len(issues))


def created(value):
    return Reply(201, encode(value))


def no_content():
    return Reply(204, content_type=None)


def text(status, body, content_type="text/plain;charset=UTF-8", **headers):
    return Reply(status, body.encode(), content_type, headers)
