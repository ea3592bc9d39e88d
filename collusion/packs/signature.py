"""Signatures with Ed25519 (RFC 8032) in the format of minisign, over the tag manifest of a pack.

A key is a file in PEM, as OpenSSL makes and reads it. The signature is of minisign's first kind (``Ed``, over the bytes of the file), so
``minisign -V`` checks it, and ``openssl pkeyutl -verify`` once its 64 bytes are taken out.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from collusion.base.errors import ConfigError, OutputError
from collusion.privacy.keys import is_open_to_others, write_secret

if TYPE_CHECKING:
    import os

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

__all__ = ["BadSignatureError", "PublicKey", "SecretKey", "make_signing_key", "parse_public_key", "read_public_key", "read_secret_key"]

_LOG = logging.getLogger(__name__)

ALGORITHM = b"Ed"

ID_BYTES, KEY_BYTES, SIGNATURE_BYTES = 8, 32, 64

LARGEST = 16_384
"""Bytes of a file beyond which it is no key."""

UNTRUSTED, TRUSTED = "untrusted comment: ", "trusted comment: "


class BadSignatureError(ValueError):
    """A signature is damaged, or is not of this key and these bytes; the message says which."""


@dataclass(frozen=True)
class PublicKey:
    """The key that checks a signature: 32 bytes."""

    raw: bytes

    @property
    def id(self) -> bytes:
        """Eight bytes by which a signature names its key: made from the key, so the same key has the same ones everywhere."""
        return hashlib.sha256(self.raw).digest()[:ID_BYTES]

    def __str__(self) -> str:
        """Return the key as ``minisign -P`` takes it."""
        return base64.b64encode(ALGORITHM + self.id + self.raw).decode()

    def check(self, signature: bytes, data: bytes) -> None:
        """Raise `BadSignatureError` unless the text of a signature was made with this key, over these bytes."""
        held = _parsed(signature)
        if signature != _written(self, held):
            raise BadSignatureError("was made by another key, or was changed")
        if not self._made(held.signature, data):
            raise BadSignatureError("was not made by this key over these bytes")
        if not self._made(held.whole, held.signature + held.comment):
            raise BadSignatureError("has a comment that was changed")

    def _made(self, signature: bytes, data: bytes) -> bool:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  # an extra, only where something is signed

        try:
            self._loaded().verify(signature, data)
        except InvalidSignature:
            return False
        return True

    def _loaded(self) -> Ed25519PublicKey:
        return _ed25519().Ed25519PublicKey.from_public_bytes(self.raw)  # type: ignore[no-any-return]  # an extra, loaded on use

    def pem(self) -> str:
        """Return the key as OpenSSL takes it."""
        serial = _serialization()
        return self._loaded().public_bytes(serial.Encoding.PEM, serial.PublicFormat.SubjectPublicKeyInfo).decode("ascii")


@dataclass(frozen=True)
class SecretKey:
    """The key that signs."""

    loaded: Ed25519PrivateKey

    @property
    def public(self) -> PublicKey:
        """The key that checks what this one signs."""
        serial = _serialization()
        return PublicKey(self.loaded.public_key().public_bytes(serial.Encoding.Raw, serial.PublicFormat.Raw))

    def sign(self, data: bytes, comment: str) -> bytes:
        """Return the text of a signature over ``data``; the same data gives the same text."""
        signature, said = self.loaded.sign(data), comment.encode("ascii")
        return _written(self.public, _Parsed(signature, said, self.loaded.sign(signature + said)))


@dataclass(frozen=True)
class _Parsed:
    signature: bytes
    comment: bytes
    whole: bytes


def _parsed(text: bytes) -> _Parsed:
    lines = text.split(b"\n")
    if len(lines) != 5 or lines[4] or not lines[0].startswith(UNTRUSTED.encode()) or not lines[2].startswith(TRUSTED.encode()):
        raise BadSignatureError("is not in the format of minisign")
    head, whole = (_decoded(line) for line in (lines[1], lines[3]))
    if len(head) != len(ALGORITHM) + ID_BYTES + SIGNATURE_BYTES or len(whole) != SIGNATURE_BYTES or not head.startswith(ALGORITHM):
        raise BadSignatureError("is not an Ed25519 signature in the format of minisign")
    return _Parsed(head[-SIGNATURE_BYTES:], lines[2].removeprefix(TRUSTED.encode()), whole)


def _written(key: PublicKey, held: _Parsed) -> bytes:
    """Return the text of a signature. There is no other for it: nothing of it can be changed unseen, although not all of it is signed."""
    head, whole = base64.b64encode(ALGORITHM + key.id + held.signature), base64.b64encode(held.whole)
    return b"\n".join((UNTRUSTED.encode() + b"signature of a collusion pack", head, TRUSTED.encode() + held.comment, whole, b""))


def _decoded(line: bytes) -> bytes:
    try:
        return base64.b64decode(line, validate=True)
    except ValueError:
        return b""


def make_signing_key(path: str | os.PathLike[str]) -> str:
    """Make a key that signs packs, and write it into a new file that only its owner may read, and the public key beside it.

    Parameters
    ----------
    path : path
        File of the secret key (PEM, PKCS 8). The public key (PEM) is in the file of that name with ``.pub`` after it.

    Returns
    -------
    str
        The public key as minisign takes it (``minisign -P``). Give it, or the file, to those who check packs, by a way they trust.

    Raises
    ------
    ConfigError
        When there is a file of either name already, or the package ``cryptography`` is not installed.
    OutputError
        When a file cannot be written; nothing is left behind.
    """
    file, beside = Path(path), Path(f"{Path(path)}.pub")
    if beside.exists() or beside.is_symlink():
        raise ConfigError(f"{beside}: exists, and a key is never overwritten; name another file")
    serial = _serialization()
    key = SecretKey(_ed25519().Ed25519PrivateKey.generate())
    text = key.loaded.private_bytes(serial.Encoding.PEM, serial.PrivateFormat.PKCS8, serial.NoEncryption()).decode("ascii")
    write_secret(file, text)
    try:
        with beside.open("x", encoding="ascii") as stream:
            stream.write(key.public.pem())
    except OSError as error:
        file.unlink(missing_ok=True)
        raise OutputError(f"{beside}: the public key cannot be written ({error.strerror or error}); nothing was left behind") from error
    return str(key.public)


def read_secret_key(path: str | os.PathLike[str]) -> SecretKey:
    """Read a secret key; warns in the log where others than its owner may read it. Raises ConfigError where the file holds none."""
    file = Path(path)
    held = _held(file, f"make one with `collusion key --signing {file}`")
    serial = _serialization()
    try:
        loaded = serial.load_pem_private_key(held, None)
    except (ValueError, TypeError, _unsupported()) as error:
        raise ConfigError(
            f"{file}: holds no secret key without a password in PEM; make one with `collusion key --signing KEYFILE`"
        ) from error
    if not isinstance(loaded, _ed25519().Ed25519PrivateKey):
        raise ConfigError(f"{file}: holds a key that is not of Ed25519; make one with `collusion key --signing KEYFILE`")
    if is_open_to_others(file.stat()):
        _LOG.warning("%s: others may read this key, and sign in your name; `chmod 600` it", file)
    return SecretKey(loaded)


def read_public_key(given: str | os.PathLike[str]) -> PublicKey:
    """Return a public key that is given as a file (PEM, or of minisign), or as the text that ``minisign -P`` takes.

    Raises
    ------
    ConfigError
        When it is none of these.
    """
    if isinstance(given, str) and (key := parse_public_key(given)) is not None:
        return key
    file = Path(given)
    held = _held(file, "name the sender's public key: a file, or text that begins with RW")
    if (key := parse_public_key(held.decode("ascii", "replace").strip().rpartition("\n")[2])) is not None:
        return key
    serial = _serialization()
    try:
        loaded = serial.load_pem_public_key(held)
    except (ValueError, TypeError, _unsupported()) as error:
        hint = "this is the secret key; name the public one beside it, which ends in .pub" if b"PRIVATE KEY" in held else "name another"
        raise ConfigError(f"{file}: holds no public key in PEM or of minisign; {hint}") from error
    if not isinstance(loaded, _ed25519().Ed25519PublicKey):
        raise ConfigError(f"{file}: holds a public key that is not of Ed25519; name another")
    return PublicKey(loaded.public_bytes(serial.Encoding.Raw, serial.PublicFormat.Raw))


def parse_public_key(text: str) -> PublicKey | None:
    """Return the public key that a text is, as minisign writes it; None where it is none."""
    raw = _decoded(text.strip().encode("ascii", "replace"))
    if len(raw) != len(ALGORITHM) + ID_BYTES + KEY_BYTES or not raw.startswith(ALGORITHM):
        return None
    # The number of a key that minisign made is drawn at random; that of a signature is not compared, as only the key decides.
    return PublicKey(raw[-KEY_BYTES:])


def _held(file: Path, hint: str) -> bytes:
    try:
        if not file.is_file():
            raise ConfigError(f"{file}: there is no such file; {hint}")
        with file.open("rb") as stream:
            held = stream.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{file}: the key cannot be read ({getattr(error, 'strerror', None) or error})") from error
    if len(held) > LARGEST:
        raise ConfigError(f"{file}: is too large for a key; {hint}")
    return held


def _ed25519() -> Any:  # noqa: ANN401  # a module of an extra
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415  # an extra, only where something is signed
    except ModuleNotFoundError as error:
        raise ConfigError("signatures need the package cryptography, which is not installed; `pip install cryptography`") from error
    return ed25519


def _serialization() -> Any:  # noqa: ANN401  # as above
    _ed25519()
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  # as above

    return serialization


def _unsupported() -> type[Exception]:
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415  # as above

    return UnsupportedAlgorithm
