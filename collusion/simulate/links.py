"""Devices and addresses from which accounts write: homes, offices and phone carriers share them innocently, and rings do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from collusion.simulate.names import names, scramble, uniform
from collusion.simulate.world import stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

__all__ = ["RingRows", "make_links"]

SECOND_DEVICE_SHARE = 0.3
"""Share of accounts that write from two devices, a computer and a phone."""

AWAY_SHARE = 0.3
"""Share of the reviews that an account with two devices, or two addresses, writes from the second one."""

CARRIER_SHARE, MOVED_SHARE = 0.3, 0.15
"""Shares of accounts whose second address is a telephone carrier's, and is one of their own (a holiday, a new flat)."""

ACCOUNTS_PER_CARRIER = 3000
"""Accounts behind one address of a carrier; fewer in a small market."""

HOME_SHARE, SAME_DEVICE_SHARE = 0.1, 0.5
"""Share of ordinary accounts that live two in a home and share its address, and share of these homes that share a device as well."""

ACCOUNTS_PER_OFFICE = 4000
"""Ordinary accounts in the market for each office."""

OFFICE_SIZE = (20, 60)
"""Accounts in an office, both ends included: its address is their second one."""

COLLEAGUE_SHARE = (0.1, 0.5)
"""Share of one honest crowd that works in one office: colleagues who recommend products to each other."""

CROWD_SIZE = 8
"""Fewest people of an honest group that counts as a crowd."""

DEVICE_SIZE = (2, 6)
"""Accounts that a ring runs from one device."""

CARRIER_CODES, OFFICE_CODES, RING_CODES = 1 << 29, 2 << 29, 3 << 29
"""Codes of shared devices and addresses begin here, those of accounts (two each) below."""

CODES_PER_RING = 1 << 12
"""Codes of each ring."""


class RingRows(NamedTuple):
    """What a ring wrote: its share of accounts that share devices, its accounts, and the positions of all its reviews."""

    devices: float
    reviewers: NDArray[np.int64]
    rows: NDArray[np.int64]


def make_links(
    reviewer: NDArray[np.int64],
    key: NDArray[np.int64],
    ordinary: int,
    honest: Iterable[tuple[str, NDArray[np.int64]]],
    rings: Sequence[RingRows],
    seed: int,
) -> tuple[NDArray[np.bytes_], NDArray[np.bytes_]]:
    """Return the device and the address of each review, as ids; addresses are of the range for documentation (RFC 3849).

    Draws are seeded by account and by review, so that a ring changes none but its own. Reviews that a ring writes with accounts of others
    come from the ring's devices, those of the owners from their own.

    Parameters
    ----------
    reviewer, key : int64[n]
        The account of each review, and a number for it; copies over variants have that of their source.
    ordinary : int
        Number of ordinary accounts: the codes below it.
    honest : iterable of (str, int64 array)
        Class and people of each honest group.
    """
    salt = {name: int(stream(seed, f"links.{name}").integers(2**60)) for name in ("second", "away", "carrier", "device", "ip", "at", "on")}
    accounts = int(reviewer.max(initial=0)) + 1
    who = np.arange(max(accounts, ordinary))
    device = np.stack([2 * who, 2 * who + (uniform(who, salt["second"]) < SECOND_DEVICE_SHARE)])
    away = uniform(who, salt["away"])
    carriers = max(1, round(ordinary * CARRIER_SHARE / ACCOUNTS_PER_CARRIER))
    behind = CARRIER_CODES + (uniform(who, salt["carrier"]) * carriers).astype(np.int64)
    address = np.stack([2 * who, np.where(away < CARRIER_SHARE, behind, 2 * who + (away < CARRIER_SHARE + MOVED_SHARE))])
    groups = [(kind, people) for kind, people in honest if len(people)]
    _homes(device, address, ordinary, [people for kind, people in groups if kind == "households"], stream(seed, "links.homes"))
    _offices(address, ordinary, [people for kind, people in groups if len(people) >= CROWD_SIZE and kind != "variants"], seed)
    on = device[(uniform(key, salt["on"]) < AWAY_SHARE).astype(np.int64), reviewer]
    at = address[(uniform(key, salt["at"]) < AWAY_SHARE).astype(np.int64), reviewer]
    for k, ring in enumerate(rings):
        seat = _seats(ring, stream(seed, f"links.ring.{k + 1}"))
        taken = np.array([seat.get(one, -1) for one in reviewer[ring.rows].tolist()], dtype=np.int64)
        rows = ring.rows[taken >= 0]
        on[rows] = at[rows] = RING_CODES + k * CODES_PER_RING + taken[taken >= 0]
    return names(on, 10, b"D", salt["device"]), _addresses(at, salt["ip"])


def _homes(
    device: NDArray[np.int64], address: NDArray[np.int64], ordinary: int, households: Sequence[NDArray[np.int64]], rng: np.random.Generator
) -> None:
    order = rng.permutation(ordinary)
    pairs = order[: 2 * round(HOME_SHARE * ordinary / 2)].reshape(-1, 2)
    address[0, pairs[:, 1]] = 2 * pairs[:, 0]
    same = pairs[rng.random(len(pairs)) < SAME_DEVICE_SHARE]
    device[0, same[:, 1]] = 2 * same[:, 0]
    for people in households:
        device[0, people] = address[0, people] = 2 * people.min()


def _offices(address: NDArray[np.int64], ordinary: int, crowds: Sequence[NDArray[np.int64]], seed: int) -> None:
    for k in range(max(1, round(ordinary / ACCOUNTS_PER_OFFICE))):
        rng = stream(seed, f"links.office.{k}")
        people = rng.choice(ordinary, min(ordinary, int(rng.integers(OFFICE_SIZE[0], OFFICE_SIZE[1] + 1))), replace=False)
        if crowds:
            crowd = crowds[int(rng.integers(len(crowds)))]
            colleagues = rng.choice(crowd, max(2, round(rng.uniform(*COLLEAGUE_SHARE) * len(crowd))), replace=False)
            # In the office instead of others: it stays as large as it is.
            people = np.concatenate([colleagues, people])[: max(len(people), OFFICE_SIZE[0])]
        address[1, people] = OFFICE_CODES + k


def _seats(ring: RingRows, rng: np.random.Generator) -> dict[int, int]:
    """Return the device of each account that shares one, no device with a single account."""
    sharing = rng.permutation(np.sort(ring.reviewers))[: round(ring.devices * len(ring.reviewers))].tolist()
    seat: dict[int, int] = {}
    while len(sharing) > 1:
        size = min(int(rng.integers(DEVICE_SIZE[0], DEVICE_SIZE[1] + 1)), len(sharing))
        if len(sharing) - size == 1:
            size += 1 if size < DEVICE_SIZE[1] else -1
        number = len(set(seat.values()))
        seat.update(dict.fromkeys(sharing[:size], number))
        sharing = sharing[size:]
    return seat


def _addresses(code: NDArray[np.int64], key: int) -> NDArray[np.bytes_]:
    different, which = np.unique(code, return_inverse=True)
    number = scramble(different, 32, key).tolist()
    text = np.array([f"2001:db8:{value >> 16:04x}:{value & 0xFFFF:04x}::1".encode() for value in number], dtype=np.bytes_)
    found: NDArray[np.bytes_] = text[which]
    return found
