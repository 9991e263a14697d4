"""Votes for an issue."""

import errors
import reply
from routes import API, route

VOTES = API + "issue/{issue}/votes"


@route("GET", VOTES)
def votes(call):
    issue = call.issue()
    return reply.ok({"self": f"{call.view.api}/issue/{issue.key}/votes", "votes": len(issue.voters),
                     "hasVoted": call.user in issue.voters, "voters": [call.view.person(one) for one in issue.voters]})


@route("POST", VOTES)
def add(call):
    """Voting twice changes nothing on Cloud. Server has nobody vote for what they reported."""
    issue = call.issue()
    if not call.site.cloud and issue.reporter is call.user:
        raise errors.refusal(404, "You cannot vote for an issue you have reported.")
    if call.user not in issue.voters:
        issue.voters.append(call.user)
        call.store.changed(issue)
    return reply.no_content()


@route("DELETE", VOTES)
def remove(call):
    """Without a vote it is fine on Cloud, too."""
    issue = call.issue()
    if call.user in issue.voters:
        issue.voters.remove(call.user)
        call.store.changed(issue)
    elif not call.site.cloud:
        raise errors.refusal(404, "You cannot remove a vote for an issue you have not voted for.")
    return reply.no_content()
