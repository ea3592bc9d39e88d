"""Laws of pseudonyms: known answers, roles and keys apart, no two names with one."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collusion.base.errors import CollusionError
from collusion.privacy import names
from collusion.privacy.names import LETTERS, PATTERN, Pseudonyms, digest_of, fingerprint, packed, written

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
NAMED = [role for role in LETTERS if role != "key"]


def by_the_book(key, message):
    """HMAC-SHA256 as RFC 2104 writes it down, without the library."""
    padded = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in padded) + message).digest()
    return hashlib.sha256(bytes(b ^ 0x5C for b in padded) + inner).digest()


@pytest.mark.parametrize("role", NAMED)
@pytest.mark.parametrize("name", ["A1B2", "", "naïve\0", "lone \ud800", "x" * 5000])
def test_a_pseudonym_is_the_hmac_by_the_book(role, name):
    message = b"collusion/pseudonym/1\0" + role.encode() + b"\0" + name.encode("utf-8", "surrogatepass")
    expected = base64.b32encode(by_the_book(KEY, message)[:10]).decode()
    assert Pseudonyms(KEY).of(role, name) == f"{LETTERS[role]}-{expected}"


def test_known_answers():
    """A change here makes every pseudonym that was handed out unreadable: it needs another version in the message.

    By OpenSSL: printf 'collusion/pseudonym/1\\0reviewer\\0alice' | openssl dgst -sha256 -mac HMAC -macopt hexkey:000102...1f
    """
    assert digest_of(KEY, "reviewer", b"alice").hex() == "5ee82e6771bb741a93de"
    assert Pseudonyms(KEY).of("reviewer", "alice") == "A-L3UC4Z3RXN2BVE66"
    assert Pseudonyms(KEY).of("product", "alice") == "P-ANZFRKTB7EHHHRC6"
    assert fingerprint(KEY) == "K-YIHAFUAAPQPV2M4P"


@given(st.text(min_size=0, max_size=40))
def test_roles_and_keys_are_apart_and_the_form_is_that_of_the_pattern(name):
    made = [Pseudonyms(key).of(role, name) for key in (KEY, OTHER) for role in NAMED]
    assert len({one[2:] for one in made}) == len(made)
    assert all(PATTERN.fullmatch(one) for one in made)
    assert made == [Pseudonyms(key).of(role, name) for key in (KEY, OTHER) for role in NAMED]


def test_the_fingerprint_is_no_pseudonym_of_any_name():
    """Otherwise somebody who names himself so would be shown by it."""
    assert fingerprint(KEY)[2:] not in {written(role, digest_of(KEY, role, packed("collusion/key/1")))[2:] for role in NAMED}
    assert fingerprint(KEY) != fingerprint(OTHER)


def test_two_names_with_one_pseudonym_are_refused(monkeypatch):
    monkeypatch.setattr(names, "digest_of", lambda _key, _role, name: bytes(9) + bytes([len(name)]))
    made = Pseudonyms(KEY)
    assert made.of("reviewer", "ab") == made.of("reviewer", "ab")
    assert made.of("product", "cd")[2:] == made.of("reviewer", "ab")[2:]
    with pytest.raises(CollusionError, match=r"two reviewer names .* share the pseudonym A-"):
        made.of("reviewer", "cd")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('"A-ABCDEFGHIJKLMNOP",', ["A-ABCDEFGHIJKLMNOP"]),
        ("reviewer:A-ABCDEFGHIJKLMNOP product:P-ABCDEFGHIJKLMN22", ["A-ABCDEFGHIJKLMNOP", "P-ABCDEFGHIJKLMN22"]),
        ("XA-ABCDEFGHIJKLMNOP", []),
        ("A-ABCDEFGHIJKLMNOPQ", []),
        ("R-0123456789ab", []),
        ("A-ABCDEFGHIJKLMNO1", []),
    ],
)
def test_pseudonyms_are_found_in_text(text, found):
    assert PATTERN.findall(text) == found
