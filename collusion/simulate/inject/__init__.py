"""Attacks and honest look-alikes that can be planted into any log, by name.

``make_attack("camouflage-degree:0.1+look-alikes").plant(log, rng)`` returns the log with them. What is planted comes last;
`collusion.simulate.labelled.shuffled` shuffles rows and ids.

To add an attack:

1. Where it is a ring of another size, pace or camouflage, add a line with its plan to `ATTACKS`, such as
   ``"weekend": _rings("20x8@0.6:days=2")`` (`collusion.simulate.plan.RingPlan` lists the keys).
2. Otherwise write one file in this folder: a frozen dataclass of parameters with a method ``plant(log, rng)``
   (`collusion.simulate.inject.attack.Attack`). `background_of` codes the log, a `collusion.simulate.planting.Planted` holds the codes, days
   and ratings of the new reviews, and `collusion.simulate.inject.rows.write_rows` turns it into rows. `nash.py` is an example. Add an
   instance to `ATTACKS`, and a line to the description below it.

`collusion bench run --attacks NAME` and the tests (`tests/simulate/inject/test_attacks.py`: old rows unchanged, names and order of rows
without effect, clear errors on small logs) then know it by its name.
"""

from __future__ import annotations

from collusion.base.errors import ConfigError, did_you_mean
from collusion.simulate.honest import Fans, Launches, Promotions, Sittings
from collusion.simulate.inject.attack import Attack, Chain, Nothing
from collusion.simulate.inject.look_alikes import HonestGroups
from collusion.simulate.inject.nash import Nash
from collusion.simulate.inject.rings import Rings
from collusion.simulate.plan import RingPlan

__all__ = ["ATTACKS", "Attack", "make_attack"]


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
    The default on real logs: a dense ring of 8 x 5 at 0.8 in ten days; 20 x 10 at 0.4 in a month; 12 x 6 at 0.6 over 90 days by accounts up
    to a year older; 10 x 6 at 0.7 by taken-over accounts; and two of 10 x 6 at 0.7 that share three accounts and two targets.
``density``, ``camouflage-none``, ``camouflage-random``, ``camouflage-random2``, ``camouflage-degree``, ``hijacked``
    A block of 50 x 20 at 0.3 within a month with FRAUDAR's camouflages: none (under two names), as many camouflaging reviews
    as paid ones at random products, twice as many, as many by the number of reviewers, and accounts taken over with their own history.
``aged``
    20 x 8 at 0.6 by taken-over accounts that wrote first half a year before, where there are any.
``burst``, ``drip``
    30 x 12 at 0.5, each target within three days of its own, as HoloScope plants them; 20 x 8 at 0.6 over half a year.
``mixed``, ``demote``
    20 x 8 at 0.6 in a month, a third of the paid ratings towards the middle; with the lowest rating throughout.
``sparse``
    The shape of a known broker network, 200 x 1,200 at 1.4 %: campaigns of two weeks over a year.
``overlapping``, ``workforce``
    Two rings that share a third of accounts and targets; two that share half of their accounts.
``nash-incbp``, ``nash-incds``, ``nash-incpr``, ``nash-random``, ``nash-singleton``
    The strategies of `collusion.simulate.inject.nash`.
``look-alikes``
    Three groups each of fans, launch crowds, bargain hunters and people who rate much in one evening, as far as the log has the columns; no
    review is fake.
"""


def make_attack(text: str) -> Attack:
    """Return an attack by name or plan; several are joined by ``+`` and planted one after the other.

    Parameters
    ----------
    text : str
        A name of `ATTACKS`; for rings a name and a density, such as ``camouflage-random:0.05``; or a plan that is used without cutting it,
        such as ``20x10@0.8:days=30`` (`collusion.simulate.plan.RingPlan.parse`).

    Raises
    ------
    ConfigError
        When a part is not one of these, or a value is wrong; all problems at once.
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
