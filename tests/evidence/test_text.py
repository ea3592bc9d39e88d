"""Copies and rewordings among members stand out; phrases, languages, lengths and hostile texts do not."""

from itertools import combinations

import numpy as np
import pytest
from evidence.groups import group_of, log_of
from scipy.stats import binom

from collusion.evidence.signals.text import NEAREST_TEXTS, UNRELATED_LIKENESS, Text
from collusion.evidence.text_sets import compared, everywhere, sample_of, slot_keys
from collusion.evidence.texts import COMPARED_CHARACTERS, LEAST_LETTERS, alike, length, normalised
from collusion.graph.graph import build_graph

LETTERS = "eeeeaaaooiittnnssrrhldcumwfgypbvk"


class Pen:
    """Writes honest texts: words of a language of its own, common ones more often."""

    def __init__(self, seed, letters=LETTERS, blank=" ", longest=9, words=800):
        self.rng, self.blank = np.random.default_rng([seed, 5]), blank
        alphabet = list(letters)
        self.words = ["".join(self.rng.choice(alphabet, int(self.rng.integers(1, longest)))) for _ in range(words)]
        chance = 1.0 / np.arange(3, words + 3)
        self.edge = np.cumsum(chance / chance.sum())

    def some(self, n):
        return [self.words[k] for k in np.searchsorted(self.edge[:-1], self.rng.random(n))]

    def honest(self, words=None):
        return self.some(words or int(self.rng.integers(12, 60)))

    def reworded(self, template, share=0.5):
        """The template with a share of its words exchanged."""
        found = list(template)
        changed = self.rng.permutation(len(template))[: round(share * len(template))].tolist()
        for k, word in zip(changed, self.some(len(changed)), strict=True):
            found[k] = word
        return found

    def text(self, words):
        return self.blank.join(words)


ENGLISH = {}
CHINESE = {"letters": [chr(0x4E00 + 7 * k) for k in range(900)], "blank": "", "longest": 3}


def market(pen, seed, members=10, products=5, others=25, everywhere_else=150):
    """A log in which members reviewed all of some products, others one each, and people elsewhere other ones; texts are honest."""
    rng = np.random.default_rng([seed, 9])
    who = [
        np.repeat(np.arange(members), products),
        members + np.arange(others * products),
        members + others * products + np.arange(everywhere_else),
    ]
    what = [np.tile(np.arange(products), members), np.arange(others * products) % products, products + np.arange(everywhere_else) % 30]
    u, p = np.concatenate(who), np.concatenate(what)
    order = rng.permutation(len(u))
    u, p = u[order], p[order]
    graph = build_graph(u, p, time=rng.integers(0, 200, len(u)), rating=rng.integers(1, 6, len(u)))
    texts = [pen.text(pen.honest()) for _ in u]
    return graph, u, texts


def asked(graph, texts, members, products, seed=0):
    """The evidence of a group, prepared as a scan prepares it, and the calls for texts."""
    calls = []

    def read(rows):
        calls.append(rows.tolist())
        return [texts[row] for row in rows.tolist()]

    log = log_of(graph, seed, texts=read)
    group = group_of(graph, np.arange(members), np.arange(products), log=log)
    signal = Text()
    signal.prepare([group])
    return signal.test(group), calls


# How alike texts are


def common(a, b):
    """The longest common subsequence, by the textbook."""
    row = [0] * (len(b) + 1)
    for x in a:
        new = [0]
        for k, y in enumerate(b):
            new.append(row[k] + 1 if x == y else max(row[k + 1], new[k]))
        row = new
    return row[-1]


