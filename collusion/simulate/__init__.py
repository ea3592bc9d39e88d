"""Simulated markets with known truth, and rings and honest look-alikes planted into any log.

| to change | look into |
|---|---|
| an attack: add one, or see what there is | `inject/__init__.py` (the registry `ATTACKS`, and how to add one) |
| what a ring can do: its size, pace, ratings, camouflage | `plan.py` (`RingPlan`); `shapes.py` for the shapes of rings in calibrations |
| who reviews what, on which day, with which rating | `planting.py`, `pairs.py`: one planter for all rings |
| which accounts and targets a ring has | `market_rings.py` in a market, `inject/rings.py` and `inject/targets.py` in a log |
| the parameters of a market | `market.py` |
| people and products; ordinary reviews | `world.py`; `ordinary.py` |
| honest groups and crowds; variants of a listing | `honest.py`, `crowds.py`; `listings.py` |
| devices and addresses; texts; ids | `links.py`; `phrases.py`, `reuse.py`; `names.py` |
| how these parts become one log | `simulated.py` |
| files of a market | `writing.py` |
| a log with its labels | `labelled.py` |
| logs of up to 571 million reviews for speed measurements | `biglog.py`, `bigrings.py`, `powerlaw.py` |
"""
