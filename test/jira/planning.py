"""Many boards, each with an active sprint: below /_control/boards."""

from datetime import timedelta

import reply
from entities import Board, Sprint
from moments import now


def add(application, query, body):
    """So many boards of a project, each with so many of its issues in a sprint."""
    store = application.store
    with store.lock:
        project = store.projects[body["project"]]
        issues = iter([issue for issue in store.issues.values() if issue.project is project])
        for number in range(body["boards"]):
            board = Board(max(board.id for board in store.boards) + 1, f"{project.key} board {number}", project)
            sprint = Sprint(max(sprint.id for sprint in store.sprints) + 1, f"{project.key} sprint {number}", board, "active")
            sprint.start = sprint.activated = now() - timedelta(days=3)
            sprint.end = sprint.start + timedelta(days=14)
            store.boards.append(board)
            store.sprints.append(sprint)
            for issue, _ in zip(issues, range(body["issues"])):
                issue.sprints = [sprint]
                store.changed(issue)
    return reply.ok({"boards": len(store.boards)})


OPERATIONS = {("POST", "boards"): add}
