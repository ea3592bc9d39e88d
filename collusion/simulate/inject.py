"""Attacks and honest look-alikes that can be planted into any log, by name.

``make_attack("camouflage-degree:0.1+look-alikes").plant(log, rng)`` returns the log with them. What is planted comes last;
`collusion.simulate.labelled.shuffled` shuffles rows and ids.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from collusion.errors import ConfigError, did_you_mean
from collusion.simulate.honest import Fans, Launches, Promotions, Sittings
from collusion.simulate.inject_ground import ground_of
from collusion.simulate.inject_honest import HonestGroups
from collusion.simulate.inject_ring import fitted, plant_ring
from collusion.simulate.inject_rows import grown
from collusion.simulate.nash import Nash
from collusion.simulate.planting import RingPlan

if TYPE_CHECKING:
    import numpy as np

    from collusion.simulate.labelled import LabelledLog

__all__ = ["ATTACKS", "Attack", "Chain", "Nothing", "Rings", "make_attack"]


class Attack(Protocol):
    """What can be planted: a frozen dataclass of parameters with one method."""

    def plant(self, log: LabelledLog, rng: np.random.Generator) -> LabelledLog:
        """Return the log with what is planted: its old rows first, untouched and in order."""
        ...


@dataclass(frozen=True)
class Nothing:
    """No attack: the log as it is."""

    def plant(self, log: LabelledLog, rng: np.random.Generator) -> LabelledLog:  # noqa: ARG002  # the protocol's; nothing here is random
        """Return the log."""
        return log


@dataclass(frozen=True)
class Rings:
    """Rings by their plans, one after the other (`collusion.simulate.planting.RingPlan`).

    Parameters
    ----------
    plans : tuple of RingPlan
        A plan's ``shared`` and ``overlap`` are of the ring before it, that of the first plan of the last ring that the log has. Ratings are
        stars, 1 the log's lowest rating and 5 its highest; ``camouflage_kind="popular"`` draws by the number of honest reviewers;
        ``aged`` is, of accounts taken over, how many days before the job they wrote first (`collusion.simulate.inject_ring.plant_ring`).
    fitted : bool, default False
        Whether plans are cut to a small log (`collusion.simulate.inject_ring.fitted`). If not, what does not fit is refused.

    Notes
    -----
    Each target-account pair is reviewed once, and none that the log has; ``round(density * reviewers * products)`` are paid for, exactly.
    FRAUDAR's four camouflages (Hooi et al., KDD 2016, section 5) are ``camouflage`` 0, 1 or 2 at random products, 1 by popularity, and
    ``hijacked`` 1 with none; the paper draws each pair of the block with the probability that is the density here, and so the camouflage.
    """

    plans: tuple[RingPlan, ...]
    fitted: bool = False

    def __post_init__(self) -> None:
        if not self.plans:
            raise ConfigError("no ring is planned; name at least one, such as 20x10@0.8")

    def plant(self, log: LabelledLog, rng: np.random.Generator) -> LabelledLog:
        """Return the log with the rings, as `collusion.simulate.inject_rows.grown` writes them.

        Raises
        ------
        ConfigError
            When the log cannot be planted in, or has too few products, accounts or days.
        """
        ground = ground_of(log)
        for plan in self.plans:
            ground = ground.with_sown(plant_ring(fitted(plan, ground) if self.fitted else plan, ground, rng))
        return grown(ground, rng)

    def at_density(self, density: float) -> Rings:
        """Return the same rings at another density."""
        return replace(self, plans=tuple(replace(plan, density=density) for plan in self.plans))


@dataclass(frozen=True)
class Chain:
    """Several attacks, each planted into what the one before left."""

    attacks: tuple[Attack, ...]

    def plant(self, log: LabelledLog, rng: np.random.Generator) -> LabelledLog:
        """Return the log with all of them."""
        for attack in self.attacks:
            log = attack.plant(log, rng)
        return log


def _rings(*plans: str) -> Rings:
    return Rings(tuple(RingPlan.parse(plan) for plan in plans), fitted=True)


ATTACKS: dict[str, Attack] = {
    "none": Nothing(),
    "rings": _rings(
        "8x5@0.8",
        "20x10@0.4:days=30",
        "12x6@0.6:days=90:aged=365",
        "10x6@0.7:days=14:hijacked=1:camouflage=0",
        "10x6@0.7:days=21",
        "10x6@0.7:days=21:shared=0.3:overlap=0.34",
    ),
    "density": _rings("50x20@0.3:days=30:camouflage=0"),
    "camouflage-none": _rings("50x20@0.3:days=30:camouflage=0"),
    "camouflage-random": _rings("50x20@0.3:days=30:camouflage=1"),
    "camouflage-random2": _rings("50x20@0.3:days=30:camouflage=2"),
    "camouflage-degree": _rings("50x20@0.3:days=30:camouflage=1:camouflage_kind=popular"),
    "hijacked": _rings("50x20@0.3:days=30:camouflage=0:hijacked=1"),
    "aged": _rings("20x8@0.6:days=30:camouflage=0:hijacked=1:aged=180"),
    "burst": _rings("30x12@0.5:days=60:campaign=3"),
    "drip": _rings("20x8@0.6:days=180:aged=365"),
    "mixed": _rings("20x8@0.6:days=30:mixed=0.34"),
    "demote": _rings("20x8@0.6:days=30:rating=1"),
    "sparse": _rings("200x1200@0.0142:days=365:campaign=14"),
    "overlapping": _rings("20x8@0.6:days=30", "20x8@0.6:days=30:shared=0.34:overlap=0.34"),
    "workforce": _rings("24x8@0.6:days=30", "24x8@0.6:days=30:shared=0.5"),
    "nash-incbp": Nash("IncBP", fitted=True),
    "nash-incds": Nash("IncDS", fitted=True),
    "nash-incpr": Nash("IncPR", fitted=True),
    "nash-random": Nash("Random", fitted=True),
    "nash-singleton": Nash("Singleton", fitted=True),
    "look-alikes": HonestGroups((Fans(3), Launches(3), Promotions(3), Sittings(3)), strict=False),
}
"""Ready-made attacks, all but the first cut to a small log.

