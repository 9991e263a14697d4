"""Proof Key for Code Exchange, RFC 7636."""

import base64
import hashlib
import re

from oauth.refusals import invalid_grant, invalid_request

FORM = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def _s256(verifier):
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


METHODS = {"plain": lambda verifier: verifier, "S256": _s256}


def read_challenge(given, required):
    """The challenge and its method, or None."""
    challenge, method = given.get("code_challenge"), given.get("code_challenge_method", "plain")
    if method not in METHODS:
        raise invalid_request("The code_challenge_method must be S256 or plain.")
    if challenge is None:
        if required or "code_challenge_method" in given:
            raise invalid_request("Missing required parameter: code_challenge")
        return None
    if not FORM.fullmatch(challenge):
        raise invalid_request("The code_challenge is malformed.")
    return challenge, method


def check_verifier(challenge, verifier):
    if challenge is None:
        if verifier is not None:
            raise invalid_grant("A code_verifier was sent, but no challenge.")
        return
    expected, method = challenge
    if not verifier or not FORM.fullmatch(verifier) or METHODS[method](verifier) != expected:
        raise invalid_grant("The code_verifier does not match the code_challenge.")
