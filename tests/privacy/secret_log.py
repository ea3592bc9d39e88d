"""A log whose names, texts, files and own columns all begin with one mark, which can be searched for in anything made of it."""

from __future__ import annotations

import base64
import gzip
import re
import zlib

import pandas as pd
import pyarrow.parquet as pq

from markets import frame, market

MARK = "zqvxlog"
"""Rare enough that base 64 does not hold it by chance."""


def secret_frame(n=6_000):
    """Return the log as a frame, with every canonical column and some of its own, and the planted ring's reviewers and products."""
    log, truth = market(n, 7, [(14, 7, 0.9)])
    data = frame(log)
    for column in ("reviewer_id", "product_id", "seller", "category"):
        data[column] = [f"{MARK}-{column}-{name}" for name in data[column]]
    data["review_id"] = [f"{MARK}-review-{k}" for k in range(len(data))]
    data["listing"] = [f"{MARK}-listing-{product}" for product in data.product_id]
    data["marketplace"] = f"{MARK}-marketplace"
    data["verified"] = ["true" if k % 3 else "false" for k in range(len(data))]
    data["text"] = [f"{MARK} words of review {k}, {who}" for k, who in enumerate(data.reviewer_id)]
    data["helpful_votes"] = [f"{MARK}-{k}" for k in range(len(data))]  # a column that was mistaken for votes
    data[f"{MARK}_email"] = [f"{MARK}.{k}@example.org" for k in range(len(data))]
    data[f"{MARK}_device"] = [f"{MARK}-device-{k % 40}" for k in range(len(data))]  # to link accounts by
    data["timestamp"] = [f"{day}T13:37:{10 + k % 40}Z" for k, day in enumerate(data.timestamp.dt.strftime("%Y-%m-%d"))]
    ring = tuple(sorted(f"{MARK}-reviewer_id-u{k}" for k in truth[0][0])), tuple(sorted(f"{MARK}-product_id-p{k}" for k in truth[0][1]))
    return data, ring


def write_secret(folder, n=6_000):
    """Write the log into two files of a folder, with rows that are set aside for each reason there is, and a file that is not a log."""
    data, ring = secret_frame(n)
    odd = data.head(5).copy()
    odd["rating"] = odd.rating.astype(object)
    odd.loc[0, "rating"] = f"{MARK}-shifted"
    odd.loc[1, "timestamp"] = f"{MARK} yesterday"
    odd.loc[2, "timestamp"] = "1066-10-14"
    odd.loc[3, "reviewer_id"] = None
    odd.loc[4, "product_id"] = None
    every = pd.concat([data, odd]).rename(columns={"rating": f"{MARK}_stars"})
    where = folder / f"{MARK}-folder"
    where.mkdir()
    half = len(every) // 2
    every.iloc[:half].to_csv(where / f"{MARK}-1.csv", index=False)
    every.iloc[half:].to_csv(where / f"{MARK}-2.csv", index=False)
    (where / f"{MARK}-contract.pdf").write_bytes(b"%PDF")
    return where, ring


def layers(data):
    """Yield bytes and whatever they hold packed: gzip, base 64 in pages, the compressed parts of PNG."""
    yield data
    if data[:2] == b"\x1f\x8b":
        yield from layers(gzip.decompress(data))
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        at = 8
        while at < len(data):
            size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
            if kind in (b"zTXt", b"iTXt", b"iCCP"):
                yield zlib.decompressobj().decompress(data[at + 8 : at + 8 + size].partition(b"\0")[2][1:])
            at += 12 + size
    for found in re.findall(rb"base64,([A-Za-z0-9+/=]+)", data):
        yield from layers(base64.b64decode(found))


def everything(folder):
    """Return all that the files of a folder say, as (relative path, bytes): their names, their bytes, what is packed in them."""
    found = []
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        found.append((name, name.encode()))
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            found.append((name, table.to_pandas().to_csv().encode()))
            found.append((name, repr(pq.read_schema(path).metadata).encode()))
        if path.is_file():
            found += [(name, layer) for layer in layers(path.read_bytes())]
    return found
