"""Laws of a pack: it says what the case says, names nobody but its addressee, and is the same bytes each time."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import replace

import bagit
import pytest
from packs.packs import KEY, everything, files_of, forms, make, with_sellers
from report.fake_case import evidence_for, make_case, make_log, make_ring
from report.hostile import HOSTILE, hostile_case

import collusion as cl
from collusion.base.errors import ConfigError, OutputError
from collusion.packs.fields import FIELDS, example
from collusion.packs.hidden import LEFT_OUT, Names
from collusion.packs.render import write_templates

ALL = {name: f"the {name} of it" for name in FIELDS}


@pytest.fixture
def case(tmp_path):
    return make().with_journal(tmp_path / "journal.jsonl")


@pytest.fixture
def who(case):
    return case.rings[1].reviewers[0]


def packed(case, out, rings="2", **options):
    cl.pack(case, rings, out, **{"key": KEY, **options})
    return files_of(out)


def rows_of(data):
    return list(csv.DictReader(io.StringIO(data.decode())))


def test_the_account_holder_reads_their_own_reviews_and_nobody_elses(case, tmp_path):
    log, ring = case.lookup.log, case.rings[1]
    wrote = log[log.product_id.isin(ring.products)].groupby("reviewer_id").product_id.nunique()
    who = min(ring.reviewers, key=lambda name: wrote[name])
    assert wrote[who] < len(ring.products)
    files = packed(case, tmp_path / "a.zip", addressee="account-holder", who=who)
    text = files["data/statement.md"].decode()
    own = case.lookup.log[(case.lookup.log.reviewer_id == who) & case.lookup.log.product_id.isin(case.rings[1].products)]
    reviews = rows_of(files["data/tables/reviews.csv"])
    mine = [one for one in reviews if one["reviewer_id"] == who]
    assert len(reviews) == case.rings[1].n_reviews
    assert {(one["product_id"], one["review_id"]) for one in mine} == set(zip(own.product_id, own.review_id, strict=True))
    assert {one["product_id"] for one in reviews if not one["product_id"].startswith("P-")} == set(own.product_id)
    assert f"wrote {len(own)} of the {case.rings[1].n_reviews} reviews" in text
    assert all(product in text for product in own.product_id)
    assert {one["reviewer_id"][:2] for one in reviews if one not in mine} == {"A-"}
    assert who in files["data/rings/" + reviews[0]["ring_id"] + ".html"].decode()


def test_the_seller_reads_their_own_products_and_no_account(case, tmp_path):
    case = with_sellers(case)
    own = {one for one in case.rings[1].products if one.endswith(case.rings[1].products[0][-1])}
    seller = "shop " + case.rings[1].products[0][-1]
    files = packed(case, tmp_path / "s.zip", [], addressee="seller", who=seller)
    members = rows_of(files["data/tables/members.csv"])
    assert {one["id"] for one in members if one["role"] == "product" and not one["id"].startswith("P-")} == own
    assert {one["id"][:2] for one in members if one["role"] == "reviewer"} == {"A-"}
    assert seller in files["data/statement.md"].decode()
    assert "does not show who ordered" in files["data/statement.md"].decode()
    # Without names of rings: those that are flagged or coordinated.
    assert {one["status"] for one in rows_of(files["data/tables/rings.csv"])} == {"flagged", "coordinated"}


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("nobody is named", None),
        ("of joanna, Anna and JO", "of A-JOANNA, A-ANNA and A-JO"),
        ("jo-jo; john, annabel", "A-JO-A-JO; john, A-ANNAbel"),
        ("Johann Anna & sons came", "Johann Anna & sons came"),  # the addressee
        ("anna & sons of anna", "anna & sons of A-ANNA"),
        ("Max or max", "A-MAX or A-MAX2"),
        ("MAX", LEFT_OUT),  # two accounts
        ("%6Aoanna", LEFT_OUT),
        ("j&#111;anna", LEFT_OUT),
        ("anna%20%26%20sons", LEFT_OUT),  # in doubt, nothing
        ("see A-ANNA", "see A-A-ANNA"),
        ("", None),
    ],
)
def test_free_text_names_nobody_and_keeps_the_addressee(text, hidden):
    shown = {"joanna": "A-JOANNA", "anna": "A-ANNA", "jo": "A-JO", "Max": "A-MAX", "max": "A-MAX2", " ": "A-BLANK", "": "A-EMPTY"}
    assert Names(shown, frozenset(("anna & sons",))).hide(text) == (text if hidden is None else hidden)


@pytest.mark.parametrize("addressee", ["account-holder", "seller", "regulator"])
def test_no_byte_names_anybody_else(tmp_path, addressee):
    """Ids of others that are parts of the addressee's, that need escapes, and that stand in notes in every form."""
    log, reviewers, products = make_log(9, 5, 400)
    odd = ["joanna & sons", "joanna", "anna", "h\u00e9l\u00e8ne 1/2", "<b>max</b>", 'say "x', "per%cent", "tab\tbed", "a_b*c"]
    log = log.replace({"reviewer_id": dict(zip(sorted(reviewers), odd, strict=True))})
    log["review_id"] = [f"review-{k}-text" for k in range(len(log))]
    case = with_sellers(make_case(log, [make_ring(log, odd, products)])).with_journal(tmp_path / "j.jsonl")
    note = f"{odd[2]} and JOANNA, also {log.review_id[0]}; %68%C3%A9l%C3%A8ne%201%2F2"
    case.decide(case.rings[0], "confirmed", note=note, by="Ann Other")
    case.decide(case.rings[0], "dismissed", note=f"see {odd[4]}, {case.rings[0].products[1]} and anna", by="Bea Else")
    seller = "shop " + case.rings[0].products[0][-1]
    who = {"account-holder": odd[0], "seller": seller, "regulator": None}[addressee]
    out = tmp_path / "out.zip"
    files = packed(case, out, "1", addressee=addressee, who=who)
    mine = log[(log.reviewer_id == who) & log.product_id.isin(products)] if addressee == "account-holder" else log[:0]
    own = {who, *mine.product_id, *mine.review_id} | ({p for p in products if "shop " + p[-1] == who} if addressee == "seller" else set())
    others = {*log.reviewer_id, *log.product_id, *log.review_id, *log.text, *("shop " + p[-1] for p in log.product_id)} - own
    # Of the addressee's own ids, others may be a part.
    held = everything(out)
    for name in sorted(filter(None, own), key=len, reverse=True):
        for form in sorted(forms(name), key=len, reverse=True):
            held = [data.replace(form, b"*") for data in held]
    assert [(name, form) for name in others for form in forms(name) for data in held if form in data] == []
    decisions = rows_of(files["data/tables/decisions.csv"])
    assert [one["status"] for one in decisions] == ["confirmed", "dismissed"]
    assert decisions[0]["note"].startswith("(left out")
    assert re.fullmatch(r"see A-\w{16}, \S+ and A-\w{16}", decisions[1]["note"])
    named = addressee == "regulator"
    assert [one["by"] for one in decisions] == (["Ann Other", "Bea Else"] if named else ["person 1", "person 2"])


