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
# investigation: a flagged ring, a group that an innocent explanation accounts for, and two groups that are coordinated and nothing more. At each step I write down what I looked at,
# what I saw, and what would have changed my mind.
#
# The log is the sample market in `data/market`. It is simulated, and no person in it is real. The truth is known, but we do not look at it until the end.

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
# The list is sorted by score. The status says what the two questions of the scan found:
#
# | status | did they act together? | do they behave unlike other reviewers of the same products? |
# |---|---|---|
# | flagged | yes | yes |
# | coordinated | yes | nothing shows it |
# | explained | an innocent explanation leaves nothing of the score | nothing shows it |
# | candidate | cannot be distinguished from chance | not asked |
#
# The q-values of both questions are in the table, too ([how each status is decided](../collusion/guide/statuses.md)). But first, what the scan says about itself: what it counted, and what it could not use.

# %%
rows = case.accounting
print(f"{rows.rows_in:,} rows in, {rows.set_aside} of them set aside")
print(f"{rows.counted:,} counted, {rows.repeated} repeated, {rows.copies} copies over variants of a listing")
print(f"{rows.reviewers:,} reviewers, {rows.products:,} products, {case.provenance.replicates} shuffled logs")
print(*(fill(note, 110) for note in case.notes), sep="\n")

# %% [markdown]
# Nothing was set aside, so no row that matters is missing. If a tenth of the rows had been unreadable, I would have repaired the input before I believed any of this.
#
# ## Did they act together?
#
# The first ring has the highest score by far. What is the score made of?

# %%
ring = case.flagged[0]
ring.waterfall()

# %%
for part in ring.breakdown.parts:
    pairs = "" if part.observed is None else f"{part.observed:>6,} co-reviews, {part.expected:>6.1f} expected"
    print(f"{part.name:<40}{part.nats:>12}   {pairs}")
print(f"{'sum of the parts':<40}{ring.breakdown.total:>12}")
print(f"{'score':<40}{ring.score:>12}")
assert float(ring.breakdown.total) == ring.score

# %% [markdown]
# The parts add up to the score exactly. A *co-review* is a pair of members who reviewed the same product within 60 days. The parts sort
# products by how busy they were in that time. All of the score comes from products with 9 to 32 reviews: there members co-reviewed about twenty times as often as expected. The quietest products count a little against the group. So does the correction for having chosen this group among thousands
# of reviewers. If the co-reviews had been only twice the expected number, I would have gone to the next line.
#
# Four innocent explanations are granted, one at a time, and the score is computed again:

# %%
question = {signal.name: signal for signal in case.signals}


def show(ring, *kinds):
    """Print what the signals of these kinds say of a ring."""
    for e in ring.evidence:
        if question[e.signal].kind in kinds:
            print(fill(question[e.signal].question, 110))
            print(fill(e.statement, 106, initial_indent="    ", subsequent_indent="    "), end="\n\n")


show(ring, "acts together")
print(f"The smallest score left is {ring.residual:.1f}, with {ring.residual_of} granted.")

# %% [markdown]
# An explanation accounts for a group only when nothing is left. Here at least half of the score is left, whatever is granted. If rating sessions had left nothing, the answer to the first question would have
# been: yes, they coincide, because each of them reviews many things in one session.
#
# ## Who, and what?

# %%
ring.adjacency()

# %% [markdown]
# A dense block: most members reviewed most of the ten products. One row is nearly empty. I come back to it.

# %%
ring.timeline()

# %% [markdown]
# Ten products, all in the same two weeks around the end of January 2023, and hardly anybody else on those days. Nine of them had been on sale for half a year or more, so this is no launch. If the
# reviews had been spread over the year, I would have thought of shared taste.

# %%
ring.coreview()

# %% [markdown]
# Nearly every pair has four products or more in common. There are no two cliques with a bridge between them, and no star around one busy account. Again one member stands apart.
#
# ## Do they behave unlike other reviewers of the same products?

# %%
ring.rating_impact()

# %% [markdown]
# These are the four most affected products, and all went up, by 0.35 to 0.59 of a star. Ratings like everybody else's would have changed nothing, and I would have asked what they were for.

# %%
show(ring, "behaves like paid")
print(f"q-value of the second question: {ring.q_paid:.2g}")

