"""A case: everything one scan found, with where it came from."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from collusion.base.errors import CollusionError, ConfigError, UnknownRingError, did_you_mean
from collusion.base.listing import Listing
from collusion.case.ring import Ring

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterator
    from pathlib import Path

    import networkx as nx
    import pandas as pd

    from collusion.base.answer import Role
    from collusion.base.lineage import Since
    from collusion.base.model import Accounting, Context, Provenance, SignalInfo, Status
    from collusion.base.operation import Operation
    from collusion.base.profits import Profits
    from collusion.case.answer import Answer
    from collusion.case.lookup import Lookup
    from collusion.decisions import CaseDecisions, DecisionStatus, RingStatus

__all__ = ["Case"]

SHOWN_IDS = 5
"""Ids that an error lists."""


@dataclass(frozen=True, eq=False, repr=False)
class Case:
    """The result of one scan: its rings, and the input and settings that they came from.

    Parameters
    ----------
    rings : tuple of Ring
        In the order of their ranks; each has a reference to this case (`Ring.case`).
    accounting : Accounting
    provenance : Provenance
    notes : tuple of str
        What could not be used, what was left out and why; plain sentences.
    lookup : Lookup
        The way back to the log.
    journal : path
        Where decisions are written and looked up: a file whose name ends in ``.jsonl``, or a case directory, which means the file
        ``DIR.decisions.jsonl`` next to it that the command line uses. One file serves several logs: each line names its own.
    span : (str, str) or None
        ISO dates of the first and the last counted review of the log; None if it has no times.
    signals : tuple of SignalInfo
        The signals of the evidence, in the order in which a report lists them.
    operations : tuple of Operation
        Rings joined by what they share (`collusion.base.operation`), in the order of their ranks.
    profits : Profits or None
        Sellers and products that flagged or coordinated groups reviewed (`collusion.base.profits`); None in cases of earlier versions.
    since : Since or None
        What changed since the earlier case that this one was compared with (`collusion.base.lineage`).
    earlier_journals : tuple of paths
        Journals of the earlier cases, which are looked up too.

    Notes
    -----
    A case iterates over its rings, and ``case["R-4f2"]`` is the ring whose id begins with ``R-4f2``. A pickle of a case holds the
    reviews around its rings in place of the log, as ``case.json`` does (see `read_case`).

    Examples
    --------
    >>> import collusion as cl
    >>> case = cl.scan("data/market/reviews.csv.gz", seed=7, replicates=20)  # doctest: +SKIP
    >>> case.to_frame().query("status == 'flagged'")  # doctest: +SKIP
    >>> case.filter(status=("flagged", "coordinated"), min_score=5)[0].timeline()  # doctest: +SKIP
    """

    rings: tuple[Ring, ...]
    accounting: Accounting
    provenance: Provenance
    notes: tuple[str, ...]
    lookup: Lookup
    journal: str | os.PathLike[str] = "collusion-decisions.jsonl"
    span: tuple[str, str] | None = None
    signals: tuple[SignalInfo, ...] = ()
    operations: tuple[Operation, ...] = ()
    profits: Profits | None = None
    since: Since | None = None
    earlier_journals: tuple[str | os.PathLike[str], ...] = ()

    def __post_init__(self) -> None:
        alone = replace(self, rings=()) if self.rings else self
        object.__setattr__(self, "rings", Listing(ring.of_case(alone) for ring in self.rings))
        for name in ("notes", "signals", "operations"):
            object.__setattr__(self, name, Listing(getattr(self, name)))

    def __reduce__(self) -> tuple[type[Case], tuple[object, ...]]:
        # Made again from its parts, so that rings know it; with the reviews around them in place of the log, which may be of any size.
        from collusion.case.stored import StoredLookup  # noqa: PLC0415  # numpy, which `--help` must not load

        lookup = StoredLookup.of(self)
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        return type(self), tuple({**parts, "lookup": lookup}.values())

    def __copy__(self) -> Case:
        return replace(self)

    def __deepcopy__(self, memo: object) -> Case:
        return replace(self)

    def __repr__(self) -> str:
        # A log of millions has rings of thousands, whose names are too long for a prompt.
        return f"<Case: {len(self.flagged):,} flagged of {len(self.rings):,} groups in {self.accounting.counted:,} reviews>"

    def __len__(self) -> int:
        return len(self.rings)

    def __bool__(self) -> bool:
        return True  # a case without rings is a case

    def __iter__(self) -> Iterator[Ring]:
        return iter(self.rings)

    def __getitem__(self, ring_id: str) -> Ring:
        """Return the ring with this id, or the only one whose id begins so.

        Raises
        ------
        UnknownRingError
            When there is none, or more than one. It is a KeyError too.
        """
        found = [ring for ring in self.rings if ring.id == ring_id] or [ring for ring in self.rings if ring.id.startswith(str(ring_id))]
        if len(found) == 1:
            return found[0]
        if not isinstance(ring_id, str):
            raise UnknownRingError(f"{ring_id!r}: name a ring by its id, as in case['R-4f2...'], or take it from case.rings")
        if found:
            raise UnknownRingError(f"{ring_id!r}: {len(found)} rings begin so: {', '.join(ring.id for ring in found[:SHOWN_IDS])}")
        raise UnknownRingError(f"{ring_id!r}: the case has no such ring; case.rings has its {len(self.rings):,}")

    def find(self, ring: str) -> Ring:
        """Return the ring with this id or rank (``"3"``), or the only one whose id begins so.

        Raises
        ------
        ConfigError
            When there is none, or more than one; the message lists these.
        """
        from collusion.decisions import find_ring  # noqa: PLC0415  # scipy, which `--help` must not load

        return self[find_ring(ring, [one.id for one in self.rings])]

    def operation(self, operation_id: str) -> Operation:
        """Return the operation with this id, or the only one whose id begins so.

        Raises
        ------
        UnknownRingError
            When there is none, or more than one. It is a KeyError too.
        """
        named = str(operation_id)
        found = [one for one in self.operations if one.id == named] or [one for one in self.operations if one.id.startswith(named)]
        if len(found) == 1:
            return found[0]
        if found:
            raise UnknownRingError(f"{named!r}: {len(found)} operations begin so: {', '.join(one.id for one in found[:SHOWN_IDS])}")
        raise UnknownRingError(f"{named!r}: the case has no such operation; case.operations has its {len(self.operations):,}")

    @property
    def flagged(self) -> tuple[Ring, ...]:
        """The flagged rings, in the order of their ranks."""
        return self.filter(status="flagged")

    def filter(
        self,
        *,
        status: Status | Collection[Status] | None = None,
        detector: str | None = None,
        min_score: float | None = None,
        max_q_value: float | None = None,
        reviewer: str | None = None,
        product: str | None = None,
    ) -> tuple[Ring, ...]:
        """Return the rings that meet all conditions, in the order of their ranks.

        Parameters
        ----------
        status : str or collection of str, optional
            ``flagged``, ``coordinated``, ``explained``, ``candidate``.
        detector : str, optional
            A detector that found the ring.
        min_score : float, optional
            Smallest score.
        max_q_value : float, optional
            Largest q-value (`Ring.q_value`); rings without one are left out.
        reviewer, product : str, optional
            A member's id; a product's id.

        Raises
        ------
        ConfigError
            When there is no such status.
        """
        known = _statuses()
        asked = known if status is None else (status,) if isinstance(status, str) else tuple(status)
        if wrong := [f"status: {one!r} is unknown; {did_you_mean(str(one), known)}" for one in asked if one not in known]:
            raise ConfigError("\n".join(wrong))
        return Listing(
            ring
            for ring in self.rings
            if ring.status in asked
            and (detector is None or detector in ring.detectors)
            and (min_score is None or ring.score >= min_score)
            and (max_q_value is None or (ring.q_value is not None and ring.q_value <= max_q_value))
            and (reviewer is None or reviewer in ring.reviewers)
            and (product is None or product in ring.products)
        )

    def to_frame(self, what: Literal["rings", "operations", "operation_links"] = "rings") -> pd.DataFrame:
        """Return one row per ring with the columns of ``rings.csv``, or one per operation or link with those of the file of that name.

        Ids and other text are objects (None if absent), ``status`` is a category, dates are ``datetime64[s]``, numbers are float64 (nan if
        absent) or int64.

        Raises
        ------
        ConfigError
            When there is no such frame.
        """
        import pandas as pd  # noqa: PLC0415  # only where somebody wants a frame

        from collusion.export.operations import link_table, operation_table  # noqa: PLC0415  # as above
        from collusion.export.tables import ring_table  # noqa: PLC0415  # as above

        others = {"operations": operation_table, "operation_links": link_table}
        if what in others:
            names, found = others[what](self)
            return pd.DataFrame(found, columns=list(names))
        if what != "rings":
            raise ConfigError(f"what: there is no frame {what!r}; {did_you_mean(str(what), ('rings', *others))}")
        columns, rows = ring_table(self)
        frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
        whole = dict.fromkeys(("rank", "n_reviewers", "n_products", "n_reviews"), "int64")
        reals = [name for name in columns if name in {"score", "density", "gamma", "residual"} or name.startswith("q_")]
        frame = frame.astype({**whole, **dict.fromkeys(reals, "float64"), "flagged": "bool"})
        for name in ("first_review", "last_review"):
            frame[name] = frame[name].astype("datetime64[s]")
        frame["status"] = pd.Categorical(frame["status"], categories=list(_statuses()))
        return frame

    def sellers(self) -> pd.DataFrame:
        """Return one row per seller with reviews of flagged or coordinated groups, with the columns of ``sellers.csv``.

        They profit from these reviews, or are harmed; that does not show that they ordered them. Dates are ``datetime64[s]``, numbers are
        float64 (nan if absent) or int64. Empty where the log has no sellers, and for cases of versions that did not look.
        """
        return self._profits_frame("sellers")

    def products(self) -> pd.DataFrame:
        """Return one row per product with reviews of flagged or coordinated groups, with the columns of ``products.csv``; see `sellers`."""
        return self._profits_frame("products")

    def _profits_frame(self, table: Literal["sellers", "products"]) -> pd.DataFrame:
        import pandas as pd  # noqa: PLC0415  # only where somebody wants a frame

        from collusion.export.profits import REALS, WHOLE, profit_table  # noqa: PLC0415  # as above

        columns, rows = profit_table(self, table)
        frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
        kinds = {name: "int64" if name in WHOLE else "float64" for name in columns if name in WHOLE or name in REALS}
        dates = dict.fromkeys(("first_review", "last_review"), "datetime64[s]")
        return frame.astype({**kinds, **dates})

    def ask(self, id: str, role: Role | None = None, log: Any = None) -> Answer:  # noqa: A002, ANN401  # the word; as scan
        """Return what this case and its log say of one account, product or seller: its groups and why, or what keeps it out.

        Parameters
        ----------
        id : str
            As in the log.
        role : {"reviewer", "product", "seller"}, optional
            Needed where the id is several of them.
        log : path, sequence of paths, data frame, ReviewTable, Log or encoded folder, optional
            The log that was scanned, where it is now. By default the one in memory, or the files that `provenance` names. If these are
            not there or have changed, the answer says what is unavailable.

        Raises
        ------
        ConfigError
            When there is no such id (the message proposes others), or it is several and ``role`` is not given.
        InputError
            When ``log`` is another log.

        Notes
        -----
        Reading the log takes most of the time. A case that was read with `collusion.read_case` reads it once.

        Examples
        --------
        >>> print(case.ask("u-1183"))  # doctest: +SKIP
        """
        from collusion.case.ask import answer  # noqa: PLC0415  # only where somebody asks

        return answer(self, id, role, log)

    def context(self, ring: Ring) -> Context:
        """Return the reviews around ``ring`` (see `Context`)."""
        return self.lookup.context(ring)

    def reviews(self, ring: Ring) -> pd.DataFrame:
        """Return the source rows of the ring's counted reviews, read again from the input."""
        return self.lookup.rows(ring.rows)

    def to_networkx(self, ring: Ring | None = None) -> nx.Graph[Any]:
        """Return all rings, or one, as a bipartite networkx graph.

        Nodes are ``("reviewer", id)`` and ``("product", id)`` with attributes ``role`` and ``label``, and, of the rings that they are in,
        ``rings`` (ids), ``statuses``, ``ranks`` and ``scores``, each joined by ``;`` in the order of the ranks. Edges are the rings'
        counted reviews with ``row``, and ``rating`` and ``date`` where the log has them.
        """
        from collusion.export.networks import to_networkx  # noqa: PLC0415  # networkx, only for a network

        return to_networkx(self, ring)

    @property
    def decisions(self) -> CaseDecisions:
        """The decisions on the rings: current ones, history, filters, precision so far."""
        from collusion.decisions import decisions_of_case  # noqa: PLC0415  # only where somebody decides

        return decisions_of_case(self)

    def decide(self, ring: Ring | str, status: DecisionStatus, *, note: str = "", by: str | None = None) -> RingStatus:
        """Record a decision on a ring in the journal, and return the current decision.

        Parameters
        ----------
        ring : Ring or str
            A ring of this case, or its id.
        status : {"confirmed", "dismissed", "in progress", "open", "appealed", "upheld", "overturned"}
            ``in progress`` claims the ring for ``by``; ``open`` releases it. Only what is confirmed can be ``appealed``; ``upheld`` and
            ``overturned`` answer an appeal.
        note : str
            Any text. Appeals and the answers to them need one.
        by : str, optional
            Who decides.

        Raises
        ------
        ConfigError
            When an argument is wrong; all problems at once.
        InputError, OutputError
            When the file is not a journal, or cannot be read or written; nothing is recorded then.
        """
        return self.decisions.decide(ring.id if isinstance(ring, Ring) else ring, status, note=note, by=by)

    def report(
        self,
        out: str | os.PathLike[str] | None = None,
        *,
        pdf: bool = False,
        decision: str | Collection[str] | None = None,
        overwrite: bool = False,
    ) -> Path:
        """Write the report with what people decided, and ``decisions.csv``, into a folder that appears whole or not at all.

        The files of the scan stay as they are. The same case and journal give the same bytes, except for ``run.json``.

        Parameters
        ----------
        out : path, optional
            Folder to write. By default ``DIR.report`` beside the folder ``DIR`` that the case was read from, or that `with_journal` names.
        pdf : bool, default False
            Also write ``report.pdf``, with pages of the flagged and the decided rings.
        decision : str or collection of str, optional
            List only rings with these decisions (see `CaseDecisions.select`), as in ``("confirmed", "open")``.
        overwrite : bool, default False
            Replace a folder that is there, as a whole.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        ConfigError
            When the folder exists, a decision is unknown, or what a PDF needs is not installed.
        InputError
            When the journal cannot be read.
        OutputError
            When it cannot be written; nothing is left behind.
        """
        from collusion.case.decided import write_decided  # noqa: PLC0415  # only where a report is asked for

        return write_decided(self, out, decision=decision, pdf=pdf, overwrite=overwrite)[0]

    def with_journal(self, journal: str | os.PathLike[str]) -> Case:
        """Return this case with its decisions in another journal (see `journal`)."""
        return replace(self, journal=journal)

    def decided(self) -> tuple[dict[str, str], tuple[str, ...]]:
        """Return the decision on each ring that has one, in words, by ring id; and notes on the journal.

        A journal that cannot be read is such a note, not an error: it must not hide the rings.
        """
        try:
            decisions = self.decisions
            said = {one.ring_id: str(one) for one in decisions.statuses() if one.decision is not None or one.earlier}
            return said, decisions.notes()
        except CollusionError as error:
            return {}, (str(error),)

    def _repr_html_(self) -> str:
        """Return the table of rings that a notebook shows; everything from the log is escaped."""
        from collusion.report.notebook_html import case_table  # noqa: PLC0415  # templates, only for a notebook

        return case_table(self)


def _statuses() -> tuple[str, ...]:
    from collusion.base.model import Status  # noqa: PLC0415  # numpy, which `--help` must not load

    return get_args(Status)
