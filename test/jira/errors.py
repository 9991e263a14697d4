"""Every way in which Jira refuses, in the shape the deployment uses."""

from reply import Reply, encode, text

LOGIN_PAGE = """<html><head><title>Unauthorized (401)</title></head>
<body><h1>Unauthorized (401)</h1><p>Basic Authentication Failure - Reason : AUTHENTICATED_FAILED</p></body></html>
"""
REMOVED = ("The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. "
           "A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046")
NO_ISSUE = {
    True: "Issue does not exist or you do not have permission to see it.",
    False: "Issue Does Not Exist",
}
SIGN_IN = "Client must be authenticated to access this resource."


class Refused(Exception):
    """Ends the handling of a request; carries the reply."""

    def __init__(self, reply):
        super().__init__(reply.status)
        self.reply = reply


def refusal(status, *messages, errors=None):
    """The error collection, the shape of nearly every refusal of Jira."""
    return Refused(Reply(status, encode({"errorMessages": list(messages), "errors": errors or {}})))


def beyond_window(most, xml):
    words = f"Search limit exceeded: the result window is {most}."
    if not xml:
        return refusal(400, words)
    return Refused(text(400, f"<status><status-code>400</status-code><message>{words}</message></status>",
                        "application/xml;charset=UTF-8"))


def unknown_path(site, path):
    if site.cloud:
        return Refused(Reply(404, encode({"message": f"null for uri: {site.base_url}{path}", "status-code": 404})))
    return Refused(Reply(404, encode({"message": "HTTP 404 Not Found", "status-code": 404, "sub-code": -1})))


def wrong_method(allowed):
    body = encode({"message": "HTTP 405 Method Not Allowed", "status-code": 405})
    return Refused(Reply(405, body, headers={"Allow": ",".join(sorted(allowed))}))


def wrong_content_type():
    return Refused(Reply(415, encode({"message": "HTTP 415 Unsupported Media Type", "status-code": 415})))


def sign_in_required(site, failed):
    """Cloud says it as plain text to a refused credential and as JSON to none; both forms were seen."""
    if not site.cloud:
        return refusal(401, "You are not authenticated. Authentication required to perform this operation.")
    if failed:
        return Refused(text(401, SIGN_IN))
    return Refused(Reply(401, encode({"message": SIGN_IN, "status-code": 401})))


def wrong_password():
    return Refused(text(401, LOGIN_PAGE, "text/html;charset=UTF-8",
                        **{"WWW-Authenticate": 'Basic realm="protected-area"',
                           "X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}))


def basic_off():
    return Refused(Reply(403, encode({"message": "Basic Authentication has been disabled on this instance."})))


def captcha(site):
    """Whatever the secret, until the account is signed in to in a browser."""
    headers = {"X-Seraph-LoginReason": "AUTHENTICATION_DENIED"}
    if not site.cloud:
        headers["X-Authentication-Denied-Reason"] = f"CAPTCHA_CHALLENGE; login-url={site.base_url}/login.jsp"
    return Refused(text(403 if site.cloud else 401, LOGIN_PAGE.replace("AUTHENTICATED_FAILED", "AUTHENTICATION_DENIED"),
                        "text/html;charset=UTF-8", **headers))


def issue_not_found(site, anonymous):
    if anonymous and not site.cloud:
        return refusal(401, "You do not have the permission to see the specified issue.", "Login Required")
    return refusal(404, NO_ISSUE[site.cloud])


def read_only(message="You do not have permission to perform this operation."):
    return refusal(403, message)


def removed_api():
    return refusal(410, REMOVED)


def too_many_requests(headers):
    body = encode({"errorMessages": ["Rate limit exceeded."], "errors": {}})
    return Refused(Reply(429, body, headers=headers))


def _gateway(code, message):
    return Refused(Reply(code, encode({"code": code, "message": message})))


def unauthorized():
    return _gateway(401, "Unauthorized")


def scope_does_not_match():
    return _gateway(401, "Unauthorized; scope does not match")


def unknown_site():
    return _gateway(404, "Not Found")


def scope_too_small(needed):
    """Of Server."""
    return refusal(403, f"The access token does not have the scope {needed}.")


def bad_json(site, problem):
    if site.cloud:
        return refusal(400, "There was an error parsing JSON. Check that your request body is valid.")
    return refusal(400, f"Unexpected character or end of input: {problem}")


def bad_body(site, problem):
    if site.cloud:
        return refusal(400, f"Invalid request payload. Refer to the REST API documentation and try again. ({problem})")
    return refusal(400, f"Can not deserialize the request: {problem}")


def unknown_member(site, problem):
    if site.cloud:
        return bad_body(site, f"unknown member '{problem.name}'")
    known = ", ".join(f'"{name}"' for name in problem.known)
    return refusal(400, f'Unrecognized field "{problem.name}", not marked as ignorable '
                        f'({len(problem.known)} known properties: {known})')


def to_login(site, path):
    return Refused(Reply(302, content_type=None, headers={"Location": f"{site.base_url}/login.jsp?os_destination={path}"}))


def forged():
    """An upload without X-Atlassian-Token: no-check."""
    return Refused(text(403, "XSRF check failed"))


def audit_refusal(key, message):
    """The audit resource of Server 10 refuses with a list."""
    return Refused(Reply(400, encode([{"errors": [{"key": key, "message": message}], "message": f"{key} {message}",
                                       "status": 400}])))
