"""The caller. Never anonymous, hence the way to tell whether a credential works."""

import reply
import shape
from routes import API, route


@route("GET", API + "myself", cloud={"expand": shape.query_names}, server={"expand": shape.query_names},
       anonymous=False)
def myself(call):
    shown = call.view.account(call.user, call.store.groups, call.asked("expand"))
    zone = call.site.oddities.told_zone
    return reply.ok(shown | {"timeZone": zone} if zone else shown)