@pytest.mark.parametrize("kind", [ENGLISH, CHINESE])
def test_likeness_is_what_is_common_beyond_chance(kind):
    pen = Pen(1, **kind)
    template = pen.honest(12)
    texts = [normalised(pen.text(words)) for words in (pen.honest(9), pen.honest(14), template, pen.reworded(template), template)]
    found = alike(texts)
    letters = [sum(3 if ord(c) >= 0x2E80 else c != " " for c in text) for text in texts]
    for i, j in combinations(range(len(texts)), 2):
        a, b = texts[i], texts[j]
        same, chance = (2 * common(a, other) / (len(a) + len(b)) for other in (b, b[::-1]))
        kappa = max((same - chance) / (1 - chance), 0.0)
        assert found[i, j] == pytest.approx(kappa * np.sqrt(min(letters[i], letters[j])), abs=1e-5)
        assert found[i, j] == found[j, i]
    assert found[2, 4] == pytest.approx(np.sqrt(letters[2]), abs=1e-5)
    assert found[2, 3] > UNRELATED_LIKENESS > found[0, 1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, ""),
        ("  Great\tPRODUCT \r\n  fast ", "great product fast"),
        ("\uff27\uff52\uff45\uff41\uff54 \ufb01ne Stra\u00dfe", "great fine strasse"),
        ("a\u200bb\u202ec\x00d\x1b[31m\ud800e", "a b c d [31m e"),
        ("\u200b\x00\ud800", ""),
    ],
)
def test_texts_are_compared_in_one_form(text, expected):
    assert normalised(text) == expected


@pytest.mark.parametrize("text", ["x" * 10_000, "\ufdfa" * 5_000, "word " * 3_000, "\x00" * 10_000, "\U0001f44d" * 9_999])
def test_hostile_texts_are_cut_before_anything_is_done_with_them(text):
    cut = normalised(text)
    assert len(cut) <= COMPARED_CHARACTERS
    # A text that is the same backwards says nothing, however often it is written.
    assert alike([cut, cut]).shape == (2, 2)


def test_a_character_of_chinese_counts_as_three_letters():
    assert length("good value") == 9
    assert length("\u597d\u5403 ok") == 8
    assert length("\uac00" * 14) > LEAST_LETTERS > length("\uac00" * 13)


# Which texts are compared


def test_what_is_compared_is_by_product_and_length_and_by_others_too():
    pen = Pen(2)
    graph, _, texts = market(pen, 2)
    texts[3], texts[4] = None, "short"
    log = log_of(graph, texts=lambda rows: [texts[row] for row in rows.tolist()])
    group = group_of(graph, np.arange(10), np.arange(5), log=log)
    found = compared(group, 1.0, {})
    assert found.member.sum() == sum(length(normalised(texts[row])) >= LEAST_LETTERS for row in group.rows)
    assert np.array_equal(found.member, np.isin(found.who, np.arange(10)))
    assert len(np.unique(found.edge)) == len(found.edge)
    assert [normalised(texts[row]) for row in graph.row[found.edge]] == [*found.text]
    for block in np.unique(found.block):
        at = np.flatnonzero(found.block == block)
        lengths = {min(int(np.log2(length(found.text[k]) / LEAST_LETTERS)), 2) for k in at}
        assert len(lengths) == 1
        assert len(np.unique(graph.rating[found.edge[at]])) == 1
        # As many others as members at least, or texts of the log stand in, twice as many where there are so many.
        own = int(found.member[at].sum())
        assert own == 0 or len(at) >= 2 * own
        if block >= 0:
            assert len(np.unique(graph.product[found.edge[at]])) == 1


def test_texts_of_all_groups_are_read_at_once():
    pen = Pen(3)
    graph, _, texts = market(pen, 3)
    calls = []

    def read(rows):
        calls.append(rows)
        return [texts[row] for row in rows.tolist()]

    log = log_of(graph, texts=read)
    groups = [group_of(graph, np.arange(*part), np.arange(5), log=log) for part in ((0, 5), (5, 10), (2, 8))]
    signal = Text()
    signal.prepare(groups)
    assert len(calls) == 1
    assert (np.diff(calls[0]) > 0).all()
    prepared = [signal.test(group) for group in groups]
    assert len(calls) == 1
    # Whoever tests one group alone gets the same answer.
    assert [
        Text().test(group_of(graph, np.arange(*part), np.arange(5), log=log_of(graph, texts=read))) for part in ((0, 5), (5, 10))
    ] == prepared[:2]


