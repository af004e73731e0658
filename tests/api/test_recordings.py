"""The runner itself: a recording that does not hold must fail."""

import pytest

from tests.api.recordings import compare

WORLD = {"credit": 7}


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        ({"id": 7, "note": None}, {"id": "<credit>", "note": None}),
        ({"id": 8}, {"id": "<int>"}),
        ([1, 2.5, "x"], [1, 2.5, "x"]),
        ("2026-06-01T12:00:00.000000+00:00", "<datetime>"),
        ("2026-06-01T12:00:00Z", "<second>"),
        ("attr_1a2b", "<attr>"),
        ("/credit/7/", "/credit/<credit>/"),
    ],
)
def test_what_is_as_recorded_passes(actual, expected):
    assert compare(actual, expected, WORLD, "body") is None


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        ({"id": 8}, {"id": "<credit>"}),
        ({"id": 7.0}, {"id": 7}),
        ({"id": True}, {"id": "<int>"}),
        ({"id": "7"}, {"id": "<int>"}),
        ({"b": 1, "a": 1}, {"a": 1, "b": 1}),
        ({"a": 1, "b": 1}, {"a": 1}),
        ({}, {"a": 1}),
        ([1, 2], [1]),
        ([], {}),
        (None, "<text>"),
        ("2026-06-01T12:00:00+00:00", "<datetime>"),
        ("2026-06-01T12:00:00.000000Z", "<datetime>"),
        ("2026-06-01T12:00:00.5Z", "<second>"),
        ("attr_XYZ", "<attr>"),
    ],
)
def test_what_differs_fails(actual, expected):
    with pytest.raises(AssertionError):
        compare(actual, expected, WORLD, "body")
