# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A real log: two rings of hundreds that are not rings
#
# Amazon's *All Beauty* reviews (2018, the 5-core: reviewers and products with five reviews each) are a log that many methods are tried on. Look for people who review the same things, and two
# groups of more than three hundred stand out at once, each on the same four products. This notebook shows, step by step, what they are.
#
# These are real people, and nobody here is accused of anything. So no name and no text is printed. People appear as counts, products as letters.
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
# The numbers do not fall: more than a third of all pairs share four products. And these pairs are not spread over the log. Count people by the exact set of products they reviewed:

# %%
baskets = once.groupby("who")["what"].agg(frozenset).value_counts()
both = sorted(set().union(*baskets.index[:2]), key=lambda product: -(once["what"] == product).sum())
letter = dict(zip(both, "ABCDEF"))
for basket, people in baskets.head(4).items():
    named = "".join(sorted(letter.get(product, "?") for product in basket))
    print(f"{people:>4} people reviewed exactly these {len(basket)} products: {named}")

# %% [markdown]
# There they are: 369 people and 334 people with exactly the same four products each, and two products that both groups share. (A question mark is a product of neither group.) Here are two methods from the literature,
# with their defaults, on the log as it is:

# %%
graph = cl.ReviewGraph.from_pandas(once.rename(columns={"who": "reviewer", "what": "product", "day": "time"}))
for name in ("fraudar", "leiden"):
    groups = cl.find_groups(name, graph, seed=7)
    inside = [(g, np.isin(g.products, both).sum()) for g in groups]
    caught = {who for g, hits in inside if hits >= 3 for who in g.reviewers.tolist()}
    largest = max(groups, key=lambda g: len(g.reviewers))
    print(f"{name}: {len(groups)} groups, the largest {len(largest.reviewers)} reviewers by {len(largest.products)} products;")
    print(f"         {len(caught)} people are in groups with three or more of A to F")

# %% [markdown]
# If such a list were taken for an accusation, more than eight in ten of all people in this log would be accused.
#
# ## Step 1: the words
#
# Is it one review or are there four? Take everybody's rows and ask which have the same text, the same rating, the same day and the same author.

# %%
same = rows[rows["words"] >= 0].groupby(["who", "words", "rating", "day"])["what"].agg(rows="size", products="nunique")
copied = same[same["products"] > 1]
print(f"{copied['rows'].sum():,} of {len(rows):,} rows are one person's identical review on two products or more")
pd.DataFrame(copied["products"].value_counts().sort_index().rename("reviews")).reset_index(names="products it is shown on")

# %% [markdown]
# Nine rows in ten. 719 reviews are shown on four products each, word for word. Accounts of a ring may be given their words, and then share them with each other. So what would point to
# a ring here is long texts with more than one author.

# %%
words = rows[rows["what"].isin(both) & (rows["words"] >= 0)].groupby("words")["who"].nunique()
length = texts.str.len().groupby(rows["words"]).first()
print(f"{(words == 1).sum()} of {len(words)} texts on A to F have one author")
print(f"the others have up to {words.max()} authors and {length[words.index[words > 1]].max():.0f} characters")

# %% [markdown]
# ## Step 2: everybody
#
# A ring is some of a product's reviewers. Of those who reviewed the product of a row, the table shows the share that also reviewed the product of a column:

# %%
on = {letter[product]: set(once.loc[once["what"] == product, "who"]) for product in both}
share = pd.DataFrame({b: {a: round(len(on[a] & on[b]) / len(on[a]), 2) for a in on} for b in on})
share.insert(0, "reviewers", {a: len(on[a]) for a in on})
share

# %% [markdown]
# Nearly everybody who reviewed C, D, E or F reviewed A as well. No campaign reaches everybody. C and D go together, E and F do, and A and B go with both. This is what to expect where
# a shop shows one review on several variants of a product. What would point to a ring: many people who reviewed C and not D.
#
# ## Step 3: when
#
# The reviews of a ring come close together, since a campaign has a start, an end and a bill. A product that simply sells has none of these.

# %%
figure, axes = plt.subplots(2, 1, figsize=(8.6, 3.6), sharex=True, sharey=True, layout="constrained")
for ax, basket in zip(axes, baskets.index[:2]):
    members = once.groupby("who")["what"].agg(frozenset)
    members = members.index[members == basket]
    days = once[once["who"].isin(members)].drop_duplicates("who")["day"].to_numpy().astype("datetime64[D]")
    months, counts = np.unique(days.astype("datetime64[M]"), return_counts=True)
    ax.bar(months.astype("datetime64[D]"), counts, width=25, color="#0969c3")
    named = "".join(sorted(letter[product] for product in basket))
    ax.set_title(f"{named}: {len(members)} people, one bar per month", loc="left", fontsize=10)
    ax.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# Five years, up and down, and one day for each person's four rows. No two of these people need ever have heard of each other. If all of it had been in one month, that would have been another matter, whatever
# the words.
#
# The last months are the highest, in both groups at once. That deserves a second look, at all who reviewed the listing, each counted once.

