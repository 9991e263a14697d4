"""Tasks: what Cloud does after its answer. Here they are done before it, so that each is complete."""

import time
from dataclasses import dataclass

import errors
import reply
from routes import API, route


@dataclass(eq=False)
class Task:
    id: int
    user: object
    description: str
    at: int             # milliseconds since 1970


def submitted(call, description):
    """303: the address of the task that tells how far it is."""
    made = Task(call.store.next_id("task"), call.user, description, int(time.time() * 1000))
    call.store.tasks[made.id] = made
    return reply.Reply(303, content_type=None, headers={"Location": f"{call.view.api}/task/{made.id}"})


@route("GET", API + "task/{task}", server=None, anonymous=False)
def task(call):
    wanted = call.path["task"]
    found = call.store.tasks.get(int(wanted)) if wanted.isdecimal() else None
    if found is None or found.user is not call.user and not call.user.admin:
        raise errors.refusal(404, f"The task with id '{wanted}' does not exist.")
    return reply.ok({"self": f"{call.view.api}/task/{found.id}", "id": str(found.id), "description": found.description,
                     "status": "COMPLETE", "progress": 100, "submittedBy": int(found.user.key.removeprefix("JIRAUSER")),
                     "submitted": found.at, "started": found.at, "finished": found.at, "lastUpdate": found.at,
                     "elapsedRuntime": 0})
