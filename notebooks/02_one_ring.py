# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # One ring, from the table to a decision
#
# A scan gives a list. Somebody has to decide what to do about each line of it, and has to be able to say why half a year later. This is one such
# investigation: a flagged ring, a group that the scan explains, and one that it found and did not flag. At each step: what I looked at, what I saw, and what would
# have changed my mind.
#
# The log is the sample market in `data/market`: simulated, with nobody real in it. Its truth is known; it stays shut until the end.

# %%
import csv
import tempfile
from pathlib import Path
from textwrap import fill

import pandas as pd

import collusion as cl

pd.set_option("display.max_colwidth", None)  # texts are read whole
market = next(p for p in (Path("../data/market"), Path("data/market")) if p.exists())
desk = tempfile.TemporaryDirectory()  # everything written here goes with it
case = cl.scan(market / "reviews.csv.gz", seed=7).with_journal(Path(desk.name) / "journal.jsonl")
case

# %% [markdown]
# Before the rings, what the scan itself has to say: what it counted, and what it could not use.

# %%
told = case.accounting
print(f"{told.rows_in:,} rows in, {told.set_aside} of them set aside")
print(f"{told.counted:,} counted, {told.repeated} repeated, {told.copies} copies over variants of a listing")
print(f"{told.reviewers:,} reviewers, {told.products:,} products, {case.provenance.replicates} null replicates")
print(*(fill(note, 110) for note in case.notes), sep="\n")

# %% [markdown]
# Nothing was set aside, so no row that matters is missing. Had a tenth of the rows been unreadable, I would have mended the input before I believed any of this.
#
# ## Why this one?
#
# The first ring has the highest score by far. What is the score made of?

# %%
ring = case.flagged[0]
ring.waterfall()

# %%
for part in ring.breakdown.parts:
    met = "" if part.observed is None else f"{part.observed:>6,} met, {part.expected:>6.1f} expected"
    print(f"{part.name:<36}{part.nats:>12}   {met}")
print(f"{'sum of the parts':<36}{ring.breakdown.total:>12}")
print(f"{'score':<36}{ring.score:>12}")
assert float(ring.breakdown.total) == ring.score

# %% [markdown]
# The parts add up to the score exactly. All of it comes from places of 9 to 32 reviews within 60 days, where members met eleven to thirteen times as often as expected. The
# quietest places speak a little against the group, and so does the price of having chosen it among thousands of reviewers. Had the meetings been
# only twice the expected ones, so that the price ate half of them, I would have gone to the next line.
#
# ## Who, and what?

# %%
ring.adjacency()

# %% [markdown]
# A dense block: most members reviewed most of the ten products. One line is nearly empty. I come back to it.

# %%
ring.timeline()

# %% [markdown]
# Ten products, all in the same two weeks around the end of January 2023, and next to nobody else in those days. Nine of them had been on sale for half a year or more, so this is no launch. Reviews
# spread over the year would have made it a matter of taste.

# %%
ring.coreview()

# %% [markdown]
# Nearly every pair shares four products or more: no two cliques with a bridge, no star around one busy account. Again one member stands apart.

# %%
ring.rating_impact()

# %% [markdown]
# These are the four most affected products, and all went up, by .35 to .59 of a star. Reviews like everybody else's would have gained nobody anything, and I would have
# asked what they were for.
#
# ## The very rows
#
# Pictures are made of rows, and a decision should not be made without having read some.

# %%
rows = ring.reviews()
rows["day"] = rows["timestamp"].str[:10]
shown = ["source_row", "day", "reviewer_id", "product_id", "seller", "rating", "verified", "text"]
rows[shown].head(10)

# %%
repeated = rows["text"][rows["text"].duplicated(keep=False)]
print(f"{len(rows)} reviews of {rows['product_id'].nunique()} products by {rows['seller'].nunique()} sellers")
print(f"rated 5: {(rows['rating'] == '5').sum()}; verified purchases: {(rows['verified'] == 'true').sum()}")
print(f"texts that occur more than once: {repeated.value_counts().to_dict()}")

