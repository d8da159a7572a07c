"""Plots and calendars say what there is."""

from __future__ import annotations

from datetime import date

from archiver.web.calendars import year_of, years
from archiver.web.plots import HEIGHT, WIDTH, bars, growth


def test_bars_stand_side_by_side_and_the_highest_fills_the_plot() -> None:
    first, second, third = bars([("a", 10), ("b", 0), ("c", 1)], gap=0.0)
    assert (first.x, first.width, first.y, first.height) == (0, 333.33, 0, HEIGHT)
    assert second.height == 0
    assert (third.x, third.height, third.y) == (666.67, 20, 180)
    assert bars([]) == []


def test_what_is_little_can_still_be_seen() -> None:
    assert bars([("a", 1_000_000), ("b", 1)])[1].height == 3


def test_growth_is_a_line_of_steps_from_left_to_right() -> None:
    curve = growth([(0.0, 5), (0.5, 5), (1.0, 10)])
    assert curve is not None
    assert curve.line == "M0.0,100.0 L500.0,100.0 L1000.0,100.0 L1000.0,0.0"
    assert curve.area.endswith(f"L{WIDTH},{HEIGHT} L0.0,{HEIGHT} Z")
    assert growth([(0.0, 5)]) is None


def test_a_year_has_all_its_days_where_they_belong() -> None:
    for year in (1900, 2024, 2026):
        cells = [cell for month in year_of({}, year) for week in month.weeks for cell in week if cell]
        assert len(cells) == 366 - (year != 2024)
        assert all(
            cell.day.weekday() == place
            for month in year_of({}, year)
            for week in month.weeks
            for place, cell in enumerate(week)
            if cell
        )


def test_days_with_more_are_darker() -> None:
    counts = {date(2026, 3, day): day for day in range(1, 9)} | {date(2025, 1, 1): 1_000}
    march = year_of(counts, 2026, marks={date(2026, 3, 2): "changed"})[2]
    levels = [cell.level for week in march.weeks for cell in week if cell and cell.count]
    assert levels == [1, 1, 2, 2, 3, 3, 4, 4]
    assert march.count == 36
    assert [cell.day.day for week in march.weeks for cell in week if cell and cell.mark] == [2]


def test_days_that_are_all_alike_are_light() -> None:
    counts = {date(2026, 3, day): 7 for day in range(1, 9)}
    assert {cell.level for month in year_of(counts, 2026) for week in month.weeks for cell in week if cell} == {0, 1}


def test_years_without_anything_between_are_named_too() -> None:
    assert years({date(2023, 5, 5): 2, date(2026, 1, 1): 3}) == {2023: 2, 2024: 0, 2025: 0, 2026: 3}
    assert years({}) == {}
