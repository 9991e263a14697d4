"""The settings of one stand-in: which Jira it plays, and where."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from oddities import Oddities

CLOUD_ID = "11111111-2222-3333-4444-555555555555"
SITES = "/ex/jira/"
GATEWAY = SITES + CLOUD_ID
GATEWAY_URL = "https://api.atlassian.com"


@dataclass
class Site:
    deployment: str = "cloud"
    context: str = ""
    max_page: int = 100
    version: str = "10.3.24"
    own_url: str = "http://127.0.0.1"
    uploads: bool = True
    upload_limit: int = 10 * 1024 * 1024
    search_delay: float = 0     # seconds until a search finds a new issue
    jql_epoch: bool = True      # a number without quotes is a date: milliseconds since 1970
    index_seconds: bool = False     # the index keeps whole seconds
    zone: ZoneInfo = ZoneInfo("UTC")    # of the server
    unknown_keys: str = "refuse"    # or "empty": a search that names an issue nobody knows finds nothing
    unknown_accounts: str = "refuse"    # or "empty": the same of accounts
    worklog_delay: float = 60   # seconds until worklog/updated tells a change
    worklogs_after: bool = False    # it tells those after the time that is given, and not one at that time
    oddities: Oddities = field(default_factory=Oddities)

    @property
    def base_url(self):
        """The address by which this Jira calls itself."""
        return self.oddities.public_url or self.own_url

    @property
    def cloud(self):
        return self.deployment == "cloud"

    def reaches(self, major, minor=0):
        """Is it this version of Data Center or a later one?"""
        return not self.cloud and tuple(map(int, self.version.split(".")[:2])) >= (major, minor)

    def is_gateway(self, path):
        """The gateway has the sites, and what belongs to apps and not to a site."""
        return self.cloud and path.startswith((GATEWAY + "/", "/app/"))

    def is_elsewhere(self, path):
        """Another site's address at the gateway."""
        return self.cloud and path.startswith(SITES) and not self.is_gateway(path)

    def local_path(self, path):
        """The path below the context or the gateway; None when it lies outside of both."""
        if self.cloud and path.startswith(GATEWAY + "/"):
            return path[len(GATEWAY):]
        if not self.context:
            return path
        if path == self.context or path.startswith(self.context + "/"):
            return path[len(self.context):] or "/"
        return None
