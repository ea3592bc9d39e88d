# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # From one account to an operation
#
# A consumer organisation ordered a review as a test, and it appeared. So one account is known to write for money. This is the investigation that follows: what the log knows of this account, which groups it leads to, who
# runs through several of them, whose products were reviewed, what changed since the scan before, and what is handed over in the end. At each step I write down what I saw, and what would have changed my mind.
#
# The log is simulated, and no person in it is real. A broker has three clients and serves each of them twice, two months apart, each time with 20 accounts. Four accounts work in all six groups, the other 16 of each
# group are new. No two groups have a product in common. The truth is in `log`, and we do not look at it until the end.

# %%
import tempfile
import zipfile
from pathlib import Path
from textwrap import fill

import pandas as pd

import collusion as cl
from collusion.simulate import BrokerPlan, Market, simulate, to_table

pd.set_option("display.max_colwidth", None)  # texts are read whole
desk = tempfile.TemporaryDirectory()  # everything written here goes with it
here = Path(desk.name)
log = simulate(Market(brokers=(BrokerPlan(waves=2, shared=0.2),)), seed=6)
reviews = to_table(log).to_pandas()
reported = "AP9WYJG6D7E"  # the account that wrote the ordered review
reviews[reviews["reviewer_id"] == reported].drop(columns=["review_id", "text"])

# %% [markdown]
# Four reviews, three of them five stars, in six weeks at the end of 2022. Nothing about them is remarkable. From these rows alone nobody would have asked.
#
# ## A year ago
#
# The log was scanned before, in the middle of December 2022, when nobody had reported anything.

# %%
december = cl.scan(reviews[reviews["timestamp"] < "2022-12-15"], seed=1).with_journal(here / "december.jsonl")
columns = ["rank", "ring_id", "status", "n_reviewers", "n_products", "first_review", "last_review", "score", "q_value", "q_paid"]
december.to_frame()[columns].head(5)

# %% [markdown]
# Ann had time for four of the groups. She decided on the first two and on the fourth, and began with the third:

# %%
first, second, third = december.flagged
programme = december.filter(status="coordinated")[0]
december.decide(first, "confirmed", note="20 accounts, 8 products, three weeks, five stars only.", by="Ann")
december.decide(second, "confirmed", note="As the first: 20 accounts, 8 products, three weeks.", by="Ann")
december.decide(third, "in progress", by="Ann")
december.decide(programme, "dismissed", note="Reviews what is new in its category: early-reviewer programme.", by="Ann")
december.decisions.precision().statement

# %% [markdown]
# ## The scan
#
# Now the log has another year. `since` names the earlier case; what became of its groups comes further down.

# %%
case = cl.scan(reviews, seed=1, since=december).with_journal(here / "today.jsonl")
print(case)
case.to_frame()[columns].head(7)

# %% [markdown]
# Five groups are flagged. I do not begin with the first, but with the account.
#
# ## What about this account?

# %% tags=["varies"]
case.ask(reported)

# %% [markdown]
# It is in one group, the first. Two of its four reviews are of that group's products. That is little, and the answer says why it is enough: it reviewed at two of the group's sellers at the members' time, and 0.01 were to be expected. It has 21
# co-reviews with members, and its activity leads to expect one. Its own behaviour would not have shown it: it was active for a shorter time than nearly all comparable accounts, but its other
# figures are usual. If the answer had been that it is in no group, that would have cleared nobody, and I would have looked at the nearest group and what kept it out.
#
# ## Who else?
#
# An expansion starts from the account alone and asks who acts together with it, round by round. It knows nothing of the groups of the scan.

# %%
found = cl.expand(reviews, reviewers=[reported], seed=1)
others = found.to_frame("reviewers")
listed = {name for one in case.flagged for name in one.reviewers}
print(f"{len(others)} accounts at a false-discovery rate of 10 %; {others['id'].isin(listed).sum()} of them are in a flagged group")
print(f"by the flagged group they are in: { {one.rank: int(others['id'].isin(one.reviewers).sum()) for one in case.flagged} }")
print(f"in no flagged group: {', '.join(sorted(set(others['id']) - listed)) or 'none'}")
others[["id", "q_value", "shared", "expected", "round"]].head(8)

