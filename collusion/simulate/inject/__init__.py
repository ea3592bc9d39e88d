"""Attacks and honest look-alikes that can be planted into any log, by name.

``make_attack("camouflage-degree:0.1+look-alikes").plant(log, rng)`` returns the log with them. What is planted comes last;
`collusion.simulate.labelled.shuffled` shuffles rows and ids.

To add an attack:

1. Where it is a ring of another size, pace or camouflage, add a line with its plan to `ATTACKS`, such as
   ``"weekend": _rings("20x8@0.6:days=2")`` (`collusion.simulate.plan.RingPlan` lists the keys).
2. Otherwise write one file in this folder: a frozen dataclass of parameters with a method ``plant(log, rng)``
   (`Attack`). `background_of` codes the log, a `collusion.simulate.planting.Planted` holds the codes, days
   and ratings of the new reviews, and `collusion.simulate.inject.rows.write_rows` turns it into rows. `nash.py` is an example. Add an
   instance to `ATTACKS`, and a line to the description below it.

`collusion bench run --attacks NAME` and the tests (`tests/simulate/inject/test_attacks.py`: old rows unchanged, names and order of rows
without effect, clear errors on small logs) then know it by its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, get_args

from collusion.base.errors import ConfigError, did_you_mean
from collusion.simulate.honest import Fans, Launches, Promotions, Sittings
from collusion.simulate.inject.look_alikes import HonestGroups
from collusion.simulate.inject.nash import Nash, Strategy
from collusion.simulate.inject.rings import Rings
from collusion.simulate.plan import RingPlan

if TYPE_CHECKING:
    import numpy as np

    from collusion.simulate.labelled import LabelledLog

__all__ = ["ATTACKS", "Attack", "Chain", "make_attack"]


class Attack(Protocol):
    """What can be planted: a frozen dataclass of parameters with one method."""

    def plant(self, log: LabelledLog, rng: np.random.Generator) -> LabelledLog:
        """Return the log with what is planted: its old rows first, unchanged and in order."""
        ...


@dataclass(frozen=True)
class Chain:
    """Several attacks, each planted into the log that the one before returned; the log as it is where there is none."""

    attacks: tuple[Attack, ...]

    def plant(self, log: LabelledLog, rng: np.random.Generator) -> LabelledLog:
        """Return the log with all of them."""
        for attack in self.attacks:
            log = attack.plant(log, rng)
        return log


def _rings(*plans: str) -> Rings:
    return Rings(tuple(RingPlan.parse(plan) for plan in plans), fitted=True)


ATTACKS: dict[str, Attack] = {
    "none": Chain(()),
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
    **{f"nash-{strategy.lower()}": Nash(strategy, fitted=True) for strategy in get_args(Strategy)},
    "look-alikes": HonestGroups((Fans(3), Launches(3), Promotions(3), Sittings(3)), strict=False),
}
"""Ready-made attacks, all but ``none`` (the log as it is) cut to a small log.

``rings`` are the default on real logs: among them taken-over accounts, and two rings that share three accounts and two targets.
``density``, ``camouflage-*`` and ``hijacked`` are a block with FRAUDAR's camouflages: none (under two names), as many camouflaging reviews
as paid ones at random products, twice as many, as many by the number of reviewers, and accounts taken over with their own history.
``burst`` is as HoloScope plants rings, ``sparse`` the shape of a known broker network. ``nash-*`` are the strategies of
`collusion.simulate.inject.nash`. ``look-alikes`` are as many as the columns of the log allow; none of their reviews is fake.
"""


def make_attack(text: str) -> Attack:
    """Return an attack by name or plan; several are joined by ``+`` and planted one after the other.

    Parameters
    ----------
    text : str
        A name of `ATTACKS`; for rings a name and a density, such as ``camouflage-random:0.05``; or a plan that is used without cutting it,
        such as ``20x10@0.8:days=30`` (`collusion.simulate.plan.RingPlan.parse`).

    Raises ConfigError when a part is not one of these, or a value is wrong; all problems at once.
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