# %% [markdown]
# The ratings answer the second question. The other signals find nothing: the members review elsewhere as much as is usual, their texts are no more alike than other people's, and they did not come within minutes of each other. One signal is
# enough, since the p-values of all are combined, and the q-value allows for the number of groups that were asked. It is not a proof that anybody was paid. That conclusion can only be drawn by a person who knows more than the log.
#
# ## The rows of the log
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
# The texts are no help: no member copied from another, and *Great!* is what many people write. Four in five are verified purchases. Paid reviewers often buy the product and are
# refunded, so that clears nobody. What the rows add is the unanimity: five stars, every time. If two accounts had shared
# a whole sentence, that would have been worth a line in the note.
#
# ## Does every member belong?
#
# The group is the finding. Each account in it is a claim of its own. The scan itself doubts members who did little of what the group did, and members who rate against it:

# %%
for doubt in ring.doubtful:
    print(f"{doubt.reviewer}: {doubt.reason}")

# %% [markdown]
# One of twenty-one. Do I agree? Member by member: how many of the ring's products, and what else?

# %%
around = case.context(ring)
theirs = pd.DataFrame({"reviewer": around.reviewer, "ours": around.target, "rating": around.rating})[around.member]
members = theirs.groupby(["reviewer", "ours"])["rating"].agg(["size", "mean"]).unstack().round(2)
members.columns = ["elsewhere", "of the ring", "mean elsewhere", "mean in the ring"]
members = members.sort_values("of the ring")
members

# %%
(doubt,) = ring.doubtful
odd = doubt.reviewer
rows.loc[rows["reviewer_id"] == odd, shown]

# %% [markdown]
# Twenty members wrote six or more of the ring's reviews, and each of them wrote exactly as many elsewhere, with lower ratings: for one paid review one that hides it. No
# shopper is so regular. (No broker need be, either: this one is simulated.)
#
# The first line of the table is another matter: two reviews on the ring's days, one of them of its busiest product, and sixteen elsewhere. Anybody who shops in January can coincide twice with a burst of that
# size. Accounts are tested one by one with a false-discovery rate of 5 %, so one wrong name among twenty-one is to be expected. That is why this table is read before anything is done to anybody. I agree
# with the scan and take this account off the lead. If both reviews had been of products that hardly anybody else bought, it would have stayed.
#
# ## What else was looked at?
#
# Remarks decide nothing. They are what an investigator asks next:

# %%
show(ring, "remark")

# %% [markdown]
# There is no crowd around them: nobody outside did half as much. There was no sale: hardly anybody else came on these days. The p-value of the density is tiny, and worthless as proof, as the sentence
# itself says, since the group was searched for. If the promotion had brought a hundred others, I would have stopped here. I would have stopped, too, for a community that I know of and the log does not: a
# charity, a class, a forum. That is a question for a person, and it belongs in the note.
#
# ## How strong is that, compared with chance?
#
# The same search, on logs whose reviewers were shuffled, also finds a best group. It looks like this:

# %%
ring.compare(null=True, picture="coreview")

# %% [markdown]
# That is the best that chance gave the same search in twenty attempts: five busy accounts. They share two to thirteen products because they review so much, which is expected of them, and so the score is below zero. If a
# shuffled log had held a group with a score like the ring's, I would have stopped here.
#
# ## A group that is explained
#
# The list also holds groups that are not flagged. For one of them an explanation leaves nothing:

# %%
explained = next(r for r in case.rings if r.status == "explained" and "lockstep" in r.detectors)
print(f"{explained.id}: {len(explained.reviewers)} reviewers, {len(explained.products)} products")
print(f"{explained.reviews()['seller'].nunique()} seller, {explained.first_review} to {explained.last_review}\n")
show(explained, "acts together", "behaves like paid")
print(f"q-value of the second question: {explained.q_paid:.2g}")

# %%
explained.timeline()

# %% [markdown]
# Eight people reviewed seven products of one seller, over more than two years, half of the time soon after a launch. When each pair counts once per seller, the score falls from far above zero to below it, and launches take
# the rest. Their ratings are a little higher than others', which is what makes a fan; after allowing for the number of groups asked, it could be chance. If the second question had found something beyond chance, the
# group would be listed as *coordinated*, with the explanation named: an explanation is never a veto. What would change my mind: all of it within a few weeks, or the same eight at a competitor's products with one star.
#
# ## Two groups that are coordinated
#
# These two acted together, as far as the log can show, and behave like everybody else.

