"""The table of messages against the code that speaks: nothing said that is not in it, nothing in it that nobody says."""

import ast
import json
import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import oktee.modules.supply.rules.messages as table
import pytest
from oktee.kit.exports import told_line
from oktee.modules.supply.notices import NOTICES
from oktee.modules.supply.rules.messages import MESSAGES
from oktee.modules.supply.rules.trace import TraceStep, kept_step, kept_text, told_steps, told_trace, typed_values

SUPPLY = Path(table.__file__).parents[1]
IDENTIFIER = re.compile(r"supply\.[a-z_]+\.[a-z_0-9]+")
PURE = ("rules", "rules/pools", "answers")
KEPT = Path(__file__).with_name("kept_messages.json")
SAMPLES = {
    "quantity": (48, None),
    "days": (3, None),
    "text": ('Łódź "A"\n', None),
    "sku": ("4410", None),
    "money": ((Decimal("1E+2"), "EUR"), (Decimal("6.20"), None), None),
    "percent": (Decimal("-0.0100"), None),
    "date": (date(2026, 12, 1), None),
    "instant": (
        datetime(2026, 12, 1, 23, 30, 5, 999, tzinfo=UTC),
        datetime(2026, 12, 2, 1, 30, tzinfo=timezone(timedelta(hours=2))),
        None,
    ),
    "duration": (timedelta(hours=25, microseconds=7), None),
}


def spoken() -> set[str]:
    found: set[str] = set()
    for folder in PURE:
        for path in (SUPPLY / folder).glob("*.py"):
            if path.name == "messages.py":
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and IDENTIFIER.fullmatch(node.value):
                    found.add(node.value)
    return found


def test_every_message_is_declared_and_every_declared_one_is_used() -> None:
    assert spoken() - set(NOTICES) == set(MESSAGES)


def test_values_that_do_not_fit_their_message_are_an_error() -> None:
    with pytest.raises(ValueError, match="zip"):
        typed_values("supply.units.eaches", (1, 2))
    with pytest.raises(KeyError):
        typed_values("supply.units.nothing", ())


def test_money_and_unknown_values_are_written_as_text_and_null() -> None:
    values = typed_values("supply.price.equal", ((Decimal("1E+2"), "EUR"), (Decimal("6.20"), "EUR"), Decimal("0.010")))
    assert values == {
        "order_cost": {"type": "money", "amount": "100", "currency": "EUR"},
        "agreed_cost": {"type": "money", "amount": "6.20", "currency": "EUR"},
        "tolerance": {"type": "percent", "value": "0.010"},
    }
    assert typed_values("supply.match.by_asin", ("4420", None, None))["as_of"] == {"type": "instant", "value": None}


def test_a_kept_step_is_told_as_it_was_whatever_it_says() -> None:
    for message, declared in MESSAGES.items():
        for n in range(3):
            raw = tuple(SAMPLES[kind][n % len(SAMPLES[kind])] for kind in declared.values())
            for outcome in ("pass", "limits", "holds"):
                kept = json.loads(kept_text([kept_step("stock", 2, (outcome, message, raw))]))
                assert told_steps(kept) == [TraceStep("stock", 2, outcome, message, raw).to_json()]


def test_a_step_kept_with_names_and_types_is_told_as_it_is() -> None:
    step = TraceStep("units", 1, "pass", "supply.units.eaches", (48,)).to_json()
    assert told_steps([step]) == [step]


def test_a_trace_leaves_with_names_and_types_and_the_rest_of_its_row_as_it_was() -> None:
    row = b'{"id":"x","trace":[["price",2,"supply.price.equal",["6.20","EUR"],["6.20","EUR"],"0.010"]],"cost":{"each":6.20},"n":12345678901234567890123}'
    found = told_line(row, {"trace": told_trace, "not_taken": told_trace})
    assert b'"cost":{"each":6.20},"n":12345678901234567890123' in found
    (step,) = json.loads(found)["trace"]
    assert (step["rule"], step["version"], step["message"]) == ("price", 2, "supply.price.equal")
    assert step["values"]["agreed_cost"] == {"type": "money", "amount": "6.20", "currency": "EUR"}
    for strange in (None, "x", [["price"]], [{"rule": "x"}], [["x", 1, "supply.of.nobody"]]):
        assert told_trace(strange) == strange, "an export does not stop for it"


def test_a_step_whose_values_do_not_fit_its_message_is_not_kept() -> None:
    with pytest.raises(ValueError, match="has 1 values, not 2"):
        kept_step("units", 1, ("pass", "supply.units.eaches", (1, 2)))
    with pytest.raises(KeyError):
        kept_step("units", 1, ("pass", "supply.units.nothing", ()))


def test_what_decisions_of_before_keep_can_still_be_told() -> None:
    """They keep the bare values of a message, so its names and types stay as they are: more may follow the last one, anything
    else is a new message. A new message is written into the file, and none ever leaves it."""
    kept = json.loads(KEPT.read_text())
    assert set(kept) == set(MESSAGES)
    for message, values in kept.items():
        assert list(map(list, MESSAGES[message].items()))[: len(values)] == values, message
    later = json.loads(kept_text([kept_step("units", 1, ("pass", "supply.units.cases", (4, 12, 48)))]))
    del later[0][-1]
    assert told_steps(later)[0]["values"]["asked"] == {"type": "quantity", "value": None}