# %% [markdown]
# The texts are no help: nobody copied from anybody, and *Great!* is what many people write. Four in five are verified purchases; paid reviews are often bought and
# refunded, so that clears nobody. What the rows add is the unanimity: five stars, every time. Had two accounts shared
# a whole sentence, that would have been worth a line in the note.
#
# ## Does every member belong?
#
# The group is the finding; each account in it is a claim of its own. So, member by member: how many of the ring's products, and what else?

# %%
around = case.context(ring)
theirs = pd.DataFrame({"reviewer": around.reviewer, "ours": around.target, "rating": around.rating})[around.member]
members = theirs.groupby(["reviewer", "ours"])["rating"].agg(["size", "mean"]).unstack().round(2)
members.columns = ["elsewhere", "of the ring", "mean elsewhere", "mean in the ring"]
members = members.sort_values("of the ring")
members

# %%
odd = members.index[0]
rows.loc[rows["reviewer_id"] == odd, shown]

# %% [markdown]
# Twenty members wrote six or more of the ring's reviews, and each of them wrote exactly as many elsewhere, with lower ratings: for one paid review one to hide it. No
# shopper is so regular. (No broker need be, either: this one is simulated.)
#
# The first line is another matter: two reviews that fall into the ring's days, one of them of its busiest product, and sixteen elsewhere. Meeting a burst of that size twice can
# happen to whoever shops in January. Accounts are tested one by one with a false-discovery rate of 5 %, so one wrong name among twenty-one is what is to be expected; it is the reason
# to read this table before anything is done to anybody. I take this account off the lead. Had both reviews been of products that hardly anybody else bought, it would have stayed.
#
# ## What innocent explanations were tested?

# %%
pd.DataFrame(
    [(e.signal, e.stance, f"{e.observed:,.4g}", "" if e.expected is None else f"{e.expected:,.4g}") for e in ring.evidence],
    columns=["signal", "stance", "observed", "held against"],
)

# %%
for e in ring.evidence:
    if e.stance == "neutral":
        print(fill(f"{e.signal}: {e.statement}", 110), end="\n\n")

# %% [markdown]
# *neutral* here means: tested, and it does not explain the group. No fan club, since the sellers are many; no crowd, since nobody outside came to half as many of these places; no sale, since hardly anybody
# else came in these days. Any one of these with the stance *explains* would have closed this for me, and so would a community that I know of and the log does not: a
# charity, a class, a forum. That is a question for a person, and it belongs into the note.
#
# ## How strong is that, beside nothing?
#
# The same search, on the log with its reviewers dealt anew, also finds a best group. It looks like this:

# %%
ring.compare(null=True, picture="coreview")

# %% [markdown]
# That is the best that chance gave the same search in twenty tries: six accounts around a busy one, most pairs of which share one product or none, and a score below zero. Had the two pictures looked alike, I would have stopped here, whatever the q-value.
#
# ## A group that is explained
#
# The list holds groups that meet more than chance as well and are not flagged. This one came second among those without a flag:

# %%
explained = next(r for r in case.rings if r.explained_by == "early reviewers")
print(f"{explained.id}: {len(explained.reviewers)} reviewers, {len(explained.products)} products")
print(f"q = {explained.q_value}, score {explained.score:.1f}\n")
for e in explained.evidence:
    if e.signal in {"meetings", "early reviewers", "rating"}:
        print(fill(f"{e.signal} ({e.stance}): {e.statement}", 110), end="\n\n")

# %%
explained.timeline()

# %% [markdown]
# Its q-value is as small as the ring's: that says only that they meet more than chance. But one product follows the other as they come out, seven of the ten that were new in
# their category, and the ratings are lower than everybody else's, though far from the ones of a campaign against somebody. An early-reviewer programme looks like this. What would change my mind: if the three they
# left out were all those of other sellers.
#
# ## A group that was not flagged
#
# No explanation holds for this one, and it is not flagged either.

# %%
candidate = next(r for r in case.rings if r.status == "candidate")
print(f"{candidate.id}: {len(candidate.reviewers)} reviewers, {len(candidate.products)} products")
print(f"q = {candidate.q_value}, score {candidate.score:.1f}\n")
for e in candidate.evidence:
    if e.signal in {"rating", "promotion", "habit"}:
        print(fill(f"{e.signal} ({e.stance}): {e.statement}", 110), end="\n\n")

