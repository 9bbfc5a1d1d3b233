"""The table of messages against the code that speaks: nothing said that is not in it, nothing in it that nobody says."""

import ast
import re
from decimal import Decimal
from pathlib import Path

import oktee.modules.supply.rules.messages as table
import pytest
from oktee.modules.supply.notices import NOTICES
from oktee.modules.supply.rules.messages import MESSAGES
from oktee.modules.supply.rules.trace import typed_values

SUPPLY = Path(table.__file__).parents[1]
IDENTIFIER = re.compile(r"supply\.[a-z_]+\.[a-z_0-9]+")
PURE = ("rules", "rules/pools", "answers")


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
