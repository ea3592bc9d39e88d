"""Decisions made by hand."""

from __future__ import annotations

from collusion.case import ring_id
from collusion.decisions.entry import Decision, Subject

LOG, OTHER = "sha256:" + "a" * 64, "sha256:" + "b" * 64


def subject(reviewers=("a", "b", "c"), products=("x", "y"), log=LOG, **more):
    reviewers, products = tuple(reviewers), tuple(products)
    return Subject(ring_id(reviewers, products), log, reviewers, products, **more)


def decision(status="confirmed", ring=None, note="", by="Ann", line=0):
    return Decision("2026-05-01T10:00:00.000000Z", ring or subject(), status, note, by, "0.1.0", line)


def in_order(*decisions):
    """The decisions with the numbers of their lines."""
    return [Decision(d.time, d.ring, d.status, d.note, d.by, d.version, line) for line, d in enumerate(decisions, 1)]
