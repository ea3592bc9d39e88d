# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What a q-value promises, seen on markets with no ring
#
# A ring is flagged when its q-value is at most .05, say. Here we look at what stands behind that number where we know that every flag would be wrong: logs made by chance alone, and simulated markets full of honest people who look like rings. Then we plant rings, take the replicates away, and take the times away.

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import collusion as cl
from collusion.bench.honest import Sittings
from collusion.bench.intervals import clopper_pearson
from collusion.bench.market import Market, simulate, with_honest
from collusion.bench.planting import RingPlan
from collusion.bench.writing import to_table
from collusion.detect import make_detector
from collusion.evidence.density import density
from collusion.evidence.significance import chance_counts, q_of_counts
from collusion.graph.null import Null
from collusion.graph.projection import co_reviews
from collusion.pipeline import read_log
from collusion.pipeline.ladder import dealt, scores_of
from collusion.pipeline.search import Search


def market(seed, rings=()):
    """Return a log with every class of honest people who look like a ring, and with rings where some are planned."""
    return simulate(Market(reviews=8_000, evenings=Sittings(), rings=rings), seed)


def table_of(log):
    """Return a log as a scan reads it; variants are told by a column instead of by copied texts."""
    return to_table(log, text=False, listing=True)


log, _ = read_log(table_of(market(seed=1)), cl.ScanConfig())
graph, told = log.graph, log.accounting
print(f"{told.rows_in:,} rows = {told.accepted:,} accepted + {told.set_aside:,} set aside; {told.counted:,} are counted")

# %% [markdown]
# ## Chance alone
#
# The default null, N1, deals the reviewers anew within category and month (here 120 days, since so small a log has too few reviews a month): each product keeps its reviews, times and ratings, each reviewer the number of reviews in each category and month, and who stands beside whom is chance. A log dealt like this holds no ring, no household, nothing.
#
# We deal 120 of them and search each with `leiden`, a method that always finds groups (the default, `lockstep`, would find none in most of these, and there would be nothing to look at). Of each log we take the group that scores best and ask two questions:
#
# - its **q-value**: how many groups as good the same search finds in 40 other dealt logs, against how many it found in this one;
# - its **naive p-value**: how likely so many reviews of these products by these people are, for this group taken as given.

# %%
DEALS, AGAINST = 120, 40
search, null = Search.of(graph, [make_detector("leiden")], seed=1), Null.of(graph, "N1")
scores, naive = [], []
for k in range(DEALS):
    log_of_chance = dealt(null, 1, k)
    groups = search.find(log_of_chance, 1 + k)
    scores.append(scores_of(groups, plain=True))
    best = max(groups, key=lambda group: group.plain)
    naive.append(density(log_of_chance, search.strata, best.reviewers, best.products, len(best.products)).p_value)
best_q = []
for k in range(DEALS):
    others = [scores[(k + j) % DEALS] for j in range(1, AGAINST + 1)]
    best_q.append(q_of_counts(chance_counts(scores[k], others)).min())


def share(hits, n):
    """Return a share with its exact 95 % interval (Clopper and Pearson)."""
    low, high = clopper_pearson(hits, n)
    return f"{hits / n:.3f} ({low:.3f} to {high:.3f})"


told = {}
for level in (0.05, 0.1, 0.2, 0.5):
    told[level] = [share(sum(value <= level for value in values), DEALS) for values in (best_q, naive)]
pd.DataFrame.from_dict(told, orient="index", columns=["q-value", "naive p-value"]).rename_axis("share at most")

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
# The q-value keeps its promise: among logs of chance the best group is at or below .05 in about one of twenty, at or below .2 in about one of five. (The dealt logs share one market, and each is held against some of the others, so the points are not quite independent.)
#
# The naive p-value does not, and not because it is computed wrongly: for a group picked beforehand it is right ([calibration](../data/calibration/summary.md), "Single tests"). But nobody picked this group beforehand. A search went through the whole log for the people who coincide most, and whoever coincides most looks improbable in any log. **A small p-value of a group that was searched for is no evidence.** It stands in the reports, because it tells what was counted; what decides is q, for which the whole search is run again where nothing is to be found.
#
# ## Honest people
#
# Real logs are not dealt. People live together, follow a seller, come for a bargain, rate their whole shelf of an evening; they meet again and again without any plan, and no null knows them all. Twenty markets with such people and no ring, each scanned as a log would be; `leiden` runs beside the default so that there is something to judge.

