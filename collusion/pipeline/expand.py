"""The door of an expansion: who else acts together with known accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from collusion.base.checks import refuse, whole
from collusion.base.config import ScanConfig
from collusion.pipeline.expansion import run_expansion
from collusion.pipeline.progress import silent
from collusion.pipeline.seeds import seeds_of

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence

    from collusion.case import Case, Ring
    from collusion.case.expansion import Expansion

__all__ = ["FDR", "REPLICATES", "expand"]

FDR = 0.1
"""False-discovery rate unless another is set: one in ten of a list that people read."""

REPLICATES = 20
"""Shuffled logs unless another number is set."""


def expand(
    source: Any,  # noqa: ANN401  # as read_log
    *,
    reviewers: Sequence[str] | str | None = None,
    products: Sequence[str] | str | None = None,
    file: str | os.PathLike[str] | None = None,
    ring: Ring | str | int | None = None,
    case: Case | str | os.PathLike[str] | None = None,
    config: ScanConfig | None = None,
    progress: Callable[[str, int, int | None], None] | None = None,
    seed: int | None = None,
    fdr: float | None = None,
    replicates: int | None = None,
    threads: int | None = None,
    memory: float | None = None,
    signals: Sequence[str] | None = None,
    map: Mapping[str, str] | None = None,  # noqa: A002  # the name of the option
    dialect: str | None = None,
    time_unit: str | None = None,
    time_format: str | None = None,
    delimiter: str | None = None,
    quote: str | None = None,
    columns: Sequence[str] | None = None,
    link: Sequence[str] | None = None,
) -> Expansion:
    """Find who else acts together with known accounts, or at known products.

    Each account is tested against the seeds: does it have more co-reviews with them than its activity leads to expect? Those found join
    the group, and the next round tests against all of them, until nothing changes. Shuffled logs that keep the seeds' reviews go through
    the same rounds. Then the second question is asked of the group: do these accounts behave unlike others?

    Parameters
    ----------
    source : path, sequence of paths, data frame, ReviewTable, Log or folder made by ``collusion encode``
        As `scan` takes it.
    reviewers, products : sequence of str, optional
        Ids of the log to start from. Any of the next three may be added; at least one seed is needed.
    file : path, optional
        A table (CSV) with a column ``reviewer_id`` or ``product_id``, or both, or a text with one account per line.
    ring : Ring, str or int, optional
        A group, whose members are seeds; or its id, the start of its id or its rank, with ``case``.
    case : Case or path, optional
        The case that has the ring, or its folder.
    config : ScanConfig, optional
        Parameters of a scan. Its ``fdr`` and ``replicates`` are those of a scan and do not count here.
    progress : callable, optional
        Called with the stage, how much of it is done, and how much there is (None if that is not known).
    seed : int, default 0
        Seed of all random draws.
    fdr : float, default 0.1
        False-discovery rate over accounts, between 0 and 1.
    replicates : int, default 20
        Number of shuffled logs, at least 1.
    threads : int, default 2
        Changes no result.
    memory : float, optional
        Memory budget in GiB; by default what is free.
    signals : sequence of str, optional
        Names of the signals that answer the second question; by default all.
    map, dialect, time_unit, time_format, delimiter, quote, columns, link
        How to read the log, as in `read_reviews`.

    Returns
    -------
    Expansion
        The same log, seeds and parameters give the same result, whatever the threads, the order of rows and the names.

    Raises
    ------
    InputError
        When the source, the file or the case cannot be used; all problems at once.
    ConfigError
        When a parameter is wrong, there is no seed, or the log lacks any of them; all problems at once.
    BudgetError
        When the log is expected to need more memory than there is.

    Examples
    --------
    >>> import collusion as cl
    >>> found = cl.expand("reviews.csv", reviewers=["u-17", "u-203", "u-981"])  # doctest: +SKIP
    >>> found.to_frame()  # doctest: +SKIP
    """
    overrides = {
        name: value
        for name, value in locals().items()
        if name not in {"source", "reviewers", "products", "file", "ring", "case", "config", "progress"}
    }
    overrides |= {"fdr": FDR if fdr is None else fdr, "replicates": REPLICATES if replicates is None else replicates}
    settings = (config or ScanConfig()).with_overrides(**overrides)
    refuse("expand", whole("replicates", settings.replicates, 1))
    seeds = seeds_of(reviewers, products, file, ring, case, settings.map)
    return run_expansion(source, seeds, settings, progress or silent)
