"""What the panels of dashboards were answered, as tests look at it."""

from dataclasses import replace

from scripts.dashboards.boards import BOARDS
from scripts.dashboards.live import Answer
from scripts.dashboards.panel import Board, Needs, Panel, Row


def values(answers: list[Answer], title: str, label: str) -> set[str]:
    """The values of a label, in the lines of a panel that say something."""
    found = [each for answer in answers if answer.panel.title == title for each in answer.series if each.is_finite]
    return {each.labels[label] for each in found if label in each.labels}


def weeks(day: str, week: str) -> Board:
    """The panels about last week, with these durations for `1d` and `7d`: nobody waits so long."""

    def soon(panel: Panel) -> Panel:
        queries = (
            replace(each, expression=each.expression.replace("1d", day).replace("7d", week)) for each in panel.queries
        )
        return replace(panel, queries=tuple(queries))

    panels = tuple(soon(panel) for board in BOARDS for panel in board.panels() if panel.needs is Needs.WEEK)
    assert len(panels) == 3
    return Board("weeks", "Weeks", "", (Row("One", panels),))
