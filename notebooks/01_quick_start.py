# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Quick start: from a review log to a ring
#
# The log in `data/market` is simulated: 32,239 reviews over three years with three planted rings, and honest groups that look like rings at first sight. Nobody in it is real.

# %%
from pathlib import Path
from textwrap import fill

import pandas as pd

import collusion as cl

market = next(p for p in (Path("../data/market"), Path("data/market")) if p.exists())

# %% [markdown]
# ## Read
#
# Every row is accounted for: accepted or set aside with a reason; what is accepted counts once.

# %%
reviews = cl.read_reviews(market / "reviews.csv.gz")
print(f"{reviews.rows_in:,} rows = {reviews.accepted:,} accepted + {reviews.set_aside:,} set aside")
print(f"{reviews.repeated:,} repeat a product of the same reviewer")
print(f"{reviews.copies:,} are copies over variants of a listing")

# %% [markdown]
# ## Scan
#
# The search is run on the log and, whole, on null replicates in which the reviewers are dealt anew within category and month: ten to forty of them, until more would not change what is flagged.

# %%
case = cl.scan(reviews, seed=7)
case

# %% [markdown]
# Three groups are flagged. The others were found as well; all but one are explained, and that one meets too little for what its ratings say. Look at why before trusting any list.
#
# ## Why this one?

# %%
ring = case.flagged[0]
for e in ring.evidence:
    print(fill(f"{e.signal} ({e.stance}): {e.statement}", 110), end="\n\n")

# %%
ring.adjacency()

# %%
ring.timeline()

# %%
ring.coreview()

# %%
ring.rating_impact()

# %% [markdown]
# ## The very rows

# %%
ring.reviews()[["source_row", "reviewer_id", "product_id", "seller", "rating", "timestamp", "text"]].head(8)

# %% [markdown]
# ## An explained group
#
# One review copied over the variants of a listing would make the densest "ring" of this log. Counted once, nothing is left of it.

# %%
explained = next(r for r in case.rings if r.explained_by == "variants")
print(fill(next(e.statement for e in explained.evidence if e.signal == "variants"), 110))

# %% [markdown]
# ## Was it right?
#
# Here the truth is known, which it never is in real life: each flagged ring against the planted one it overlaps most.

# %%
truth = pd.read_csv(market / "truth.csv").query("role == 'reviewer'").groupby("ring_id")["id"].agg(set)
rows = []
for r in case.flagged:
    planted, members = max(truth.items(), key=lambda item: len(item[1] & set(r.reviewers)))
    both = len(members & set(r.reviewers))
    rows.append((r.id, planted, len(members), len(r.reviewers), both / len(r.reviewers), both / len(members)))
pd.DataFrame(rows, columns=["ring", "planted", "planted members", "found members", "precision", "recall"])

# %% [markdown]
# All forty planted accounts are flagged, and one that was not planted: a ring is a lead, and so is each of its members. [The next notebook](02_one_ring.ipynb) finds that
# account in the rows, without the truth.
