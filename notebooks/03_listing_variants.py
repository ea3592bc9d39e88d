# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A real log: two rings of hundreds that are none
#
# Amazon's *All Beauty* reviews (2018, the 5-core: reviewers and products with five reviews each) are a log that many methods are tried on. Look for people who review the same things, and two
# groups of more than three hundred stand out at once, each on the same four products. This notebook shows, step by step, what they are.
#
# These are real people, and nobody here is accused of anything. So no name and no text is printed: people appear as counts, products as letters.
#
# The data is not part of the project. Its publisher is [here](https://nijianmo.github.io/amazon/index.html); the first cell says what to do where it is missing.

# %%
import os
import tempfile
from pathlib import Path
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import collusion as cl


class NoData(Exception):
    """Says what is missing, in place of a traceback."""

    def _render_traceback_(self):
        return [str(self)]


NAMES = ("amazon_all_beauty_5.jsonl.gz", "All_Beauty_5.json.gz")
folder = os.environ.get("COLLUSION_DATA")
log = next((path for name in NAMES if folder and (path := Path(folder) / name).exists()), None)
if log is None:
    raise NoData(
        "This notebook needs a public log that is not part of the project: Amazon All Beauty, 5-core.\n"
        "1. Get All_Beauty_5.json.gz from https://nijianmo.github.io/amazon/index.html\n"
        "   (or let the project do it: collusion bench data amazon-2018-all-beauty --fetch --folder FOLDER).\n"
        "2. Name the folder that holds it: set the variable COLLUSION_DATA before Jupyter is started.\n"
        f"   Now it {'names a folder without that file' if folder else 'is not set'}."
    )
reviews = cl.read_reviews(log)
print(f"{reviews.rows_in:,} rows by {len(reviews.reviewer_names):,} reviewers of {len(reviews.product_names)} products")

# %% [markdown]
# ## What a naive look finds
#
# Link two reviewers who share at least *k* products. Where people choose for themselves, few pairs share two products, and hardly any share four.

# %%
rows = pd.DataFrame({"who": reviews.reviewer, "what": reviews.product, "day": reviews.time, "rating": reviews.rating})
texts = reviews.rows(range(len(rows)))["text"]
rows["words"] = pd.factorize(texts)[0]  # a number for each text, -1 where there is none
once = rows.drop_duplicates(["who", "what"])


def linked(pairs):
    """Count the pairs of reviewers who share k products or more, for k from 1 to 4."""
    table = np.zeros((len(reviews.reviewer_names), len(reviews.product_names)), dtype=int)
    table[pairs["who"], pairs["what"]] = 1
    shared = (table @ table.T)[np.triu_indices(len(table), 1)]
    return pd.Series({k: int((shared >= k).sum()) for k in range(1, 5)})


n_pairs = len(reviews.reviewer_names) * (len(reviews.reviewer_names) - 1) // 2
naive = linked(once)
pd.DataFrame({"products shared": naive.index, "pairs": naive.values, "of all pairs": (naive.values / n_pairs).round(3)})

# %% [markdown]
# It does not fall off: more than a third of all pairs share four products. And it is not spread out either. Count people by the exact set of products they reviewed:

# %%
baskets = once.groupby("who")["what"].agg(frozenset).value_counts()
both = sorted(set().union(*baskets.index[:2]), key=lambda product: -(once["what"] == product).sum())
letter = dict(zip(both, "ABCDEF"))
for basket, people in baskets.head(4).items():
    told = "".join(sorted(letter.get(product, "?") for product in basket))
    print(f"{people:>4} people reviewed exactly these {len(basket)} products: {told}")

# %% [markdown]
# There they are: 369 and 334 people with the very same four products each, and two products that both groups share. (A question mark is a product of neither group.) Two methods from the literature, as they are, on
# the log as it is:

# %%
from collusion.detect import make_detector
from collusion.graph.graph import build_graph

graph = build_graph(once["who"], once["what"], time=once["day"], rating=once["rating"])
for name in ("fraudar", "leiden"):
    groups = make_detector(name).find(graph, np.random.default_rng(7))
    inside = [(g, np.isin(g.products, both).sum()) for g in groups]
    caught = {who for g, hits in inside if hits >= 3 for who in g.reviewers.tolist()}
    largest = max(groups, key=lambda g: len(g.reviewers))
    print(f"{name}: {len(groups)} groups, the largest {len(largest.reviewers)} reviewers by {len(largest.products)} products;")
    print(f"         {len(caught)} people are in groups with three or more of A to F")