def test_a_sample_is_taken_by_what_reviews_are():
    """Of a group and of products with thousands of reviews a few hundred texts are read, the same whatever the codes."""
    rng = np.random.default_rng(4)
    keys = np.unique(rng.integers(0, 3_000 * 20, 12_000))
    u, p = np.divmod(keys, 20)
    time, rating = rng.integers(0, 400, len(u)), rng.integers(1, 6, len(u))
    moved, shuffled = rng.permutation(3_000), rng.permutation(len(u))
    first = build_graph(u, p, time=time, rating=rating)
    second = build_graph(moved[u][shuffled], p[shuffled], time=time[shuffled], rating=rating[shuffled], row=shuffled)
    rows = []
    for graph, codes in ((first, np.arange(200)), (second, moved[:200])):
        log = log_of(graph)
        group = group_of(graph, codes, np.arange(20), log=log)
        sample = sample_of(group, 1.0)
        assert 300 <= len(sample.own) <= 400
        assert 600 <= len(sample.others) <= 720
        assert not np.isin(graph.reviewer[sample.others], codes).any()
        rows.append([{*graph.row[edges].tolist()} for edges in (sample.own, sample.others, everywhere(log))])
        assert len(np.unique(slot_keys(log, np.arange(graph.n_reviews)))) > 0.9 * graph.n_reviews
    assert rows[0] == rows[1]


# What is said of groups


def test_the_p_value_is_the_share_of_exchanges_that_reach_as_much():
    """One product, texts of one length, four members and five others: all 126 exchanges are counted by hand."""
    pen = Pen(5)
    template = pen.honest(20)
    words = [pen.reworded(template, 0.3), pen.reworded(template, 0.3), pen.honest(20), pen.honest(20)] + [pen.honest(20) for _ in range(4)]
    words.append(pen.reworded(template, 0.3))
    texts = [pen.text(some)[:90] for some in words]
    graph = build_graph(np.arange(9), np.zeros(9, int), time=np.arange(9))
    found, _ = asked(graph, texts, 4, 1)
    likeness = alike([normalised(text) for text in texts])
    np.fill_diagonal(likeness, 0.0)

    def figure(inside):
        near = [[j for j in np.argsort(-likeness[i], kind="stable")[:NEAREST_TEXTS] if likeness[i, j] > UNRELATED_LIKENESS] for i in inside]
        return sum(j in inside for some in near for j in some)

    every = np.array([figure(some) for some in combinations(range(9), 4)])
    assert found.p_value == pytest.approx((every >= figure((0, 1, 2, 3))).mean(), abs=0.04)
    nearest = {i: int(likeness[i].argmax()) for i in range(4) if likeness[i].max() > UNRELATED_LIKENESS}
    inside = [(i, j) for i, j in nearest.items() if j < 4]
    assert found.observed == len(inside) > 0
    assert found.rows == (*sorted({row for pair in inside for row in pair}),)


@pytest.mark.parametrize("kind", [ENGLISH, CHINESE])
@pytest.mark.parametrize(("share", "templates", "most"), [(1.0, 4, 1e-4), (0.4, 3, 0.02)])
def test_rewordings_of_a_few_templates_stand_out(kind, share, templates, most):
    """Half of the words of each are exchanged, others each time."""
    pen = Pen(6, **kind)
    graph, u, texts = market(pen, 6)
    sources = [pen.honest(40) for _ in range(templates)]
    paid = np.flatnonzero(u < 10)
    for k in paid[: round(share * len(paid))].tolist():
        texts[k] = pen.text(pen.reworded(sources[k % templates]))
    found, _ = asked(graph, texts, 10, 5)
    assert found.p_value <= most
    assert found.stance == "for"
    assert found.observed > 2 * found.expected
    assert {*found.rows} <= {*paid.tolist()}


def likely(p_values):
    p = np.array([*p_values])
    return all((p <= level).sum() <= binom.ppf(0.999, len(p), level) for level in (0.05, 0.01, 0.001))


