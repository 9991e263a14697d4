"""Attachments: upload, metadata, content, removal."""

import hashlib
import re
from urllib.parse import quote

import errors
import multipart
import reply
import shape
from entities import Attachment
from moments import now
from routes import API, route

MOST_FILES = 60
RANGE = re.compile(r"bytes=(\d+)-(\d*)")


@route("POST", API + "issue/{issue}/attachments", body=multipart.FILES)
def upload(call):
    """200 and a list. Too large is 413 on Cloud; Data Center documents 404."""
    issue = call.issue()
    if not 1 <= len(call.body) <= MOST_FILES:
        raise errors.refusal(400, f"Between 1 and {MOST_FILES} files can be attached at once.")
    if not call.site.uploads:
        raise errors.refusal(403, "Attachments are disabled.")
    if any(len(content) > call.site.upload_limit for _, _, content in call.body):
        raise errors.refusal(413 if call.site.cloud else 404, "The attachment is larger than the limit.")
    made = [Attachment(call.store.next_id("attachment"), issue, call.user, *file, now()) for file in call.body]
    for attachment in made:
        call.store.attach(attachment)
    call.store.touch(issue)
    return reply.ok([call.view.attachment(attachment) for attachment in made])


@route("GET", API + "attachment/meta")
def meta(call):
    return reply.ok({"enabled": call.site.uploads, "uploadLimit": call.site.upload_limit})


@route("GET", API + "attachment/{id}")
def attachment(call):
    """Here Cloud's id is a number, elsewhere it is text."""
    shown = call.view.attachment(_find(call))
    return reply.ok(shown | ({"id": int(shown["id"])} if call.site.cloud else {}))


@route("DELETE", API + "attachment/{id}")
def remove(call):
    found = _find(call)
    found.issue.attachments.remove(found)
    del call.store.attachments[found.id]
    call.store.touch(found.issue)
    return reply.no_content()


@route("GET", API + "attachment/content/{id}", cloud={"redirect": shape.query_boolean}, server=None)
def content(call):
    """303 to another host with a signed address, unless redirect=false."""
    found = _find(call)
    if call.query.get("redirect") is False:
        return _bytes(call, found)
    media = call.site.own_url.replace("127.0.0.1", "localhost")
    return reply.Reply(303, content_type=None, headers={"Location": f"{media}/media/{found.id}/{_signature(found)}"})


@route("GET", "/media/{id}/{signature}", server=None)
def media(call):
    """The media host: the signed address is the credential, another one is refused."""
    found = call.store.attachments.get(int(call.path["id"])) if call.path["id"].isdecimal() else None
    if found is None or call.path["signature"] != _signature(found):
        raise errors.refusal(404, "Not found")
    if "authorization" in call.headers:
        raise errors.refusal(400, "Only one way to sign in is allowed.")
    return _bytes(call, found)


@route("GET", "/secure/attachment/{id}/{filename}", cloud=None)
def page(call):
    if call.site.oddities.login_at_pages and call.caller.token:
        raise errors.to_login(call.site, quote(f"/secure/attachment/{call.path['id']}", safe=""))
    return _bytes(call, _find(call))


def _find(call):
    given = call.path["id"]
    found = call.store.attachments.get(int(given)) if given.isdecimal() and not call.anonymous else None
    if found is None:
        raise errors.refusal(404, f"The attachment with id '{given}' does not exist")
    return found


def _signature(found):
    return hashlib.sha256(f"signed {found.id}".encode()).hexdigest()


def _bytes(call, found):
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.filename)}"}
    wanted = RANGE.fullmatch(call.headers.get("range", ""))
    if not wanted:
        return reply.Reply(200, found.content, found.media_type, headers)
    size = len(found.content)
    first, last = int(wanted[1]), min(int(wanted[2] or size), size - 1)
    if first > last:
        return reply.Reply(416, b"", None, {"Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return reply.Reply(206, found.content[first:last + 1], found.media_type, headers)
