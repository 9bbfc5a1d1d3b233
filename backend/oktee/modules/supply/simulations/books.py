"""The running book, and the same with a draft in the place of its rule."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.kit.clock import now as present
from oktee.modules.supply.rule_sets.looking import read_rules
from oktee.modules.supply.rule_sets.reading import compile_book, list_running
from oktee.modules.supply.rule_sets.tables import STANDARD_ID
from oktee.modules.supply.rules.body import RuleBody
from oktee.modules.supply.rules.book import BookRule, RuleBook
from oktee.modules.supply.rules.settings import Settings

UNSAVED = "draft"


async def read_books(
    session: AsyncSession, base: Settings, rule_id: UUID | None, name: str, version: int, body: RuleBody
) -> tuple[RuleBook, RuleBook]:
    """(running, draft). A rule that is not saved yet comes last before the standard rule, as it will when it is saved.

    A rule that was enabled without a simulation holds everything for a day; that says nothing of it and is left out.
    """
    running = compile_book(await list_running(session, present()), base)
    before = RuleBook((_proved(rule) for rule in running.rules), standard=_proved(running.standard))
    order = [rule.id for rule, _ in await read_rules(session)]
    return before, with_draft(before, order, base, rule_id, name, version, body)


def digest_of(before: RuleBook, after: RuleBook, draft: str, *others: str) -> str:
    """Of the rules that decide, in their order, the draft by its place alone; and of what else decides."""
    rules = [[one.id, one.version if one.id != draft else 0] for book in (before, after) for one in book.rules]
    standard = [before.standard.version, after.standard.version if draft != str(STANDARD_ID) else 0]
    return sha256(orjson.dumps([rules, standard, others])).hexdigest()


def with_draft(
    running: RuleBook,
    order: Sequence[UUID],
    base: Settings,
    rule_id: UUID | None,
    name: str,
    version: int,
    body: RuleBody,
) -> RuleBook:
    """The running book with the draft in the place of its rule; `order`: all rules, also those that do not run."""
    if rule_id == STANDARD_ID:
        draft = body.compiled(str(STANDARD_ID), running.standard.name, version, base)
        return RuleBook(running.rules, standard=replace(draft, conditions={}))
    draft = body.compiled(str(rule_id or UNSAVED), name, version, base)
    rules = {rule.id: rule for rule in running.rules}
    placed: list[BookRule] = []
    for each in order:
        if each == rule_id:
            placed.append(draft)
        elif (known := rules.get(str(each))) is not None:
            placed.append(known)
    if rule_id is None:
        placed.append(draft)
    return RuleBook(placed, standard=running.standard)


def _proved(rule: BookRule) -> BookRule:
    return replace(rule, unproved_until=None)