# %%
candidate.timeline()

# %%
print(candidate.reviews()["rating"].value_counts().sort_index().to_string())

# %% [markdown]
# Nine people, five products, five days: at first sight the same thing. But they gave threes and fours too; their ratings say so little that the scan asks for three times what chance
# reaches, and this group has about a third of that. And in the same days others came to the same products, more than twice as many as usual. I leave it open. If the same nine met again next month, or their ratings turned unanimous, I would look again.
#
# ## Taking it along
#
# The network for whoever works with graphs, and the case as files for whoever does not run Python. All of it goes into a temporary folder here.

# %%
network = ring.network()
print(f"{network.number_of_nodes()} nodes, {network.number_of_edges()} edges; the first edge has")
print(next(iter(network.edges(data=True)))[2])

# %%
out = Path(desk.name) / "case"
cl.write_case(case, out, formats=("csv", "json"))
print(", ".join(sorted(file.name for file in out.iterdir())))
with (out / "rings.csv").open(encoding="utf-8", newline="") as stream:
    first = next(csv.DictReader(stream))
print({name: first[name] for name in ("ring_id", "status", "n_reviewers", "n_products", "n_reviews")})

# %% [markdown]
# ## The decision
#
# First a claim, so that nobody else does the same work; then what I found, in words that can be read without this notebook. The note says what was taken off.

# %%
found = (
    "20 of 21 accounts: 6 to 10 of 10 products of 10 sellers within two weeks, five stars throughout. "
    f"{odd} is no part of it: 2 reviews here, 16 elsewhere. Payments asked for; no ban before the answer."
)
programme = "Reviews most of what is new in its category, and below average: early-reviewer programme."
sale = "Looked at: a sale is likelier. Look again if the same accounts meet a second time."

case.decide(ring, "in progress", by="Ann")
case.decide(ring, "confirmed", note=found, by="Ann")
case.decide(explained, "dismissed", note=programme, by="Ann")
case.decide(candidate, "open", note=sale, by="Ann")
for one in case.decisions.select(("confirmed", "dismissed")):
    print(one.ring_id, one.status, "by", *one.people)

# %% [markdown]
# The journal only grows. It is what I would be asked for. (It has the times as well; they are left out here, since they differ each time this is run.)

# %%
history = [(d.ring.ring_id, d.status, d.by, d.note) for d in case.decisions.history()]
pd.DataFrame(history, columns=["ring", "status", "by", "note"])

# %%
print(fill(case.decisions.precision().statement, 110))

# %% [markdown]
# Two decided rings are no measure of anything, and the sentence says so by its interval. After fifty it will begin to tell how far the list can be trusted here.
#
# ## And the truth?
#
# It is opened now, after the decision; in real life it never is. `truth.csv` names the planted accounts, `classes.csv` the honest look-alikes.

# %%
planted = pd.read_csv(market / "truth.csv").query("role == 'reviewer'").set_index("id")["ring_id"]
honest = pd.read_csv(market / "classes.csv").query("role == 'reviewer'")
lines = []
for r in (ring, explained, candidate):
    alike = honest[honest["id"].isin(r.reviewers)]["group"].value_counts()
    most = f"{alike.iloc[0]} of {alike.index[0]}" if len(alike) else "none"
    lines.append((r.id, r.status, len(r.reviewers), planted.index.isin(r.reviewers).sum(), most))
pd.DataFrame(lines, columns=["ring", "status", "members", "planted", "of an honest class"])

# %%
confirmed = [one for one in ring.reviewers if one != odd]
of_them = planted[planted.index.isin(confirmed)]
print(f"{odd} was planted: {odd in planted.index}")
print(f"of {len(confirmed)} accounts confirmed {len(of_them)} were planted: {of_them.value_counts().to_dict()}")
print(f"planted in all: {planted.value_counts().to_dict()}")

# %% [markdown]
# The twenty are the planted ring, whole. The account that was taken off is honest: acting on the list as it came would have wronged one person. The dismissed group is the
# early-reviewer programme of this market, and the one left open nine bargain hunters at a promotion.
#
# One market proves nothing about the next; what can be carried over is the order of the steps. The rows decide, not the rank.

# %%
desk.cleanup()
