"""A case: everything one scan found, with where it came from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from collusion.case.ring import Ring
from collusion.errors import CollusionError

if TYPE_CHECKING:
    import os

    import pandas as pd

    from collusion.case.lookup import Lookup
    from collusion.decisions import CaseDecisions, DecisionStatus, RingStatus
    from collusion.model import Accounting, Context, Provenance, SignalInfo

__all__ = ["Case"]


@dataclass(frozen=True, eq=False, repr=False)
class Case:
    """Everything one scan found, with where it came from.

    Parameters
    ----------
    rings : tuple of Ring
        In the order of their ranks; each knows this case (`Ring.within`).
    accounting : Accounting
    provenance : Provenance
    notes : tuple of str
        What could not be used, what was left out and why; plain sentences.
    lookup : Lookup
        Leads back to the log; not exported.
    journal : path
        Where decisions are written and looked up: a file whose name ends in ``.jsonl``, or a case directory, which stands for the file
        ``DIR.decisions.jsonl`` beside it that the command line uses. One file serves several logs: each line names its own.
    span : (str, str) or None
        ISO dates of the first and the last counted review of the log; None where it has no times.
    signals : tuple of SignalInfo
        The signals of the evidence, in the order in which a report lists them.
    """

    rings: tuple[Ring, ...]
    accounting: Accounting
    provenance: Provenance
    notes: tuple[str, ...]
    lookup: Lookup
    journal: str | os.PathLike[str] = "collusion-decisions.jsonl"
    span: tuple[str, str] | None = None
    signals: tuple[SignalInfo, ...] = ()

    def __post_init__(self) -> None:
        if self.rings:
            home = replace(self, rings=())
            object.__setattr__(self, "rings", tuple(ring.within(home) for ring in self.rings))

    def __repr__(self) -> str:
        # A log of millions has rings of thousands: nobody asks a prompt for their names.
        return f"<Case: {len(self.flagged):,} flagged of {len(self.rings):,} groups in {self.accounting.counted:,} reviews>"

    @property
    def flagged(self) -> tuple[Ring, ...]:
        """The flagged rings, in the order of their ranks."""
        return tuple(ring for ring in self.rings if ring.flagged)

    def context(self, ring: Ring) -> Context:
        """Return the reviews around ``ring`` (see `Context`)."""
        return self.lookup.context(ring)

    def reviews(self, ring: Ring) -> pd.DataFrame:
        """Return the source rows of the ring's counted reviews, read again from the input."""
        return self.lookup.rows(ring.rows)

    @property
    def decisions(self) -> CaseDecisions:
        """What the journal says of the rings: what stands, history, filters, precision so far."""
        from collusion.decisions import decisions_of_case  # noqa: PLC0415  # only where somebody decides

        return decisions_of_case(self)

    def decide(self, ring: Ring | str, status: DecisionStatus, *, note: str = "", by: str | None = None) -> RingStatus:
        """Record a decision on a ring in the journal, and return what stands after it.

        Parameters
        ----------
        ring : Ring or str
            A ring of this case, or its id.
        status : {"confirmed", "dismissed", "in progress", "open"}
            ``in progress`` claims the ring for ``by``; ``open`` gives it back.
        note : str
            Any text.
        by : str, optional
            Who decides.

        Raises
        ------
        ConfigError
            When an argument is wrong; all problems at once.
        InputError, OutputError
            When the journal is none, or cannot be read or written; nothing is recorded then.
        """
        return self.decisions.decide(ring.id if isinstance(ring, Ring) else ring, status, note=note, by=by)

    def with_journal(self, journal: str | os.PathLike[str]) -> Case:
        """Return this case with its decisions in another journal (see `journal`)."""
        return replace(self, journal=journal)

    def decided(self) -> tuple[dict[str, str], tuple[str, ...]]:
        """Return what a table says of each ring on which there is a decision, by its id, and what a reader of the journal must know."""
        try:
            decisions = self.decisions
            told = {one.ring_id: str(one) for one in decisions.statuses() if one.decision is not None or one.earlier}
            return told, decisions.notes()
        except CollusionError as error:  # a broken journal must not hide the rings
            return {}, (str(error),)

    def _repr_html_(self) -> str:
        """Return the table of rings that a notebook shows; everything from the log is escaped."""
        from collusion.report.notebook_html import case_table  # noqa: PLC0415  # templates, only for a notebook

        return case_table(self)
