"""The control plane of sign-in: OAuth, the CAPTCHA, and how refused credentials look."""

import accounts
import reply
import shape

REVOCABLE = ("families", "access_tokens")
CAPTCHA = shape.Members({"failures": shape.INTEGER, "solved": shape.BOOLEAN})
TOKEN = shape.Members({"secret": shape.TEXT, "scopes": shape.TEXTS, "app": shape.BOOLEAN}, required=("secret", "scopes"))
SIGN_IN = shape.Members({"silent": shape.BOOLEAN, "revoked": shape.TEXTS})


def _oauth(application, query, body):
    return reply.ok(application.sign_in.authority.state())


def _set_oauth(application, query, body):
    """Settings, and `revoke`: every family, or only the access tokens there are."""
    authority = application.sign_in.authority
    shape.OBJECT.check(body, "body")
    what = body.pop("revoke", None)
    if what not in (None, *REVOCABLE):
        raise ValueError(f"revoke takes {', '.join(REVOCABLE)}")
    authority.configure(body)
    if what:
        authority.revoke(what)
    return _oauth(application, query, body)


def _captcha(application, query, body):
    captcha = application.sign_in.captcha
    return reply.ok({"failures": captcha.limit, "refused": captcha.failures()})


def _set_captcha(application, query, body):
    CAPTCHA.check(body)
    captcha = application.sign_in.captcha
    if "failures" in body:
        captcha.limit = body["failures"]
    if body.get("solved"):
        captcha.solve()
    return _captcha(application, query, body)


def _sign_in(application, query, body):
    sign_in = application.sign_in
    return reply.ok({"silent": sign_in.silent, "revoked": sorted(sign_in.revoked)})


def _set_sign_in(application, query, body):
    SIGN_IN.check(body)
    sign_in = application.sign_in
    if "silent" in body:
        sign_in.silent = bool(body["silent"])
    if "revoked" in body:
        sign_in.revoked = frozenset(body["revoked"] or ())
    return _sign_in(application, query, body)


def _add_token(application, query, body):
    """One more token of the first account of Cloud."""
    TOKEN.check(body)
    sign_in = application.sign_in
    token = accounts.Credential(accounts.CLOUD[0].account, body["secret"], frozenset(body["scopes"]))
    (sign_in.app_tokens if body.get("app") else sign_in.tokens).append(token)
    return reply.no_content()


OPERATIONS = {
    ("POST", "token"): _add_token,
    ("GET", "oauth"): _oauth, ("POST", "oauth"): _set_oauth, ("GET", "captcha"): _captcha,
    ("POST", "captcha"): _set_captcha, ("GET", "sign_in"): _sign_in, ("POST", "sign_in"): _set_sign_in,
}