# %%
SEEDS = range(20)
DETECTORS = ("lockstep", "leiden")


def judged(log, seed, **options):
    """Scan a log, and return the case and a row for each group that has a q-value."""
    case = cl.scan(table_of(log), seed=seed, fdr=0.1, detectors=DETECTORS, **options)
    rows = []
    for ring in case.rings:
        p = next((e.p_value for e in ring.evidence if e.signal == "density"), None)
        if ring.q_values and p is not None:
            q = max(ring.q_values[rung] for rung in ("N1", "N2"))
            members = set(ring.reviewers)
            truth = max(log.groups, key=lambda group: len(members.intersection(group.reviewers)))
            so_many = len(members.intersection(truth.reviewers))
            rows.append((seed, len(members), p, q, ring.status, ring.explained_by or "", truth.kind, so_many))
    columns = ["seed", "reviewers", "naive p", "q", "status", "explained by", "in truth mostly", "so many"]
    return case, pd.DataFrame(rows, columns=columns)


without = pd.concat([judged(market(seed), seed)[1] for seed in SEEDS], ignore_index=True)
flagged = without[without["status"] == "flagged"]
print(f"{len(without)} groups in {len(SEEDS)} markets without a ring")
for level in (0.05, 0.1):
    hits = flagged.loc[flagged["q"] <= level, "seed"].nunique()
    print(f"markets with a flag at {level:.2f}: {hits} of {len(SEEDS)}, {share(hits, len(SEEDS))}")

# %% [markdown]
# Mind the interval: twenty markets cannot tell a good procedure from one that errs in one log of ten. The large run has 200 of them, larger and by the default alone, and is in [`data/calibration`](../data/calibration/summary.md) (`collusion bench calibration --seed 2000 --data FOLDER --out DIR`):

# %%
folder = next(p for p in (Path("data/calibration"), Path("../data/calibration")) if p.exists())
published = pd.read_csv(folder / "summary.csv")
errors = ["ring-free worlds with a flagged ring", "false discovery proportion"]
published[published["measure"].isin(errors)].drop(columns="of").round(4)

# %% [markdown]
# So what are the groups that were found, and why is none of them flagged? Those with the smallest naive p-values:


# %%
def short(rows):
    """Return rows with their p and q in short."""
    return rows.assign(**{"naive p": rows["naive p"].map("{:.1e}".format), "q": rows["q"].map("{:.2g}".format)})


short(without.sort_values("naive p").head(8))

# %% [markdown]
# None of these people did anything wrong, and each of these groups looks damning when taken as given. For the fans of a seller q says what it should: near 1, since meetings at one seller count once (rung N2). Bargain hunters and a household do meet beyond chance, so that their q-values are small, and rightly: the null knows nothing of bargains. They are explained, by tests of their own, though not always under the right name.
#
# Explanations are generous, and that has a price: a ring that mixes in a third of lesser ratings is explained by them half of the time (recall .48 in the large run).
#
# ## With a ring
#
# The same market, with a ring of 12 accounts and 8 products planted, in four of the twenty. Everything else in these logs is as it was.

# %%
PLAN = RingPlan(12, 8, 0.7)
within = pd.concat([judged(market(seed, (PLAN,)), seed)[1] for seed in SEEDS[:4]], ignore_index=True)
rings = within[(within["in truth mostly"] == "ring") & (within["so many"] > within["reviewers"] / 2)]
short(rings)

# %%
fig, ax = plt.subplots(figsize=(7, 4))
parts = (
    (without[without["status"] == "explained"], "no ring, explained", {"color": "#8b949e", "marker": "o", "alpha": 0.5}),
    (without[without["status"] == "candidate"], "no ring, not explained", {"color": "#0969c3", "marker": "s"}),
    (rings, "planted ring", {"color": "#b4530a", "marker": "D"}),
)
for rows, name, style in parts:
    ax.scatter(rows["naive p"], rows["q"], s=22, linewidths=0, label=f"{name} ({len(rows)})", **style)
