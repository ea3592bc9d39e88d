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
# The log in `data/market` is simulated: 32,239 reviews over three years, with three planted rings and with honest groups that look like rings at first sight. No person in it is real.

# %%
from pathlib import Path
from textwrap import fill

import pandas as pd

import collusion as cl

market = next(p for p in (Path("../data/market"), Path("data/market")) if p.exists())

# %% [markdown]
# ## Read
#
# Every row is accounted for. A row is accepted, or set aside with a reason. What is accepted counts once.

# %%
reviews = cl.read_reviews(market / "reviews.csv.gz")
print(f"{reviews.rows_in:,} rows = {reviews.accepted:,} accepted + {reviews.set_aside:,} set aside")
print(f"{reviews.repeated:,} repeat a product of the same reviewer")
print(f"{reviews.copies:,} are copies over variants of a listing")

# %% [markdown]
# ## Scan
#
# The scan asks two questions of every group that it finds.
#
# 1. *Did they act together?* The whole search is repeated on logs whose reviewers are shuffled within category and month: 10 to 40 of them, until more would not change the answer. A group's score must
#    be above what shuffled logs reach. So must what is left of its score when an innocent explanation is granted, such as "each of them reviews many things in one session".
# 2. *Do they behave unlike other reviewers of the same products?* Signals answer this, such as their ratings. Each is a comparison with other reviewers of the same log.
#
# A group is **flagged** when the answer to both is yes. It is **coordinated** when they acted together and nothing more is known: a list of coincidences, never an accusation. It is **explained** when
# an innocent explanation leaves nothing of its score, and a **candidate** when it cannot be distinguished from chance.

# %%
case = cl.scan(reviews, seed=7)
case

# %% [markdown]
# Groups are sorted by score, whatever their status. Three are flagged. A few are coordinated: they reviewed the same products at the same time more often than chance would produce, and they behave
# like everybody else. The rest are explained. Look at the reasons before you trust any list.
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
# ## The rows of the log

# %%
ring.reviews()[["source_row", "reviewer_id", "product_id", "seller", "rating", "timestamp", "text"]].head(8)

# %% [markdown]
# ## An explained group
#
# One review that is copied over the variants of a listing would make the densest "ring" of this log. When each review counts once, nothing is left of it.

# %%
explained = next(r for r in case.rings if r.explained_by == "variants")
print(fill(next(e.statement for e in explained.evidence if e.signal == "variants"), 110))

# %% [markdown]
# ## Members in doubt
#
# A ring is a lead, and so is each of its members. The scan names members who may not belong to their group, with the reason.

# %%
for r in case.flagged:
    for doubt in r.doubtful:
        print(f"{r.id}: {doubt.reviewer}. {doubt.reason}")

# %% [markdown]
# ## Was it right?
#
# Here the truth is known, which it never is in real life. Each flagged ring is compared with the planted ring that it overlaps most; members in doubt are left out.

# %%
truth = pd.read_csv(market / "truth.csv").query("role == 'reviewer'").groupby("ring_id")["id"].agg(set)
rows = []
for r in case.flagged:
    found = set(r.reviewers) - {doubt.reviewer for doubt in r.doubtful}
    planted, members = max(truth.items(), key=lambda item: len(item[1] & found))
    both = len(members & found)
    rows.append((r.id, planted, len(members), len(found), both / len(found), both / len(members)))
pd.DataFrame(rows, columns=["ring", "planted", "planted members", "found members", "precision", "recall"])

# %% [markdown]
# All forty planted accounts are in flagged rings. One account that was not planted is, too, and the scan itself doubts it. [The next notebook](02_one_ring.ipynb) follows that
# account into its rows. Words that are new to you are in the [glossary](../collusion/guide/glossary.md).
