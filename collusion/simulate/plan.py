"""The plan of a ring: how many accounts review which products, how fast, with which ratings and behind what camouflage."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal, get_args

from collusion.base.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["RingPlan"]

Camouflage = Literal["random", "popular"]
Targets = Literal["random", "popular", "category", "own"]

PLAN_FORM = re.compile(r"(?P<reviewers>\d+)x(?P<products>\d+)@(?P<density>[0-9.]+)(?P<rest>(?::[^:]*)*)\Z")

VALUES: dict[str, tuple[Callable[[str], object], str]] = {
    "int": (int, "a whole number"),
    "float": (float, "a number"),
    "bool": ({"yes": True, "no": False}.__getitem__, "yes or no"),
}
"""What reads the value of a plan's field from text, and what it must be, by the type of the field."""

SHARES = ("hijacked", "attacked", "mixed", "shared", "overlap", "devices", "reuse", "reworded")


@dataclass(frozen=True)
class RingPlan:
    """What one ring does.

    Parameters
    ----------
    reviewers, products : int
        Accounts and targets.
    density : float
        Share of the account-target pairs that have a paid review; exactly that many are drawn.
    days : float, default 10
        Length of the job; the paid reviews are spread evenly over it.
    campaign : float, optional
        Days of each target's own campaign, which begins on a day of its own within the job: a broker with many clients over a year.
        None where all targets are reviewed over the whole job.
    launch : float, optional
        Days after its launch within which a target is reviewed: the targets are products launched within the job, or those launched nearest
        to it where there are too few. None where targets were launched before the job. Not together with ``campaign``.
    even : bool, default False
        Whether accounts have equally many paid reviews, and targets too, as nearly as the numbers allow. Otherwise chance decides.
    camouflage : float, default 1
        Other reviews per paid review.
    camouflage_kind : {"random", "popular"}
        Whether camouflage goes to any product or to products by their popularity.
    aged : float, default 0
        Accounts are up to this many days older than new ones usually are, each of its own age: camouflage reaches that far back.
    start : float, optional
        First day of the job, counted from the start of the log; drawn where None.
    rating : int, default 5
        Stars of the paid reviews.
    mixed : float, default 0
        Share of the paid reviews that have another rating: towards the middle, by one star in three of four cases, by two in the other.
    attacked : float, default 0
        Share of the targets whose paid reviews have the opposite rating, ``6 - rating``: those of a rival.
    like_others : bool, default False
        Whether the accounts rate each target as ordinary reviewers do; then ``rating``, ``mixed`` and ``attacked`` have no effect.
    targets : {"random", "popular", "category", "own"}
        Any products, products by their popularity, products of one category, of different sellers each where there are enough; or
        products of one seller, or of as few as have enough.
    hijacked : float, default 0
        Share of the accounts that are taken over from ordinary reviewers; the others are new, and older than the job by weeks or months.
    shared : float, default 0
        Share of the accounts that are accounts of the ring planted just before this one: one workforce with two clients.
    overlap : float, default 0
        Share of the targets that are targets of the ring before. Where this or ``shared`` is above 0, no other target is one of
        that ring's, and a start that is drawn is not before that ring's start.
    devices : float, default 0
        Share of the accounts that use devices which 2 to 6 of them share, each device at one address (`collusion.simulate.links`).
    reuse : float, default 0
        Share of the paid reviews whose text is taken from a few texts of the ring (`collusion.simulate.phrases`).
    reworded : float, default 0.5
        Share of the words of such a text that are exchanged, different ones each time.
    """

    reviewers: int
    products: int
    density: float
    days: float = 10.0
    campaign: float | None = None
    launch: float | None = None
    even: bool = False
    camouflage: float = 1.0
    camouflage_kind: Camouflage = "random"
    aged: float = 0.0
    start: float | None = None
    rating: int = 5
    mixed: float = 0.0
    attacked: float = 0.0
    like_others: bool = False
    targets: Targets = "random"
    hijacked: float = 0.0
    shared: float = 0.0
    overlap: float = 0.0
    devices: float = 0.0
    reuse: float = 0.0
    reworded: float = 0.5

    def __post_init__(self) -> None:
        checks = {
            "reviewers must be at least 2": self.reviewers >= 2,
            "products must be at least 1": self.products >= 1,
            "density must be above 0 and at most 1": 0 < self.density <= 1,
            "days must be above 0": self.days > 0,
            "camouflage must be at least 0": self.camouflage >= 0,
            f"camouflage_kind must be one of {', '.join(get_args(Camouflage))}": self.camouflage_kind in get_args(Camouflage),
            "start must be at least 0": self.start is None or self.start >= 0,
            "rating must be from 1 to 5": self.rating in {1, 2, 3, 4, 5},
            f"targets must be one of {', '.join(get_args(Targets))}": self.targets in get_args(Targets),
            **{f"{name} must be from 0 to 1": 0 <= getattr(self, name) <= 1 for name in SHARES},
            "campaign must be above 0 and at most days": self.campaign is None or 0 < self.campaign <= self.days,
            "launch must be above 0 and at most days": self.launch is None or 0 < self.launch <= self.days,
            "campaign and launch: give one of them": self.campaign is None or self.launch is None,
            "aged must be at least 0": 0 <= self.aged < math.inf,
            "hijacked and shared must add up to at most 1": not max(self.hijacked, self.shared) <= 1 < self.hijacked + self.shared,
        }
        wrong = [what for what, fine in checks.items() if not fine]
        if wrong:
            raise ConfigError("\n".join(f"ring {self.reviewers}x{self.products}@{self.density}: {what}" for what in wrong))

    @classmethod
    def parse(cls, text: str) -> RingPlan:
        """Read ``50x20@0.8`` or ``50x20@0.8:days=10:camouflage=1:targets=own``.

        Raises
        ------
        ConfigError
            When the text is of another form, a key is unknown, or a value is refused.
        """
        match = PLAN_FORM.match(text)
        if match is None:
            raise ConfigError(f"ring {text!r} is not of the form REVIEWERSxPRODUCTS@DENSITY[:KEY=VALUE...], such as 50x20@0.8:days=10")
        types = {f.name: str(f.type) for f in fields(cls)}
        given: dict[str, str] = {key: match[key] for key in ("reviewers", "products", "density")}
        optional = types.keys() - given.keys()
        wrong = []
        for part in filter(None, match["rest"].split(":")):
            key, equals, value = part.partition("=")
            if not equals or key not in optional:
                wrong.append(f"ring {text!r}: {part!r} is not KEY=VALUE with a known key; {did_you_mean(key, optional)}")
            given[key] = value
        values: dict[str, object] = {}
        for key, value in given.items():
            read, what = VALUES.get(types.get(key, "").partition(" ")[0], (str, "text"))
            try:
                values[key] = read(value)
            except (ValueError, KeyError):
                wrong.append(f"ring {text!r}: {key} must be {what}, not {value!r}")
        if wrong:
            raise ConfigError("\n".join(wrong))
        return cls(**values)  # type: ignore[arg-type]
