"""Cases for packs, and what a pack holds: every byte of it, and every form in which an id could stand in it."""

import base64
import html
import json
import re
import zipfile
from urllib.parse import quote

from report.fake_case import every_status, make_case, make_log

KEY = bytes(range(32))


def make(size=9, width=5, n=400, **log):
    """A case of a small log with rings of every status: rank 2 is flagged and has doubtful members."""
    frame, reviewers, products = make_log(size, width, n, **log)
    return make_case(frame, every_status(frame, reviewers, products))


def with_sellers(case):
    """The same case over a log that names a seller for each product."""
    case.lookup.log["seller"] = ["shop " + product[-1] for product in case.lookup.log.product_id]

    rows = case.lookup.rows

    def sold(asked):
        return rows(asked).assign(seller=case.lookup.log.seller.to_numpy()[list(asked)])

    case.lookup.rows = sold
    return case


def files_of(path):
    """Return the files of a pack by their paths in the bag."""
    with zipfile.ZipFile(path) as packed:
        return {name.removeprefix("collusion-pack/"): packed.read(name) for name in packed.namelist()}


def everything(path):
    """Return all bytes that a pack is made of: the archive, its names, each file, and what is packed within."""
    files = files_of(path)
    assert all(not data.startswith((b"\x1f\x8b", b"\x89PNG")) for data in files.values())
    return [path.read_bytes(), *(name.encode() for name in files), *files.values()]


def forms(name):
    """Return the forms in which an id could stand in a file, as bytes."""
    texts = {
        name,
        html.escape(name),
        "".join(f"&#{ord(c)};" for c in name),
        "".join(f"&#x{ord(c):x};" for c in name),
        quote(name, safe=""),
        "".join(f"%{byte:02X}" for byte in name.encode()),
        json.dumps(name)[1:-1],
        name.encode("unicode_escape").decode("ascii"),
        name.replace('"', '""'),
        re.sub(r"([\\`*_\[\]<>#|~&!$])", r"\\\1", name),
    }
    made = {text.encode() for text in texts} | {name.encode("utf-16-le"), name.encode("utf-16-be"), name.encode().hex().encode()}
    return made | {base64.b64encode(name.encode())[:-4]} if len(name) > 12 else made
