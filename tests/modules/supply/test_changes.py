"""What moved since an answer, each thing once."""

from typing import Any

from oktee.modules.supply.changes import changed_since, touched_lines


def change(field: str, was: Any, now: Any, sequence: str | None = "1") -> dict[str, Any]:
    return {"field": field, "sequence": sequence, "was": was, "now": now}


def test_a_quantity_is_named_once_in_eaches() -> None:
    found = changed_since([(2, [change("amount", 20, 10), change("unit_size", 12, 6), change("units", 240, 60)])], 1)
    assert found == [change("units", 240, 60)]
    assert changed_since([(2, [change("unit_size", 12, 6)])], 1) == [change("unit_size", 12, 6)], "alone it is a change"


def test_what_moved_twice_stands_once_and_what_came_back_did_not_change() -> None:
    revisions = [
        (3, [change("units", 12, 18), change("net_cost", "6.00", "6.20")]),
        (2, [change("units", 24, 12), change("net_cost", "6.20", "6.00"), change("delivery_window", "a", "b", None)]),
        (1, []),
    ]
    found = changed_since(revisions, 1)
    assert found == [change("units", 24, 18), change("delivery_window", "a", "b", None)]
    assert touched_lines(found) == {"1"}
    assert changed_since(revisions, 2) == [change("units", 12, 18), change("net_cost", "6.00", "6.20")]
    assert changed_since(revisions, 3) == []


def test_a_line_that_went_and_came_is_told_as_it_is_now() -> None:
    gone = {"units": 6}
    assert changed_since([(2, [change("line", gone, None)]), (3, [change("line", None, gone)])], 1) == [
        change("line", None, gone)
    ]
