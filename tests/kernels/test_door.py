"""The door of the compiled core: whatever is passed, a kernel returns or says what is wrong, and the process lives."""

import gc
from pathlib import Path

import numpy as np
import pytest
from kernels.calls import CALLS

from collusion.kernels import door
from collusion.kernels.door import call, kernel

REFUSED = (TypeError, ValueError, MemoryError)


def arguments_of(name):
    """Return the arguments of a call, arrays of its own."""
    return fresh(leaves(CALLS[name]))


def leaves(argument):
    if isinstance(argument, tuple):
        return [leaf for one in argument for leaf in leaves(one)]
    return [argument]


def wrong(one):
    """Yield arguments like one, each wrong in its own way, and whether it must be refused."""
    if not isinstance(one, np.ndarray):
        yield from (
            (np.zeros(3), True),
            ("three", True),
            (None, True),
            (-1, False),
            (2**40, False),
            (2**63 - 1, False),
            (2**63, True),
            (-(2**63), False),
        )
        return
    other = np.complex128 if one.dtype == np.float64 else np.float64
    yield one.astype(other), True
    yield one.reshape(*one.shape, 1), True
    yield one[..., None, None, None, None], True
    yield 7, True
    if one.size > 1:
        yield np.repeat(one, 2, axis=-1)[..., ::2], True
    yield one[:0], False
    yield one[: one.shape[0] // 2], False
    if one.dtype.kind in "iu":
        info = np.iinfo(one.dtype)
        for value in (info.min, info.max, info.max // 2 + 1):
            for at in {0, one.size - 1} if one.size else ():
                changed = one.copy()
                changed.reshape(-1)[at] = value
                yield changed, False
    elif one.dtype.kind == "f":
        for value in (np.nan, np.inf, -np.inf):
            yield np.full_like(one, value), False


def fresh(arguments):
    return [one.copy() if isinstance(one, np.ndarray) else one for one in arguments]


@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_call_that_is_right_goes_through(name):
    call(name, *arguments_of(name))


@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_kernel_refuses_what_does_not_fit(name):
    arguments = arguments_of(name)
    for short in (arguments[:-1], [*arguments, np.zeros(1)]):
        with pytest.raises(REFUSED, match=name):
            call(name, *fresh(short))
    for k, one in enumerate(arguments):
        for changed, must in wrong(one):
            given = fresh(arguments)
            given[k] = changed
            try:
                call(name, *given)
            except REFUSED as error:
                assert str(error).startswith(f"{name}: ")  # noqa: PT017
            else:
                assert not must, (name, k, changed)


@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_kernel_writes_nothing_that_is_read_only(name):
    arguments = arguments_of(name)
    for k, one in enumerate(arguments):
        if isinstance(one, np.ndarray):
            given = fresh(arguments)
            given[k].flags.writeable = False
            before = given[k].copy()
            try:
                call(name, *given)
            except ValueError as error:
                assert "read-only" in str(error)  # noqa: PT017
            np.testing.assert_array_equal(given[k], before)


def test_every_kernel_has_a_call():
    sources = Path(__file__).parents[2].joinpath("collusion").rglob("*.cpp")
    kernels = {line[7 : line.index(")")] for path in sources for line in path.read_text().splitlines() if line.startswith("KERNEL(")}
    assert kernels - {"ping"} == CALLS.keys()


def test_a_typed_door_takes_names_and_defaults_as_any_function():
    values, bounds = np.array([1, 2, 5]), np.array([3, 6, 9])

    @kernel("pairs_before")
    def pairs(values, until=bounds):
        """Return pairs that are near each other."""

    expected = call("pairs_before", values, bounds).tolist()
    assert expected == pairs(values).tolist() == pairs(until=bounds, values=values).tolist()
    for wrong_call in (pairs, lambda: pairs(values, values, until=values), lambda: pairs(values, end=values)):
        with pytest.raises(TypeError, match="argument"):
            wrong_call()


def test_a_result_lives_as_long_as_it_is_looked_at():
    a = call("count_pairs", *arguments_of("count_pairs"))[0]
    part, told = a[:1], a.tolist()
    del a
    gc.collect()
    assert part.tolist() == told[:1]


def test_what_is_known_of_an_array_ends_with_it():
    arguments = arguments_of("count_pairs")
    edges = arguments[3]
    edges.flags.writeable = False
    key = id(edges)
    call("count_pairs", *arguments)
    assert key in door._known
    del edges, arguments
    gc.collect()
    assert key not in door._known


def test_what_may_change_is_looked_at_again():
    arguments = arguments_of("count_pairs")
    edges = arguments[3]
    view = edges[:]
    view.flags.writeable = False
    arguments[3] = view
    call("count_pairs", *arguments)
    edges[0] = 99
    with pytest.raises(ValueError, match="edges"):
        call("count_pairs", *arguments)


def bits(given):
    found = given if isinstance(given, tuple) else (given,)
    return [one.tobytes() if isinstance(one, np.ndarray) else one for one in found]


@pytest.mark.parametrize("name", sorted(CALLS))
def test_every_level_of_processor_gives_the_same_bits(monkeypatch, name):
    library, best = door._library()
    levels = [one for one in door.LEVELS if (one != "v3" or best == "v3") and hasattr(library, f"collusion_{one}_{name}")]
    results = []
    for level in levels:
        monkeypatch.setattr(door, "_kernel", lambda name, level=level: library[f"collusion_{level}_{name}"])
        arguments = arguments_of(name)
        results.append((bits(call(name, *arguments)), bits(tuple(arguments))))
    assert results
    assert all(one == results[0] for one in results)