def p_values(seeds, habit, kind, **sizes):
    """Of one honest group each, whose members write as they are in the habit of."""
    for seed in seeds:
        pen = Pen(seed, **kind)
        graph, u, texts = market(pen, seed % 100, **sizes)
        habit(pen, u, texts)
        yield asked(graph, texts, 10, 5, seed % 100)[0].p_value


def stock(pen, u, texts):
    """Everybody writes one of three phrases, members more often."""
    phrases = [pen.text(pen.honest(14)) for _ in range(3)]
    for k in range(len(texts)):
        if pen.rng.random() < (0.7 if u[k] < 10 else 0.3):
            texts[k] = phrases[pen.rng.integers(3)]


def terse(pen, u, texts):
    """Members write the shortest texts that count."""
    for k in np.flatnonzero(u < 10).tolist():
        texts[k] = pen.text(pen.honest(12))


def foreign(_, u, texts):
    """Members write a language of their own."""
    other = Pen(77, letters="\u0430\u043e\u0435\u0438\u043d\u0442\u0441\u0440\u0432\u043b\u043a\u043c\u0434\u043f\u0443")
    for k in np.flatnonzero(u < 10).tolist():
        texts[k] = other.text(other.honest())


def great(_, u, texts):
    """Members write next to nothing, and all the same."""
    for k in np.flatnonzero(u < 10)[:40].tolist():
        texts[k] = "Great product!!!"


def own(pen, u, texts):
    """Each member writes one text of their own everywhere, as over the variants of a listing."""
    for one in range(10):
        text = pen.text(pen.honest(30))
        for k in np.flatnonzero(u == one).tolist():
            texts[k] = text


@pytest.mark.parametrize("kind", [ENGLISH, CHINESE])
def test_honest_groups_are_not_accused(kind):
    assert likely(p_values(range(15), lambda *_: None, kind, others=12, everywhere_else=60))


@pytest.mark.parametrize("habit", [stock, terse, foreign, great, own])
def test_honest_habits_are_not_taken_for_copies(habit):
    assert likely(p_values(range(100, 108), habit, ENGLISH, others=15, everywhere_else=80))


def test_a_group_that_wrote_nearly_all_reviews_of_its_products_is_compared_with_the_log():
    pen = Pen(8)
    graph, u, texts = market(pen, 8, others=1, everywhere_else=200)
    honest, _ = asked(graph, texts, 10, 5)
    assert honest.p_value > 0.05
    template = pen.honest(40)
    for k in np.flatnonzero(u < 10).tolist():
        texts[k] = pen.text(pen.reworded(template))
    ring, _ = asked(graph, texts, 10, 5)
    assert ring.p_value < 1e-4


def test_hostile_texts_are_neither_shown_nor_break_anything():
    pen = Pen(9)
    graph, u, texts = market(pen, 9)
    nasty = [
        "=cmd|' /C calc'!A0" * 700,
        "<script>alert(1)</script>" * 400,
        "\x00\x1b[2J\ud800" * 3_000,
        "",
        None,
        "\u202e" * 10_000,
        "a" * 10_000,
    ]
    for k in np.flatnonzero(u < 10).tolist():
        texts[k] = nasty[k % len(nasty)]
    found, _ = asked(graph, texts, 10, 5)
    assert 0 < found.p_value <= 1
    assert all(word not in found.statement for word in ("cmd", "script", "\x1b", "\u202e", "aaa"))


def test_without_texts_or_others_there_is_no_answer():
    pen = Pen(10)
    graph, u, texts = market(pen, 10)
    assert Text().test(group_of(graph, np.arange(10), np.arange(5))) is None
    silent = [None if u[k] < 10 else text for k, text in enumerate(texts)]
    assert asked(graph, silent, 10, 5)[0] is None
    alone = [text if u[k] < 10 else "" for k, text in enumerate(texts)]
    assert asked(graph, alone, 10, 5)[0] is None
    by_one = [text if u[k] == 0 or u[k] >= 10 else "" for k, text in enumerate(texts)]
    assert asked(graph, by_one, 10, 5)[0] is None
