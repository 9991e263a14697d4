"""What tests can set."""

import dataclasses
from dataclasses import dataclass

import shape

SHAPE = shape.Members({"leeway": shape.NUMBER, "expires_in": shape.NUMBER, "uses": shape.INTEGER,
                       "deny": shape.BOOLEAN, "resources": shape.ListOf(shape.OBJECT)})


@dataclass(frozen=True)
class Settings:
    leeway: float                       # seconds in which the refresh token just replaced is still good
    expires_in: float                   # seconds that access tokens live
    uses: int | None = None             # requests that an access token is good for
    deny: bool = False                  # consent
    resources: list | None = None       # what accessible-resources answers

    def changed(self, cloud, given):
        """With a null a setting is as it was at the start."""
        SHAPE.check(given)
        for name in ("leeway", "expires_in", "uses"):
            if (given.get(name) or 0) < 0:
                raise ValueError(f"{name} must not be negative")
        return dataclasses.replace(self, **{name: getattr(DEFAULTS[cloud], name) if value is None else value
                                            for name, value in given.items()})


DEFAULTS = {True: Settings(leeway=600, expires_in=3600), False: Settings(leeway=0, expires_in=7200)}
