"""The explorer as a widget: the same module as on the pages, and what is selected as a value in Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from collusion.base.errors import InputError
from collusion.report.explorer.data import Explored, as_json, explored
from collusion.report.explorer.page import script, stylesheet
from collusion.report.ring_page import shown_rows
from collusion.report.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collusion.case import Case, Ring

__all__ = ["Explorer", "Selection"]


@dataclass(frozen=True)
class Selection:
    """What is selected in an explorer.

    Parameters
    ----------
    reviewers, products : tuple of str
        Ids of the log.
    rows : tuple of int
        Source rows of their reviews that are shown, by date; ``case.lookup.rows`` returns them.
    """

    reviewers: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()


class Explorer(anywidget.AnyWidget):
    """A ring to click through; made by `collusion.explore`.

    Parameters
    ----------
    shown : Explored
        The ring as the page has it.

    Attributes
    ----------
    selection : Selection
        Changes with every click; ``observe(handler, "selection")`` follows it.
    """

    _esm = script()
    _css = stylesheet()
    data = traitlets.Unicode().tag(sync=True)
    # Codes cross the wire, not ids: the page has these shortened, and with hidden characters written out.
    picked = traitlets.Dict().tag(sync=True)
    selection = traitlets.Instance(Selection, args=())

    def __init__(self, shown: Explored, **more: Any) -> None:  # noqa: ANN401  # whatever a widget takes
        self._shown = shown
        super().__init__(data=as_json(shown.data), picked={"reviewers": [], "products": [], "reviews": []}, **more)

    @classmethod
    def of(cls, case: Case, ring: Ring, *, text: bool = True) -> Explorer:
        """Return the explorer of a ring of a case (see `collusion.explore`)."""
        rows: dict[int, Mapping[str, Any]] = {}
        if text:
            wanted = shown_rows(case, ring)
            frame = case.lookup.rows(wanted)
            if "text" in frame:
                rows = {row: {"text": cell} for row, cell in zip(wanted, frame["text"].tolist(), strict=True)}
        return cls(explored(case, ring, rows))

    def select(self, reviewers: Sequence[str] = (), products: Sequence[str] = ()) -> None:
        """Select reviewers and products by their ids.

        Raises
        ------
        InputError
            Naming every id that the explorer does not show.
        """
        shown = self._shown
        places = ({name: code for code, name in enumerate(names)} for names in (shown.reviewers, shown.products))
        wanted = (("reviewers", reviewers), ("products", products))
        picked: dict[str, list[int]] = {"reviews": []}
        missing: list[str] = []
        for (kind, names), at in zip(wanted, places, strict=True):
            missing += [name for name in names if name not in at]
            picked[kind] = [at[name] for name in names if name in at]
        if missing:
            raise InputError([f"{sanitize(name)} is not shown in this explorer; select ids of its ring or near it" for name in missing])
        columns = (shown.data["u"], shown.data["p"])
        chosen = set(picked["reviewers"]), set(picked["products"])
        picked["reviews"] = [k for k, (u, p) in enumerate(zip(*columns, strict=True)) if u in chosen[0] or p in chosen[1]]
        self.picked = picked

    @traitlets.validate("picked")
    def _codes(self, proposal: traitlets.Bunch) -> dict[str, list[int]]:
        """Accept only codes of nodes and reviews that are shown, whatever the page sent."""
        sizes = {"reviewers": len(self._shown.reviewers), "products": len(self._shown.products), "reviews": len(self._shown.rows)}
        given = proposal["value"]
        found = {}
        for kind, size in sizes.items():
            codes = given.get(kind, [])
            if not isinstance(codes, list) or not all(type(code) is int and 0 <= code < size for code in codes):
                raise traitlets.TraitError(f"{kind} are codes from 0 to {size - 1}, not {str(codes)[:100]}")
            found[kind] = codes
        return found

    @traitlets.observe("picked")
    def _select(self, change: traitlets.Bunch) -> None:
        shown, codes = self._shown, change["new"]
        self.selection = Selection(
            reviewers=tuple(shown.reviewers[code] for code in codes["reviewers"]),
            products=tuple(shown.products[code] for code in codes["products"]),
            rows=tuple(shown.rows[k] for k in codes["reviews"]),
        )
