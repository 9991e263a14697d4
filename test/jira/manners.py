"""How a Jira may differ from the next one of its kind; each switch is off at the start."""

import json
import re
from dataclasses import dataclass, fields
from xml.sax.saxutils import escape

import shape
from reply import Reply

GERMAN = {"To Do": "Zu erledigen", "In Progress": "In Arbeit", "In Review": "In Überprüfung", "Done": "Erledigt",
          "Start work": "Arbeit beginnen", "Stop work": "Arbeit ruhen lassen", "Ask for review": "Überprüfen lassen",
          "Request changes": "Änderungen wünschen", "Close": "Schließen", "Reopen": "Wieder öffnen"}


@dataclass
class Manners:
    basic_off: bool = False         # Server: no names with passwords, as Data Center 11 begins
    login_at_pages: bool = False    # Server: tokens are not for /secure/...
    translated: bool = False        # Cloud: names of statuses and transitions are in the account's language
    xml_errors: bool = False        # Server: refusals are XML
    gateway_urls: bool = False      # Cloud: attachments have URLs of the gateway
    public_url: str | None = None   # by which users know it, behind a proxy

    def change(self, given):
        shape.Members({one.name: shape.TEXT if one.name == "public_url" else shape.BOOLEAN
                       for one in fields(self)}).check(given)
        for name, value in given.items():
            setattr(self, name, value)

    def name(self, named):
        """The names that a status or a transition is shown with."""
        if not self.translated:
            return {"name": named.name}
        return {"name": GERMAN.get(named.name, named.name), "untranslatedName": named.name}

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
