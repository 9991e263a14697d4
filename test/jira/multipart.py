"""Uploads: multipart/form-data with the files in parts called `file`."""

import re
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import unquote

import errors
import shape

FILES = shape.Type("files", lambda value: True)
FILENAME = re.compile(r'\bfilename="((?:\\.|[^"\\])*)"')
EXTENDED_FILENAME = re.compile(r"\bfilename\*=UTF-8''([^;\s]+)", re.IGNORECASE)


def read(headers, body):
    """(filename, media type, content) of each file."""
    if headers.get("x-atlassian-token", "") not in ("no-check", "nocheck"):
        raise errors.forged()
    declared = headers.get("content-type", "")
    if not declared.lower().startswith("multipart/form-data"):
        raise errors.wrong_content_type()
    boundary = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {declared}\r\n\r\n".encode()).get_boundary()
    if not boundary:
        raise errors.refusal(400, "The multipart request has no boundary.")
    return [_file(part) for part in _parts(body, b"--" + boundary.encode())]


def _parts(body, delimiter):
    """What stands between delimiters, byte for byte."""
    pieces = (b"\r\n" + body).split(b"\r\n" + delimiter)
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise errors.refusal(400, "The multipart request is not complete.")
    for piece in pieces[1:-1]:
        yield piece.lstrip(b" \t").removeprefix(b"\r\n")


def _file(part):
    head, _, content = part.partition(b"\r\n\r\n")
    headers = dict(line.split(":", 1) for line in head.decode("utf-8", "replace").split("\r\n") if ":" in line)
    headers = {name.strip().lower(): value.strip() for name, value in headers.items()}
    disposition = headers.get("content-disposition", "")
    name = EXTENDED_FILENAME.search(disposition) or FILENAME.search(disposition)
    if not re.search(r'\bname="?file"?(;|$)', disposition) or not name:
        raise errors.refusal(400, "Every part must be called 'file' and have a filename.")
    filename = unquote(name[1]) if name.re is EXTENDED_FILENAME else re.sub(r"\\(.)", r"\1", name[1])
    return filename.rpartition("/")[2], headers.get("content-type", "application/octet-stream"), content
