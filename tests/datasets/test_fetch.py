"""Fetching, from a server on this machine: what arrives is whole, verified and recorded, or nothing is left."""

from __future__ import annotations

import gzip
import hashlib
import io
import threading
import urllib.request
import zipfile
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from collusion.base.errors import CollusionError, ConfigError, InputError, OutputError
from collusion.datasets import catalogue as datasets
from collusion.datasets import fetch
from collusion.datasets.fetch import download
from collusion.datasets.reading import load

TABLE = gzip.compress(b"1,2,3,1407470400\n4,5,-6,1407470401\n", mtime=0)

HTTPS = fetch.SCHEMES


class Page(BaseHTTPRequestHandler):
    """Sends what the server holds under a path: bytes, or a function that answers by itself."""

    def begin(self, status=200, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("User-Agent")))
        page = self.server.pages.get(self.path)
        if callable(page):
            page(self)
        elif page is None:
            self.send_error(404)
        else:
            self.begin(Content_Length=len(page))
            self.wfile.write(page)

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture
def server(monkeypatch):
    # A proxy that the machine may have would not know this server.
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(fetch, "SCHEMES", {"http": urllib.request.HTTPHandler})
    found = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    found.daemon_threads = True
    found.pages, found.asked = {}, []
    found.at = f"http://127.0.0.1:{found.server_port}"
    thread = threading.Thread(target=found.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield found
    found.shutdown()
    found.server_close()
    thread.join()


def sha(content):
    return hashlib.sha256(content).hexdigest()


def left(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def redirect(to):
    return lambda page: page.begin(302, Location=to, Content_Length=0)


def ends_early(page):
    page.begin(Content_Length=len(TABLE) + 100)
    page.wfile.write(TABLE)


def breaks_off_a_chunk(page):
    page.protocol_version = "HTTP/1.1"
    page.begin(Transfer_Encoding="chunked")
    page.wfile.write(b"ff\r\nabc")
    page.close_connection = True


def is_no_http(page):
    page.wfile.write(b"hello\r\n\r\n")


def test_a_file_arrives_whole_with_its_record(server, tmp_path):
    server.pages["/a.csv.gz"] = TABLE
    told = []
    target = tmp_path / "new" / "a.csv.gz"
    download(f"{server.at}/a.csv.gz", target, progress=lambda *step: told.append(step))
    assert target.read_bytes() == TABLE
    assert (tmp_path / "new" / "a.csv.gz.sha256").read_text() == f"{sha(TABLE)}  a.csv.gz\n"
    assert left(tmp_path) == ["new/a.csv.gz", "new/a.csv.gz.sha256"]
    assert told == [("fetch", len(TABLE), len(TABLE))]
    assert server.asked[0][1].startswith("collusion/")


def test_a_large_file_comes_in_blocks_and_an_unknown_length_is_no_error(server, tmp_path):
    content = b"{" + bytes(3 * fetch.BLOCK_BYTES)

    def answer(page):
        page.begin()
        page.wfile.write(content)

    server.pages["/a.jsonl"] = answer
    told = []
    download(f"{server.at}/a.jsonl", tmp_path / "a.jsonl", progress=lambda *step: told.append(step))
    assert (tmp_path / "a.jsonl").read_bytes() == content
    assert told[-1] == ("fetch", len(content), None)
    assert [done for _, done, _ in told] == sorted({done for _, done, _ in told})
    assert len(told) > 2


def test_what_is_published_must_arrive(server, tmp_path):
    server.pages["/a.csv.gz"] = TABLE
    download(f"{server.at}/a.csv.gz", tmp_path / "a.csv.gz", sha256=sha(TABLE))
    with pytest.raises(CollusionError, match=f"has the SHA-256 {sha(TABLE)}, not {'0' * 64} as published"):
        download(f"{server.at}/a.csv.gz", tmp_path / "b.csv.gz", sha256="0" * 64)
    assert left(tmp_path) == ["a.csv.gz", "a.csv.gz.sha256"]


def test_what_was_fetched_first_is_verified_ever_after(server, tmp_path):
    """The set changes where it is published: the record stands, until somebody removes it."""
    target = tmp_path / "a.csv.gz"
    server.pages["/a.csv.gz"] = TABLE
    download(f"{server.at}/a.csv.gz", target)
    target.unlink()
    server.pages["/a.csv.gz"] = other = gzip.compress(b"1,2,4,1407470400\n", mtime=0)
    with pytest.raises(CollusionError, match=r"a\.csv\.gz\.sha256 says .* not the edition .* remove that file"):
        download(f"{server.at}/a.csv.gz", target)
    assert left(tmp_path) == ["a.csv.gz.sha256"]
    (tmp_path / "a.csv.gz.sha256").unlink()
    download(f"{server.at}/a.csv.gz", target)
    assert target.read_bytes() == other


def test_half_of_an_earlier_attempt_is_not_gone_on_with(server, tmp_path):
    server.pages["/a.csv.gz"] = TABLE
    (tmp_path / "a.csv.gz.part").write_bytes(b"rubbish that is longer than what comes" * 10)
    download(f"{server.at}/a.csv.gz", tmp_path / "a.csv.gz")
    assert (tmp_path / "a.csv.gz").read_bytes() == TABLE
    assert left(tmp_path) == ["a.csv.gz", "a.csv.gz.sha256"]


@pytest.mark.parametrize(
    ("page", "says"),
    [
        (None, "404"),
        (ends_early, "ended after"),
        (breaks_off_a_chunk, "cannot be fetched"),
        (is_no_http, "cannot be fetched"),
        (b"<html>The file has moved</html>", r"does not send a\.csv\.gz but what begins with b'<html>"),
        (b"", r"does not send a\.csv\.gz"),
        (redirect("/gone"), "404"),
        (redirect("file:///etc/hostname"), "cannot be fetched"),
        (redirect("ftp://127.0.0.1/a"), "cannot be fetched"),
        (redirect("https://127.0.0.1:1/a"), "unknown url type: https"),
    ],
)
def test_whatever_goes_wrong_nothing_is_left(server, tmp_path, page, says):
    server.pages["/a.csv.gz"] = page
    with pytest.raises(CollusionError, match=says) as caught:
        download(f"{server.at}/a.csv.gz", tmp_path / "a.csv.gz")
    assert "nothing was saved" in str(caught.value)
    assert left(tmp_path) == []


def test_nobody_there(server, tmp_path):
    server.shutdown()
    server.server_close()
    with pytest.raises(CollusionError, match=r"cannot be fetched .*is there a network\?"):
        download(f"{server.at}/a.csv.gz", tmp_path / "a.csv.gz")
    assert left(tmp_path) == []


def test_a_server_that_falls_silent_is_given_up(server, tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "TIMEOUT_SECONDS", 0.2)
    silent = threading.Event()

    def answer(page):
        page.begin(Content_Length=100)
        page.wfile.flush()
        silent.wait(5)

    server.pages["/a.csv.gz"] = answer
    with pytest.raises(CollusionError, match="timed out"):
        download(f"{server.at}/a.csv.gz", tmp_path / "a.csv.gz")
    silent.set()
    assert left(tmp_path) == []


def test_work_that_is_interrupted_leaves_nothing(server, tmp_path):
    server.pages["/a.csv.gz"] = TABLE

    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(f"{server.at}/a.csv.gz", tmp_path / "a.csv.gz", progress=stop)
    assert left(tmp_path) == []


def test_a_redirection_is_followed(server, tmp_path):
    server.pages |= {"/old": redirect("/a.csv.gz"), "/a.csv.gz": TABLE}
    download(f"{server.at}/old", tmp_path / "a.csv.gz")
    assert (tmp_path / "a.csv.gz").read_bytes() == TABLE


def test_a_folder_that_cannot_be_made(server, tmp_path):
    server.pages["/a.csv.gz"] = TABLE
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written to"):
        download(f"{server.at}/a.csv.gz", tmp_path / "file" / "a.csv.gz")


@pytest.mark.parametrize("url", ["http://127.0.0.1/a", "file:///etc/hostname", "ftp://127.0.0.1/a", "data:,a", "/etc/hostname", ""])
def test_https_alone_is_opened(url, tmp_path):
    with pytest.raises(ConfigError, match="must begin with https://"):
        download(url, tmp_path / "a")
    assert left(tmp_path) == []


def test_nothing_but_https_can_be_opened_whatever_a_server_says():
    """What opens an address has no handler for files, ftp or plain http, so no redirection can lead there."""
    opener = fetch._opener()
    assert set(opener.handle_open) == {"https", "unknown"}


# Archives.


def archive(member, content):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("README.txt", "x")
        file.writestr(member, content)
    return packed.getvalue()


def test_one_file_of_an_archive_is_kept(server, tmp_path):
    content = b"userId,movieId,rating,timestamp\n1,31,2.5,1260759144\n"
    server.pages["/m.zip"] = packed = archive("m/ratings.csv", content)
    target = tmp_path / "m" / "ratings.csv"
    download(f"{server.at}/m.zip", target, sha256=sha(packed), member="m/ratings.csv")
    assert target.read_bytes() == content
    assert (tmp_path / "m" / "ratings.csv.sha256").read_text() == f"{sha(content)}  ratings.csv\n"
    assert left(tmp_path) == ["m/ratings.csv", "m/ratings.csv.sha256"]


@pytest.mark.parametrize("packed", [b"no archive", archive("other/ratings.csv", b"1"), archive("m/ratings.csv", b"1" * 1000)[:-60]])
def test_an_archive_without_the_file_leaves_nothing(server, tmp_path, packed):
    server.pages["/m.zip"] = packed
    with pytest.raises(CollusionError, match=r"is not a zip archive with m/ratings\.csv"):
        download(f"{server.at}/m.zip", tmp_path / "ratings.csv", member="m/ratings.csv")
    assert left(tmp_path) == []


# Sets by their names.


def tiny(name, **fields):
    """Return a set like Bitcoin Alpha, with other fields."""
    return replace(datasets.DATASETS["bitcoin-alpha"], name=name, files=("tiny.csv.gz",), **fields)


def test_a_set_is_fetched_once_and_loaded(server, tmp_path, monkeypatch):
    server.pages["/tiny.csv.gz"] = TABLE
    data = tiny("tiny", url=f"{server.at}/tiny.csv.gz")
    monkeypatch.setitem(datasets.DATASETS, "tiny", data)
    path = fetch.fetch("tiny", tmp_path)
    assert path == tmp_path / "tiny.csv.gz"
    assert datasets.local(data, tmp_path) == path == fetch.fetch("tiny", tmp_path)
    assert len(server.asked) == 1
    path.write_bytes(gzip.compress(b"1,2,4,1407470400\n"))
    with pytest.raises(InputError, match=r"tiny\.csv\.gz\.sha256 beside it says"):
        datasets.local(data, tmp_path)


def test_a_copy_that_is_there_opens_no_connection(tmp_path, monkeypatch):
    monkeypatch.setitem(datasets.DATASETS, "tiny", tiny("tiny", url="https://127.0.0.1:1/tiny.csv.gz"))
    (tmp_path / "tiny.csv.gz").write_bytes(TABLE)
    assert fetch.fetch("tiny", tmp_path) == tmp_path / "tiny.csv.gz"
    assert load("tiny", tmp_path).column("rating").to_pylist() == [3.0, -6.0]
    (tmp_path / "tiny.csv.gz.sha256").write_text("0" * 64)
    with pytest.raises(InputError, match="has the SHA-256"):
        fetch.fetch("tiny", tmp_path)


def test_a_set_that_is_published_over_plain_http_is_refused(server, tmp_path, monkeypatch):
    server.pages["/tiny.csv.gz"] = TABLE
    monkeypatch.setattr(fetch, "SCHEMES", HTTPS)
    monkeypatch.setitem(datasets.DATASETS, "tiny", tiny("tiny", url=f"{server.at}/tiny.csv.gz"))
    with pytest.raises(ConfigError, match="must begin with https://"):
        fetch.fetch("tiny", tmp_path)
    assert server.asked == []
    assert left(tmp_path) == []


@pytest.mark.parametrize("name", [name for name, data in datasets.DATASETS.items() if data.url is None])
def test_a_set_that_is_not_for_fetching_says_how_to_get_it(name, tmp_path):
    with pytest.raises(InputError, match="cannot be fetched") as caught:
        fetch.fetch(name, tmp_path)
    assert datasets.DATASETS[name].by_hand in str(caught.value)


def test_a_name_that_is_none(tmp_path):
    with pytest.raises(ConfigError, match="no data set is called 'tiny'"):
        fetch.fetch("tiny", tmp_path)
