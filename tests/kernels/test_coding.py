"""The coder agrees with a dict, whatever the strings, the batches and the collisions of its hash."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collusion.kernels.coding import UNSEEN, Coder, first_seen, hash_strings

WORDS = st.one_of(
    st.sampled_from(["", "a", "b", "ab", "\x00", "\x00\x00", "a\x00", "007", "7", "é", "日本", "x" * 40]), st.text(max_size=12)
)
BATCHES = st.lists(st.lists(st.none() | WORDS, max_size=40), max_size=6)


def arrays(strings):
    """Offsets, bytes and validity of a list of str or None."""
    raw = [b"" if s is None else s.encode("utf-8", "surrogatepass") for s in strings]
    offsets = np.concatenate(([0], np.cumsum([len(one) for one in raw]))).astype(np.int64)
    return offsets, np.frombuffer(b"".join(raw), dtype=np.uint8), np.array([s is not None for s in strings], dtype=bool)


def oracle(batches):
    """Codes of each batch and the names, by a dict."""
    known = {}
    return [[-1 if s is None else known.setdefault(s, len(known)) for s in batch] for batch in batches], list(known)


def names_of(coder):
    offsets, data = coder.names()
    return [data[a:b].tobytes().decode("utf-8", "surrogatepass") for a, b in pairwise(offsets)]


@pytest.mark.parametrize("width", [1, 4, 64])
@settings(max_examples=150, deadline=None)
@given(batches=BATCHES)
def test_codes_are_those_of_a_dict(width, batches):
    """Codes follow first appearance over all batches; a hash of one bit changes nothing but the time."""
    coder = Coder(width)
    codes, names = oracle(batches)
    assert [coder.code(*arrays(batch)).tolist() for batch in batches] == codes
    assert names_of(coder) == names
    assert len(coder) == len(names)


@settings(max_examples=100, deadline=None)
@given(strings=st.lists(WORDS, min_size=1, max_size=60), data=st.data())
def test_a_slice_is_coded_like_a_copy_of_it(strings, data):
    """Offsets need not start at zero: Arrow slices share their buffers."""
    start = data.draw(st.integers(0, len(strings)))
    stop = data.draw(st.integers(start, len(strings)))
    offsets, raw, valid = arrays(strings)
    sliced, copied = Coder(), Coder()
    assert sliced.code(offsets[start : stop + 1], raw, valid[start:stop]).tolist() == copied.code(*arrays(strings[start:stop])).tolist()
    assert names_of(sliced) == names_of(copied)


def test_many_names_outgrow_every_buffer():
    """A quarter of a million names in batches of odd sizes, each seen twice."""
    rng = np.random.default_rng(5)
    ids = [f"id-{k}" * (1 + k % 3) for k in rng.permutation(250_000)]
    coder = Coder()
    both = ids + ids[::-1]
    got = np.concatenate([coder.code(*arrays(both[a : a + 70_001])) for a in range(0, len(both), 70_001)])
    assert np.array_equal(got, np.concatenate([np.arange(250_000), np.arange(250_000)[::-1]]))
    assert names_of(coder) == ids


def test_a_name_longer_than_a_slot_can_say_is_told_by_its_offsets():
    """Three names of 16 MiB that differ in the last byte or the length."""
    base = "x" * ((1 << 24) + 5)
    ids = [base, base[:-1] + "y", base + "x", base]
    coder = Coder()
    assert coder.code(*arrays(ids)).tolist() == [0, 1, 2, 0]


def test_an_empty_batch_codes_nothing():
    coder = Coder()
    assert coder.code(np.zeros(1, np.int64), np.empty(0, np.uint8), np.empty(0, bool)).tolist() == []
    assert names_of(coder) == []


@pytest.mark.parametrize("width", [np.int32, np.int64])
@pytest.mark.parametrize(("at", "value"), [(0, -1), (2, -5), (2, 2**31 - 1), (3, 2**31 - 1), (2, 0)])
def test_offsets_that_lead_beyond_the_bytes_are_refused(width, at, value):
    offsets, data, valid = arrays(["ab", "cd", "ef"])
    offsets = offsets.astype(width)
    offsets[at] = value
    coder = Coder()
    for read in (lambda: coder.code(offsets, data, valid), lambda: hash_strings(offsets, data, np.empty(3, np.uint64))):
        with pytest.raises(ValueError, match="offsets"):
            read()
    assert coder.code(*arrays(["ab", "cd"])).tolist() == [0, 1]


@settings(max_examples=100, deadline=None)
@given(strings=st.lists(WORDS, max_size=60))
def test_equal_strings_have_equal_hashes_and_only_the_empty_one_has_zero(strings):
    offsets, data, _ = arrays(strings)
    out = np.empty(len(strings), np.uint64)
    hash_strings(offsets, data, out)
    assert len(set(zip(strings, out.tolist(), strict=True))) == len(set(strings))
    assert [h == 0 for h in out.tolist()] == [not s for s in strings]


def test_texts_that_are_near_have_hashes_of_their_own():
    """200,000 texts that differ in a few digits: no two share a hash of 64 bits."""
    text = pa.array([f"great product number {k}, bought twice" for k in range(200_000)], pa.large_string())
    _, offsets, data = text.buffers()
    out = np.empty(len(text), np.uint64)
    hash_strings(np.frombuffer(offsets, np.int64, len(text) + 1), np.frombuffer(data, np.uint8), out)
    assert len(np.unique(out)) == len(text)


@given(st.lists(st.integers(0, 5), max_size=40), st.sets(st.integers(0, 5)))
def test_entries_are_first_seen_in_the_order_of_the_rows(index, seen):
    lookup = np.array([k if k in seen else UNSEEN for k in range(6)], dtype=np.int32)
    out = np.empty(6, np.int32)
    found = out[: first_seen(np.array(index, dtype=np.int32), lookup, out)].tolist()
    assert found == [k for k in dict.fromkeys(index) if k not in seen]