def test_only_a_regulator_may_have_real_ids_and_must_be_asked_for(case, who, tmp_path):
    files = packed(case, tmp_path / "r.zip", addressee="regulator", real_ids=True, key=None)
    assert {one["id"] for one in rows_of(files["data/tables/members.csv"])} == {*case.rings[1].reviewers, *case.rings[1].products}
    assert not [data for data in files.values() for text in case.lookup.log.text if text.encode() in data], (
        "texts are left out all the same"
    )
    hidden = packed(case, tmp_path / "h.zip")
    assert who.encode() not in b"".join(hidden.values())
    for wrong in (
        {"addressee": "seller", "who": "x", "real_ids": True, "key": None},
        {"addressee": "account-holder", "who": who, "real_ids": True, "key": None},
        {"real_ids": True},
        {"key": None},
    ):
        with pytest.raises(ConfigError):
            packed(case, tmp_path / "no.zip", **wrong)
    assert not (tmp_path / "no.zip").exists()


def test_a_ring_is_called_the_same_in_every_pack_of_a_key(case, who, tmp_path):
    made = [
        cl.pack(case, "2", tmp_path / f"{k}.zip", key=KEY, **options).rings
        for k, options in enumerate([{}, {"addressee": "account-holder", "who": who}])
    ]
    assert made[0] == made[1] == {case.rings[1].id: cl.pseudonymise(case, KEY).rings[1].id}


