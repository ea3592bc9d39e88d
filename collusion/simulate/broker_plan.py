"""The plan of a broker: one workforce, several clients, and a group of accounts per client and wave."""

from __future__ import annotations

from dataclasses import dataclass, fields

from collusion.base.errors import ConfigError
from collusion.simulate.plan import VALUES, RingPlan

__all__ = ["BrokerPlan"]

CHOSEN_BY_BROKER = ("start", "launch", "attacked", "targets", "hijacked", "shared", "overlap")
"""Fields of a group's plan that the broker decides."""

EXAMPLE_GROUP = RingPlan(20, 8, 0.6, days=21.0)
"""A group that fits into a market of the default size."""


@dataclass(frozen=True)
class BrokerPlan:
    """What one broker does.

    Parameters
    ----------
    group : RingPlan
        What each group does: accounts, products, density, days, ratings, camouflage, devices, texts.
    clients : int, default 3
        Clients who buy reviews. No two of a broker's clients share a seller, and no two of its groups a product.
    sellers : int, default 8
        Sellers of each client, an owner of many shops or an agency; more where so many have too few products. The fewer, the more a group
        looks like fans of a seller, and of 3 few groups are found.
    waves : int, default 1
        Waves in time; in each, every client gets one group.
    gap : float, default 60
        Days from the beginning of one wave to that of the next. Each group begins on a day of its own in the first half of it.
    shared : float, default 0.15
        Share of a group's accounts that are drawn from the broker's pool of workers; the others are new.
    drawn : float, default 1
        Share of the pool that each group draws. At 1 all groups have the whole pool, so that any two share ``shared`` of their accounts.

    Raises
    ------
    ConfigError
        When a value is out of range; all problems at once.
    """

    group: RingPlan = EXAMPLE_GROUP
    clients: int = 3
    sellers: int = 8
    waves: int = 1
    gap: float = 60.0
    shared: float = 0.15
    drawn: float = 1.0

    def __post_init__(self) -> None:
        untouched = RingPlan(self.group.reviewers, self.group.products, self.group.density)
        checks = {
            "clients must be at least 1": self.clients >= 1,
            "sellers must be at least 1": self.sellers >= 1,
            "waves must be at least 1": self.waves >= 1,
            "gap must be above 0": self.gap > 0,
            "shared must be from 0 to 1": 0 <= self.shared <= 1,
            "drawn must be above 0 and at most 1": 0 < self.drawn <= 1,
            **{f"{name} is chosen by the broker": getattr(self.group, name) == getattr(untouched, name) for name in CHOSEN_BY_BROKER},
        }
        wrong = [what for what, fine in checks.items() if not fine]
        if wrong:
            raise ConfigError("\n".join(f"broker of groups {self.group.reviewers}x{self.group.products}: {what}" for what in wrong))

    @property
    def groups(self) -> int:
        """Number of groups."""
        return self.clients * self.waves

    @property
    def from_pool(self) -> int:
        """Accounts of a group that come from the pool."""
        return round(self.shared * self.group.reviewers)

    @property
    def pool(self) -> int:
        """Workers in the pool."""
        return round(self.from_pool / self.drawn)

    @property
    def accounts(self) -> int:
        """Different accounts of all groups, at most."""
        return self.pool + self.groups * (self.group.reviewers - self.from_pool)

    @property
    def days(self) -> float:
        """Days from the first day on which a group may begin to the last on which one may end."""
        return (self.waves - 0.5) * self.gap + self.group.days

    @classmethod
    def parse(cls, text: str) -> BrokerPlan:
        """Read a ring such as ``20x8@0.6:days=21``, with keys of the broker among its keys: ``20x8@0.6:clients=4:waves=2:shared=0.2``.

        Raises
        ------
        ConfigError
            When the text is of another form, a key is unknown, or a value is refused.
        """
        types = {f.name: str(f.type) for f in fields(cls) if f.name != "group"}
        of_group, values, wrong = [], {}, []
        for part in text.split(":"):
            key, _, value = part.partition("=")
            if key not in types:
                of_group.append(part)
                continue
            read, what = VALUES[types[key]]
            try:
                values[key] = read(value)
            except ValueError:
                wrong.append(f"broker {text!r}: {key} must be {what}, not {value!r}")
        if wrong:
            raise ConfigError("\n".join(wrong))
        return cls(RingPlan.parse(":".join(of_group)), **values)  # type: ignore[arg-type]
