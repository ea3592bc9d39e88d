# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What a q-value promises, and what two of them promise together
#
# A scan asks two questions of a group: *did they act together?* and *do they behave unlike other reviewers of the same products?* Each answer has a q-value, and a group is flagged when both are at most 0.05, say. Here we look at what these
# numbers promise, in logs where we know the truth: logs made by chance alone, and simulated markets full of honest people who do act together. Then we plant rings, leave the shuffled logs out, and remove columns.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import collusion as cl
from collusion.bench import clopper_pearson
from collusion.simulate import Market, RingPlan, Sittings, hard_crowds, simulate, to_table, with_honest
from collusion.detect import make_detector
from collusion.evidence.signals.density import density
from collusion.graph.null import Null
from collusion.graph.projection import co_review_pairs
from collusion.inference.permutations import by_product, permute
from collusion.inference.search import Search
from collusion.inference.significance import chance_counts, q_of_counts
from collusion.pipeline import read_log

CROWDS = 4


def market(seed, rings=()):
    """Return a log with every class of honest people who look like a ring, and with rings where some are planned."""
    return simulate(hard_crowds(Market(reviews=8_000, evenings=Sittings(), rings=rings), CROWDS), seed)


def table_of(log):
    """Return a log as a scan reads it; a column names the variants of a listing, instead of copied texts."""
    return to_table(log, text=False, listing=True)


log, _ = read_log(table_of(market(seed=1)), cl.ScanConfig())
graph, rows = log.graph, log.accounting
print(f"{rows.rows_in:,} rows = {rows.accepted:,} accepted + {rows.set_aside:,} set aside; {rows.counted:,} are counted")

# %% [markdown]
# ## The first q-value, in logs of chance
#
# The default null model, N1, shuffles the reviewers within category and month (here 120 days, since so small a log has too few reviews per month). Each product keeps its reviews, times and ratings. Each reviewer keeps the number of reviews in
# each category and month. Who reviews the same products is then chance: a shuffled log holds no ring, no household, nothing.
#
# We make 120 shuffled logs and search each with `leiden`, a method that always finds groups. (The default, `lockstep`, would find none in most of these, and there would be nothing to look at.) From each log we take the group that scores best and compute
# two numbers:
#
# - its **q-value**: how many groups as good the same search finds in 40 other shuffled logs, compared with how many it found in this one;
# - its **naive p-value**: how likely so many reviews of these products by these people are, if the group had been named in advance.

# %%
SHUFFLED, AGAINST = 120, 40
search, null = Search.of(graph, [make_detector("leiden")], seed=1), Null.of(graph, "N1")
scores, naive = [], []
for k in range(SHUFFLED):
    log_of_chance = permute(null, 1, k)
    groups = search.find(log_of_chance, 1 + k)
    scores.append(by_product(groups))
    best = max(groups, key=lambda group: group.by_product)
    naive.append(density(log_of_chance, search.strata, best.reviewers, best.products, len(best.products)).p_value)
best_q = []
for k in range(SHUFFLED):
    others = [scores[(k + j) % SHUFFLED] for j in range(1, AGAINST + 1)]
    best_q.append(q_of_counts(chance_counts(scores[k], others)).min())


def share(hits, n):
    """Return a share with its exact 95 % interval (Clopper and Pearson)."""
    low, high = clopper_pearson(hits, n)
    return f"{hits / n:.3f} ({low:.3f} to {high:.3f})"


shares = {
    level: [share(sum(value <= level for value in values), SHUFFLED) for values in (best_q, naive)] for level in (0.05, 0.1, 0.2, 0.5)
}
pd.DataFrame.from_dict(shares, orient="index", columns=["q-value", "naive p-value"]).rename_axis("share at most")

# %%
fig, ax = plt.subplots(figsize=(5.2, 4))
for values, name, colour in ((naive, "naive p-value", "#b4530a"), (best_q, "q-value", "#0969c3")):
    ax.ecdf(values, color=colour, label=name)