ax.axhline(0.05, color="#59636e", linewidth=0.8, linestyle="--")
ax.set_xscale("log")
ax.set_yscale("log")
ax.annotate("q = .05", (1e-28, 0.05), xytext=(0, 3), textcoords="offset points", fontsize=8, color="#59636e")
ax.set_xlabel("naive p-value (group taken as given)")
ax.set_ylabel("q-value")
ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown]
# Three things to see:
#
# - Along the top: honest groups at q-values near 1, a few with naive p-values close to a ring's. Their like is found among logs of chance. Most are explained besides, which they would not need.
# - Below the line and grey: honest groups that meet beyond chance. A small q-value says "not chance", and no more; explanations and ratings are what keeps them from being flagged.
# - The rings are at 1e-06, the smallest value that is told. What the tail of so few replicates says beyond that would be a guess.
#
# ## Without replicates, without times

# %%
case, _ = judged(market(0, (PLAN,)), 0, replicates=0)
first = case.rings[0]
print(f"{len(case.flagged)} flagged; the first group is a {first.status} with q-values {dict(first.q_values)}")
print(next(note for note in case.notes if "replicates = 0" in note))

# %% [markdown]
# The ring is there, first of the list, as a candidate. Without q-values nobody knows what chance would have done, and so nothing is flagged.
#
# And without times:

# %%
undated = table_of(market(0, (PLAN,))).drop_columns("timestamp")
case = cl.scan(undated, seed=0)
first = case.rings[0]
p = next(e.p_value for e in first.evidence if e.signal == "density")
print(f"{len(case.flagged)} flagged; the first group is a {first.status}, naive p {p:.1e}, q-values {dict(first.q_values)}")
print(next(note for note in case.notes if "N0" in note))

# %% [markdown]
# The naive p-value is smaller than ever, and the q-value at rung N0 is below .05; it is not enough. Why not? N0 keeps how much each reviewer wrote and each product was reviewed, and nothing else. Honest taste breaks it: people who like the same things meet again and again. A market of nothing but ordinary reviewers with narrow tastes, no look-alikes and no ring; we count the pairs who reviewed two products within the same two weeks, in the log and in 20 deals of each null:

# %%
taste = with_honest(Market(reviews=8_000, loyalty=0.95, favourites=1), None)
tasteful, _ = read_log(table_of(simulate(taste, 1)), cl.ScanConfig())
in_log = len(co_reviews(tasteful.graph, 14, 2).a)
told = {}
for rung in ("N0", "N1"):
    null = Null.of(tasteful.graph, rung)
    pairs = [len(co_reviews(dealt(null, 1, k), 14, 2).a) for k in range(20)]
    told[rung] = [in_log, min(pairs), int(np.median(pairs)), max(pairs), round(in_log / np.median(pairs), 2)]
columns = ["pairs in the log", "fewest in deals", "median", "most", "log / median"]
pd.DataFrame.from_dict(told, orient="index", columns=columns).rename_axis("null")

# %% [markdown]
# Under N0 this honest market looks like one large conspiracy. N1, which keeps category and month, comes close; what it leaves is habit (sittings, who is active when), and this is why no group is flagged on meetings alone unless they exceed chance by far, or its ratings favour or harm.
#
# ## What a q-value says, and what not
#
# - It is about lists. Of groups flagged at q of at most .05, one in twenty is expected to be of the kind that chance makes, on the average over logs. Of a single ring it speaks of the list from the first down to this one.
# - It is **not the probability that somebody is innocent**, nor, taken from one, that he was paid. That would need to know how common rings are, and chance is not the only innocent way to meet.
# - It is about the null it names. It knows no habit that the null does not keep: explanations and ratings are looked at for that, and can err both ways. Read what speaks against a ring, too.
# - These markets are simulated. That q-values hold there says that the machine is in order, not that your log is like them. `collusion bench placebo FILE` deals a log of your own and counts false flags in that.
# - A ring is a lead for somebody to follow, with the rows to follow it by. It is never a verdict.
