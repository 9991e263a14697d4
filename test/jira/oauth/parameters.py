"""Reading what authorization servers are sent. Unknown, repeated and empty parameters are refused."""

import json
from urllib.parse import parse_qsl

import errors
from oauth.refusals import invalid_request


def from_query(request):
    return _single(request.query)


def from_json(request):
    _expect(request, "application/json")
    try:
        given = json.loads(request.body.decode(), object_pairs_hook=_single)
    except (ValueError, RecursionError):
        raise invalid_request("The body is not JSON.") from None
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise invalid_request("The body must be an object of strings.")
    return given


def from_form(request):
    _expect(request, "application/x-www-form-urlencoded")
    try:
        return _single(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True))
    except ValueError:
        raise invalid_request("The body is not a form.") from None


def check(given, required, optional=()):
    for name in required:
        if not given.get(name):
            raise invalid_request(f"Missing required parameter: {name}")
    for name in given:
        if name not in required and name not in optional:
            raise invalid_request(f"Unknown parameter: {name}")


def expect_values(given, **expected):
    for name, value in expected.items():
        if given[name] != value:
            raise invalid_request(f"The parameter {name} must be {value}.")


def _expect(request, content_type):
    """Parameters in the address would end in logs."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != content_type:
        raise errors.wrong_content_type()
    if request.query:
        raise invalid_request("Parameters belong in the body.")


def _single(pairs):
    given = dict(pairs)
    if len(given) < len(pairs):
        raise invalid_request("A parameter is repeated.")
    return given
