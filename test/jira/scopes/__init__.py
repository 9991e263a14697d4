"""What a token with scopes may do."""

import errors
from scopes import cloud, server


def check(site, entry, caller):
    """Refuses what the scopes of the caller's token leave out. One without scopes is not limited."""
    if caller.scopes is None:
        return
    if site.cloud and not cloud.allow(entry, caller):
        raise errors.scope_does_not_match()
    if not site.cloud and not server.allow(entry, caller):
        raise errors.scope_too_small(server.needed(entry))
