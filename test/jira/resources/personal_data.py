"""The report of accounts whose personal data an app keeps."""

import errors
import reply
import shape
from routes import route

LARGEST = 90
ACCOUNT = shape.Members({"accountId": shape.TEXT, "updatedAt": shape.TEXT}, required=("accountId", "updatedAt"))


@route("POST", "/app/report-accounts", server=None, anonymous=False, writes=False,
       body=shape.Members({"accounts": shape.ListOf(ACCOUNT)}, required=("accounts",)))
def report_accounts(call):
    """Accounts that are unknown here count as closed, the inactive ones as updated; the others need nothing."""
    if not call.caller.app:
        raise errors.unauthorized()
    given = call.body["accounts"]
    if len(given) > LARGEST:
        raise errors.refusal(400, f"At most {LARGEST} accounts can be reported at once.")
    shown = [{"accountId": one["accountId"], "status": status} for one in given
             for status in [_status(call, one["accountId"])] if status]
    return reply.ok({"accounts": shown}) if shown else reply.no_content()


def _status(call, account):
    user = call.store.user(account, call.site)
    if user is None:
        return "closed"
    return None if user.active else "updated"
