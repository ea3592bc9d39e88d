"""Laws of `verify`: whatever is changed, missing, added or dangerous is found and named, and nothing else is."""

import base64
import hashlib
import io
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from packs.packs import KEY, files_of, make

import collusion as cl
from collusion.base.errors import ConfigError, InputError
from collusion.packs import bag
from collusion.packs import verify as module
from collusion.packs.bag import archive, tags


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a signed pack, an unsigned one, and two pairs of keys."""
    folder = tmp_path_factory.mktemp("packs")
    case = make().with_journal(folder / "j.jsonl")
    for name in ("ours", "others"):
        (folder / f"{name}.txt").write_text(cl.make_signing_key(folder / name))
    cl.pack(case, "2", folder / "signed.zip", key=KEY, sign=folder / "ours")
    cl.pack(case, "2", folder / "plain.zip", key=KEY)
    return folder


def changed(place, out, change, name="signed.zip"):
    """Write a pack whose files were changed, packed as `pack` does."""
    files = files_of(place / name)
    change(files)
    out.write_bytes(archive(files))
    return cl.verify(out, place / "ours.pub" if name == "signed.zip" else None, allow_unsigned=name != "signed.zip")


def test_a_pack_is_fine_and_its_key_is_named(place):
    text = (place / "ours.txt").read_text()
    for key in (place / "ours.pub", str(place / "ours.pub"), text, f" {text}\n"):
        found = cl.verify(place / "signed.zip", key)
        assert found
        assert (found.signed_by, found.key_checked, found.problems) == (text, True, ())
    found = cl.verify(place / "signed.zip")
    assert found
    assert not found.key_checked
    assert "Whose key that is was not checked" in str(found)
    (place / "minisign.pub").write_text(f"untrusted comment: minisign public key\n{text}\n")
    assert cl.verify(place / "signed.zip", place / "minisign.pub").key_checked


def test_a_wrong_key_and_a_missing_signature_are_said(place, tmp_path):
    found = cl.verify(place / "signed.zip", place / "others.pub")
    assert not found
    assert found.signed_by is None
    assert (place / "ours.txt").read_text() in found.problems[0]
    assert (place / "others.txt").read_text() in found.problems[0]
    assert "is not signed" in cl.verify(place / "plain.zip").problems[0]
    assert "is not signed" in cl.verify(place / "plain.zip", place / "ours.pub").problems[0]
    assert cl.verify(place / "plain.zip", allow_unsigned=True)
    lost = changed(place, tmp_path / "x.zip", lambda files: files.pop(module.SIGNATURE))
    assert "signature was removed" in lost.problems[0]
    assert not cl.verify(tmp_path / "x.zip", allow_unsigned=True)


def test_a_signature_by_somebody_else_over_changed_files_is_found(place, tmp_path):
    case = make().with_journal(tmp_path / "j.jsonl")
    cl.pack(case, "2", tmp_path / "forged.zip", key=KEY, sign=place / "others")
    assert cl.verify(tmp_path / "forged.zip")
    assert not cl.verify(tmp_path / "forged.zip", place / "ours.pub")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda files: files.update({"data/statement.md": files["data/statement.md"] + b" "}), "data/statement.md: was changed"),
        (lambda files: files.pop("data/tables/reviews.csv"), "data/tables/reviews.csv: is missing"),
        (lambda files: files.update({"data/more.txt": b"x"}), "data/more.txt: was added"),
        (lambda files: files.update({"more.txt": b"x"}), "more.txt: was added"),
        (lambda files: files.update({"bag-info.txt": b"x"}), "bag-info.txt: was changed"),
        (lambda files: files.update({"bagit.txt": b"x"}), "bagit.txt: is missing or was changed"),
        (lambda files: files.pop("manifest-sha256.txt"), "manifest-sha256.txt: is missing"),
        (lambda files: files.pop("tagmanifest-sha256.txt"), "tagmanifest-sha256.txt: is missing"),
        (lambda files: files.update({"manifest-sha256.txt": b"junk"}), "manifest-sha256.txt: was changed"),
        (lambda files: files.clear(), "bagit.txt: is missing"),
    ],
)
@pytest.mark.parametrize("name", ["signed.zip", "plain.zip"])
def test_what_was_changed_is_named(place, tmp_path, change, says, name):
    found = changed(place, tmp_path / "x.zip", change, name)
    assert not found
    assert any(says in problem for problem in found.problems)


@pytest.mark.parametrize(
    ("old", "new"), [(b"signature of a", b"signature by a"), (b"file:", b"fine:"), (b"\nRW", b"\nRX"), (b"\n", b"\r\n")]
)
def test_what_a_signature_does_not_cover_cannot_be_changed_either(place, tmp_path, old, new):
    def change(files):
        assert old in files[module.SIGNATURE]
        files[module.SIGNATURE] = files[module.SIGNATURE].replace(old, new)

    (problem,) = changed(place, tmp_path / "x.zip", change).problems
    assert problem.startswith(module.SIGNATURE)


def test_new_digests_do_not_hide_a_change_under_a_signature(place, tmp_path):
    def change(files):
        files["data/statement.md"] += b" "
        payload = {path: data for path, data in files.items() if path.startswith("data/")}
        info = files["bag-info.txt"]
        files.update(tags(payload, []))
        files["bag-info.txt"] = info
        files[bag.TAG_MANIFEST] = bag.manifest({path: files[path] for path in ("bagit.txt", "bag-info.txt", bag.MANIFEST)})

    found = changed(place, tmp_path / "x.zip", change)
    assert [problem for problem in found.problems if "was not made by this key over these bytes" in problem]
    assert changed(place, tmp_path / "y.zip", change, "plain.zip"), "without a signature nobody can know"


@pytest.mark.parametrize("name", ["signed.zip", "plain.zip"])
def test_every_flipped_byte_is_found(place, tmp_path, name):
    """Of the archive, too: in names, lengths and times; many of the ends, and some between."""
    raw = (place / name).read_bytes()
    signature = raw.find(b"untrusted comment")
    at = {
        *range(0, 400, 3),
        *range(len(raw) - 1500, len(raw), 3),
        *range(0, len(raw), 2999),
        *range(max(signature - 80, 0), signature + 400),
    }
    out = tmp_path / "x.zip"
    unseen = []
    for k in sorted(at):
        out.write_bytes(raw[:k] + bytes([raw[k] ^ 0x20]) + raw[k + 1 :])
        if cl.verify(out, place / "ours.pub" if name == "signed.zip" else None, allow_unsigned=name == "plain.zip"):
            unseen.append(k)
    assert unseen == []


def test_bytes_before_between_and_after_the_files_are_found(place, tmp_path):
    raw, out = (place / "signed.zip").read_bytes(), tmp_path / "x.zip"
    for other in (b"MZ" + raw, raw + b"x", raw[:-1], raw[:1000], b"", b"PK"):
        out.write_bytes(other)
        assert not cl.verify(out, place / "ours.pub")


def test_the_form_of_the_archive_is_part_of_the_format():
    """If another version or another Python wrote other bytes, no older pack would be fine: a new form needs a new version of the bag."""
    made = archive({"data/b.json": bytes(70_000), "c.txt": b"x"})
    assert hashlib.sha256(made).hexdigest() == "38fd5f40a53a9564d2893b591d0ee14d3038f6d0c085a96cb06322355c3d05d6"


def test_an_archive_that_was_packed_again_is_said_to_be_so(place, tmp_path):
    out = tmp_path / "again.zip"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files_of(place / "signed.zip").items():
            packed.writestr(f"collusion-pack/{name}", data)
    (problem,) = cl.verify(out).problems
    assert "was packed again" in problem


def odd_archive(names, data=b"x", **attributes):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in names:
            entry = zipfile.ZipInfo(name)
            for attribute, value in attributes.items():
                setattr(entry, attribute, value)
            packed.writestr(entry, data)
    return out.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "/etc/passwd",
        "collusion-pack/../../evil",
        "collusion-pack/data/../../../evil",
        "collusion-pack//x",
        "collusion-pack/C:/x",
        "collusion-pack/..\\x",
        "collusion-pack/data/\u202egnp.exe",
        "collusion-pack/data/</script>",
        "collusion-pack/=cmd|x",
        "collusion-pack/.hidden",
        "collusion-pack/data/",
        "other/x",
        "collusion-pack/a\nb",
    ],
)
def test_paths_that_lead_elsewhere_are_refused(tmp_path, name):
    (tmp_path / "x.zip").write_bytes(odd_archive([name]))
    (problem,) = cl.verify(tmp_path / "x.zip").problems
    assert "is not a path that a pack has" in problem
    assert "\u202e" not in problem
    assert "\n" not in problem


def test_a_name_that_ends_for_some_programs_and_goes_on_for_others_is_refused(tmp_path):
    (tmp_path / "x.zip").write_bytes(odd_archive(["collusion-pack/bagit.txt_exe"]).replace(b"t_exe", b"t\0exe"))
    assert "is not a path that a pack has" in str(cl.verify(tmp_path / "x.zip"))


def test_doubles_links_and_bombs_are_refused(tmp_path, monkeypatch):
    out = tmp_path / "x.zip"
    with pytest.warns(UserWarning, match="Duplicate"):
        out.write_bytes(odd_archive(["collusion-pack/x", "collusion-pack/x"]))
    assert "is in the archive twice" in str(cl.verify(out))
    out.write_bytes(odd_archive(["collusion-pack/x", "collusion-pack/X"]))
    assert "is in the archive twice" in str(cl.verify(out))
    out.write_bytes(odd_archive(["collusion-pack/x"], external_attr=0o120777 << 16))
    assert "is not a regular file" in str(cl.verify(out))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("collusion-pack/x", bytes(3_000_000))
    monkeypatch.setattr(module, "MOST_BYTES", 1_000_000)
    assert "was not unpacked" in str(cl.verify(out))
    # One that lies about how much it holds.
    raw = out.read_bytes().replace((3_000_000).to_bytes(4, "little"), (300).to_bytes(4, "little"))
    out.write_bytes(raw)
    assert not cl.verify(out)
    monkeypatch.setattr(module, "MOST_FILES", 5)
    out.write_bytes(odd_archive([f"collusion-pack/{k}" for k in range(6)]))
    assert "at most 5" in str(cl.verify(out))
    # Two entries over the same bytes.
    monkeypatch.setattr(module, "MOST_BYTES", 1 << 28)
    raw = bytearray(odd_archive(["collusion-pack/a", "collusion-pack/b"], data=b"y" * 5000))
    second = raw.rindex(b"PK\x01\x02")
    raw[second + 42 : second + 46] = bytes(4)
    out.write_bytes(bytes(raw))
    assert not cl.verify(out)


def test_what_is_no_pack_or_no_key_is_an_error_with_a_next_step(place, tmp_path):
    for path in (tmp_path / "none.zip", tmp_path):
        with pytest.raises(InputError, match="there is no such file"):
            cl.verify(path)
    (tmp_path / "x.zip").write_text("hello")
    assert "is not a zip archive" in str(cl.verify(tmp_path / "x.zip"))
    (tmp_path / "long").write_bytes(bytes(20_000))
    (tmp_path / "rsa.pub").write_bytes(
        subprocess.run(
            "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 | openssl pkey -pubout",
            shell=True,
            check=True,
            capture_output=True,
        ).stdout
    )
    for key, says in (
        (tmp_path / "none", "no such file"),
        (place / "ours", "this is the secret key"),
        ("RWnonsense", "no such file"),
        (tmp_path / "x.zip", "holds no public key"),
        (tmp_path / "long", "too large"),
        (tmp_path / "rsa.pub", "not of Ed25519"),
    ):
        with pytest.raises(ConfigError, match=says):
            cl.verify(place / "signed.zip", key)
    with pytest.raises(ConfigError, match="leave one of the two out"):
        cl.verify(place / "signed.zip", place / "ours.pub", allow_unsigned=True)


def test_keys_are_their_owners_alone_and_never_overwritten(tmp_path, caplog):
    cl.make_signing_key(tmp_path / "k")
    assert (tmp_path / "k").stat().st_mode & 0o077 == 0
    for path in (tmp_path / "k", Path(str(tmp_path / "k").removesuffix(".pub"))):
        with pytest.raises(ConfigError, match="never overwritten"):
            cl.make_signing_key(path)
    (tmp_path / "k").unlink()
    with pytest.raises(ConfigError, match=r"k.pub: exists"):
        cl.make_signing_key(tmp_path / "k")
    assert [path.name for path in tmp_path.iterdir()] == ["k.pub"]
    cl.make_signing_key(tmp_path / "open")
    (tmp_path / "open").chmod(0o644)
    case = make().with_journal(tmp_path / "j.jsonl")
    cl.pack(case, "2", tmp_path / "a.zip", key=KEY, sign=tmp_path / "open")
    assert "others may read this key" in caplog.text
    for wrong, says in (("k.pub", "holds no secret key"), ("none", "no such file")):
        with pytest.raises(ConfigError, match=says):
            cl.pack(case, "2", tmp_path / "b.zip", key=KEY, sign=tmp_path / wrong)


def test_a_key_of_openssl_signs_and_openssl_checks(tmp_path):
    """What the guide says: nothing but openssl, unzip and sha256sum."""
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", "k.pem"], cwd=tmp_path, check=True)
    cl.pack(make().with_journal(tmp_path / "j.jsonl"), "2", tmp_path / "a.zip", key=KEY, sign=tmp_path / "k.pem")
    check = """
        openssl pkey -in k.pem -pubout -out k.pub && unzip -q a.zip && cd collusion-pack
        sha256sum --quiet -c tagmanifest-sha256.txt manifest-sha256.txt
        sed -n 2p tagmanifest-sha256.txt.minisig | base64 -d | tail -c 64 > ../signature
        openssl pkeyutl -verify -pubin -inkey ../k.pub -rawin -in tagmanifest-sha256.txt -sigfile ../signature
    """
    subprocess.run(["bash", "-euc", check], cwd=tmp_path, check=True, capture_output=True)
    assert cl.verify(tmp_path / "a.zip", tmp_path / "k.pub")


@pytest.mark.skipif(shutil.which("minisign") is None, reason="minisign is not installed")
def test_minisign_checks_the_signature(place, tmp_path):
    files = files_of(place / "signed.zip")
    for name in (bag.TAG_MANIFEST, module.SIGNATURE):
        (tmp_path / name).write_bytes(files[name])
    command = ["minisign", "-V", "-m", bag.TAG_MANIFEST, "-P"]
    subprocess.run([*command, (place / "ours.txt").read_text()], cwd=tmp_path, check=True, capture_output=True)
    done = subprocess.run([*command, (place / "others.txt").read_text()], cwd=tmp_path, check=False, capture_output=True)
    assert done.returncode != 0


def test_the_signature_is_as_minisign_defines_it(place):
    """Ed, eight bytes that name the key, 64 of the signature; then a comment that is signed with them."""
    first, head, comment, whole, end = files_of(place / "signed.zip")[module.SIGNATURE].split(b"\n")
    public = base64.b64decode((place / "ours.txt").read_text())
    assert first.startswith(b"untrusted comment: ")
    assert comment == b"trusted comment: file:tagmanifest-sha256.txt"
    assert (len(base64.b64decode(head)), len(base64.b64decode(whole)), len(public), end) == (74, 64, 42, b"")
    assert base64.b64decode(head)[:10] == public[:10]
    assert public[:2] == b"Ed"