# %% [markdown]
# Sixty accounts, from one that wrote four reviews. A reported account gives a search that much power. All but two are in groups that the scan found without knowing of the report, and they are in all five of them, not in group 1 alone. So the groups may have to do with each other. That
# is the next thing to look at. The other two go into my note: at a rate of 10 %, six of sixty may be wrong, and these two have only this search to speak for them. If the sixty had been scattered over accounts of no group, I
# would have asked first whether the report was right.
#
# ## Its group

# %%
ring = next(one for one in case.rings if reported in one.reviewers)
ring.timeline()

# %% [markdown]
# Two bursts, each of about three weeks, and nothing between them. The first is of other products than the second. So these are two campaigns, and the scan takes them for one group. Who was in both?

# %%
rows = ring.reviews()
rows["burst"] = (pd.to_datetime(rows["timestamp"]) >= pd.Timestamp("2022-12-15", tz="UTC")).map({False: "first", True: "second"})
bursts = rows.groupby("reviewer_id")["burst"].agg(lambda names: " and ".join(sorted(set(names))))
print(bursts.value_counts().to_string())
both = sorted(bursts.index[bursts == "first and second"])
print("in both:", *both)
print("ratings:", rows["rating"].astype(int).value_counts().to_dict())
for name in ("product_id", "seller"):
    print(f"{name} in both bursts: {(rows.groupby(name)['burst'].nunique() > 1).sum()} of {rows[name].nunique()}")

# %% [markdown]
# All 196 ratings are five stars. Four accounts were in both bursts, and each of the other 32 was in one. Of 16 sellers, one is in both. If half of the accounts had come back, I would have thought of a community with a
# common interest. A few who stay while the others are replaced, and serve other shops with them: that looks like a business. It is these four accounts that made one group out of two campaigns.
#
# ## The operation
#
# The scan compares all flagged and coordinated groups in pairs: do they share more accounts or sellers than chance would give them?

# %%
operation = case.operations[0]
print(operation)
rank = {one.id: one.rank for one in case.rings}
links = case.to_frame("operation_links")
links = links.assign(first=links["first"].map(rank), second=links["second"].map(rank))
links[["first", "second", "kind", "n_shared", "expected", "q_value"]].round({"expected": 2, "q_value": 6})

# %%
cl.plot.operation(case, operation)

# %% [markdown]
# All five flagged groups, and no other. Any two of the groups 1 to 4 share four accounts, where the activity of their members leads to expect less than one. Three pairs share eight sellers: with 2 and 4, 1 and 3, and 1 and 5, mostly other accounts reviewed other products
# of the same shops at another time. Group 1 has two such partners. That fits what I saw in it, if each of its two campaigns has one of them:

# %%
for number in (3, 5):
    partner = set(case.rings[number - 1].reviews()["seller"])
    shared = {burst: len(partner & set(theirs)) for burst, theirs in rows.groupby("burst")["seller"]}
    print(f"sellers of group 1 that are in group {number}, by burst: {shared}")

# %% [markdown]
# So there are three clients of eight sellers each, and each was served twice.
#
# Group 5 is joined by sellers alone. That is the weakest link of this map: two groups that review at the same sellers could both be customers of these sellers. So for now I write group 5 down as *probably*. If all links had been of that
# kind, I would have called it a circle of shops with regular customers, and no operation.
#
# And who are the four?

# %%
core = pd.DataFrame(
    {
        "account": operation.core,
        "groups": [" ".join(str(one.rank) for one in case.rings if worker in one.reviewers) for worker in operation.core],
        "reviews": [(reviews["reviewer_id"] == worker).sum() for worker in operation.core],
    }
)
paid = pd.concat([one.reviews() for one in case.flagged]).drop_duplicates("source_row")["reviewer_id"]
core["in the groups"] = [(paid == worker).sum() for worker in operation.core]
core["in both bursts of group 1"] = core["account"].isin(both)
core

