"""The door back from a folder to a case."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from collusion.case.read import read_folder
from collusion.pipeline.lookup import Again

if TYPE_CHECKING:
    import os

    from collusion.case import Case
    from collusion.case.stored import StoredLookup

__all__ = ["read_case"]


def read_case(folder: str | os.PathLike[str], log: Any = None) -> Case:  # noqa: ANN401  # as scan
    """Read a case from the folder that `write_case` or ``collusion scan --out`` made.

    Pictures, tables, reports, reviews and decisions work from the folder alone. A few things need the log: the columns that the log has
    beyond those of a review log, the comparison with shuffled logs (`Ring.compare`), and the reviews around rings where the folder does
    not hold them (files of earlier versions, and very large rings). They are read from ``log``, or else from the files that
    `Case.provenance` names.

    Parameters
    ----------
    folder : path
        The folder, or its ``case.json``. Files of all earlier versions can be read.
    log : path, sequence of paths, data frame, ReviewTable, Log or encoded folder, optional
        The log that was scanned, if it has been moved. Read at once, and its digests are compared with those of the case.

    Returns
    -------
    Case
        Equal in every field to the case that was written. Decisions are looked up next to the folder, as by ``collusion decide``.

    Raises
    ------
    InputError
        When the folder holds no case, the case is damaged or was changed, or ``log`` is another log; all problems at once.
    """
    path = Path(folder)
    case = read_folder(path)
    again = Again.of(case, log)
    if log is not None:
        again()
    return replace(case, lookup=replace(cast("StoredLookup", case.lookup), log=again, log_first=log is not None))
