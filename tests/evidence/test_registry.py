"""One registry of signals: what there is, in which order, and what is refused."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from collusion.base.errors import ConfigError
from collusion.base.model import SignalInfo
from collusion.evidence import signal as module
from collusion.evidence.signal import BUILT_IN, Signal, info_of, make_signals, signal_class, signal_names


class Point:
    """An entry point that leads to what is given."""

    def __init__(self, name, target):
        self.name, self.target = name, target

    def load(self):
        return self.target


@pytest.fixture
def install(monkeypatch):
    def installed(**targets):
        def points(*, group, name=None):
            assert group == "collusion.signals"
            return [Point(key, target) for key, target in targets.items() if name in (None, key)]

        monkeypatch.setattr(module, "entry_points", points)

    return installed


@dataclass(frozen=True)
class Luck:
    name: ClassVar[str] = "luck"
    question: ClassVar[str] = "Is it luck?"
    kind: ClassVar[str] = "behaves like paid"
    needs: ClassVar[tuple[str, ...]] = ("rating",)
    null: ClassVar[str] = "It is."

    def test(self, group):  # noqa: ARG002  # the protocol's
        return None


def test_every_built_in_signal_says_what_it_is():
    for name in BUILT_IN:
        made = signal_class(name)()
        assert isinstance(made, Signal)
        assert made.name == name
        info = info_of(made)
        assert info == info_of(type(made))
        assert info.question.endswith("?")
        assert info.kind in ("behaves like paid", "remark")
        # Whatever has a p-value says against what; every column is one that a log may have.
        assert info.null or info.kind == "remark"
        assert {*info.needs} <= {"timestamp", "rating", "category", "seller", "link", "time of day", "verified", "helpful_votes", "text"}
    kinds = [signal_class(name).kind for name in BUILT_IN]
    assert kinds == sorted(kinds), "signals of the second question come first"


def test_signals_come_in_the_order_of_the_registry(install):
    install(luck=Luck)
    assert signal_names() == (*BUILT_IN, "luck")
    assert [one.name for one in make_signals()] == list(signal_names())
    assert [one.name for one in make_signals(["luck", "crowd", "rating"])] == ["rating", "crowd", "luck"]
    assert info_of(Luck) == SignalInfo("luck", "Is it luck?", "behaves like paid", ("rating",), "It is.")


def test_all_unknown_names_are_named_at_once():
    with pytest.raises(ConfigError, match=r"(?s)no signal is called 'ratng'; did you mean 'rating'.*no signal is called 'crowds'"):
        make_signals(["ratng", "crowds"])
    with pytest.raises(ConfigError, match="no signal is called 'ratng'; did you mean 'rating'"):
        signal_class("ratng")


def test_a_built_in_name_cannot_be_taken(install):
    install(rating=Luck)
    assert signal_names() == tuple(BUILT_IN)
    assert signal_class("rating") is not Luck


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "chance"}, "its name is 'chance'"),
        ({"kind": "acts together"}, "kind must be one of 'behaves like paid', 'remark', not 'acts together'"),
        ({"kind": "proof"}, "kind must be one of"),
        ({"needs": ["rating"]}, "needs must be a tuple"),
        ({"question": None}, "question must be text"),
        ({"null": 3}, "null must be text"),
        ({"test": None}, r"has no method test\(group\)"),
        ({"prepare": 3}, r"prepare must be a method prepare\(groups\)"),
    ],
)
def test_what_is_no_signal_is_refused(install, change, said):
    install(luck=dataclass(frozen=True)(type("Changed", (Luck,), change)))
    with pytest.raises(ConfigError, match=said):
        signal_class("luck")


@pytest.mark.parametrize("target", [Luck(), dict, print, dataclass(type("Loose", (), {"name": "luck"}))])
def test_only_a_frozen_dataclass_is_a_signal(install, target):
    install(luck=target)
    with pytest.raises(ConfigError, match="must lead to a frozen dataclass"):
        signal_class("luck")