def test_a_case_with_pseudonyms_needs_no_key(case, tmp_path):
    hidden = replace(cl.pseudonymise(case, KEY), journal=tmp_path / "journal.jsonl")
    hidden.decide(hidden.rings[1], "confirmed", note=f"it is {case.rings[1].reviewers[0]}", by="Ann")
    who = hidden.rings[1].reviewers[0]
    files = packed(hidden, tmp_path / "h.zip", addressee="account-holder", who=who, key=None)
    assert who in files["data/statement.md"].decode()
    assert "(left out" in rows_of(files["data/tables/decisions.csv"])[0]["note"]
    with pytest.raises(ConfigError, match="has pseudonyms already"):
        packed(hidden, tmp_path / "no.zip")


def test_the_statement_says_what_the_case_says_and_never_that_anybody_is_guilty(case, who, tmp_path):
    text = packed(case, tmp_path / "a.zip", addressee="account-holder", who=who)["data/statement.md"].decode()
    ring = case.rings[1]
    assert ring.status == "flagged"
    assert all(one.statement.split("<")[0] in text.replace("\\", "") for one in ring.evidence if one.signal in {"co-reviews", "rating"})
    assert "about 1 in 40, that is 2.5 % (false-discovery estimate)" in text  # the larger of 0.025 and 0.0125
    assert "about 1 in 50, that is 2 %" in text
    assert "not the probability that a member did anything" in text
    assert "leaves 10.3 of the score of 20.6. If it left 3.5 or less, the group would be listed as coordinated" in text
    assert "It is doubtful that this account belongs to the group.** They rated 4 of 5" in text
    assert "No decision of a person about this group" in text
    assert "stands apart from the crowd" in text.partition("speaks for the members")[2]
    assert "guilty" not in text.replace("nothing in it says that anybody is guilty of anything", "")
    assert "fraud" not in text
    other = packed(case, tmp_path / "b.zip", addressee="account-holder", who=ring.reviewers[1])["data/statement.md"].decode()
    assert "doubtful that this account" not in other


def test_what_is_unknown_is_not_stated_and_nothing_is_invented(case, who, tmp_path):
    for addressee, more in (("account-holder", {"who": who}), ("regulator", {})):
        out = tmp_path / f"{addressee}.zip"
        made = cl.pack(case, "2", out, addressee=addressee, key=KEY, **more)
        text = files_of(out)["data/statement.md"].decode()
        assert text.count("*not stated*") == len(made.not_stated) >= 17
        full = tmp_path / f"{addressee}-full.zip"
        assert cl.pack(case, "2", full, addressee=addressee, key=KEY, fields=ALL, **more).not_stated == ()
        text = files_of(full)["data/statement.md"].decode()
        assert "not stated" not in text
        assert [name for name in made.not_stated if f"the {name} of it" not in text.replace("\\", "")] == []
    assert b"Source-Organization: the sender of it" in files_of(full)["bag-info.txt"]


