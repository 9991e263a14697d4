"""Refusals in the form of OAuth 2.0, with the status that each authorization server gives them."""

from reply import Reply, encode

STATUS = {
    True: {"access_denied": 401, "invalid_grant": 403, "unauthorized_client": 403, "unsupported_grant_type": 403},
    False: {"invalid_client": 401},
}
WRONG_CLIENT = {True: ("access_denied", "Unauthorized"), False: ("invalid_client", "Invalid client credentials")}
UNKNOWN_REFRESH_TOKEN = "Unknown or invalid refresh token."


class OAuthError(Exception):
    def __init__(self, error, description):
        super().__init__(description)
        self.error = error
        self.description = description

    def reply(self, cloud):
        body = {"error": self.error, "error_description": self.description}
        return Reply(STATUS[cloud].get(self.error, 400), encode(body))


def wrong_client(cloud):
    return OAuthError(*WRONG_CLIENT[cloud])


def invalid_grant(description):
    return OAuthError("invalid_grant", description)


def invalid_request(description):
    return OAuthError("invalid_request", description)