# %% [markdown]
# Whoever took such a list for an accusation would accuse more than eight in ten of all people in this log.
#
# ## Step 1: the words
#
# Is it one review or are they four? Take everybody's rows and ask which are the same text with the same rating on the same day by the same person.

# %%
same = rows[rows["words"] >= 0].groupby(["who", "words", "rating", "day"])["what"].agg(rows="size", products="nunique")
copied = same[same["products"] > 1]
print(f"{copied['rows'].sum():,} of {len(rows):,} rows are one person's identical review on two products or more")
pd.DataFrame(copied["products"].value_counts().sort_index().rename("reviews")).reset_index(names="products it stands on")

# %% [markdown]
# Nine rows in ten. 719 reviews stand on four products each, word for word. Accounts of a ring may be given their words, and then share them with each other. What would speak for
# a ring at this point: long texts with more than one author.

# %%
words = rows[rows["what"].isin(both) & (rows["words"] >= 0)].groupby("words")["who"].nunique()
length = texts.str.len().groupby(rows["words"]).first()
print(f"{(words == 1).sum()} of {len(words)} texts on A to F have one author")
print(f"the others have up to {words.max()} authors and {length[words.index[words > 1]].max():.0f} characters")

# %% [markdown]
# ## Step 2: everybody
#
# A ring is some of a product's reviewers. Of those who reviewed the product in a row, the share that reviewed the one in the column as well:

# %%
on = {letter[product]: set(once.loc[once["what"] == product, "who"]) for product in both}
share = pd.DataFrame({b: {a: round(len(on[a] & on[b]) / len(on[a]), 2) for a in on} for b in on})
share.insert(0, "reviewers", {a: len(on[a]) for a in on})
share

# %% [markdown]
# Whoever reviewed C, D, E or F reviewed A as well, all but a few. No campaign reaches everybody. C and D go together, E and F do, and A and B with both: what is to be expected where
# a shop shows one review on several variants of a thing. What would speak for a ring: many who reviewed C and not D.
#
# ## Step 3: when
#
# Ring reviews come together, since a campaign has a start, an end and a bill. A product that sells has neither.

# %%
figure, axes = plt.subplots(2, 1, figsize=(8.6, 3.6), sharex=True, sharey=True, layout="constrained")
for ax, basket in zip(axes, baskets.index[:2]):
    members = once.groupby("who")["what"].agg(frozenset)
    members = members.index[members == basket]
    days = once[once["who"].isin(members)].drop_duplicates("who")["day"].to_numpy().astype("datetime64[D]")
    months, counts = np.unique(days.astype("datetime64[M]"), return_counts=True)
    ax.bar(months.astype("datetime64[D]"), counts, width=25, color="#0969c3")
    told = "".join(sorted(letter[product] for product in basket))
    ax.set_title(f"{told}: {len(members)} people, a bar a month", loc="left", fontsize=10)
    ax.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# Five years, up and down, and one day for each person's four rows. No two people need ever have heard of each other. All of it in one month would have been another matter, whatever
# the words.
#
# The last months are the highest, in both groups at once. That deserves a second look: all who reviewed the listing, each once.

# %%
counted = rows[reviews.status == 0].assign(what=lambda kept: reviews.listing[kept["what"]])
shelf = counted[counted["what"] == reviews.listing[both[0]]]
late = shelf["day"] >= np.datetime64("2018-03-01", "D").astype(int)
period = late.map({False: "until February 2018", True: "from March 2018"}).rename("when")
shelf.groupby(period, sort=False)["rating"].agg(people="size", mean="mean", fives=lambda rating: (rating == 5).mean()).round(2)

# %% [markdown]
# Until then nearly everybody gave five stars; those who came last did not. I cannot explain that from the log. The way in which the public sample was drawn could do it, and other things could. It is
# no sign of a ring among the late ones, who disagree with each other, and it says nothing of any person: what these steps explain is why people share four products, not
# how they liked them.
#
# ## Step 4: what the scan says
#
# `collusion` does these steps on reading: products over which ten people or more copied their reviews, nearly all reviewers of the smaller one, are variants of one listing, and one review
# of a listing counts once.

