"""Pages: by offset, and by opaque token."""

import base64
import binascii
import hashlib
import json

import errors
from urllib.parse import urlencode

SECRET = b"a token cannot be made up"


def window(call, default, most):
    """startAt and maxResults; a page is silently made smaller than `most`, as Jira does."""
    start = call.query.get("startAt", 0)
    size = call.query.get("maxResults", default)
    if start < 0 or size < 0:
        raise errors.refusal(400, "The parameters startAt and maxResults must not be negative.")
    return start, min(size, most)


def values_page(call, path, records, start, size, show):
    """The page shape with `values`, `isLast` and `nextPage`."""
    shown = records[start:start + size]
    last = start + len(shown) >= len(records)
    page = {"self": _address(call, path, start, size), "maxResults": size, "startAt": start, "total": len(records),
            "isLast": last, "values": [show(record) for record in shown]}
    if not last:
        page["nextPage"] = _address(call, path, start + size, size)
    return page


def _address(call, path, start, size):
    others = {name: value for name, value in call.query.items() if name not in ("startAt", "maxResults")}
    return f"{call.view.api}/{path}?" + urlencode({**others, "startAt": start, "maxResults": size}, doseq=True)


def fingerprint(*parts):
    """What a token is tied to: the same search must be sent with it."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def make_token(search, offset, last_id):
    content = json.dumps([search, offset, last_id]).encode()
    return base64.urlsafe_b64encode(_seal(content) + content).decode().rstrip("=")


def read_token(token, search):
    """Offset and the id of the last issue delivered; refuses what was not made for this search."""
    try:
        decoded = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        decoded = b""
    content = decoded[8:]
    if len(decoded) < 9 or decoded[:8] != _seal(content):
        raise errors.refusal(400, "The provided next page token is invalid or expired.")
    made_for, offset, last_id = json.loads(content)
    if made_for != search:
        raise errors.refusal(400, "The provided next page token does not belong to this search.")
    return offset, last_id


def _seal(content):
    return hashlib.blake2b(content, digest_size=8, key=SECRET).digest()


def resume(found, offset, last_id):
    """Where the next page begins: after the last issue delivered, wherever changes have moved it."""
    if 0 < offset <= len(found) and found[offset - 1].id == last_id:
        return offset
    place = next((number for number, issue in enumerate(found) if issue.id == last_id), None)
    return min(offset, len(found)) if place is None else place + 1
