"""Records in the shapes of one deployment and API version."""

from urllib.parse import quote

import durations
import richtext
from deployment import GATEWAY, GATEWAY_URL
from moments import stamp

SIZES = {"48x48": 48, "24x24": 24, "16x16": 16, "32x32": 32}


class View:
    def __init__(self, site, version, user=None):
        self.site = site
        self.version = version
        self.user = user
        self.documents = version == "3"
        self.api = f"{site.base_url}/rest/api/{version}"

    def rich(self, rich):
        if rich is None:
            return None
        return richtext.to_document(rich) if self.documents else rich.text

    def avatars(self, path):
        joint = "&" if "?" in path else "?"
        return {name: f"{self.site.base_url}{path}{joint}s={size}" for name, size in SIZES.items()}

    def person(self, user):
        """A user inside another entity."""
        if user is None:
            return None
        return self._cloud_person(user) if self.site.cloud else self._server_person(user)

    def _cloud_person(self, user):
        return {"self": f"{self.api}/user?accountId={quote(user.account)}", "accountId": user.account,
                "emailAddress": user.email, "avatarUrls": self.avatars(f"/avatars/{quote(user.account)}.png"),
                "displayName": user.name, "active": user.active, "timeZone": user.time_zone,
                "accountType": user.account_type}

    def _server_person(self, user):
        return {"self": f"{self.api}/user?username={quote(user.login)}", "name": user.login, "key": user.key,
                "emailAddress": user.email, "avatarUrls": self.avatars(f"/secure/useravatar?ownerId={user.key}"),
                "displayName": user.name, "active": user.active, "timeZone": user.time_zone}

    def account(self, user, groups, expand=()):
        """A user as an entity of its own."""
        shown = self.person(user) | {"locale": user.locale}
        if not self.site.cloud:
            shown |= {"deleted": False, "lastLoginTime": "2023-08-30T16:37:01+0000"}
        names = [group for group in groups if user in group.members]
        items = [self.group(group) for group in names] if "groups" in expand else []
        roles = [self._application_role()] if "applicationRoles" in expand else []
        shown["groups"] = {"size": len(names), "items": items}
        shown["applicationRoles"] = {"size": 1, "items": roles}
        shown["expand"] = "groups,applicationRoles"
        return shown

    def group(self, group):
        if not self.site.cloud:
            return {"name": group.name, "self": f"{self.api}/group?groupname={quote(group.name)}"}
        return {"name": group.name, "groupId": group.id, "self": f"{self.api}/group?groupId={group.id}"}

    @staticmethod
    def _application_role():
        return {"key": "jira-software", "name": "Jira Software", "groups": ["jira-software-users"]}

    def category(self, category):
        return {"self": f"{self.api}/statuscategory/{category.id}", "id": category.id, "key": category.key,
                "colorName": category.color, "name": category.name}

    def status(self, status):
        return {"self": f"{self.api}/status/{status.id}", "description": status.description,
                "iconUrl": f"{self.site.base_url}/images/icons/statuses/generic.png",
                **self.site.oddities.name(status), "id": str(status.id),
                "statusCategory": self.category(status.category)}

    def priority(self, priority):
        return {"self": f"{self.api}/priority/{priority.id}",
                "iconUrl": f"{self.site.base_url}/images/icons/priorities/{priority.name.lower()}.svg",
                "name": priority.name, "id": str(priority.id)}

    def priority_entry(self, priority, default=False):
        shown = self.priority(priority) | {"description": priority.description, "statusColor": priority.color}
        return shown | ({"isDefault": default} if self.site.cloud else {})

    def resolution(self, resolution):
        return {"self": f"{self.api}/resolution/{resolution.id}", "id": str(resolution.id),
                "description": resolution.description, "name": resolution.name}

    def issue_type(self, issue_type):
        icon = f"{self.site.base_url}/secure/viewavatar?size=medium&avatarId={issue_type.id + 300}&avatarType=issuetype"
        shown = {"self": f"{self.api}/issuetype/{issue_type.id}", "id": str(issue_type.id),
                 "description": issue_type.description, "iconUrl": icon, "name": issue_type.name,
                 "subtask": issue_type.subtask, "avatarId": issue_type.id + 300}
        return shown | ({"hierarchyLevel": issue_type.level} if self.site.cloud else {})

    def component(self, component):
        return {"self": f"{self.api}/component/{component.id}", "id": str(component.id), "name": component.name,
                "description": component.description}

    def version_entry(self, version):
        shown = {"self": f"{self.api}/version/{version.id}", "id": str(version.id),
                 "description": version.description, "name": version.name, "archived": version.archived,
                 "released": version.released}
        dates = {"startDate": version.start_date, "releaseDate": version.release_date}
        return shown | {name: day.isoformat() for name, day in dates.items() if day}

    def option(self, option):
        return {"self": f"{self.api}/customFieldOption/{option.id}", "value": option.value, "id": str(option.id)}

    def project(self, project):
        """A project inside another entity."""
        shown = {"self": f"{self.api}/project/{project.id}", "id": str(project.id), "key": project.key,
                 "name": project.name, "projectTypeKey": "software",
                 "avatarUrls": self.avatars(f"/secure/projectavatar?pid={project.id}")}
        if project.category:
            shown["projectCategory"] = self.project_category(project.category)
        return shown | ({"simplified": False} if self.site.cloud else {})

    def project_category(self, category):
        return {"self": f"{self.api}/projectCategory/{category.id}", "id": str(category.id), "name": category.name,
                "description": category.description}

    def related(self, issue):
        """A parent or a sub-task: the few fields that Jira shows of it."""
        fields = {"summary": issue.summary, "status": self.status(issue.status),
                  "priority": self.priority(issue.priority), "issuetype": self.issue_type(issue.issue_type)}
        return {"id": str(issue.id), "key": issue.key, "self": f"{self.api}/issue/{issue.id}", "fields": fields}

    def link_type(self, kind):
        return {"id": str(kind.id), "name": kind.name, "inward": kind.inward, "outward": kind.outward,
                "self": f"{self.api}/issueLinkType/{kind.id}"}

    def link(self, link):
        return {"id": str(link.id), "self": f"{self.api}/issueLink/{link.id}", "type": self.link_type(link.kind)}

    def link_of(self, link, issue):
        """What an issue shows of a link: the other end."""
        if link.outward is issue:
            return self.link(link) | {"inwardIssue": self.related(link.inward)}
        return self.link(link) | {"outwardIssue": self.related(link.outward)}

    def sprint(self, sprint):
        """The Sprint field: objects on Cloud, Java's toString on Server."""
        if not self.site.cloud:
            return self._sprint_string(sprint)
        shown = {"id": sprint.id, "name": sprint.name, "state": sprint.state, "boardId": sprint.board.id,
                 "goal": sprint.goal}
        moments = {"startDate": sprint.start, "endDate": sprint.end, "completeDate": sprint.completed}
        return shown | {name: stamp(at)[:-5] + "Z" for name, at in moments.items() if at}

    @staticmethod
    def _sprint_string(sprint):
        def at(moment):
            return stamp(moment)[:-5] + "Z" if moment else "<null>"
        return (f"com.atlassian.greenhopper.service.sprint.Sprint@{sprint.id:x}[id={sprint.id},"
                f"rapidViewId={sprint.board.id},state={sprint.state.upper()},name={sprint.name},"
                f"startDate={at(sprint.start)},endDate={at(sprint.end)},completeDate={at(sprint.completed)},"
                f"activatedDate={at(sprint.activated)},sequence={sprint.id},goal={sprint.goal},autoStartStop=false]")

    def attachment(self, attachment):
        """On Cloud the content is an operation of the API, on Server a page below /secure."""
        number, name = attachment.id, quote(attachment.filename)
        api = f"{GATEWAY_URL}{GATEWAY}/rest/api/{self.version}" if self.site.oddities.gateway_urls else self.api
        content = (f"{api}/attachment/content/{number}" if self.site.cloud
                   else f"{self.site.base_url}/secure/attachment/{number}/{name}")
        return {"self": f"{self.api}/attachment/{number}", "id": str(number), "filename": attachment.filename,
                "author": self.person(attachment.author), "created": stamp(attachment.created),
                "size": len(attachment.content), "mimeType": attachment.media_type, "content": content}

    def worklog(self, worklog, expand=()):
        shown = {"self": f"{self.api}/issue/{worklog.issue.id}/worklog/{worklog.id}",
                 "author": self.person(worklog.author), "updateAuthor": self.person(worklog.update_author),
                 "created": stamp(worklog.created), "updated": stamp(worklog.updated),
                 "started": stamp(worklog.started), "timeSpent": durations.text_of(worklog.seconds),
                 "timeSpentSeconds": worklog.seconds, "id": str(worklog.id), "issueId": str(worklog.issue.id)}
        if worklog.comment:
            shown["comment"] = self.rich(worklog.comment)
        elif not self.site.cloud:
            shown["comment"] = ""
        if worklog.visibility:
            shown["visibility"] = worklog.visibility
        if "properties" in expand:
            shown["properties"] = [{"key": key, "value": value} for key, value in worklog.properties.items()]
        return shown

    def comment(self, comment, expand=()):
        shown = {"self": f"{self.api}/issue/{comment.issue.id}/comment/{comment.id}", "id": str(comment.id),
                 "author": self.person(comment.author), "body": self.rich(comment.body),
                 "updateAuthor": self.person(comment.author), "created": stamp(comment.created),
                 "updated": stamp(comment.updated)}
        if self.site.cloud:
            shown["jsdPublic"] = True
        if comment.visibility:
            shown["visibility"] = comment.visibility
        if "renderedBody" in expand:
            shown["renderedBody"] = rendered(comment.body)
        if "properties" in expand:
            shown["properties"] = [{"key": key, "value": value} for key, value in comment.properties.items()]
        return shown


def rendered(rich):
    """The HTML of a text, as far as the stand-in knows mark-up: paragraphs and line breaks."""
    if rich is None:
        return ""
    text = rich.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join("<p>" + part.replace("\n", "<br/>\n") + "</p>" for part in text.split("\n\n"))
