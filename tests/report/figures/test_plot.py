"""The door to the pictures."""

import inspect

import pytest
from matplotlib.figure import Figure
from report.fake_case import make_case, make_log, make_ring

import collusion as cl

PICTURES = ("adjacency", "timeline", "coreview", "rating_impact")


@pytest.mark.parametrize("name", PICTURES)
def test_each_is_a_figure_that_a_notebook_shows(name):
    log, reviewers, products = make_log(6, 4, n=600)
    case = make_case(log, [make_ring(log, reviewers, products)])
    picture = getattr(cl.plot, name)(case, case.rings[0])
    assert isinstance(picture, Figure)
    assert picture._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", PICTURES)
def test_each_draws_on_axes_that_are_given(name):
    log, reviewers, products = make_log(6, 4, n=600)
    case = make_case(log, [make_ring(log, reviewers, products)])
    figure = Figure(figsize=(6, 4))
    left, right = figure.subplots(1, 2)
    assert getattr(cl.plot, name)(case, case.rings[0], ax=right) is figure
    assert not left.has_data()
    assert right.get_title(loc="left")


def test_door_names_are_documented():
    for name in cl.plot.__all__:
        assert inspect.getdoc(getattr(cl.plot, name))