# %% [markdown]
# The scan calls them core workers. They are the accounts that I found in both bursts of group 1. The first one is in group 5 as well. One account alone never joins two groups, and that is a good rule, since anybody can be the one. But I
# note it. Two in five of what they wrote, up to half, is in the groups. What does the log say of the first?

# %%
worker = case.ask(operation.core[0])
worker.to_frame("groups")[["rank", "status", "n_reviews", "observed", "expected", "p_value"]]

# %%
figures = worker.to_frame("comparisons").round(3)
figures

# %% [markdown]
# Against other very active accounts it is the least active, and rates a little higher than most. That is nothing. What shows it is with whom it was where, five times.
#
# ## Who profits?
#
# Sellers with reviews by members of the groups, those with the largest share first:

# %%
sellers = case.sellers()
shown = ["seller", "n_reviews", "n_flagged", "share_flagged", "n_groups", "mean_rating", "mean_without", "rank", "rank_without", "n_ranked"]
shown += ["n_by_members", "expected_by_members", "q_value"]
more = sellers[sellers["q_value"] <= 0.05]
print(
    f"{len(sellers)} sellers have reviews of flagged or coordinated groups; {len(more)} have more by members than comparable ones (q at most 0.05)"
)
sellers.sort_values("share_flagged", ascending=False)[shown].head(8).round(3)

# %% [markdown]
# **Profiting is not ordering.** The table says on whose products the reviews landed and what they did there. It does not say who paid. A group also reviews for others to look genuine, and a rival can order reviews to discredit a seller. So each
# of these sellers gets a question, and none of them gets a verdict.

# %%
products = case.products()
shown = ["product_id", "seller", "n_reviews", "n_flagged", "mean_rating", "mean_without", "difference_low", "difference_high"]
shown += ["rank", "rank_without", "n_ranked", "rating_q", "effect"]
print(f"{len(products)} products; effect: {products['effect'].value_counts().to_dict()}")
products[products["effect"].notna()][shown].round(3)

# %% [markdown]
# No product was shown to be rated down, so I see no attack. For five products it can be shown that the groups raised them. For the others it cannot: a product with 4.8 stars is hardly raised by fives, and one with few other
# ratings gives little to compare with. What these gain is a number of reviews, and rank. I would first ask the seller in the first line of the table of sellers: 22 of its 28 reviews are by the groups, and without them it would be 17th in its category and not 5th.
#
# ## What changed since December?

# %%
changes = [one for one in case.since.changes if {one.status, one.status_before} & {"flagged", "coordinated"}]
lines = [
    (rank.get(one.ring_id), one.kind, one.status, one.lineage_id, one.n_before, one.n_reviewers, len(one.came), len(one.left))
    for one in changes
]
pd.DataFrame(lines, columns=["rank", "change", "status", "lineage", "members before", "members now", "came", "left"])

# %% [markdown]
# Group 1 was one campaign in December, and has grown by the second. Group 2 is as it was. Groups 3 and 4 are new. And group 5 has *shrunk*: six accounts that the earlier scan saw in it are not in it now. What became of Ann's decisions?

# %%
for one in case.decisions.statuses():
    if one.decision is not None or one.earlier:
        said = str(one)[:1].upper() + str(one)[1:]
        today = one.decision or one.earlier[0].decision
        print(fill(f"{rank[one.ring_id]}. {said}.".replace(today.time[:10], "the day of the decision"), 110, subsequent_indent="   "))

# %% [markdown]
# Her decision on group 2 holds, since it has the same members. On the other three it is offered and not applied: a decision is about people, and these groups have other people now. Nobody is confirmed because a group that somebody else was confirmed
# for has grown.
#
# The six who left group 5 matter to me. Who are they?

# %%
shrunk = next(one for one in case.since.changes if one.kind == "shrunk" and one.status == "flagged")
print(f"{len(shrunk.left)} left; core workers among them: {sorted(set(shrunk.left) & set(operation.core))}")
pd.DataFrame(
    [(name, " ".join(str(one.rank) for one in case.rings if name in one.reviewers) or "none") for name in shrunk.left],
    columns=["left", "now in group"],
)

