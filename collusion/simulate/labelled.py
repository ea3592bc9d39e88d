"""A log with known truth: what is planted in it, what is honest, and which rows were paid for."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from collusion.base.errors import CollusionError
from collusion.simulate.names import names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from collusion.simulate.market import SimulatedLog, TrueGroup

__all__ = ["LabelledLog", "labelled_market", "shuffled"]

IDS = ("reviewer_id", "product_id")


@dataclass(frozen=True, eq=False, repr=False)
class LabelledLog:
    """A log and the truth about it.

    Parameters
    ----------
    table : pyarrow.Table
        Under the names that a scan knows: ``reviewer_id`` and ``product_id`` as text; ``rating``, ``timestamp``, ``category``, ``seller``,
        ``text`` and others where the log has them. One row per review.
    fake : array of bool, shape (rows,)
        Reviews that were paid for; camouflage is not, though the same accounts write it.
    rings : tuple of TrueGroup
        What is planted, by ids of the table.
    honest : tuple of TrueGroup
        Known look-alikes; for a real log none is known.

    Raises
    ------
    CollusionError
        When rows and labels do not match, or an id column is missing.
    """

    table: pa.Table
    fake: NDArray[np.bool_]
    rings: tuple[TrueGroup, ...] = ()
    honest: tuple[TrueGroup, ...] = ()

    def __post_init__(self) -> None:
        missing = [name for name in IDS if name not in self.table.column_names]
        if missing:
            raise CollusionError(f"a labelled log needs the columns {' and '.join(IDS)}; there is no {', no '.join(missing)}")
        fake = np.array(self.fake, dtype=np.bool_)
        if fake.shape != (len(self.table),):
            raise CollusionError(f"the log has {len(self.table):,} rows, but there are labels for {fake.size:,}")
        fake.flags.writeable = False
        object.__setattr__(self, "fake", fake)

    def __repr__(self) -> str:
        # A table of Arrow shows its rows.
        return f"<LabelledLog: {len(self):,} reviews, {int(self.fake.sum()):,} of them fake; rings: {len(self.rings):,}>"

    def __len__(self) -> int:
        return len(self.table)

    @property
    def accounts(self) -> frozenset[str]:
        """Reviewers of any ring."""
        return frozenset[str]().union(*(ring.reviewers for ring in self.rings))

    @property
    def targets(self) -> frozenset[str]:
        """Products of any ring."""
        return frozenset[str]().union(*(ring.products for ring in self.rings))

    def digest(self) -> str:
        """Return the SHA-256 of the table and of all labels, in hexadecimal: the same for the same rows in the same order."""
        sink = pa.BufferOutputStream()
        # One chunk per column, without metadata of the schema: how a table was put together does not change its digest.
        whole = self.table.replace_schema_metadata(None).combine_chunks()
        with pa.ipc.new_stream(sink, whole.schema) as writer:
            writer.write_table(whole)
        digest = hashlib.sha256(sink.getvalue())
        digest.update(np.packbits(self.fake).tobytes())
        digest.update(json.dumps([asdict(group) for group in (*self.rings, *self.honest)]).encode())
        return digest.hexdigest()


def labelled_market(log: SimulatedLog, table: pa.Table) -> LabelledLog:
    """Return a simulated log with its labels: a review is fake where its account and its product are of one planted ring.

    Parameters
    ----------
    log : SimulatedLog
    table : pyarrow.Table
        `collusion.simulate.writing.to_table` of it.
    """
    return LabelledLog(table, paid(table, log.rings), log.rings, log.honest)


def paid(table: pa.Table, rings: Iterable[TrueGroup]) -> NDArray[np.bool_]:
    """Return which rows are by an account of a ring on a product of the same ring."""
    paid_for: dict[str, set[str]] = {}
    for ring in rings:
        for name in ring.reviewers:
            paid_for.setdefault(name, set()).update(ring.products)
    none = frozenset[str]()
    who, what = (table.column(name).to_pylist() for name in IDS)
    return np.fromiter((b in paid_for.get(a, none) for a, b in zip(who, what, strict=True)), np.bool_, len(table))


def shuffled(log: LabelledLog, rng: np.random.Generator) -> LabelledLog:
    """Return the same log under new ids and with its rows shuffled, in the order of their times where it has any.

    Otherwise the position or the names of planted rows would give them away: public injectors plant rings at the first indices, and
    methods that break ties by index find them there.
    """
    order = rng.permutation(len(log))
    if "timestamp" in log.table.column_names:
        # Rows of one time stay as they were shuffled.
        time = log.table.column("timestamp").combine_chunks()
        if pa.types.is_date32(time.type):
            time = time.cast(pa.int32())
        stamp = np.asarray(time.cast(pa.int64()) if pa.types.is_temporal(time.type) else time)
        order = order[np.argsort(stamp[order], kind="stable")]
    table = log.table.take(pa.array(order))
    new: dict[str, dict[str, str]] = {}
    for name, prefix in zip(IDS, (b"A", b"B"), strict=True):
        column = table.column(name).combine_chunks().dictionary_encode()
        old = column.dictionary.to_pylist()
        # Codes in the order of the old names, so that the new names depend only on the set of old names and on the seed.
        rank = np.empty(len(old), dtype=np.int64)
        rank[np.argsort(np.array(old, dtype=object), kind="stable")] = np.arange(len(old))
        fresh = pa.array(names(rank, 10, prefix, int(rng.integers(2**48)))).cast(pa.string())
        new[name] = dict(zip(old, fresh.to_pylist(), strict=True))
        table = table.set_column(table.column_names.index(name), name, fresh.take(column.indices))

    def renamed(groups: tuple[TrueGroup, ...]) -> tuple[TrueGroup, ...]:
        people, products = (new[name] for name in IDS)
        return tuple(
            replace(
                group,
                # An account whose only review was already another group's has no row, and so no name.
                reviewers=tuple(sorted(people[name] for name in group.reviewers if name in people)),
                products=tuple(sorted(products[name] for name in group.products if name in products)),
            )
            for group in groups
        )

    return LabelledLog(table, log.fake[order], renamed(log.rings), renamed(log.honest))
