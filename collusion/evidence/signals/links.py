"""Whether the members share devices, addresses or payments more than honest people who buy together do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from collusion.base.model import Evidence, SignalKind
from collusion.evidence.facts import GroupFacts
from collusion.evidence.home_draws import draw, pool_of
from collusion.evidence.homes import OWN_PURITY, holders, homes_of, purity, sharing, units_of
from collusion.evidence.pvalues import cauchy, p_of_draws
from collusion.evidence.signal import answer
from collusion.evidence.words import p_text, plural

__all__ = ["Links"]

LINKS_MARGIN = 0.05
"""Links per member that honest people are granted beyond what they draw, and one link at least: one couple is in any crowd, and a few
members of a crowd may work in one office."""

UNDER_TEST = "links: members of groups under test"


@dataclass(frozen=True)
class Links:
    """Compare what the members share, such as devices, addresses or payments, with what honest people who buy together share.

    A value that g members and h accounts of the log hold gives g - 1 links. They weigh (2 q - 1)^2 with q = (g - 1) / (h - 1), and nothing
    where most of the other holders are outside: the address of an office or a carrier says little or nothing, and a value that half of the
    log holds says nothing. Per column two figures are tested, the sum over values and the largest value.

    Honest people share values, too: those of one home do, and co-review. So the group is compared with as many accounts of others, drawn
    home by home: an account that is active in the same categories and periods and wrote about as many reviews (one in ten is any account of
    the log), together with those that share a value with it and have at least half as many products in common with it as sharing members
    typically have. They come along as often as they follow each other: with the share of its products that the others of its home
    reviewed, too. A unit of the group that is larger than a family may be an office, which brings its people along: it is among those
    drawn, as one account of the log. Each draw is granted `LINKS_MARGIN` beyond its sum, and a largest value of as much.

    A home that co-reviewed more of the group's products by itself than with the rest of the group is in it because the search finds homes:
    it is replaced by a home in each draw, as are all of a group of up to `collusion.evidence.homes.FEW_UNITS` homes. So a family is
    compared with other families, and is as rare as its size is. Members of other groups under test are not drawn, and do not count as
    holders: rings do not hide each other.

    p-values of the two figures, and of columns, are combined (Cauchy).

    Notes
    -----
    O(links of the log + pairs that share a value) once per log, O(accounts + draws x members) per group: 0.03 s among 14,000 accounts.

    Measured in 20 simulated markets of 37,000 reviews, where one account in ten shares an address with another. Of 20 rings of 20, 6 of
    which share devices, 2 to 6 each, 19 have p <= 0.001; of 20 of 40, 12 of which do, 19; of 20 of 12, 6 of which do, 13, and 18 p <= 0.01.
    Of 877 honest groups, some of which have up to half of their members in one office, 8 have p <= 0.05, 2 p <= 0.01 and 1 p <= 0.001.

    In 24 logs of 5,000 accounts, of which one in ten lives in a home of two to four that share everything and review everything together,
    p <= 0.001 in all where 6 of 20 share one device, and p > 0.05 in all where they share two or three, as homes do. Of 288 crowds of 20,
    which homes join as a whole, 7 have p <= 0.05, none p <= 0.01.

    Dangerous where something honest brings people of one place together who share an address with few others: a class at school, the
    residents of a home, an office that buys for its staff. Dangerous, too, where a log gives one value to unrelated accounts of one crowd,
    such as the address of a shop's own terminal. A column of dates, countries or browsers links nobody, and should not be named as one.
    """

    name: ClassVar[str] = "links"
    question: ClassVar[str] = "Do they share devices, addresses or payments more than honest people who buy together do?"
    kind: ClassVar[SignalKind] = "behaves like paid"
    needs: ClassVar[tuple[str, ...]] = ("link",)
    null: ClassVar[str] = "As many comparable accounts are drawn among others, each together with those of its home that co-review with it."

    def prepare(self, groups: Sequence[GroupFacts]) -> None:
        """Note the members of all groups under test, so that none is compared with another; homes that are in a group as such stay."""
        if not groups:
            return
        log, marked = groups[0].log, [np.empty(0, np.int32)]
        for group in groups:
            units = units_of(group)
            marked.append(group.reviewers[~units.apart[units.of]])
        log.keep(UNDER_TEST, np.unique(np.concatenate(marked)))

    def test(self, group: GroupFacts) -> Evidence | None:
        """Return the evidence; None where fewer than two members show values, or there is nobody else to compare them with."""
        log, members, n = group.log, group.reviewers, group.log.graph.n_reviewers
        own = [np.flatnonzero(np.isin(link.reviewer, members)) for link in log.links]
        counted = {k: _counted(group, k) for k, at in enumerate(own) if len(np.unique(log.links[k].reviewer[at])) > 1}
        if not counted:
            return None
        units = units_of(group)
        pool = pool_of(group, homes_of(log, group.co_reviews.window, units.common), units, counted, _elsewhere(group))
        if pool is None:
            return None
        total, largest, accounts = draw(pool, units, len(members), len(counted), group.rng(self.name))
        granted = max(1.0, LINKS_MARGIN * (len(members) - 1))
        p_values, shown, rows = [], [], [np.empty(0, np.int64)]
        for place, (k, held) in enumerate(counted.items()):
            at, link = own[k], log.links[k]
            whole = sharing(link, held, n, at, np.zeros(len(at), np.int64), 1)
            by_total = p_of_draws(float(whole.total[0]), total[:, place] + granted)
            by_largest = p_of_draws(float(whole.largest[0]), np.maximum(largest[:, place], granted))
            p_values.append(cauchy([by_total, by_largest]))
            shown.append((int(whole.accounts[0]), -float(accounts[:, place].mean())))
            inside = np.bincount(link.value[at], minlength=len(held))
            mostly = (inside > 1) & (purity(inside, held, n) > OWN_PURITY)
            rows.append(link.row[at[mostly[link.value[at]]]])
        p_value, (most, usual) = cauchy(p_values), max(shown)
        where = "" if len(log.links) == 1 else f" (of {len(log.links)} linking columns, the one where most do)"
        statement = (
            f"{most:,} of {plural(len(members), 'member')} share a device, an address or another value that few others have{where}; about "
            f"{-usual:.1f} would be expected of as many comparable accounts, drawn together with their homes ({p_text(p_value)})."
        )
        return answer(self, statement, float(most), -usual, tuple(np.unique(np.concatenate(rows)).tolist()), p_value)


def _elsewhere(group: GroupFacts) -> NDArray[np.bool_]:
    """Return which accounts are members of other groups under test, and none of this group's."""
    found = np.zeros(group.log.graph.n_reviewers, np.bool_)
    found[group.log.kept(UNDER_TEST, np.empty(0, np.int32))] = True
    found[group.reviewers] = False
    return found


def _counted(group: GroupFacts, column: int) -> NDArray[np.int64]:
    """Return how many accounts hold each value of a column, those of other groups under test left out."""
    link, held = group.log.links[column], holders(group.log, column)
    elsewhere = link.value[_elsewhere(group)[link.reviewer]]
    found: NDArray[np.int64] = held - np.bincount(elsewhere, minlength=len(held))
    return found
