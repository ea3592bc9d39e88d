"""A tuple that is short at a prompt, however long it is."""

from __future__ import annotations

from html import escape
from typing import TypeVar

__all__ = ["Listing"]

SHOWN_ITEM = 400
"""Characters of one item of a `Listing` that are shown."""

LONG_ITEM = 40
"""Characters from which an item has a line of its own."""

Item = TypeVar("Item")


class Listing(tuple[Item, ...]):
    """A tuple that a prompt or a notebook shows in part, however long it is."""

    __slots__ = ()

    SHOWN_ITEMS = 25
    SHOWN_CHARACTERS = 2500

    def __repr__(self) -> str:
        shown = self._shown()
        long = any(len(text) > LONG_ITEM for text in shown)
        left = [] if len(shown) == len(self) else [f"... {len(self) - len(shown):,} more"]
        end = "," if len(self) == 1 and not long else ""
        return "(\n " + ",\n ".join([*shown, *left]) + "\n)" if long else f"({', '.join([*shown, *left])}{end})"

    def _repr_html_(self) -> str:
        shown = "".join(f"<li><code>{escape(text)}</code></li>" for text in self._shown())
        left = len(self) - len(self._shown())
        return f"<ol>{shown}</ol>" + (f"<p>{left:,} more</p>" if left else "")

    def _shown(self) -> list[str]:
        shown: list[str] = []
        taken = 0
        for item in self[: self.SHOWN_ITEMS]:
            text = repr(item)
            shown.append(text if len(text) <= SHOWN_ITEM else text[: SHOWN_ITEM - 3] + "...")
            taken += len(shown[-1])
            if taken > self.SHOWN_CHARACTERS:
                break
        return shown
