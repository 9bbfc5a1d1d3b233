"""Who is told: never somebody who is away while anybody is there, never somebody who may not see it."""

from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from oktee.access.scope import Scope
from oktee.notify.recipients import Group, Member, Place, Roster

DE = Place("A1PA6795UKMFR9", "LUMD1", ("Aurea", "Borealis"))
CONFIRM = "orders.confirm"


def person(number: int, *, scope: Scope | None = None, may: bool = True) -> Member:
    held = frozenset({CONFIRM}) if may else frozenset[str]()
    role = "supply_manager" if may else "analyst"
    return Member(UUID(int=number), f"P{number}", f"p{number}@example.com", "en", "UTC", {}, role, scope, held)


def team(number: int, *members: int, **over: Any) -> Group:
    values = {"modules": frozenset({"supply"}), "scope": None, "lead_id": None} | over
    return Group(UUID(int=number), over.pop("name", f"T{number}"), members=tuple(map(UUID_, members)), **_known(values))


def UUID_(number: int) -> UUID:
    return UUID(int=number)


def _known(values: dict[str, Any]) -> dict[str, Any]:
    values.pop("name", None)
    if isinstance(values["lead_id"], int):
        values["lead_id"] = UUID(int=values["lead_id"])
    return values


def roster(*people: Member, away: dict[int, int | None] | None = None, teams: tuple[Group, ...] = ()) -> Roster:
    absent = {UUID(int=who): UUID(int=other) if other else None for who, other in (away or {}).items()}
    return Roster({one.user_id: one for one in people}, absent, {one.id: one for one in teams})


def told(found: Roster, **asked: Any) -> list[str]:
    for name in ("people", "teams"):
        asked[name] = [UUID(int=number) for number in asked.get(name, ())]
    return [one.name for one in found.resolve(**({"place": DE, "permission": CONFIRM} | asked))]


def test_who_is_named_is_told_and_for_who_is_away_the_substitute() -> None:
    there = roster(person(1), person(2), person(3), away={1: 2})
    assert told(there, people=[3]) == ["P3"]
    (found,) = there.resolve(people=[UUID(int=1)], place=DE)
    assert (found.name, found.instead_of) == ("P2", UUID(int=1))


def test_a_substitute_who_is_away_too_hands_on_and_a_circle_ends_at_everybody_who_may_act() -> None:
    assert told(roster(person(1), person(2), person(3), away={1: 2, 2: 3}), people=[1]) == ["P3"]
    assert told(roster(person(1), person(2), person(3), away={1: 2, 2: 1}), people=[1]) == ["P3"]


def test_a_team_is_its_members_who_are_there_and_without_any_its_lead() -> None:
    group = team(9, 1, 2, lead_id=4)
    people = (person(1), person(2), person(3), person(4))
    assert told(roster(*people, teams=(group,)), teams=[9]) == ["P1", "P2"]
    assert told(roster(*people, teams=(group,), away={1: None}), teams=[9]) == ["P2"]
    assert told(roster(*people, teams=(group,), away={1: None, 2: None}), teams=[9]) == ["P4"]


def test_what_nobody_has_goes_to_the_teams_of_its_part_then_to_whoever_may_act() -> None:
    german = team(8, 1, scope=Scope(marketplaces=("A1PA6795UKMFR9",)))
    french = team(9, 2, scope=Scope(marketplaces=("A13V1IB3VIYZZH",)))
    people = (person(1), person(2), person(3, may=False))
    assert told(roster(*people, teams=(german, french))) == ["P1"]
    assert told(roster(*people, teams=(french,))) == ["P1", "P2"]
    assert told(roster(*people, teams=(german,)), module="finance") == ["P1", "P2"]


def test_new_work_is_given_to_the_team_with_the_narrowest_part() -> None:
    everything, brand = team(7, 1), team(8, 2, scope=Scope(brands=("Aurea",)))
    narrow = team(9, 3, scope=Scope(marketplaces=("A1PA6795UKMFR9",), vendor_codes=("LUMD1",)))
    there = roster(person(1), person(2), person(3), teams=(everything, brand, narrow))
    assert there.team_for("supply", DE) is narrow
    assert there.team_for("supply", Place("A13V1IB3VIYZZH", "LUMF1", ("Aurea",))) is brand
    assert there.team_for("finance", DE) is None


def test_nobody_hears_of_what_they_may_not_see() -> None:
    other = Scope(brands=("Caldera",))
    there = roster(person(1, scope=other), person(2, scope=Scope(brands=("Aurea",))), teams=(team(9, 1, 2),))
    assert told(there, teams=[9]) == ["P2"]
    assert told(there, people=[1]) == ["P2"]


def test_the_mailbox_of_a_team_hears_it_beside_its_people_and_is_nobody_by_itself() -> None:
    group = team(9, 1, address="desk@example.com", email=False)
    there = roster(person(1), person(2), teams=(group,), away={1: None})
    found = there.resolve(teams=[group.id], place=DE, permission=CONFIRM)
    assert [(one.name, one.user_id) for one in found] == [("P2", UUID(int=2)), ("T9", None)]
    (first,) = [one for one in roster(person(1), teams=(group,)).resolve(teams=[group.id], place=DE) if one.user_id]
    assert (first.in_app, first.mail) == (True, False)


def test_when_everybody_with_the_right_is_away_they_hear_of_it_all_the_same() -> None:
    assert told(roster(person(1), person(2, may=False), away={1: None})) == ["P1"]


NUMBERS = st.integers(1, 6)


@settings(max_examples=200, deadline=None)
@given(
    away=st.dictionaries(NUMBERS, st.none() | NUMBERS, max_size=6),
    members=st.lists(NUMBERS, unique=True, max_size=6),
    lead=st.none() | NUMBERS,
    named=st.lists(NUMBERS, max_size=2),
)
def test_nobody_is_waited_for_while_anybody_is_there(
    away: dict[int, int | None], members: list[int], lead: int | None, named: list[int]
) -> None:
    there = roster(*(person(n) for n in range(1, 7)), away=away, teams=(team(9, *members, lead_id=lead),))
    for asked in ({"people": [UUID(int=n) for n in named]}, {"teams": [UUID(int=9)]}, {}):
        found = there.resolve(place=DE, permission=CONFIRM, **asked)  # type: ignore[arg-type]
        assert found, "somebody is always told"
        absent = [one for one in found if one.user_id in there.away]
        assert not absent or len(away) == 6
