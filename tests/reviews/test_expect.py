"""Rows are told before reading: exactly by Parquet, nearly by the start of text."""

import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from reviews.compressed import zst

from collusion.reviews.expect import SAMPLE, expected_rows


def lines(n):
    return b"reviewer_id,product_id\n" + b"".join(b"reviewer %07d,product %d\n" % (k, k * 7919 % 10_007) for k in range(n))


def test_parquet_says_itself_and_files_add_up(tmp_path):
    for k in range(3):
        pq.write_table(pa.table({"reviewer_id": ["u"] * (k + 5)}), tmp_path / f"{k}.parquet")
    (tmp_path / "more.csv").write_bytes(lines(10))
    assert expected_rows([tmp_path / "1.parquet"]) == 6
    assert expected_rows([tmp_path]) == pytest.approx(18 + 10, abs=1)


@pytest.mark.parametrize("n", [0, 1, 100, 200_000])
@pytest.mark.parametrize("compression", ["", ".gz", ".zst"])
def test_text_is_estimated(tmp_path, n, compression):
    """Within a tenth, of files that are larger than what is read of them; but for the header, exactly of smaller ones."""
    text = lines(n)
    path = tmp_path / f"log.csv{compression}"
    path.write_bytes({".gz": gzip.compress, ".zst": zst}.get(compression, bytes)(text))
    assert expected_rows([path]) == (pytest.approx(n, rel=0.1) if len(text) > SAMPLE else n + 1)


def test_what_cannot_be_read_is_left_to_the_reader(tmp_path):
    (tmp_path / "log.parquet").write_bytes(b"no Parquet")
    (tmp_path / "log.csv.gz").write_bytes(b"no gzip")
    (tmp_path / "log.csv.zst").write_bytes(b"no zstd")
    for name in ("log.parquet", "log.csv.gz", "log.csv.zst", "none.csv"):
        assert expected_rows([tmp_path / name]) is None