# %%
print(f"{reviews.accepted:,} rows: {reviews.repeated:,} repeat another, {reviews.copies:,} are copies over variants")
listings = set(reviews.listing[both].tolist())
variants = np.isin(reviews.listing, list(listings)).sum()
print(f"A to F are of {len(listings)} listing, which has {variants} variants in this log")


def summary(case):
    """Say how many groups are flagged, and what explains the others."""
    explained = pd.Series([ring.explained_by for ring in case.rings]).value_counts().to_dict()
    return f"{len(case.flagged)} of {len(case.rings)} groups flagged; explained by: {explained}"


case = cl.scan(reviews, seed=7)
print(summary(case))

# %%
for ring in sorted(case.rings, key=lambda ring: -len(ring.reviewers))[:2]:
    (told,) = ring.evidence
    print(f"{ring.status} by {told.signal}, score {ring.score:.2f}:")
    print(fill(told.statement, 110), end="\n\n")

# %% [markdown]
# 374 and 336 here, and 369 and 334 above: the scan counts who copied a review over just these four variants, also where he reviewed something else besides. The file repeats
# rows as well: five rows a person on four products.
#
# Both scores are below zero: counted once, 374 people reviewed one thing, and nobody met anybody twice.
#
# ## Step 5: and without the copies?
#
# The naive look again, on the rows that count, with a listing as one product:

# %%
pd.DataFrame({"products shared": naive.index, "pairs before": naive.values, "pairs after": linked(counted).values})

# %% [markdown]
# Of 183,132 pairs with four products in common 16 are left. (One product in common says nothing: it is the one everybody bought.)
#
# Did the words do all the work? Without them a copy cannot be told from four reviews. So the scan is run on ids, ratings and days alone:

# %%
frame = pd.DataFrame(
    {
        "reviewer_id": rows["who"].astype(str),  # numbers in place of names
        "product_id": rows["what"].astype(str),
        "rating": rows["rating"],
        "timestamp": rows["day"].astype(int).to_numpy().astype("datetime64[D]").astype(str),
    }
)
wordless = cl.scan(frame, seed=7)
print(summary(wordless), end="\n\n")
first = wordless.rings[0]
print(f"the first, of {len(first.reviewers)} reviewers, has a score of {first.score:.1f} and q = {first.q_value}:")
print(fill(next(e.statement for e in first.evidence if e.signal == "variants"), 110))

# %% [markdown]
# Now the groups are there, cut into pieces by date, and they meet more than any group of the replicates. None is flagged: those outside did the same, for years.
#
# ## What this does not say
#
# *Nothing flagged* is not *nothing there*. The scan says itself what it could have seen:

# %%
print(*(fill(note, 110) for note in case.notes), sep="\n\n")

# %% [markdown]
# ## Handing it on
#
# A case of real people leaves the machine under pseudonyms, or not at all. The key stays with whoever may know the names; here it goes with the folder.

# %%
with tempfile.TemporaryDirectory() as place:
    cl.make_key(Path(place) / "case.key")
    cl.write_case(cl.pseudonymise(case, Path(place) / "case.key"), Path(place) / "case", formats=("csv", "json"))
    files = sorted((Path(place) / "case").iterdir())
    written = "\n".join(file.read_text(encoding="utf-8") for file in files)
names = reviews.reviewer_names.take(range(len(reviews.reviewer_names)))
print(*(file.name for file in files), sep=", ")
print(f"of {len(names)} names of reviewers they hold {sum(name in written for name in names)}")

# %% [markdown]
# This keeps names from who has the files alone. Dates and row numbers stay, and the log is public: whoever has both can find the people.
#
# ## The lesson
#
# - The densest group of a log is the first thing every method finds, and the first to be doubted. Before *who are they?* ask *what is one review here?*
# - Three looks settle it, and each could have said the opposite: the words (one author a text), everybody (not some), the calendar (years, not days).
# - An innocent explanation is tested like a guilty one: with figures, and in the open. That is what stands in the evidence of these two groups.
