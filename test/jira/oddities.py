"""What some sites do and others do not; the control plane switches it."""

from dataclasses import asdict, dataclass, field, fields

CHOICES = {"beyond_window": ("empty", "refused", "xml"), "comments": ("ordered", "unordered"),
           "webhook_filters": ("configuration", "both", "none")}


@dataclass
class Oddities:
    result_window: int = 0              # issues that Data Center returns of a search; 0: all
    beyond_window: str = "empty"        # how it answers there
    names_window: bool = False          # whether a search says maxResultWindow
    ignores_start: bool = False         # lists without a total begin at the first one, whatever is asked
    comments: str = "ordered"           # unordered: the oldest first and all of them, whatever is asked
    webhook_filters: str = "configuration"      # where the newer API of Data Center looks for the JQL
    warnings: list = field(default_factory=list)        # of a search, with status 200

    def set(self, given):
        known = {one.name: one for one in fields(self)}
        for name, value in given.items():
            if name not in known:
                raise ValueError(f"unknown: {name}")
            if value not in CHOICES.get(name, (value,)) or type(value) is not type(getattr(self, name)):
                raise ValueError(f"{name} takes {', '.join(CHOICES.get(name, [known[name].type]))}")
            setattr(self, name, value)

    def shown(self):
        return asdict(self)