``none``
    The log as it is.
``rings``
    The default on real logs: a dense ring of 8 x 5 at .8 in ten days; 20 x 10 at .4 in a month; 12 x 6 at .6 over 90 days by accounts up
    to a year older; 10 x 6 at .7 by taken-over accounts; and two of 10 x 6 at .7 that share three accounts and two targets.
``density``, ``camouflage-none``, ``camouflage-random``, ``camouflage-random2``, ``camouflage-degree``, ``hijacked``
    A block of 50 x 20 at .3 within a month with FRAUDAR's camouflages: none (twice, the first for its name), as many camouflaging reviews
    as paid ones at random products, twice as many, as many by the number of reviewers, and accounts taken over with their own history.
``aged``
    20 x 8 at .6 by taken-over accounts that wrote first half a year before, where there are such.
``burst``, ``drip``
    30 x 12 at .5, each target within three days of its own, as HoloScope plants them; 20 x 8 at .6 over half a year.
``mixed``, ``demote``
    20 x 8 at .6 in a month, a third of the paid ratings towards the middle; with the lowest rating throughout.
``sparse``
    The shape of a known broker network, 200 x 1,200 at 1.4 %: campaigns of two weeks over a year.
``overlapping``, ``workforce``
    Two rings that share a third of accounts and targets; two that share half of their accounts.
``nash-incbp``, ``nash-incds``, ``nash-incpr``, ``nash-random``, ``nash-singleton``
    The strategies of `collusion.simulate.nash`.
``look-alikes``
    Three groups each of fans, launch crowds, bargain hunters and sittings, as far as the log has the columns; nothing is fake.
"""


def make_attack(text: str) -> Attack:
    """Return an attack by name or plan; several are joined by ``+`` and planted one after the other.

    Parameters
    ----------
    text : str
        A name of `ATTACKS`; a name and a density, such as ``camouflage-random:0.05``, for rings; or a plan that is taken as it stands, such
        as ``20x10@0.8:days=30`` (`collusion.simulate.planting.RingPlan.parse`).

    Raises
    ------
    ConfigError
        When a part is none of these, or a value is refused; all problems at once.
    """
    found: list[Attack] = []
    wrong = []
    for part in text.split("+"):
        try:
            found.append(_one(part.strip()))
        except ConfigError as error:
            wrong.append(str(error))
    if wrong:
        raise ConfigError("\n".join(wrong))
    return found[0] if len(found) == 1 else Chain(tuple(found))


def _one(text: str) -> Attack:
    if "@" in text:
        return Rings((RingPlan.parse(text),))
    name, colon, value = text.partition(":")
    if name not in ATTACKS:
        raise ConfigError(f"no attack is called {name!r}; {did_you_mean(name, ATTACKS)}; or give a plan such as 20x10@0.8:days=30")
    attack = ATTACKS[name]
    if not colon:
        return attack
    if not isinstance(attack, Rings):
        able = ", ".join(key for key, one in ATTACKS.items() if isinstance(one, Rings))
        raise ConfigError(f"attack {text!r}: {name} has no density; these have: {able}")
    try:
        density = float(value)
    except ValueError:
        raise ConfigError(f"attack {text!r}: the density must be a number above 0 and at most 1, not {value!r}") from None
    try:
        return attack.at_density(density)
    except ConfigError as error:
        raise ConfigError(f"attack {text!r}: {error}") from None
