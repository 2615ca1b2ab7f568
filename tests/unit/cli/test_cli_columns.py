"""Tables in any width, and values as they are written in them."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from otel_agentcost.cli.columns import Column, fit, names, numbers, print_columns
from otel_agentcost.cli.wording import bar, change, duration, places_for, plain, share, signed_usd, unpriced, usd

USD = 10**9
LONG = "a name that goes on for much longer than anybody reads"


def table() -> list[Column]:
    return [
        names("Key", [Text("support"), Text(LONG), Text("写作助手写作助手写作助手")]),
        numbers("Cost", ["$1.00", "$1,234,567.89", "$3.00"]),
        numbers("Calls", ["1", "2", "3"], rank=1),
        names("Owner", [Text("me"), Text(LONG), Text("you")], rank=2),
        numbers("Nothing", ["-", "-", "-"], rank=3),
    ]


def printed(columns: list[Column], width: int, encoding: str = "utf-8", **more: bool) -> list[str]:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding=encoding, errors="strict")
    print_columns(Console(file=out, width=width, highlight=False), columns, **more)
    out.flush()
    return raw.getvalue().decode(encoding).splitlines()


@pytest.mark.parametrize("width", [30, 40, 60, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal_and_no_number_is_shortened(width: int) -> None:
    lines = printed(table(), width)
    assert len(lines) == 4
    assert max(cell_len(line) for line in lines) <= width
    assert "$1,234,567.89" in lines[2]


def test_the_columns_that_matter_least_go_first_and_those_without_a_value_at_once() -> None:
    assert [column.title for column in fit(table(), 200)[0]] == ["Key", "Cost", "Calls", "Owner"]
    assert [column.title for column in fit(table(), 40)[0]] == ["Key", "Cost", "Calls"]
    assert [column.title for column in fit(table(), 26)[0]] == ["Key", "Cost"]


def test_what_cannot_fit_is_printed_whole_rather_than_wrong() -> None:
    assert printed([numbers("Cost", ["$1,234,567.89"])], 5)[1] == "$1,234,567.89"


def test_the_last_row_is_a_total_only_where_it_is_said_to_be() -> None:
    assert printed(table(), 80, ends_in_total=True) == printed(table(), 80)


def test_a_terminal_without_the_characters_gets_plainer_ones() -> None:
    columns = [names("Key", [Text(LONG)], least=8), names("", [bar(1, 2, 8)], least=8), numbers("", [change(2, 1)])]
    assert printed(columns, 24, "ascii")[1].split() == ["a", "name", "th~", "####", "+", "100%"]


def test_a_name_from_outside_moves_no_cursor_and_is_no_markup() -> None:
    assert plain("\x1b[31mred\x07\r\n[bold]").plain == "·[31mred···[bold]"
    assert len(plain("x" * 100_000).plain) == 200
    assert plain(None).plain == plain("").plain == "-"
    assert plain("\u202egnp.exe").plain == "·gnp.exe"


@pytest.mark.parametrize(
    ("amount", "places", "text"),
    [
        (1_234_567_890, 6, "$1.234568"),
        (0, 2, "$0.00"),
        (1, 6, "<$0.000001"),
        (1_000_000, 2, "<$0.01"),
        (4_999_999, 2, "<$0.01"),
        (6_000_000, 2, "$0.01"),
        (-1_000_000, 2, ">-$0.01"),
        (-2 * USD, 2, "-$2.00"),
    ],
)
def test_an_amount_that_is_something_never_looks_like_nothing(amount: int, places: int, text: str) -> None:
    assert usd(amount, places) == text


def test_a_column_has_the_decimals_that_its_largest_amount_needs() -> None:
    assert [places_for(amounts) for amounts in ([], [5], [2 * USD, 5], [-300 * USD])] == [6, 6, 4, 2]


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [
        (0, 0, "-"), (5, 5, "="), (5, 0, "new"), (0, 5, "gone"), (150, 100, "▲ 50%"), (100, 150, "▼ 33%"),
        (1005, 1000, "▲ 0.5%"), (100_001, 100_000, "▲ <0.1%"), (30, 1, "▲ 30x"), (1, 30, "▼ 97%"),
    ],
)  # fmt: skip
def test_a_change_says_its_direction_and_size(now: int, before: int, text: str) -> None:
    assert change(now, before).plain == text


def test_differences_shares_counts_and_durations() -> None:
    assert [signed_usd(amount, 2) for amount in (USD, -USD, 0, 1)] == ["+$1.00", "-$1.00", "$0.00", "<$0.01"]
    assert [share(*parts) for parts in ((1, 8), (1, 10_000), (0, 8), (1, 0))] == ["12.5%", "<0.1%", "0.0%", "-"]
    assert unpriced(1234).plain == "1,234"
    seconds = (-1, 0.012, 3.21, 59.99, 125, 3_720, 273_600)
    assert [duration(int(each * 1e9)) for each in seconds] == [
        "-", "12ms", "3.2s", "1m 00s", "2m 05s", "1h 02m", "3d 04h",
    ]  # fmt: skip


def test_a_bar_is_as_long_as_its_part_and_never_nothing_for_something() -> None:
    assert [bar(part, 8, 4).plain for part in (8, 4, 1, 0)] == ["████", "██", "▌", ""]
    assert bar(1, 10**9, 4).plain == "▏"
    assert bar(9, 8, 4).plain == "████"
    assert bar(1, 0, 4).plain == ""