# %%
counted = rows[reviews.status == 0].assign(what=lambda kept: reviews.listing[kept["what"]])
shelf = counted[counted["what"] == reviews.listing[both[0]]]
late = shelf["day"] >= np.datetime64("2018-03-01", "D").astype(int)
period = late.map({False: "until February 2018", True: "from March 2018"}).rename("when")
shelf.groupby(period, sort=False)["rating"].agg(people="size", mean="mean", fives=lambda rating: (rating == 5).mean()).round(2)

# %% [markdown]
# Until then nearly everybody gave five stars. Those who came last did not. I cannot explain that from the log. The way in which the public sample was drawn could be the reason, and so could other things. It is
# no sign of a ring among the late reviewers, who disagree with each other, and it says nothing about any person. These steps explain why people share four products, not
# how they liked them.
#
# ## Step 4: what the scan says
#
# `collusion` takes these steps while it reads. Products are variants of one listing when ten people or more copied their reviews over them, and these are nearly all reviewers of the smaller product. One review
# of a listing counts once.

# %%
print(f"{reviews.accepted:,} rows: {reviews.repeated:,} repeat another, {reviews.copies:,} are copies over variants")
listings = set(reviews.listing[both].tolist())
variants = np.isin(reviews.listing, list(listings)).sum()
print(f"A to F are of {len(listings)} listing, which has {variants} variants in this log")


def summary(case):
    """Say how many groups have each status, and what explains those that are explained."""
    statuses = pd.Series([ring.status for ring in case.rings]).value_counts().to_dict()
    explained = pd.Series([ring.explained_by for ring in case.rings]).value_counts().to_dict()
    return f"{len(case.flagged)} of {len(case.rings)} groups flagged; {statuses}, by {explained}"


case = cl.scan(reviews, seed=7)
print(summary(case))

# %%
for ring in sorted(case.rings, key=lambda ring: -len(ring.reviewers))[:2]:
    (evidence,) = ring.evidence
    print(f"{ring.status} by {evidence.signal}, score {ring.score:.2f}:")
    print(fill(evidence.statement, 110), end="\n\n")

# %% [markdown]
# Here 374 and 336, above 369 and 334: the scan counts everybody who copied a review over just these four variants, including people who reviewed something else, too. The file also repeats
# rows: there are five rows per person on four products.
#
# Both scores are below zero. When each review counts once, 374 people reviewed one product, and no two of them have a second product in common.
#
# ## Step 5: and without the copies?
#
# Here is the naive look again, on the rows that count, with a listing as one product:

# %%
pd.DataFrame({"products shared": naive.index, "pairs before": naive.values, "pairs after": linked(counted).values})

# %% [markdown]
# Of 183,132 pairs with four products in common, 16 are left. (One product in common says nothing: it is the one that everybody bought.)
#
# Did the words do all the work? Without them a copy cannot be distinguished from four reviews. So the scan is run on ids, ratings and days alone:

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
first = next(ring for ring in wordless.rings if ring.explained_by == "variants")
print(
    f"the first of these, of {len(first.reviewers)} reviewers: score {first.score:.1f}, q = {first.q_value}; {first.residual:.1f} is left of it"
)
print(fill(next(e.statement for e in first.evidence if e.signal == "variants"), 110))
for flagged in wordless.flagged:
    print(f"\nflagged: {len(flagged.reviewers)} reviewers")
    print(fill(next(e.statement for e in flagged.evidence if e.signal == "rating"), 110))
    print(fill(next(e.statement for e in flagged.evidence if e.signal == "early reviewers"), 110))

# %% [markdown]
# Now the groups are there, cut into pieces by date, with scores that no group of the shuffled logs reaches. But other people reviewed the same products together on one day, too, and did so for years. The scan takes
# products that *others* review together for variants, counts a pair of members once for all of them, and computes the score again. Nothing is left. The group's own reviews do not count for
# this, so a ring cannot explain itself.
#
# And one group is flagged that most likely should not be. The remark says what it is: people who review nearly everything new, as the members of a programme for early reviewers do. They gave 4.15 stars on average where
# the copies of five-star reviews, which count once each time here, let one expect 4.77. With the words the copies are known, and nothing is flagged. So give the scan all columns there are, and read a flag as a lead: what is
# said for a group is shown next to it.
#
# ## What this does not say
#
# *Nothing flagged* is not *nothing there*. The scan itself says what it could have seen:

# %%
print(*(fill(note, 110) for note in case.notes), sep="\n\n")

# %% [markdown]
# ## Handing it on
#
# A case of real people leaves the machine under pseudonyms, or not at all. The key stays with those who may know the names. Here it is deleted with the folder.

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
# This hides the names from people who have only the files. Dates and row numbers stay, and the log is public: anybody who has both can find the people.
#
# ## The lesson
#
# - The densest group of a log is the first thing that every method finds, and the first to doubt. Before *who are they?* ask *what is one review here?*
# - Three looks decide it, and each could have said the opposite: the words (one author per text), everybody (not some), the calendar (years, not days).
# - An innocent explanation is tested like a guilty one: with figures, and in the open. The evidence of these two groups shows them.