# %%
sale, programme = [r for r in case.rings if r.status == "coordinated"][:2]
print(f"{sale.id}: {len(sale.reviewers)} reviewers, {len(sale.products)} products, {sale.first_review} to {sale.last_review}")
print(f"score {sale.score:.1f}, at least {sale.residual:.1f} left; q = {sale.q_value:.2g} and {sale.q_paid:.2g}\n")
show(sale, "behaves like paid")
print(fill(next(e.statement for e in sale.evidence if e.signal == "promotion"), 110))

# %%
sale.timeline()

# %%
print(sale.reviews()["rating"].value_counts().sort_index().to_string())

# %% [markdown]
# Nine people, five products, five days: at first sight the same thing as the ring. But they gave threes and fours too, and nothing distinguishes their ratings from everybody else's. On the same days others reviewed the same
# products, too, more than twice as many as usual, though too few for the remark to call it a sale. I leave it open. If the same nine coincided again next month, or their ratings became unanimous, I would look again.

# %%
print(
    f"{programme.id}: {len(programme.reviewers)} reviewers, {len(programme.products)} products, {programme.first_review} to {programme.last_review}"
)
print(
    f"score {programme.score:.1f}, {programme.residual:.1f} left with {programme.residual_of} granted; q = {programme.q_value:.2g} and {programme.q_paid:.2g}\n"
)
show(programme, "behaves like paid")
print(fill(next(e.statement for e in programme.evidence if e.signal == "early reviewers"), 110))

# %%
programme.timeline()

# %% [markdown]
# One product follows the other as they come out, and the members reviewed seven of the ten that were new in their category. With launches granted, next to nothing is left of the score, though not nothing. Their ratings
# are lower than everybody else's, but far from a campaign against somebody. An early-reviewer programme looks like this. What would change my mind: if the three that they left out were all those of other sellers.
#
# ## Taking it along
#
# The network is for people who work with graphs, and the files are for people who do not run Python. All of it goes into a temporary folder here.

# %%
network = ring.to_networkx()
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
# First a claim, so that nobody else does the same work. Then what I found, in words that can be read without this notebook. The note says which account was taken off.

# %%
found = (
    "20 of 21 accounts: 6 to 10 of 10 products of 10 sellers within two weeks, five stars throughout. "
    f"{odd} is not part of it: 2 reviews here, 16 elsewhere. Payments asked for; no ban before the answer."
)
fans = "Fans of one seller, over two years: nothing is left once each pair counts once per seller."
new = "Reviews most of what is new in its category, and below average: early-reviewer programme."
bargain = "Looked at: a sale is more likely. Look again if the same accounts coincide a second time."

case.decide(ring, "in progress", by="Ann")
case.decide(ring, "confirmed", note=found, by="Ann")
case.decide(explained, "dismissed", note=fans, by="Ann")
case.decide(programme, "dismissed", note=new, by="Ann")
case.decide(sale, "open", note=bargain, by="Ann")
for one in case.decisions.select(("confirmed", "dismissed")):
    print(one.ring_id, one.status, "by", *one.people)

# %% [markdown]
# The journal only grows. It is what I would be asked for. (It has the times as well. They are left out here, since they differ each time this is run.)

# %%
history = [(d.ring.ring_id, d.status, d.by, d.note) for d in case.decisions.history()]
pd.DataFrame(history, columns=["ring", "status", "by", "note"])

# %%
print(fill(case.decisions.precision().statement, 110))

# %% [markdown]
# Three decided groups measure nothing, and the interval says so. After fifty, this figure begins to show how far the list can be trusted here.
#
# ## And the truth?
#
# It is opened now, after the decision. In real life it never is. `truth.csv` names the planted accounts, `classes.csv` the honest look-alikes.

# %%
planted = pd.read_csv(market / "truth.csv").query("role == 'reviewer'").set_index("id")["ring_id"]
honest = pd.read_csv(market / "classes.csv").query("role == 'reviewer'")
lines = []
for r in (ring, explained, sale, programme):
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
# The twenty are the whole planted ring. The account that was taken off is honest: if the list had been acted on without reading the doubt, one person would have been wronged. The explained group is fans of one seller, the
# dismissed one the early-reviewer programme of this market, and the one left open is nine bargain hunters at a promotion. *Coordinated* was a list of coincidences here, as the word says.
#
# One market proves nothing about the next. What can be carried over is the order of the steps. The rows decide, not the rank.

# %%
desk.cleanup()
