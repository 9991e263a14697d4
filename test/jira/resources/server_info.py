"""Server information, and Cloud's tenant information."""

import errors
import reply
from deployment import CLOUD_ID
from moments import now, stamp
from routes import API, route

SCM = "6f4e7b2c1d0a98765f4e3d2c1b0a9f8e7d6c5b4a"


@route("GET", API + "serverInfo")
def server_info(call):
    """Works without sign-in; a bearer token that resolves to nobody was seen to be refused on Data Center."""
    if call.anonymous and call.caller.failed and not call.site.cloud:
        raise errors.sign_in_required(call.site, True)
    return reply.ok(_cloud_info(call) if call.site.cloud else _server_info(call))


def _cloud_info(call):
    return {"baseUrl": call.site.base_url, "displayUrl": call.site.base_url,
            "displayUrlServicedeskHelpCenter": call.site.base_url, "displayUrlConfluence": call.site.base_url,
            "version": "1001.0.0-SNAPSHOT", "versionNumbers": [1001, 0, 0], "deploymentType": "Cloud",
            "buildNumber": 100291, "buildDate": "2026-06-06T00:00:00.000+0000", "serverTime": stamp(now()),
            "scmInfo": SCM, "serverTitle": "Jira", "defaultLocale": {"locale": "en_GB"}, "serverTimeZone": "Etc/UTC"}


def _server_info(call):
    numbers = [int(part) for part in call.site.version.split(".")]
    return {"baseUrl": call.site.base_url, "version": call.site.version, "versionNumbers": numbers,
            "deploymentType": "Server", "buildNumber": numbers[0] * 1000000 + 3024,
            "buildDate": "2026-03-18T00:00:00.000+0000", "databaseBuildNumber": numbers[0] * 1000000 + 3024,
            "serverTime": stamp(now()), "scmInfo": SCM, "serverTitle": "Jira"}


@route("GET", "/_edge/tenant_info", server=None)
def tenant_info(call):
    return reply.ok({"cloudId": CLOUD_ID})
