"""What some sites do and others do not; the control plane switches it."""

import json
import re
from dataclasses import asdict, dataclass, field, fields
from xml.sax.saxutils import escape

from reply import Reply

CHOICES = {"beyond_window": ("empty", "refused", "xml"), "comments": ("ordered", "unordered"),
           "webhook_filters": ("configuration", "both", "none")}

GERMAN = {"To Do": "Zu erledigen", "In Progress": "In Arbeit", "In Review": "In Überprüfung", "Done": "Erledigt",
          "Start work": "Arbeit beginnen", "Stop work": "Arbeit ruhen lassen", "Ask for review": "Überprüfen lassen",
          "Request changes": "Änderungen wünschen", "Close": "Schließen", "Reopen": "Wieder öffnen"}


@dataclass
class Oddities:
    result_window: int = 0              # issues that Data Center returns of a search; 0: all
    beyond_window: str = "empty"        # how it answers there
    names_window: bool = False          # whether a search says maxResultWindow
    ignores_start: bool = False         # lists without a total begin at the first one, whatever is asked
    comments: str = "ordered"           # unordered: the oldest first and all of them, whatever is asked
    webhook_filters: str = "configuration"      # where the newer API of Data Center looks for the JQL
    large_batches: bool = True          # Cloud: more than 100 small issues in one bulkfetch
    batch_payload: int = 0              # issues that one bulkfetch returns at most, with errors for others; 0: all
    warnings: list = field(default_factory=list)        # of a search, with status 200
    list_limit: int = 0                 # values of a list in JQL that a search heeds, with a warning of the others; 0: all
    more_fields: list = field(default_factory=list)     # custom ones without values: id, name, type, custom, and items of a list
    lost_fields: list = field(default_factory=list)     # ids of those that GET /field leaves out
    hidden: dict = field(default_factory=dict)          # ids of fields that a field configuration hides, by project
    unsearchable: list = field(default_factory=list)    # ids of custom fields without a searcher
    told_zone: str = ""                 # what /myself tells as the time zone, instead of the one that JQL has
    unmapped_boards: list = field(default_factory=list)     # ids of boards none of whose columns shows a status
    shared_sprints: dict = field(default_factory=dict)      # ids of sprints of others that boards show, by board
    basic_off: bool = False             # Server: no names with passwords, as Data Center 11 begins
    login_at_pages: bool = False        # Server: tokens are not for /secure/...
    translated: bool = False            # Cloud: names of statuses and transitions, and numbers of JQL, are in the account's language
    xml_errors: bool = False            # Server: refusals are XML
    gateway_urls: bool = False          # Cloud: attachments have URLs of the gateway
    public_url: str = ""                # by which users know it, behind a proxy

    def set(self, given):
        known = {one.name: one for one in fields(self)}
        for name, value in given.items():
            if name not in known:
                raise ValueError(f"unknown: {name}")
            if value not in CHOICES.get(name, (value,)) or type(value) is not type(getattr(self, name)):
                raise ValueError(f"{name} takes {', '.join(CHOICES.get(name, [known[name].type.__name__]))}")
            setattr(self, name, value)

    def shown(self):
        return asdict(self)

    def name(self, named):
        """The names that a status or a transition is shown with."""
        if not self.translated:
            return {"name": named.name}
        return {"name": GERMAN.get(named.name, named.name), "untranslatedName": named.name}

    def hides(self, field_id, issue):
        return field_id in self.hidden.get(issue.project.key, ())

    def dressed(self, reply):
        """A refusal in the form that this Jira has for it."""
        if not self.xml_errors or reply.status < 400 or not reply.is_json:
            return reply
        body = json.loads(reply.body)
        words = [*body.get("errorMessages", ()), *body.get("errors", {}).values(), body.get("message", "")]
        message = escape(re.sub(r"\s+", " ", " ".join(word for word in words if word)))
        text = ('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
                f"<status><status-code>{reply.status}</status-code><message>{message}</message></status>")
        return Reply(reply.status, text.encode(), "application/xml;charset=UTF-8", reply.headers)