def test_fields_come_from_toml_and_all_that_is_wrong_is_said_at_once(case, who, tmp_path):
    file = tmp_path / "fields.toml"
    file.write_text('sender = "Shop\u202e <b>"\ndate = 2026-11-30\n', encoding="utf-8")
    files = packed(case, tmp_path / "a.zip", fields=file)
    assert "| sender | Shop\\\\u202e \\<b\\> |" in files["data/statement.md"].decode()
    assert "Bagging-Date: 2026-11-30" in files["bag-info.txt"].decode()
    file.write_text(
        example().replace("# mea", "mea").replace('measure = ""', "measure = 7") + 'sendr = "x"\ncourt = ""\n', encoding="utf-8"
    )
    with pytest.raises(ConfigError, match=r"(?s)measure must be text.*did you mean 'sender'.*court must be text"):
        packed(case, tmp_path / "no.zip", fields=file)
    with pytest.raises(ConfigError, match="an id of somebody else"):
        packed(case, tmp_path / "no.zip", addressee="account-holder", who=who, fields={"measure": f"as {case.rings[1].reviewers[3]} did"})
    for text in ("x =", "\udcff"):
        file.write_bytes(text.encode("utf-8", "surrogateescape"))
        with pytest.raises(ConfigError, match="not valid TOML"):
            packed(case, tmp_path / "no.zip", fields=file)
    with pytest.raises(ConfigError, match="cannot be read"):
        packed(case, tmp_path / "no.zip", fields=tmp_path / "none.toml")


def test_templates_can_be_edited_and_run_no_code(case, tmp_path):
    folder = tmp_path / "texts"
    names = write_templates(folder)
    assert set(names) == {path.name for path in folder.iterdir()}
    unchanged = packed(case, tmp_path / "a.zip", templates=folder)
    assert unchanged == packed(case, tmp_path / "b.zip")
    (folder / "objection.md.j2").write_text("## Widerspruch\n\nAn {{ fields.contact }} <b>jetzt</b>.\n", encoding="utf-8")
    files = packed(case, tmp_path / "c.zip", templates=folder, fields={"contact": "a@b.example"})
    assert "## Widerspruch\n\nAn a@b.example" in files["data/statement.md"].decode()
    assert "&lt;b&gt;jetzt" in files["data/statement.html"].decode()
    for wrong, says in (
        ("{{ rings.__class__.__mro__ }}", "unsafe"),
        ("{% for x in %}", "line 1"),
        ("{{ nothing }}", "undefined"),
        ("{{ 1/0 }}", "division"),
        ("{% include 'secret' %}", "secret"),
        ("{% include '../fields.py' %}", "fields.py"),
    ):
        (folder / "objection.md.j2").write_text(wrong, encoding="utf-8")
        with pytest.raises(ConfigError, match=says):
            packed(case, tmp_path / "no.zip", templates=folder)
    (folder / "sellr.md.j2").write_text("x", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"did you mean 'seller.md.j2'"):
        packed(case, tmp_path / "no.zip", templates=folder)
    with pytest.raises(ConfigError, match="not an empty folder"):
        write_templates(folder)
    only = tmp_path / "only"
    only.mkdir()
    (only / "seller.md.j2").write_text("x", encoding="utf-8")
    with pytest.raises(ConfigError, match="has no template that a pack for regulator"):
        packed(case, tmp_path / "no.zip", templates=only)


