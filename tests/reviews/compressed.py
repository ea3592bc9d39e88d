"""Bytes compressed by zstd."""

import pyarrow as pa


def zst(data):
    target = pa.BufferOutputStream()
    with pa.CompressedOutputStream(target, "zstd") as stream:
        stream.write(data)
    return target.getvalue().to_pybytes()