ax.plot([0, 1], [0, 1], color="#59636e", linewidth=0.8, linestyle="--", label="what is promised")
ax.set_xlabel("value of the best group of a log of chance")
ax.set_ylabel("share of logs at or below")
ax.legend(frameon=False, loc="lower right")
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown]
# The q-value keeps its promise. Among logs of chance the best group is at or below 0.05 in about one of twenty, and at or below 0.2 in about one of five. (The shuffled logs come from one market, and each is compared with some of the others, so the
# points are not quite independent.)
#
# The naive p-value does not keep it, and not because it is computed wrongly: for a group that is chosen in advance it is right. But nobody chose this group in advance. A search went through the whole log for the people who coincide most, and the people
# who coincide most look improbable in any log. **A small p-value of a group that was searched for is no evidence.** Reports show it, because it says what was counted. What decides is q, for which the whole search is repeated where there is nothing to
# find.
#
# ## Honest people who act together
#
# Real logs are not shuffled. People live together, buy the same bundle, subscribe to the same box, follow the same influencer. They do act together, and no shuffled log imitates them. The first question is right to say so: it says "not chance", and no more.
# Here are twenty markets with such people and no ring. Each is scanned as a log would be.

# %%
SEEDS = range(20)
LEVEL = 0.1


def judged(log, seed, **options):
    """Scan a log, and return the case, a row for each group that has a q-value, and the p-values of the second question."""
    case = cl.scan(table_of(log), seed=seed, fdr=LEVEL, **options)
    asked = {signal.name for signal in case.signals if signal.kind == "behaves like paid"}
    rows, p_values = [], []
    for ring in case.rings:
        p = next((e.p_value for e in ring.evidence if e.signal == "density"), None)
        if not ring.q_values or p is None:
            continue
        members = set(ring.reviewers)
        truth = max(log.groups, key=lambda group: len(members.intersection(group.reviewers)))
        so_many = len(members.intersection(truth.reviewers))
        kind = truth.kind.replace("_", " ")
        rows.append((seed, len(members), p, ring.score, ring.q_value, ring.q_paid, ring.status, ring.explained_by or "", kind, so_many))
        p_values += [(e.signal, e.p_value) for e in ring.evidence if e.signal in asked]
    columns = ["seed", "reviewers", "naive p", "score", "q, acted together", "q, unlike others", "status", "explained by"]
    return case, pd.DataFrame(rows, columns=[*columns, "in truth mostly", "so many"]), pd.DataFrame(p_values, columns=["signal", "p"])


def short(rows):
    """Return rows with few digits."""
    texts = {"naive p": "{:.1e}", "score": "{:.1f}", "q, acted together": "{:.2g}", "q, unlike others": "{:.2g}"}
    return rows.assign(**{name: ["" if np.isnan(value) else text.format(value) for value in rows[name]] for name, text in texts.items()})


scans = [judged(market(seed), seed) for seed in SEEDS]
honest = pd.concat([rows for _, rows, _ in scans], ignore_index=True)
print(f"{len(honest)} groups in {len(SEEDS)} markets without a ring: {honest['status'].value_counts().to_dict()}")
flagged = honest[honest["status"] == "flagged"]
for level in (0.05, 0.1):
    hits = flagged.loc[(flagged["q, acted together"] <= level) & (flagged["q, unlike others"] <= level), "seed"].nunique()
    print(f"markets with a flag at {level:.2f}: {hits} of {len(SEEDS)}, {share(hits, len(SEEDS))}")

# %% [markdown]
# The group with the highest score of each class of honest people:

# %%
short(honest.sort_values("score", ascending=False, kind="stable").drop_duplicates("in truth mostly").head(8))

# %% [markdown]
# The first of these have higher scores than most rings, and naive p-values that look like proof. They subscribe to one box, follow one influencer or bought one bundle: crowds with one innocent source. The scan lists them as *coordinated*, since that is what they are.
# None of these people did anything wrong, and nothing shows that their ratings or their other reviews differ from everybody else's.
#
# ## The false flag
#
# One of the twenty markets has a flag, and it is wrong:

# %%
short(flagged)

# %% [markdown]
# These are followers of an influencer. They buy what is recommended to them, within days, and they like it better than other buyers do, so they rate it higher. Their second q-value is just below 0.05. `collusion signals rating` names
# such crowds as a danger. One market of twenty is what a rate of 0.05 allows. A person who reads the rows would ask where these people heard of the products.
#
# Mind the interval: twenty markets cannot distinguish a good procedure from one that errs in one log of ten. The large run, on larger markets, is in [`data/calibration`](../data/calibration/summary.md)
# (`collusion bench calibration`).
#
# ## The second q-value
#
# The second question can only keep these people apart from rings if its p-values are honest for honest groups that act together: of these groups, at most one in twenty may reach 0.05. Its signals compare the members with other reviewers of the same products and with accounts that
# are equally active, not with shuffled logs, so they can be tested here by themselves:

# %%
p_values = pd.concat([p for _, _, p in scans], ignore_index=True)
table = {
    signal: [len(p), *(share(int((p <= level).sum()), len(p)) for level in (0.05, 0.1, 0.5))]
    for signal, p in p_values.groupby("signal", sort=False)["p"]
}
pd.DataFrame.from_dict(table, orient="index", columns=["honest groups", "p <= 0.05", "p <= 0.1", "p <= 0.5"]).rename_axis("signal")

# %% [markdown]
# The shares are at or below the levels. They may be far below: a small shared taste is granted to every group, and so is a little exclusiveness, since people of one crowd resemble each other. The p-values of a group are then combined (the Cauchy combination), and the
# second q-value is the false-discovery rate over all groups of the log whose score passes, the explained ones included. This is the rate that is promised for flags: **of the flagged groups, on average over logs, at most so many behave like everybody else.**
#
# ## With a ring
#
# The same markets, with a ring of 12 accounts and 8 products planted, in four of the twenty. Everything else in these logs is as it was.

# %%
PLAN = RingPlan(12, 8, 0.7)
within = pd.concat([judged(market(seed, (PLAN,)), seed)[1] for seed in SEEDS[:4]], ignore_index=True)
rings = within[(within["in truth mostly"] == "ring") & (within["so many"] > within["reviewers"] / 2)]
short(rings)

# %%
fig, ax = plt.subplots(figsize=(7, 4))
asked = honest.dropna(subset="q, unlike others")
parts = (
    (asked[asked["status"] == "explained"], "honest, explained", {"color": "#8b949e", "marker": "o", "alpha": 0.5}),
    (asked[asked["status"] == "coordinated"], "honest, coordinated", {"color": "#0969c3", "marker": "s"}),
    (asked[asked["status"] == "flagged"], "honest, flagged", {"color": "#cf222e", "marker": "X"}),
    (rings, "planted ring", {"color": "#b4530a", "marker": "D"}),
)
for rows, name, style in parts:
    ax.scatter(rows["score"], rows["q, unlike others"], s=22, linewidths=0, label=f"{name} ({len(rows)})", **style)
ax.axhline(0.05, color="#59636e", linewidth=0.8, linestyle="--")
ax.set_yscale("log")
ax.set_xlabel("score: did they act together?")
ax.set_ylabel("q-value of the second question")
ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown]
# The groups are those whose score is above what shuffled logs reach. The dashed line is at 0.05. Three things to see:
#
# - Honest groups are spread over the whole width: many of them acted together as surely as a ring did, or more. The score, and so the first q-value, cannot keep them apart.
# - Nearly all of them are near the top: nothing shows that they behave unlike others. The cross is the false flag.
# - The rings are below the line. 1e-06 is the smallest value that is reported: beyond it, any number would be a guess.
#
# ## Without shuffled logs, without columns

# %%
case, *_ = judged(market(0, (PLAN,)), 0, replicates=0)
print(case)
print(next(note for note in case.notes if "replicates = 0" in note))

