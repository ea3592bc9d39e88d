"""Values that are computed once and kept with the object they were computed from."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

__all__ = ["Memo", "once"]

Value = TypeVar("Value")
Parameters = ParamSpec("Parameters")


class _Remembers(Protocol):
    @property
    def memo(self) -> Memo: ...


Owner = TypeVar("Owner", bound=_Remembers)


class _Entry:
    """One value, and the lock under which it is computed."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.known = False
        self.value: Any = None


class Memo:
    """Values by what computes them. Threads that need one value at the same time wait for the first of them; other values do not wait.

    A pickled or copied memo is empty.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: dict[Hashable, _Entry] = {}

    def __reduce__(self) -> tuple[type[Memo], tuple[()]]:
        """Locks cannot be pickled, and what was computed can be computed again."""
        return Memo, ()

    def get(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """Return the value of a key, computed by the first thread that asks for it. A key begins with the function that computes it."""
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
        if not entry.known:
            with entry.lock:
                if not entry.known:
                    entry.value = compute()
                    entry.known = True
        return cast("Value", entry.value)


def once(compute: Callable[Concatenate[Owner, Parameters], Value]) -> Callable[Concatenate[Owner, Parameters], Value]:
    """Keep what a function returns in the memo of its first argument. The other arguments are given by position, and hashable."""

    @wraps(compute)
    def kept(owner: Owner, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Value:
        return owner.memo.get((compute, *args), partial(compute, owner, *args, **kwargs))

    return kept