# %% [markdown]
# Three of them are core workers. In December group 5 had all four, and was joined by accounts:

# %%
print(december.operations[0])

# %% [markdown]
# Today's search gave three of them to other groups, and group 5 seemed to be held by its sellers only. Its link is as good as
# the others: I strike out *probably*. If the six had been strangers to the operation, I would have left it.
#
# The other three are now in no group. What keeps one of them out?

# %%
lost = [name for name in shrunk.left if not any(name in one.reviewers for one in case.rings)]
for name in lost:
    answer = case.ask(name)
    near, n = answer.nearest, answer.findings.n_reviews
    print(
        f"{name}: {n} reviews; nearest is group {rank[near.ring_id]}, {near.observed} of its sellers at the time, {near.expected:.3f} expected, p = {near.p_value:.2g}"
    )

# %% [markdown]
# Each was at more of the group's sellers than its activity leads to expect. But everybody in the log could be a member, so even a p-value of a few in ten thousand is not enough, and one of 0.02 is nothing. Not being in a group clears nobody. I write the three into my
# note, and decide nothing about them. But one of them, ATHXCC5TPDD, was also among the two that the expansion named and no group holds: two different searches lead to it, and it is the first that I would ask.
#
# ## The decision
#
# Now my own decisions. Those of Ann that were offered have to be made again, on the groups as they are today.

# %%
one, two, three, four, five, left = case.rings[:6]
case.decide(
    one,
    "confirmed",
    note="Two campaigns for two clients, joined by four core workers. Five stars only. A test purchase led here.",
    by="Ben",
)
case.decide(three, "confirmed", note="Same four core workers as group 1, same eight sellers as its first campaign.", by="Ben")
case.decide(four, "confirmed", note="Same four core workers, same eight sellers as group 2.", by="Ben")
case.decide(
    five, "confirmed", note=f"Core workers by the scan of December. Not in the group today, to be looked at: {', '.join(lost)}.", by="Ben"
)
case.decide(left, "dismissed", note="One account came since Ann's decision; still an early-reviewer programme.", by="Ben")
out = case.report(here / "report")
print(*sorted(file.name for file in out.iterdir()))
pd.read_csv(out / "decisions.csv")[["rank", "status", "decision", "by", "note"]].head(7)

# %% [markdown]
# The report is for people who were not here: `index.html` has the list with these decisions, `operations.html` the map, `profits.html` the sellers. `decisions.csv` has the times as well. The files of the scan stay as they are.
#
# ## A file for a seller
#
# The seller in the first line of the table is to be asked. It gets a file with the reasons: which of its reviews, how they were found, how often the method is wrong, and how to object. What only we know, we say. What we do not say reads *not stated*.

# %%
seller = sellers.sort_values("share_flagged", ascending=False)["seller"].iloc[0]
cl.make_key(here / "names.key")  # turns the names of others into pseudonyms, and back
cl.make_signing_key(here / "sign.key")
said = {
    "sender": "Example Marketplace, Trust team",
    "measure": "None so far. We ask what you know of these reviews.",
    "objection": "Answer to appeals@example.com. A person who has not decided before will look at it.",
}
made = cl.pack(case, [], here / "seller.zip", addressee="seller", who=seller, key=here / "names.key", sign=here / "sign.key", fields=said)
print(f"{made.files} files on {len(made.rings)} groups; not stated: {', '.join(made.not_stated)}")

# %%
with zipfile.ZipFile(made.path) as archive:
    content = {name: archive.read(name) for name in archive.namelist()}
statement = content["collusion-pack/data/statement.md"].decode()
for line in statement[statement.index("**How often this is wrong.**") :].splitlines()[:6]:
    print(fill(line, 110, subsequent_indent="  "))

# %% [markdown]
# It is about this seller and nobody else. Is any other name in it?

# %%
everything = b"\n".join(content.values()) + made.path.read_bytes()
names = {"accounts": reviews["reviewer_id"], "products": reviews["product_id"], "sellers": reviews["seller"]}
for kind, column in names.items():
    inside = [name for name in column.unique() if name.encode() in everything]
    print(f"{kind}: {', '.join(inside) or 'none'}")

