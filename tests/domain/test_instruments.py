"""What an instrument says of itself."""

import pytest

from coaching.domain.instruments import Band, Check, Item
from tests.domain.instrument_making import JOB_CAREER, made_up


def test_questions_come_in_the_order_of_presentation() -> None:
    """Pages come in turn, and within a page the order decides, whatever the order of the file."""
    instrument = made_up(
        (2,),
        items=(
            Item("b", "d0", 1, 2, 1.0, "B"),
            Item("a", "d0", -1, 1, 9.0, "A"),
            Item("c", "d0", 1, 2, 0.5, "C"),
        ),
        checks=(Check("k", 1, 2, 0.7, "K"),),
    )
    assert instrument.item_ids == ("a", "c", "k", "b")
    assert instrument.page_numbers == (1, 2)
    assert [question.id for question in instrument.page(2)] == ["c", "k", "b"]


def test_job_career_has_four_pages_of_seven_and_a_check_in_the_midst_of_page_three() -> None:
    """The published instrument is laid out as it was designed."""
    items = [[q.id for q in JOB_CAREER.page(n) if isinstance(q, Item)] for n in JOB_CAREER.page_numbers]
    assert [len(page) for page in items] == [7, 7, 7, 7]
    assert [q.id for q in JOB_CAREER.page(3)].index("AC1") == 4
    assert len(JOB_CAREER.item_ids) == 29


def test_every_dimension_of_job_career_is_asked_from_both_sides() -> None:
    """Two items count towards each pole, so that agreeing to everything says nothing."""
    for dimension in JOB_CAREER.dimensions:
        assert sorted(item.key for item in JOB_CAREER.items_of(dimension.key)) == [-1, -1, 1, 1]


@pytest.mark.parametrize(
    ("score", "band"),
    [(0.0, "low"), (39.999, "low"), (40.0, "middle"), (60.0, "middle"), (60.001, "high"), (100.0, "high")],
)
def test_the_limits_belong_to_the_middle_band(score: float, band: Band) -> None:
    """Below 40 is low, above 60 is high, and 40 and 60 themselves are neither."""
    assert JOB_CAREER.band(score) == band


def test_an_unknown_dimension_is_a_key_error() -> None:
    """Asking for what isn't there fails at once."""
    assert JOB_CAREER.dimension("skills").name == "Skill development"
    with pytest.raises(KeyError):
        JOB_CAREER.dimension("stamina")
    with pytest.raises(KeyError):
        JOB_CAREER.items_of("stamina")