# %% [markdown]
# The ring is in the list, as a candidate. Without q-values nobody knows what chance would have done, so nothing is flagged.
#
# What if the log lacks columns? The same market again, with its ring, without times, without ratings, and without both. The ring is the group most of whose members were planted:

# %%
planted = market(0, (PLAN,))
members = set(next(group for group in planted.groups if group.kind == "ring").reviewers)
lines = []
for missing in ((), ("timestamp",), ("rating",), ("timestamp", "rating")):
    case = cl.scan(table_of(planted).drop_columns(list(missing)), seed=0)
    ring = max(case.rings, key=lambda ring: len(members.intersection(ring.reviewers)))
    counts = pd.Series([one.status for one in case.rings if one is not ring]).value_counts()
    paid = "not asked" if ring.q_paid is None else f"{ring.q_paid:.2g}"
    others = [int(counts.get(status, 0)) for status in ("flagged", "coordinated")]
    lines.append((", ".join(missing) or "nothing", ring.status, f"{ring.q_value:.2g}", paid, *others))
pd.DataFrame(lines, columns=["missing", "the ring is", "q, acted together", "q, unlike others", "others flagged", "others coordinated"])

# %%
print(next(note for note in case.notes if "link=" in note), end="\n\n")
print(next(note for note in case.notes if "N0" in note))

# %% [markdown]
# Without times the ring is still flagged, by its ratings. Without ratings it is coordinated: these accounts hide their paid reviews among as many others, and nothing else is left that could show anything. No honest crowd of this market is flagged. A log in which no
# column can answer the second question flags nobody, and the case says which column would help.
#
# Without times the first question is weaker, too. N0 keeps only how many reviews each reviewer and each product has. Honest taste is enough to fail it: people who like the same things coincide again and again. Here is a market of ordinary
# reviewers with narrow tastes, no look-alikes and no ring. We count the pairs who reviewed two products within the same two weeks, in the log and in 20 shuffled logs of each null model:

# %%
taste = with_honest(Market(reviews=8_000, loyalty=0.95, favourites=1), None)
tasteful, _ = read_log(table_of(simulate(taste, 1)), cl.ScanConfig())
in_log = len(co_review_pairs(tasteful.graph, 14, 2).a)
lines = {}
for name in ("N0", "N1"):
    null = Null.of(tasteful.graph, name)
    pairs = [len(co_review_pairs(permute(null, 1, k), 14, 2).a) for k in range(20)]
    lines[name] = [in_log, min(pairs), int(np.median(pairs)), max(pairs), round(in_log / np.median(pairs), 2)]
columns = ["pairs in the log", "fewest in shuffled logs", "median", "most", "log / median"]
pd.DataFrame.from_dict(lines, orient="index", columns=columns).rename_axis("null model")

# %% [markdown]
# Under N0 this honest market looks like one large conspiracy. N1, which keeps category and month, comes close to the log. What it leaves is habit: people review several things in one session, and each is active at certain times. That is why a score is also computed with
# rating sessions granted.
#
# ## What the q-values say, and what not
#
# - They are about lists. Of the groups flagged at 0.05, on average over logs, at most one in twenty is expected to be honest people whose score, or whose ratings, stand out by chance. For a single ring it describes the list from the first group down to this one.
# - A q-value is **not the probability that somebody is innocent**. One minus a q-value is not the probability that somebody was paid. That would need to know how common rings are. The second question asks whether members behave unlike others; "paid" is a conclusion that a person draws.
# - The first q-value is about the null model that it names, which does not imitate habits. That is why innocent explanations are granted one at a time, and the second question is asked as well. Both can err in either direction. Read what speaks against a ring, too.
# - These markets are simulated. That the q-values keep their promise there shows that the procedure works as designed, not that your log is like them. `collusion bench placebo FILE` shuffles a log of your own and counts false flags in it.
# - A ring is a lead for somebody to follow, with the rows of the log that it is based on. It is never a verdict.
