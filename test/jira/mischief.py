"""What each kind of fault does.

INSTEAD answers, or leaves unanswered, without carrying the request out. CHANGED alters the reply of a request that was
carried out. SENT alters how that reply goes over the wire.
"""

import functools
import gzip
import json
import time
from codecs import BOM_UTF8

from reply import JSON, Reply, encode, text

DEPTH = 100_000
BOMB_SIZE = 200 * 1024 * 1024
MARK = "@@number@@"
HUGE = {"customfield_10016": "1e400", "customfield_10031": "1234567890" * 4}
PAGE = "<!DOCTYPE html><html><head><title>Log in</title></head><body><h1>Log in to continue</h1></body></html>"
RATE_LIMITED = {"errorMessages": ["Rate limit exceeded."], "errors": {}}


def _silence(wire, options):
    wire.wait_for_departure()


def _cut_before(wire, options):
    wire.reset()


def _garbage(wire, options):
    wire.write(b"\x16\x03\x01 this is not HTTP\r\n\r\n")
    wire.close()


def _endless_body(wire, options):
    wire.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=UTF-8\r\nTransfer-Encoding: chunked\r\n\r\n")
    part = b'{"id":"10000","key":"OPS-1","fields":{"summary":"and on it goes"}},' * 100
    wire.write(b'b\r\n{"issues":[\r\n')
    while True:
        wire.write(b"%x\r\n%b\r\n" % (len(part), part))


def _endless_headers(wire, options):
    wire.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        wire.write(b"X-Endless: and on it goes\r\n" * 100)


def _endless_extension(wire, options):
    """The length of a chunk may be followed by anything, up to the end of the line."""
    wire.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1;")
    while True:
        wire.write(b"x" * 65536)


def _many_headers(wire, options):
    return Reply(200, b"{}", headers={f"X{number}": "" for number in range(5000)})


@functools.lru_cache(maxsize=4)
def _repeated(before, part, after, size):
    return gzip.compress((before + part * (size // len(part)) + after).encode(), compresslevel=1)


def _repeat(wire, options):
    """A small reply that is `size` bytes when it has been decompressed."""
    body = _repeated(options.get("before") or "", options["part"], options.get("after") or "", options["size"])
    return Reply(options.get("status") or 200, body, options.get("content_type") or JSON,
                 {"Content-Encoding": "gzip"})


def _status(wire, options):
    body = options.get("body")
    content = body.encode() if isinstance(body, str) else b"" if body is None else encode(body)
    content_type = options.get("content_type") or (JSON if content else None)
    return Reply(options["status"], content, content_type, dict(options.get("headers") or {}))


def _html(wire, options):
    return text(options.get("status") or 200, PAGE, "text/html;charset=UTF-8")


def _empty(wire, options):
    return Reply(options.get("status") or 200, b"", JSON)


def _redirect(wire, options):
    return Reply(options.get("status") or 302, content_type=None, headers={"Location": options["location"]})


def _deep(wire, options):
    return Reply(200, b'{"issues":' + b"[" * DEPTH + b"]" * DEPTH + b"}")


@functools.cache
def _bomb():
    return gzip.compress(bytes(BOMB_SIZE), compresslevel=1)


def _gzip_bomb(wire, options):
    return Reply(200, _bomb(), headers={"Content-Encoding": "gzip"})


def _rate_limit(wire, options):
    """X-RateLimit-Reset has no seconds, so the moment is the end of a minute."""
    headers = {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "0",
               "RateLimit-Reason": options.get("reason") or "jira-burst-based"}
    if options.get("retry_after") is not None:
        headers["Retry-After"] = str(options["retry_after"])
    if options.get("reset") is not None:
        headers["X-RateLimit-Reset"] = time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime(time.time() + options["reset"]))
    return Reply(429, encode(RATE_LIMITED), headers=headers | (options.get("headers") or {}))


def _truncated(reply, options):
    reply.body = reply.body[:len(reply.body) // 2]


def _wrong_type(reply, options):
    """The right JSON called something else, or something else called JSON."""
    if "body" in options:
        reply.body = options["body"].encode()
    reply.content_type = options.get("content_type") or (JSON if "body" in options else "text/plain;charset=UTF-8")


def _recoded(reply, options):
    """The body in another character set, called by its name or by a label, behind a byte order mark, oddly encoded."""
    charset = options.get("charset") or "utf-8"
    reply.body = json.dumps(json.loads(reply.body), ensure_ascii=False).encode(charset, "replace")
    reply.content_type = f"application/json;charset={options.get('label') or charset}"
    if options.get("mark"):
        reply.body = BOM_UTF8 + reply.body
    if options.get("content_encoding"):
        reply.headers["Content-Encoding"] = options["content_encoding"]


def _nul(reply, options):
    _rewrite(reply, lambda name, value: "a\u0000b" if name == "summary" and isinstance(value, str) else value)


def _id_as_number(reply, options):
    _rewrite(reply, lambda name, value: int(value) if name == "id" and isinstance(value, str) and value.isdecimal()
             else value)


def _huge_number(reply, options):
    """JSON numbers that no ordinary type holds, where custom number fields are."""
    def inflate(name, value):
        if name == "fields" and isinstance(value, dict):
            return value | {field: MARK + number for field, number in HUGE.items()}
        return value
    _rewrite(reply, inflate)
    for number in HUGE.values():
        reply.body = reply.body.replace(f'"{MARK}{number}"'.encode(), number.encode())


def _rewrite(reply, change):
    """Applies `change(name, value)` to every member of the reply."""
    def walk(value):
        if isinstance(value, dict):
            return {name: change(name, walk(member)) for name, member in value.items()}
        return [walk(item) for item in value] if isinstance(value, list) else value
    if reply.is_json:
        reply.body = encode(walk(json.loads(reply.body)))


def _invalid_utf8(reply, options):
    """A byte that is never UTF-8, inside the first summary or else the first string."""
    for opening in (b'"summary":"', b'":"'):
        if opening in reply.body:
            reply.body = reply.body.replace(opening, opening + b"\xff", 1)
            return


def _cut_after(wire, reply, options):
    wire.reset()


def _cut_body(wire, reply, options):
    head, body = wire.head_of(reply), reply.body
    wire.write(head + body[:len(body) // 2])
    wire.close()


def _slow_body(wire, reply, options):
    head, body = wire.head_of(reply), reply.body
    wire.write(head)
    chunk = max(options.get("chunk") or 1, 1)
    for start in range(0, len(body), chunk):
        time.sleep((options.get("ms") or 100) / 1000)
        wire.write(body[start:start + chunk])


def _close_idle(wire, reply, options):
    wire.send(reply)
    wire.drop_next = True


INSTEAD = {"silence": _silence, "cut_before": _cut_before, "garbage": _garbage, "endless_body": _endless_body,
           "endless_headers": _endless_headers, "endless_extension": _endless_extension,
           "many_headers": _many_headers, "repeat": _repeat, "status": _status, "html": _html, "empty": _empty,
           "redirect": _redirect, "deep": _deep, "gzip_bomb": _gzip_bomb, "rate_limit": _rate_limit}
CHANGED = {"truncated": _truncated, "recoded": _recoded, "wrong_type": _wrong_type, "nul": _nul, "id_as_number": _id_as_number,
           "huge_number": _huge_number, "invalid_utf8": _invalid_utf8}
SENT = {"cut_after": _cut_after, "cut_body": _cut_body, "slow_body": _slow_body, "close_idle": _close_idle}