def test_the_same_input_gives_the_same_bytes_whatever_the_process(case, who, tmp_path):
    cl.make_signing_key(tmp_path / "s.key")
    options = {"addressee": "account-holder", "who": who, "key": KEY, "sign": tmp_path / "s.key"}
    cl.pack(case, "2", tmp_path / "a.zip", **options)
    code = (
        "import sys; from packs.packs import make, KEY; import collusion as cl; out, who, sign, journal = sys.argv[1:]; "
        "cl.pack(make().with_journal(journal), '2', out, addressee='account-holder', who=who, key=KEY, sign=sign)"
    )
    paths = [str(tmp_path / "other name.zip"), who, str(tmp_path / "s.key"), str(tmp_path / "journal.jsonl")]
    environment = {**os.environ, "PYTHONHASHSEED": "5", "TZ": "Asia/Tokyo", "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code, *paths], check=True, env=environment)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "other name.zip").read_bytes()


def test_it_is_a_bag_that_others_read(case, tmp_path):
    cl.make_signing_key(tmp_path / "s.key")
    cl.pack(case, ["2", "3"], tmp_path / "a.zip", key=KEY, sign=tmp_path / "s.key", fields=ALL)
    subprocess.run(["unzip", "-q", "a.zip"], cwd=tmp_path, check=True)
    assert list(files_of(tmp_path / "a.zip")) == sorted(files_of(tmp_path / "a.zip"))
    bag = bagit.Bag(str(tmp_path / "collusion-pack"))
    assert bag.validate()
    assert bag.info["Bag-Software-Agent"] == f"collusion {cl.__version__}"
    assert json.loads((tmp_path / "collusion-pack" / "data" / "provenance.json").read_text())["schema"] == "collusion/pack/1"


def test_hostile_text_runs_nowhere_and_breaks_no_path(tmp_path):
    """Ids, notes, statements, fields: as text in every file, whoever the addressee is."""
    case = replace(hostile_case(), journal=tmp_path / "j.jsonl")
    for one in HOSTILE:
        if "\ud800" not in one:
            case.decide(case.rings[0], "confirmed", note=one, by="Ann")
    fields = dict(zip(FIELDS, (one for one in HOSTILE if one.strip()), strict=False))
    for number, who in enumerate([*case.rings[0].reviewers[:12], None]):
        out = tmp_path / f"{number}.zip"
        more = {"key": KEY, "addressee": "account-holder", "who": who} if who is not None else {"real_ids": True, "fields": fields}
        made = cl.pack(case, "1", out, **more)
        assert made.files == 14 - 1
        assert cl.verify(out, allow_unsigned=True).ok
        for name, data in files_of(out).items():
            assert re.fullmatch(r"[A-Za-z0-9./_-]+", name)
            assert ".." not in name
            text = data.decode("utf-8")
            assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\x00\x1b]", text) or name.endswith(".csv")
            if name.endswith(".html"):
                assert not re.search(
                    r"<(script|iframe|img|object|embed|link|form|a\s[^>]*href=.(?!#|\.\./|statement))", text, re.IGNORECASE
                )
                assert not re.search(r"<[^>]*\son\w+\s*=", text, re.IGNORECASE)
                assert "default-src 'none'" in text
            if name.endswith(".csv"):
                cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
                assert [cell for cell in cells if re.match(r"\s*[=+@]|-\D", cell)] == []


def test_what_is_wrong_is_said_at_once_and_nothing_is_written(case, who, tmp_path):
    before = sorted(tmp_path.iterdir())
    for rings, options, says in (
        (["9", "R-zz"], {}, r"(?s)no rank 9.*no ring 'R-zz'"),
        ([], {}, "name at least one ring"),
        (["2"], {"addressee": "sellers"}, "did you mean 'seller'"),
        (["2"], {"who": who}, "leave it out"),
        (["2"], {"addressee": "account-holder"}, "name the account-holder"),
        (["2"], {"addressee": "account-holder", "who": who[:-1]}, "no ring of the case has the account"),
        (["2", "5"], {"addressee": "account-holder", "who": case.rings[1].reviewers[-1]}, "has not the account"),
        (["2"], {"addressee": "seller", "who": "x"}, "no column of sellers"),
        (["2"], {"sign": tmp_path / "none"}, "no such file"),
        (["2"], {"key": b"short"}, "at least 32"),
        (["2"], {"templates": tmp_path / "none"}, "is not a folder of templates"),
    ):
        with pytest.raises(ConfigError, match=says):
            packed(case, tmp_path / "no.zip", rings, **options)
    with pytest.raises(OutputError, match="is not there"):
        packed(case, tmp_path / "none" / "no.zip")
    assert sorted(tmp_path.iterdir()) == before