# %% [markdown]
# No account, only its own products and its own name. The receiver can check offline that nobody changed the file:

# %%
fine = cl.verify(made.path, here / "sign.key.pub")
print(f"as it was sent: {bool(fine)}; signed with the key that was named: {fine.key_checked}")
changed = bytearray(made.path.read_bytes())
changed[len(changed) // 2] ^= 1
(here / "changed.zip").write_bytes(changed)
print(f"with one bit changed: {bool(cl.verify(here / 'changed.zip', here / 'sign.key.pub'))}")

# %% [markdown]
# ## And the truth?
#
# It is opened now, after the decisions. In real life it never is.

# %%
(broker,) = log.brokers
jobs = {job.id: set(job.reviewers) for job in log.rings}
table = pd.DataFrame({one.rank: {name: len(accounts & set(one.reviewers)) for name, accounts in jobs.items()} for one in case.rings[:6]})
table.columns = [f"group {number}" for number in table.columns]
table.insert(0, "accounts", [len(accounts) for accounts in jobs.values()])
table

# %%
planted = set().union(*jobs.values())
flagged = {name for one in case.flagged for name in one.reviewers}
clients = set(broker.sellers)
named = set(more["seller"])
print(f"{reported} was planted: {reported in planted}")
print(
    f"accounts: {len(flagged & planted)} of {len(planted)} found, {len(flagged - planted)} wrong; missed: {', '.join(sorted(planted - flagged))}"
)
written = reviews["reviewer_id"].value_counts()
print(f"reviews of the missed: {', '.join(f'{name} {written[name]}' for name in sorted(planted - flagged))}")
print(
    f"core workers: {len(set(broker.core) & set(operation.core))} of {len(broker.core)} found, {len(set(operation.core) - set(broker.core))} wrong"
)
print(f"sellers: {len(named & clients)} of {len(clients)} found, wrong: {sorted(named - clients)}, missed: {sorted(clients - named)}")
right = others["id"].isin(planted)
print(
    f"expansion from one account: {right.sum()} of {len(others)} were planted; of {len(planted) - 1} others it found {right.sum() / (len(planted) - 1):.0%}"
)
print(f"missed by the scan and found by it: {', '.join(sorted(set(others['id']) & (planted - flagged))) or 'none'}")
alike = {group.id: len(set(group.reviewers) & set(left.reviewers)) for group in log.honest}
most = max(alike, key=alike.get)
print(f"the dismissed group: {alike[most]} of {len(left.reviewers)} members are of the honest group {most}")

# %%
shown = ["seller", "n_reviews", "n_flagged", "n_coordinated", "n_by_members", "expected_by_members", "q_value"]
sellers[sellers["seller"].isin(named ^ clients)][shown].round(3)

# %% [markdown]
# Every account in a flagged group was planted, and group 1 is what I took it for: two jobs for two clients. Whoever confirms it as one campaign says something wrong, but wrongs nobody. All six jobs are in the operation, and no honest group is.
#
# What was missed: five accounts of a hundred. Three of them are those that the December scan saw and today's did not. They are in the note on group 5, and only the comparison with the earlier case put them there. The expansion named one of the three as well. The other two wrote two reviews each, and are
# in no group and in no note. Group 5 was found worst: three of its core workers are in other groups only, and four of its other accounts in none.
#
# What was wrong: of the sixty accounts of the expansion one is honest, A4AKA8YB1M0. It is one of the two that only the expansion named, which is why they went into a note and no further. One of 24 sellers named had bought nothing. No flagged group is listed for its products; members came by seven times, where two were to be expected. At a false-discovery rate of 5 %, one such among 24 is no surprise. And one
# client was missed, because members of such groups are expected at its products often anyway. That is why a seller gets a question first.
#
# I chose the seed among three, because here two jobs were found as one group and one was found in part: a market in which all comes out right teaches less. One market measures nothing. How often operations are found, and
# how often honest groups are joined, is [in the guide](../collusion/guide/operations.md), with its intervals.

# %%
desk.cleanup()
