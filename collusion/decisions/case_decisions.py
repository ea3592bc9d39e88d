"""The decisions on the rings of one case: where they are recorded and looked up."""

from __future__ import annotations

import hashlib
import html
import logging
import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from collusion.base.errors import ConfigError, InputError, did_you_mean
from collusion.decisions.appeals import faults_of_step, matches
from collusion.decisions.entry import STATUSES, Decision, DecisionStatus, Subject, fault_of_name, shown
from collusion.decisions.find import find_ring
from collusion.decisions.history import Earlier, Key, RingStatus, SimilarRings, fold, jaccard
from collusion.decisions.journal import Journal, journal_path
from collusion.decisions.lines import Difference, Lines, Related
from collusion.decisions.precision import Precision, precision_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from collusion.case import Case
    from collusion.decisions.journal import Damaged

__all__ = ["CaseDecisions", "asked_statuses", "decisions_of_case"]

logger = logging.getLogger(__name__)

SHOWN_DAMAGED = 5


def now() -> str:
    """Return the time in UTC, to the microsecond."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclass(frozen=True, eq=False)
class CaseDecisions:
    """The rings of a case and the journal of decisions on them. Each method reads the journal again, since others write to it too.

    Parameters
    ----------
    journal : Journal
    log : str
        Digest of the inputs (`digest_of`).
    rings : tuple of Subject
        In the order of their ranks.
    version : str or None
        Version of collusion that made the case.
    clock : callable
        Returns the time. The order of decisions is that of the journal, not of the clock.
    lines : Lines
        The earlier scans, if the case was compared with one.
    others : tuple of Journal
        Those of the earlier cases. They are read, and never written.
    """

    journal: Journal
    log: str
    rings: tuple[Subject, ...]
    version: str | None = None
    clock: Callable[[], str] = now
    lines: Lines = field(default_factory=Lines)
    others: tuple[Journal, ...] = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self.rings):,} rings, journal {str(self.journal.path)!r}>"

    def at_once(self) -> CaseDecisions:
        """Return these decisions as they are now, to be read only: several questions get answers that fit each other."""
        return replace(self, journal=self.journal.at_once())

    def decide(self, ring_id: str, status: str, *, note: str = "", by: str | None = None) -> RingStatus:
        """Record a decision and return the status of the ring after it, with the claims of others.

        Parameters
        ----------
        ring_id : str
            The id of a ring, its rank, or the start of its id (`find`).
        status : {"open", "in progress", "confirmed", "dismissed", "appealed", "upheld", "overturned"}
            Only a ring that is confirmed or upheld can be ``appealed``; ``upheld`` and ``overturned`` answer an appeal.
        note : str
            Any text. Appeals and the answers to them need one.
        by : str, optional
            Who decides; needed for ``in progress``, which claims the ring.

        Raises
        ------
        ConfigError
            When an argument is wrong; all problems at once.
        InputError, OutputError
            See `Journal.append`.
        """
        decided = self._folded()
        known = self._known(decided)
        problems = [problem for problem in (fault_of_name(by),) if problem]
        try:
            ring_id = find_ring(str(ring_id), self._ranked(), known)
        except ConfigError as error:
            problems.append(str(error))
        problems += _faults_of_statuses((status,))
        if status == "in progress" and by is None:
            problems.append("by: 'in progress' claims the ring for a person; name them, as in by='Ann'")
        problems += _faults_of_note(note)
        if not problems:
            ring = known[ring_id]
            before = decided.get((ring.log, ring_id), RingStatus(ring_id))
            problems += faults_of_step(ring_id, status, before.standing, note)
        if problems:
            raise ConfigError("\n".join(problems))
        self._warn(decided)
        one = Decision(self.clock(), ring, cast("DecisionStatus", status), note, by, self.version)
        self.journal.append(one, check=lambda: self._check_step(one))
        current = self._folded().get((ring.log, ring_id), RingStatus(ring_id))
        others = [claim for claim in current.claims if claim.by != by]
        if status == "in progress" and others:
            logger.warning("%s is also in progress by %s", ring_id, ", ".join(f"{one.by} (since {shown(one.time)})" for one in others))
        return current

    def _check_step(self, one: Decision) -> None:
        """Raise ConfigError if somebody else has decided in the meantime, so that this decision cannot follow any more."""
        before = self._folded().get((one.ring.log, one.ring.ring_id), RingStatus(one.ring.ring_id))
        if problems := faults_of_step(one.ring.ring_id, one.status, before.standing, one.note):
            raise ConfigError("\n".join(problems))

    def find(self, ring: str) -> str:
        """Return the id of a ring of the case or of the journal.

        Parameters
        ----------
        ring : str
            The id, the rank in this case (``"3"``), or the start of one id alone (``"R-2e"``).

        Raises
        ------
        ConfigError
            When no ring is meant, or several are; the message lists these.
        """
        return find_ring(ring, self._ranked(), self._known(self._folded()))

    def history(self, ring_id: str | None = None, status: str | Iterable[str] | None = None, by: str | None = None) -> tuple[Decision, ...]:
        """Return all decisions of the journal, of all logs, in the order of the file; those of one ring, status or person if asked.

        A status finds those that count as it, too (see `select`).
        """
        wanted = STATUSES if status is None else asked_statuses(status)
        return tuple(
            one
            for one in self.all()
            if (ring_id is None or one.ring.ring_id == ring_id) and matches(one.status, wanted) and (by is None or one.by == by)
        )

    def all(self) -> tuple[Decision, ...]:
        """Return all decisions of the journal; before them, those that only the journals of earlier cases have."""
        own = self.journal.read()[0]
        found = {replace(one, line=0): None for one in own}
        more = [one for journal in self.others for one in _readable(journal)[0]]
        return (*(one for one in dict.fromkeys(more) if replace(one, line=0) not in found), *own)

    def applied(self, ring_id: str) -> tuple[Decision, ...]:
        """Return the decisions that count for a ring of this case, in the order in which they count: on this log, and carried."""
        key = self._keys()
        return tuple(one for one in self._ordered() if key(one) == (self.log, ring_id))

    def statuses(self) -> tuple[RingStatus, ...]:
        """Return the status of each ring of the case, in the order of ranks.

        Decisions of an earlier run on the same log apply to rings with exactly the same members. Decisions of earlier scans (``--since``)
        apply to rings with the same reviewers (`Lines.carries`); on other members they are listed in `RingStatus.earlier`, as are
        decisions on other logs on rings that share half of their reviewers with one (Jaccard).
        """
        decided = self._folded()
        near = SimilarRings(decided)
        # What is carried to a ring counts for that ring alone.
        past = [one for (log, _), one in decided.items() if log != self.log and self._back(one) is not None]
        related = Related(_subjects(past))
        of = {ring.ring_id: [past[k] for k in related.to(ring)] for ring in self.rings}
        heirs = self._heirs(past)
        return tuple(self._status(ring, decided, near, of[ring.ring_id], heirs.get(ring.ring_id)) for ring in self.rings)

    def _heirs(self, past: Sequence[RingStatus]) -> dict[str, tuple[int, frozenset[str]]]:
        """Return how many scans ago a decision was made on other members of a ring's line, the latest, and what it says, by ring id.

        The line of a decided ring is that of the ring which has most of its reviewers; of several, the smallest, then the best rank.
        """
        here, found = Related(self.rings), dict[str, tuple[int, frozenset[str]]]()
        for one, subject in zip(past, _subjects(past), strict=True):
            close = [self.rings[k] for k in here.to(subject)]
            if close:
                heir = max(close, key=lambda ring: (len(set(ring.reviewers) & set(subject.reviewers)), -len(ring.reviewers)))
                back, said = found.get(heir.ring_id, (self._since(one), frozenset()))
                own = frozenset((one.counts_as,))
                if self._since(one) <= back:
                    found[heir.ring_id] = (self._since(one), said | own if self._since(one) == back else own)
        return found

    def _status(
        self,
        ring: Subject,
        decided: Mapping[Key, RingStatus],
        near: SimilarRings,
        past: Sequence[RingStatus],
        newer: tuple[int, frozenset[str]] | None,
    ) -> RingStatus:
        current = decided.get((self.log, ring.ring_id))
        if current is not None and current.decision is not None:
            back = self.lines.back(current.decision.ring.log)
            # A later decision on other members of the line that says something else is news that a carried one does not have.
            if back is None or newer is None or newer[0] >= back or newer[1] == {current.counts_as}:
                since = [one for one in past if back is not None and self._since(one) < back and one.status != "open"]
                carried = None if back is None else Difference.of(current.decision.ring, ring)
                return replace(current, carried=carried, earlier=tuple(_offered(one, ring) for one in sorted(since, key=self._since)))
        offered = [_offered(one, ring) for one in sorted(past, key=self._since) if one.status != "open"]
        if current is not None and current.decision is not None and current.status != "open":
            offered.append(_offered(current, ring))
        seen = {id(one.decision) for one in offered}
        return RingStatus(ring.ring_id, earlier=(*offered, *(one for one in near.similar_to(ring) if id(one.decision) not in seen)))

    def _back(self, one: RingStatus) -> int | None:
        return None if one.decision is None else self.lines.back(one.decision.ring.log)

    def _since(self, one: RingStatus) -> int:
        return self._back(one) or 0

    def select(self, status: str | Iterable[str] | None = None, by: str | None = None) -> tuple[RingStatus, ...]:
        """Return the rings of the case that have one of these statuses, or that somebody works on or decided.

        Parameters
        ----------
        status : str or several, optional
            ``("open", "in progress")`` with ``by="Ann"`` is what Ann has still to do. A status finds those that count as it, too:
            ``open`` finds ``appealed``, ``confirmed`` finds ``upheld``, and ``dismissed`` finds ``overturned``.
        by : str, optional
            Who works on it, or decided it last.
        """
        wanted = STATUSES if status is None else asked_statuses(status)
        return tuple(one for one in self.statuses() if matches(one.status, wanted) and (by is None or by in one.people))

    def vanished(self) -> tuple[RingStatus, ...]:
        """Return the status of decided rings of this log, and of lines of earlier scans, that this run did not find."""
        decided, found = self._folded(), {ring.ring_id for ring in self.rings}
        gone = [one for (log, ring_id), one in decided.items() if log == self.log and ring_id not in found]
        here = Related(self.rings)
        past = [one for (log, _), one in decided.items() if log != self.log and self._back(one) is not None and one.status != "open"]
        for one in sorted(past, key=self._since):
            # Of a line that was decided several times, the last decision is listed.
            subject = cast("Decision", one.decision).ring
            if not here.to(subject) and not Related(_subjects(gone)).to(subject):
                gone.append(one)
        return tuple(gone)

    def precision(self) -> Precision:
        """Return the precision by all decisions of the journal."""
        return precision_of(self.all())

    def notes(self) -> tuple[str, ...]:
        """Return notes on the journals: lines that are not counted, and decisions on other logs."""
        notes = _damage(self.journal, self.journal.read()[1])
        for journal in self.others:
            _, damaged, problem = _readable(journal)
            notes += [problem] if problem else _damage(journal, damaged)
        return (*notes, *self._other_logs(one.ring.log for one in self.all()))

    def _other_logs(self, logs: Iterable[str]) -> tuple[str, ...]:
        logs = list(logs)
        other = sum(log != self.log and self.lines.back(log) is None for log in logs)
        if not other:
            return ()
        share = (
            "all decisions were made"
            if other == len(logs)
            else f"{other:,} of {len(logs):,} decisions {'was' if other == 1 else 'were'} made"
        )
        hint = "They are not applied automatically; matching rings are shown for you to confirm."
        return (f"{self.journal.path}: {share} on a different version of the log. {hint}",)

    def _folded(self) -> dict[Key, RingStatus]:
        return fold(self._ordered(), self._keys())

    def _ordered(self) -> list[Decision]:
        return self.lines.in_order(self.all(), self.log)

    def _keys(self) -> Callable[[Decision], Key]:
        """Return which ring a decision counts for: one of this case where it is carried, else that which it names."""
        here: dict[frozenset[str], list[Subject]] = {}
        for ring in self.rings if self.lines.logs else ():
            here.setdefault(frozenset(ring.reviewers), []).append(ring)

        def key(one: Decision) -> Key:
            heirs = [ring for ring in here.get(frozenset(one.ring.reviewers), ()) if self.lines.carries(one.ring, ring)]
            # Rings with the same reviewers differ in their products: the decision is about those of one.
            heirs.sort(key=lambda ring: -len(set(ring.products) & set(one.ring.products)))
            return (self.log, heirs[0].ring_id) if heirs else (one.ring.log, one.ring.ring_id)

        return key

    def _warn(self, decided: dict[Key, RingStatus]) -> None:
        # The first decision on this log in a journal of other logs may be in the wrong journal.
        if decided and not any(log == self.log for log, _ in decided):
            for text in self._other_logs(log for log, _ in decided):
                logger.warning("%s", text)

    def _known(self, decided: dict[Key, RingStatus]) -> dict[str, Subject]:
        past = {one.decision.ring.ring_id: one.decision.ring for one in decided.values() if one.decision is not None}
        return past | {ring.ring_id: ring for ring in self.rings}

    def _ranked(self) -> tuple[str, ...]:
        return tuple(ring.ring_id for ring in self.rings)

    def _repr_html_(self) -> str:
        """Return the history as a table a notebook shows; all text is escaped."""
        rows = [(shown(d.time[:19]), shown(d.ring.ring_id), d.status, d.by or "", shown(d.note)) for d in self.history()]
        head = "".join(f"<th>{name}</th>" for name in ("time (UTC)", "ring", "status", "by", "note"))
        body = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
        notes = "".join(f"<p>{html.escape(shown(text, 1000))}</p>" for text in (*self.notes(), self.precision().statement))
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}"


def decisions_of_case(case: Case) -> CaseDecisions:
    """Return the decisions of a case, over the journal that `Case.journal` names."""
    log = digest_of(source.digest for source in case.provenance.sources)
    rings = tuple(
        Subject(ring.id, log, ring.reviewers, ring.products, ring.status, ring.q_value, ring.detectors, ring.explained_by, ring.q_paid)
        for ring in case.rings
    )
    own, since = journal_path(case.journal), case.since
    others = tuple(Journal(path) for path in map(Path, case.earlier_journals) if path != Path(os.path.realpath(own)))
    unbroken = {one.ring_id: one.unbroken for one in (since.changes if since else ()) if one.ring_id is not None}
    lines = Lines(since.logs, unbroken) if since else Lines()
    return CaseDecisions(Journal(own), log, rings, case.provenance.versions.get("collusion"), lines=lines, others=others)


def digest_of(digests: Iterable[str]) -> str:
    """Return one digest of the inputs of a case, whatever their names and order."""
    return "sha256:" + hashlib.sha256("\n".join(sorted(digests)).encode("utf-8", "surrogatepass")).hexdigest()


def _readable(journal: Journal) -> tuple[tuple[Decision, ...], tuple[Damaged, ...], str]:
    """Return what a journal of an earlier case has. One that cannot be read is a problem in words: it must not hide the others."""
    try:
        return (*journal.read(), "")
    except InputError as error:
        return (), (), str(error)


def _damage(journal: Journal, damaged: Sequence[Damaged]) -> list[str]:
    notes = [f"{journal.path}: line {one.line:,} {one.reason}; it is not counted" for one in damaged[:SHOWN_DAMAGED]]
    if len(damaged) > SHOWN_DAMAGED:
        more = len(damaged) - SHOWN_DAMAGED
        notes.append(f"{journal.path}: {more:,} more {'line is' if more == 1 else 'lines are'} not counted")
    return notes


def _subjects(statuses: Iterable[RingStatus]) -> list[Subject]:
    return [one.decision.ring for one in statuses if one.decision is not None]


def _offered(one: RingStatus, ring: Subject) -> Earlier:
    decision = cast("Decision", one.decision)
    (reviewers, products) = (jaccard(set(old), set(new)) for old, new in zip(_members(decision.ring), _members(ring), strict=True))
    return Earlier(decision, reviewers, products, same_log=False, people=one.people, changed=Difference.of(decision.ring, ring))


def _members(ring: Subject) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return ring.reviewers, ring.products


def _faults_of_note(note: object) -> list[str]:
    return [] if isinstance(note, str) else [f"note: {shown(repr(note))} is not text"]


def asked_statuses(status: str | Iterable[str], argument: str = "status") -> tuple[str, ...]:
    """Return one status, or several, as given. Raises ConfigError where one is unknown; all problems at once."""
    wanted = (status,) if isinstance(status, str) else tuple(status)
    problems = _faults_of_statuses(wanted, argument)
    if problems:
        raise ConfigError("\n".join(problems))
    return wanted


def _faults_of_statuses(given: Iterable[object], argument: str = "status") -> list[str]:
    return [
        f"{argument}: there is no status {shown(str(one))!r}; {did_you_mean(str(one), STATUSES)}" for one in given if one not in STATUSES
    ]
