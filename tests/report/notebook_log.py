"""What the notebooks of the tests start with: a case with one ring, its explorer, and a file that says what is selected."""

import json
from pathlib import Path

from report.fake_case import make_case, make_log, make_ring

import collusion as cl


def example():
    """A small case and its ring."""
    log, reviewers, products = make_log(6, 4, n=600)
    ring = make_ring(log, reviewers, products)
    return make_case(log, [ring]), ring


def followed(path):
    """The explorer of the example, which writes every selection to a file."""
    case, ring = example()
    widget = cl.explore(case, ring)

    def write(change):
        chosen = change["new"]
        Path(path).write_text(
            json.dumps({"reviewers": chosen.reviewers, "products": chosen.products, "rows": chosen.rows}), encoding="utf-8"
        )

    widget.observe(write, "selection")
    return widget