def test_without_names_of_rings_only_findings_and_confirmed_rings_are_taken(case, tmp_path):
    member = case.rings[4].reviewers[0]
    made = cl.pack(case, [], tmp_path / "a.zip", addressee="account-holder", who=member, key=KEY)
    assert list(made.rings) == [ring.id for ring in case.rings if ring.status in {"flagged", "coordinated"}]
    assert set(made.not_taken) == {case.rings[0].id, case.rings[4].id}
    case.decide(case.rings[4], "confirmed", by="Ann")
    made = cl.pack(case, [], tmp_path / "b.zip", addressee="account-holder", who=member, key=KEY)
    assert made.not_taken == (case.rings[0].id,)
    log, reviewers, products = make_log(6, 4, 300)
    lone = make_case(log, [make_ring(log, reviewers, products, status="candidate")]).with_journal(tmp_path / "journal.jsonl")
    with pytest.raises(ConfigError, match="is flagged, coordinated or confirmed"):
        cl.pack(lone, [], tmp_path / "c.zip", addressee="account-holder", who=min(reviewers), key=KEY)


def test_a_ring_under_appeal_is_taken_with_the_reasons_and_one_that_was_cleared_is_not(case, tmp_path):
    ring = case.rings[4]
    for status in ("confirmed", "appealed"):
        case.decide(ring, status, note=f"why {status}", by="Ann")
    asked = {"addressee": "account-holder", "who": ring.reviewers[0]}
    decisions = rows_of(packed(case, tmp_path / "a.zip", [], **asked)["data/tables/decisions.csv"])
    assert [(one["status"], one["note"]) for one in decisions] == [("confirmed", "why confirmed"), ("appealed", "why appealed")]
    case.decide(ring, "overturned", note="the invoice is real", by="Bea")
    made = cl.pack(case, [], tmp_path / "b.zip", key=KEY, **asked)
    assert ring.id in made.not_taken


def test_a_file_is_replaced_only_where_that_is_allowed(case, tmp_path):
    out = tmp_path / "a.zip"
    out.write_bytes(b"precious")
    with pytest.raises(ConfigError, match="exists"):
        packed(case, out)
    assert out.read_bytes() == b"precious"
    packed(case, out, overwrite=True)
    assert {path.name for path in tmp_path.iterdir()} == {"a.zip"}


def test_a_group_that_was_not_compared_with_chance_has_no_known_error_rate(tmp_path):
    log, reviewers, products = make_log(6, 4, 300)
    ring = make_ring(log, reviewers, products, status="candidate", q_values={}, evidence=evidence_for("candidate", ()))
    case = make_case(log, [ring]).with_journal(tmp_path / "j.jsonl")
    text = packed(case, tmp_path / "a.zip", "1")["data/statement.md"].decode()
    assert "The error rate is not known" in text


def test_a_damaged_line_of_the_journal_is_said_and_another_log_does_not_count(case, tmp_path):
    case.decide(case.rings[1], "confirmed", by="Ann")
    case.decide(case.rings[1], "dismissed", by="Bea")
    other = replace(case, provenance=replace(case.provenance, sources=()))
    other.decide(other.rings[1], "confirmed", note="of another log", by="Eve")
    journal = tmp_path / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b"confirmed", b"dismissed", 1))
    made = cl.pack(case, "2", tmp_path / "a.zip", key=KEY)
    files = files_of(tmp_path / "a.zip")
    assert made.damaged == 1
    assert "1 line of the journal cannot be read" in files["data/statement.md"].decode()
    assert [(one["status"], one["by"]) for one in rows_of(files["data/tables/decisions.csv"])] == [("dismissed", "Bea")]


def test_without_the_package_the_error_names_it(case, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric", None)
    with pytest.raises(ConfigError, match=r"pip install cryptography"):
        cl.make_signing_key(tmp_path / "key")
    monkeypatch.setitem(sys.modules, "markdown_it", None)
    with pytest.raises(ConfigError, match=r"pip install markdown-it-py"):
        packed(case, tmp_path / "a.zip")
    assert list(tmp_path.iterdir()) == []
