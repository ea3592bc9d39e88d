"""The laws every detector, ranker and signal keeps, ours and yours: call the check in a test of your own.

::

    from collusion.testing import check_detector, check_ranker

    def test_my_detector_keeps_the_laws():
        check_detector(MyDetector())

    def test_my_ranker_keeps_the_laws():
        check_ranker(MyRanker(), least_auc={"reviewers": 0.9})

A signal asks one question about a group. This one compares how many of the members' reviews are of verified purchases with how many of all
reviews of the same products are::

    @dataclass(frozen=True)
    class NotBought:
        name: ClassVar[str] = "not bought"
        question: ClassVar[str] = "Did they buy less often than others who reviewed these products?"
        kind: ClassVar[str] = "behaves like paid"
        needs: ClassVar[tuple[str, ...]] = ("verified",)
        null: ClassVar[str] = "Purchases are permuted among all reviews of these products."

        def test(self, group):
            graph, verified = group.log.graph, group.log.verified
            if verified is None:
                return None
            known = np.isin(graph.product, group.products) & (verified >= 0)
            own = known & np.isin(graph.reviewer, group.reviewers)
            bought, n = int(verified[own].sum()), int(own.sum())
            p = float(hypergeom.cdf(bought, known.sum(), verified[known].sum(), n))
            said = f"{bought} of {n} reviews by the group are of verified purchases (p = {p:.2g})."
            return Evidence(self.name, said, p_value=p, rows=group.rows, stance="for" if p <= 0.05 else "neutral")

    def test_my_signal_keeps_the_laws():
        check_signal(NotBought())

Registered under the entry-point group ``collusion.signals``, it is asked in every scan and listed by ``collusion signals``. Its
p-value is combined with those of the built-in signals, on equal terms, where these reach the level by themselves. It never decides alone.
"""

from collusion.testing.detectors import (
    DetectorLawError,
    Members,
    check_detector,
    check_ranker,
    members_of,
    planted_graph,
    renamed,
)
from collusion.testing.laws import LawError
from collusion.testing.logs import LogColumns, facts_of, random_group, random_log, renamed_log
from collusion.testing.signals import SignalLawError, check_signal

__all__ = [
    "DetectorLawError",
    "LawError",
    "LogColumns",
    "Members",
    "SignalLawError",
    "check_detector",
    "check_ranker",
    "check_signal",
    "facts_of",
    "members_of",
    "planted_graph",
    "random_group",
    "random_log",
    "renamed",
    "renamed_log",
]
