"""The door of the pipeline: a scan with all its parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from collusion.base.config import ScanConfig
from collusion.pipeline.progress import silent
from collusion.pipeline.steps import run_scan

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence

    from collusion.base.config import Scalar
    from collusion.base.profits import RankRule
    from collusion.case import Case
    from collusion.detect import Detector

__all__ = ["scan"]


def scan(
    source: Any,  # noqa: ANN401  # as read_log
    *,
    config: ScanConfig | None = None,
    progress: Callable[[str, int, int | None], None] | None = None,
    seed: int | None = None,
    fdr: float | None = None,
    replicates: int | None = None,
    null_models: Sequence[Literal["N0", "N3"]] | None = None,
    threads: int | None = None,
    memory: float | None = None,
    detectors: Sequence[str | Detector] | None = None,
    detector: Mapping[str, Mapping[str, Scalar]] | None = None,
    signals: Sequence[str] | None = None,
    max_candidates: int | None = None,
    rank_by: RankRule | None = None,
    map: Mapping[str, str] | None = None,  # noqa: A002  # the name of the option
    dialect: str | None = None,
    time_unit: str | None = None,
    time_format: str | None = None,
    delimiter: str | None = None,
    quote: str | None = None,
    columns: Sequence[str] | None = None,
    link: Sequence[str] | None = None,
    since: Case | str | os.PathLike[str] | None = None,
) -> Case:
    """Find the rings of a review log.

    Every parameter that is None has the value of ``config``, or else its default.

    Parameters
    ----------
    source : path, sequence of paths, data frame, ReviewTable, Log or folder made by ``collusion encode``
        Files are Parquet, CSV, TSV or JSON lines, also compressed, or folders of them (see `read_reviews`).
    config : ScanConfig, optional
        Parameters from a file (`ScanConfig.from_toml`), for example.
    progress : callable, optional
        Called with the stage, how much of it is done, and how much there is (None if that is not known).
    seed : int, default 0
        Seed of all random draws.
    fdr : float, default 0.05
        False-discovery rate at which groups are flagged, between 0 and 1.
    replicates : int, default 40
        Largest number of shuffled logs to search. 0 searches none, and then nothing is flagged.
    null_models : sequence of {"N0", "N3"}, optional
        Further null models. Their q-values are reported and flag nothing.
    threads : int, default 2
        Changes no result.
    memory : float, optional
        Memory budget in GiB; by default what is free. A log that is expected to need more is not scanned.
    detectors : sequence of str or Detector, default ("lockstep",)
        Names of detectors, or detectors of your own that need not be installed: ``["lockstep", Mine()]``.
    detector : mapping of str to mapping, optional
        Parameters of detectors by name: ``{"lockstep": {"min_reviewers": 8}}``.
    signals : sequence of str, optional
        Names of the signals to use; by default all.
    max_candidates : int, default 20
        How many weaker groups are listed.
    rank_by : {"bayes", "mean", "count"}, default "bayes"
            How products and sellers are ranked with and without the reviews of groups (`Case.profits`).
        map, dialect, time_unit, time_format, delimiter, quote, columns, link
        How to read the log, as in `read_reviews`. A ``source`` that is read already takes ``link`` alone, to choose among its linking
        columns.
    since : Case or path, optional
        An earlier case of the log, or its folder: the result has what changed since (`Case.since`), and decisions on it are looked up.

    Returns
    -------
    Case
        The same input, parameters and seed give the same case, whatever the threads, the order of rows and the names of reviewers and
        products.

    Raises
    ------
    InputError
        When the source cannot be used; all problems at once.
    ConfigError
        When a parameter is wrong; all problems at once.
    BudgetError
        When the log is expected to need more memory than there is.

    Examples
    --------
    >>> import collusion as cl
    >>> case = cl.scan("reviews.csv", seed=7, map={"reviewer_id": "user"})  # doctest: +SKIP
    >>> case.flagged  # doctest: +SKIP
    """
    overrides = {name: value for name, value in locals().items() if name not in {"source", "config", "progress", "since"}}
    if since is None:
        return run_scan(source, config or ScanConfig(), overrides, progress or silent)
    from collusion.case.since import check_since, compared, earlier_case  # noqa: PLC0415  # only where there is an earlier case

    earlier = earlier_case(since)
    check_since(earlier, None)
    return compared(run_scan(source, config or ScanConfig(), overrides, progress or silent), earlier)
