"""What the authorization server remembers."""

from dataclasses import dataclass

LIFE_OF_CODE = 600


@dataclass(frozen=True)
class Consent:
    """What somebody agreed to, until the code is exchanged."""
    client: object
    scopes: tuple
    redirect: str
    challenge: tuple | None
    given: float


@dataclass(eq=False)
class Family:
    """Every token that came of one consent.

    Its refresh tokens are of generations: showing one of the latest begins the next. One of the generation before is
    tolerated within the leeway, and answered with a token of the latest, beside those that are there already.
    """
    number: int
    client: object
    scopes: tuple
    generation: int = 0
    replaced: float = 0.0       # when the latest generation began
    replays: int = 0
    revoked: bool = False

    def outcome(self, generation, now, leeway):
        """Of showing a refresh token of that generation."""
        if self.revoked:
            return "refused"
        if generation == self.generation:
            return "fresh"
        if generation == self.generation - 1 and now - self.replaced < leeway:
            return "replayed"
        return "revoked"

    def shown(self):
        return {"number": self.number, "client_id": self.client.id, "account": self.client.account,
                "scope": " ".join(self.scopes), "generation": self.generation, "replays": self.replays,
                "revoked": self.revoked}


@dataclass(eq=False)
class AccessToken:
    account: str
    scopes: frozenset
    expires: float
    uses: int | None            # that are left; None: unlimited
    family: Family | None       # None: of client credentials

    def use(self, now):
        """Whether it is good, once more."""
        if now >= self.expires or self.uses == 0 or self.family and self.family.revoked:
            return False
        if self.uses is not None:
            self.uses -= 1
        return True


@dataclass(frozen=True)
class Issued:
    access: str
    refresh: str | None
    scopes: tuple
    expires_in: float
