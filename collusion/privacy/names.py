"""A name and a key to a pseudonym.

A pseudonym is a letter for the role and 80 bits of HMAC-SHA256 (RFC 2104) in base 32: ``A-4QZB6O2XJ5RDNWTE``. The message holds a version
and the role before the name, so that a reviewer and a product of the same text have pseudonyms that cannot be joined. A bare hash would
not do: names of a log can be guessed, and each guess tried.
"""

from __future__ import annotations

import base64
import hmac
import re
from typing import TYPE_CHECKING

from collusion.base.errors import CollusionError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

__all__ = ["LETTERS", "PATTERN", "ROLES", "SCHEME", "Pseudonyms", "digest_of", "fingerprint", "packed", "written"]

SCHEME = "collusion/pseudonym/1, HMAC-SHA256, 80 bits"
"""What a case says of how its pseudonyms were made."""

BYTES = 10
"""Bytes of the HMAC that are kept. Of n names of one role two share a pseudonym with a probability of n**2 / 2**81: 4e-13 of a million."""

LETTERS = {
    "reviewer": "A",
    "product": "P",
    "review": "V",
    "seller": "S",
    "listing": "L",
    "category": "C",
    "marketplace": "M",
    "link": "X",
    "digest": "D",
    "key": "K",
}
"""Role and its letter. A for account: ids of rings begin with R."""

ROLES = {letter: role for role, letter in LETTERS.items()}

PATTERN = re.compile(rf"(?<![A-Za-z0-9])[{''.join(ROLES)}]-[A-Z2-7]{{16}}(?![A-Za-z0-9])")
"""A pseudonym, or the fingerprint of a key (letter K), within other text."""

# Neither role nor version holds a NUL, so no two of (version, role, name) make one message; the fingerprint's holds none at all.
_MESSAGES = {role: b"collusion/pseudonym/1\0" + role.encode() + b"\0" for role in LETTERS if role != "key"}


def packed(name: str) -> bytes:
    """Return the bytes of a name that are hashed: its UTF-8, lone surrogates included."""
    return name.encode("utf-8", "surrogatepass")


def digest_of(key: bytes, role: str, name: bytes) -> bytes:
    """Return the ten bytes of a name's pseudonym."""
    return hmac.digest(key, _MESSAGES[role] + name, "sha256")[:BYTES]


def written(role: str, digest: bytes) -> str:
    """Return a pseudonym as it is written."""
    return f"{LETTERS[role]}-{base64.b32encode(digest).decode()}"


def fingerprint(key: bytes) -> str:
    """Return what a key is called in a case: it distinguishes keys and does not reveal them."""
    return written("key", hmac.digest(key, b"collusion/key/1", "sha256")[:BYTES])


class Pseudonyms:
    """The pseudonyms of one case, made with its key: each is made once, and no two names share one.

    Parameters
    ----------
    key : bytes
    kept : mapping of str to collection of str, optional
        By role, names that stay as they are, such as those of a person that a copy of the case is for.
    """

    def __init__(self, key: bytes, kept: Mapping[str, Collection[str]] | None = None) -> None:
        self._key = key
        self._kept = {role: frozenset(names) for role, names in (kept or {}).items()}
        self._of: dict[tuple[str, str], str] = {}
        self._name: dict[str, str] = {}

    def of(self, role: str, name: str) -> str:
        """Return the pseudonym of a name, or the name where it is kept; raises as `made` does."""
        return name if name in self._kept.get(role, ()) else self.made(role, name)

    def made(self, role: str, name: str) -> str:
        """Return the pseudonym of a name, also where the name is kept; raise CollusionError where another of the case has the same one."""
        found = self._of.get((role, name))
        if found is None:
            found = written(role, digest_of(self._key, role, packed(name)))
            if self._name.setdefault(found, name) != name:
                raise CollusionError(f"two {role} names of the log share the pseudonym {found}; make another key with `collusion key`")
            self._of[role, name] = found
        return found

    def all(self, role: str, names: Iterable[str]) -> list[str]:
        """Return the pseudonyms of names, in their order."""
        listed = list(names)
        made = {name: self.of(role, name) for name in dict.fromkeys(listed)}
        return [made[name] for name in listed]
