"""A field that is added to a row of a quick list needs its column there: told at once, and not by whoever opens the page."""

import pytest
from oktee.kit.module import QuickList
from oktee.modules.registry import install
from oktee.modules.supply.quick import QUICK

QUESTIONS = {
    "/orders": ("totals=false",),
    "/exceptions": ("", "group_by=cause"),
    "/command-center": ("", "mp=DE&assignee=me"),
}


@pytest.mark.parametrize("quick", QUICK, ids=lambda quick: quick.path)
def test_a_quick_list_has_a_column_for_each_field(quick: QuickList) -> None:
    install()
    for words in QUESTIONS[quick.path]:
        question = quick.read(words)
        assert question is not None
        made = question.statement(None)  # a KeyError names the field
        assert made is not None
        assert "list_" in made.sql
