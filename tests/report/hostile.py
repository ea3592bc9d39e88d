"""Strings that the accused might put into ids, texts and file names."""

import numpy as np
import pandas as pd
from report.fake_case import make_case, make_ring

from collusion.base.model import Doubt, Evidence, SignalInfo

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</title><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "<svg><script>alert(1)</script></svg>",
    "</text></svg><iframe src=//x.test>",
    "&lt;b&gt;",
    "&#x3c;script&#x3e;",
    "{{7*7}}",
    "{% for x in y %}",
    "${7*7} $x^2$ $\\frac{1}{2}$",
    "\\input{/etc/passwd}",
    "javascript:alert(1)",
    "]]>",
    "<!--",
    "--><b>",
    "<![CDATA[x",
    "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>",
    "\u202egnp.exe",
    "\u2066a\u2069\u200b",
    "nul\x00nul",
    "\x1b[31mred\x07",
    "lone \ud800 surrogate",
    "\ufffe\uffff",
    "=1+1",
    "+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "-2+3",
    "\ttab",
    "'=quoted",
    "line\r\nbreak",
    "../../../etc/passwd",
    "..\\..\\x",
    "C:\\x00y\\u202e",
    "long " + "x" * 6000,
    "日本語のレビュー" * 8,
    "مرحبا",
    "a\u0301" * 300,
    "%s%n{0}",
    "",
    " ",
    "\u2028\u2029",
    "R-000000000000",
]


def hostile_case(*, text=True):
    """A case whose every id, text, file name, note, reason, question and statement is hostile."""
    names = [name or "(empty)" for name in HOSTILE]
    pairs = [(u, p) for u in range(len(names)) for p in range(len(names)) if (u + p) % 3 == 0]
    log = pd.DataFrame(
        {
            "reviewer_id": pd.Series([names[u] for u, _ in pairs], dtype=object),
            "product_id": pd.Series([names[p] for _, p in pairs], dtype=object),
            "time": 18_000 + np.array([(u * 7 + p * 3) % 400 for u, p in pairs]),
            "rating": [float(1 + (u * p) % 5) for u, p in pairs],
            "review_id": pd.Series([names[(u + 2 * p) % len(names)] for u, p in pairs], dtype=object),
        }
    )
    if text:
        log["text"] = pd.Series([names[(3 * u + p) % len(names)] for u, p in pairs], dtype=object)
    evidence = tuple(
        Evidence(signal, f"{signal} is counted", 1.0, 2.0, 0.5, (0, 1, 2), stance)
        for signal, stance in zip(names, ("for", "against", "explains", "neutral") * len(names), strict=False)
    )
    # A third of the signals are listed, of all kinds, with hostile questions; the case knows nothing of the others.
    kinds = ("acts together", "behaves like paid", "remark") * len(names)
    signals = tuple(SignalInfo(name, f"{name}?", kind, (name,), name) for name, kind in zip(names[::3], kinds, strict=False))
    doubts = tuple(Doubt(name, f"{name} reviewed 2 of 10") for name in names[:3])
    ring = make_ring(log, names[:30], names[:30], evidence=evidence, doubtful=doubts, residual_of=names[3])
    other = make_ring(log, names[20:], names[20:], rank=2, status="explained", explained_by=names[0])
    aside = [{"source": name, "row": 5, "line": None, "column": name, "value": name, "reason": f"{name} is no number"} for name in names]
    return make_case(log, [ring, other], notes=names, aside=aside, source=names[0], signals=signals)
