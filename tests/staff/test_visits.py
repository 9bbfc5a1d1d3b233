"""What a grant opens over HTTP, what the customer decides, sees and ends, and that every answer is noted."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.routing import APIRoute
from modules.supply.world import Json, World
from oktee.access.clocks import ComplianceClock
from oktee.access.support import grants
from oktee.kit.database import tenant_session
from oktee.staff import console as console_routes
from oktee.staff import visiting
from sqlalchemy import text
from staff.consoles import Console, StaffMember, open_console

VIEWS = {
    "orders": ("/orders",),
    "catalog": ("/catalog",),
    "connection": ("/connections",),
    "journal": ("/journal",),
    "settings": ("/settings/supply",),
}


@pytest.fixture
async def staff(world: World) -> AsyncIterator[tuple[Console, StaffMember]]:
    async with open_console(world.app) as found:
        yield found
    await end_all(world)


async def end_all(world: World) -> None:
    async with tenant_session(world.organization_id) as session:
        await session.execute(
            text("update support_grants set state = 'ended', ended_at = now() where state in ('granted', 'requested')")
        )


async def granted(world: World, console: Console, *scope: str, **over: Any) -> Json:
    """Asked for by staff, allowed by the owner."""
    asked = await console.ask(world.owner.slug, *scope, **over)
    answer = await world.owner.post(
        world.owner.at(f"/administration/support/{asked['id']}/approval"), json={"hours": 1}
    )
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def reads(world: World, grant: Json) -> list[Json]:
    found: list[Json] = (await world.get(f"/administration/support/{grant['id']}/reads"))["rows"]
    return found


async def journal(world: World, kind: str) -> list[Json]:
    """Entries of this kind, oldest first."""
    found = await world.get("/supply/events", kind=kind, limit=200)
    return [row for row in reversed(found["rows"]) if row["kind"] == kind]


async def test_without_a_grant_every_view_is_not_found_and_looks_like_a_missing_organization(
    world: World, staff: tuple[Console, StaffMember]
) -> None:
    console, _ = staff
    for path in (*(path for paths in VIEWS.values() for path in paths), f"/orders/{uuid4()}", "/stream"):
        ours, missing = await console.see(world.owner.slug, path), await console.see("no-such-place", path)
        assert (ours.status_code, missing.status_code) == (404, 404), path
        assert ours.json()["detail"] == missing.json()["detail"]
    listed = (await console.get("/staff/api/v1/organizations", params={"q": world.owner.slug})).json()["rows"]
    assert listed == [
        {"slug": world.owner.slug, "name": listed[0]["name"], "state": "active", "open_until": None},
    ]


async def test_a_request_waits_for_the_customer_and_opens_nothing_meanwhile(
    world: World, staff: tuple[Console, StaffMember]
) -> None:
    console, _ = staff
    asked = await console.ask(world.owner.slug, "orders", hours=4)
    assert (asked["state"], asked["read_only"], asked["role"]) == ("requested", True, "mine")
    assert (await console.see(world.owner.slug, "/orders")).status_code == 404
    shown = await world.get("/administration/notices")
    assert (shown["support"], shown["support_requests"], shown["may_decide"]) == ([], 1, True)
    for browser in (world.manager, world.analyst):
        theirs = await world.get("/administration/notices", browser)
        assert (theirs["support_requests"], theirs["may_decide"]) == (0, False)
        answer = await browser.post(browser.at(f"/administration/support/{asked['id']}/approval"), json={"hours": 1})
        assert answer.status_code == 403
    refused = await world.owner.post(world.owner.at(f"/administration/support/{asked['id']}/refusal"))
    assert refused.json()["state"] == "refused"
    late = await world.owner.post(world.owner.at(f"/administration/support/{asked['id']}/approval"), json={"hours": 1})
    assert (late.status_code, late.json()["code"]) == (409, "grant_over")


async def test_a_grant_shows_its_area_as_the_customer_sees_it_and_nothing_of_the_neighbour(
    world: World, staff: tuple[Console, StaffMember]
) -> None:
    console, _ = staff
    item = await world.item(500)
    order = await world.arrive(item.line(48))
    await granted(world, console, "orders")
    listed = (await console.see(world.owner.slug, "/orders")).json()
    assert {row["po_number"] for row in listed["rows"]} == {
        row["po_number"] for row in (await world.get("/supply/orders"))["rows"]
    }
    detail = (await console.see(world.owner.slug, f"/orders/{order['id']}")).json()
    own = await world.again(order)
    for part in ("lines", "decision", "totals", "answers", "timeline", "mode", "stages", "costs"):
        assert detail[part] == own[part], part
    assert detail["lines"][0]["trace"], "the reasons of the decision"
    shipments = await console.see(world.owner.slug, f"/orders/{order['id']}/shipments")
    assert (shipments.status_code, shipments.json()) == (
        200,
        await world.get(f"/supply/orders/{order['id']}/shipments"),
    )
    for area, paths in VIEWS.items():
        for path in paths:
            expected = 200 if area == "orders" else 404
            assert (await console.see(world.owner.slug, path)).status_code == expected, path
    assert (await console.see(world.stranger.slug, "/orders")).status_code == 404


@pytest.mark.parametrize("area", ["catalog", "connection", "journal", "settings"])
async def test_each_other_area_answers_under_its_grant(
    world: World, staff: tuple[Console, StaffMember], area: str
) -> None:
    console, _ = staff
    await world.item(10)
    await granted(world, console, area)
    for path in VIEWS[area]:
        answer = await console.see(world.owner.slug, path)
        assert answer.status_code == 200, f"{path} {answer.text}"
        body = answer.json()
        assert body.get("rows") or body.get("value"), path
        assert str(world.strangers_connection) not in answer.text


async def test_every_answer_is_noted_with_what_it_was_and_told_by_the_journal(
    world: World, staff: tuple[Console, StaffMember]
) -> None:
    console, member = staff
    item = await world.item(500)
    order = await world.arrive(item.line(48))
    grant = await granted(world, console, "orders", ticket="T-77")
    await console.see(world.owner.slug, "/orders", q=order["po_number"])
    await console.see(world.owner.slug, f"/orders/{order['id']}")
    await console.see(world.owner.slug, f"/orders/{uuid4()}")  # not found: nothing was read
    found = list(reversed(await reads(world, grant)))
    assert [(row["operation"], row["object_label"]) for row in found] == [
        ("list_orders_as_staff", None),
        ("get_order_as_staff", order["po_number"]),
    ]
    assert found[0]["query"] == f"q={order['po_number']}"
    await world.db.execute("update work set due_at = now() where kind = 'support_watch'")
    await world.turn()
    (entry,) = [row for row in await journal(world, "support.read") if row["payload"]["grant_id"] == grant["id"]]
    assert (entry["actor"], entry["log"]) == ({"type": "staff", "name": member.name}, "audit")
    assert entry["payload"]["ticket"] == "T-77"
    assert [read["operation"] for read in entry["payload"]["reads"]] == [row["operation"] for row in found]
    await console.see(world.owner.slug, "/orders")
    await world.db.execute("update work set due_at = now() where kind = 'support_watch'")
    await world.turn()
    entries = [row for row in await journal(world, "support.read") if row["payload"]["grant_id"] == grant["id"]]
    assert [row["payload"]["count"] for row in entries] == [2, 1], "each read in exactly one entry"


async def test_an_answer_that_cannot_be_noted_does_not_leave(
    world: World, staff: tuple[Console, StaffMember], monkeypatch: pytest.MonkeyPatch
) -> None:
    console, _ = staff
    await granted(world, console, "orders")

    async def away(*given: Any) -> None:
        raise OSError("the journal's database is away")

    monkeypatch.setattr(visiting, "note", away)
    answer = await console.see(world.owner.slug, "/orders")
    assert answer.status_code == 503
    assert "po_number" not in answer.text


async def test_a_read_only_grant_changes_nothing_and_a_writing_one_only_settings(
    world: World, staff: tuple[Console, StaffMember]
) -> None:
    console, member = staff
    address = f"/staff/api/v1/organizations/{world.owner.slug}/settings/supply"
    await granted(world, console, "settings")
    form = (await console.get(address)).json()
    body = {"value": form["value"] | {"handling_days": 3}, "version": form["version"]}
    refused = await console.put(address, json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "grant_read_only")
    await end_all(world)
    grant = await granted(world, console, "settings", read_only=False)
    saved = await console.put(address, json=body)
    assert (saved.status_code, saved.json()["value"]["handling_days"]) == (200, 3), saved.text
    changed = (await journal(world, "settings.changed"))[-1]
    assert changed["actor"] == {"type": "staff", "name": member.name}
    assert changed["payload"]["changes"] == [
        {"field": "handling_days", "was": form["value"]["handling_days"], "now": 3}
    ]
    assert [row["operation"] for row in await reads(world, grant)] == ["put_settings_as_staff"]
    stale = await console.put(address, json=body)
    assert (stale.status_code, stale.json()["code"]) == (409, "settings_changed")


async def test_a_grant_that_is_ended_by_the_customer_opens_nothing_at_once(
    world: World, staff: tuple[Console, StaffMember]
) -> None:
    console, member = staff
    grant = await granted(world, console, "orders", ticket="8812")
    for browser in (world.owner, world.manager, world.analyst):
        (shown,) = (await world.get("/administration/notices", browser))["support"]
        assert (shown["staff"], shown["ticket"], shown["scope"]) == (member.name, "8812", ["orders"])
    assert (await world.analyst.delete(world.analyst.at(f"/administration/support/{grant['id']}"))).status_code == 403
    ended = await world.owner.delete(world.owner.at(f"/administration/support/{grant['id']}"))
    assert (ended.json()["state"], ended.json()["ended_by"]) == ("ended", "Lea Martin")
    assert (await console.see(world.owner.slug, "/orders")).status_code == 404
    assert (await world.get("/administration/notices"))["support"] == []
    again = await world.owner.delete(world.owner.at(f"/administration/support/{grant['id']}"))
    assert again.status_code == 409


async def test_time_ends_a_grant_for_the_console_and_the_journal_tells_it(
    world: World, staff: tuple[Console, StaffMember]
) -> None:
    console, _ = staff
    grant = await granted(world, console, "orders")
    await console.see(world.owner.slug, "/orders")
    async with tenant_session(world.organization_id) as session:
        await session.execute(
            text("update support_grants set starts_at = now() - interval '1 hour', expires_at = now() where id = :id"),
            {"id": UUID(grant["id"])},
        )
    assert (await console.see(world.owner.slug, "/orders")).status_code == 404
    (row,) = [row for row in (await world.get("/administration/support"))["rows"] if row["id"] == grant["id"]]
    assert (row["state"], row["ended_by"]) == ("ended", None)
    await world.db.execute("update work set due_at = now() where kind = 'support_watch'")
    await world.turn()
    kinds = [e["kind"] for e in await journal_of(world, grant)]
    assert kinds == ["support.requested", "support.granted", "support.read", "support.expired"]


async def journal_of(world: World, grant: Json) -> list[Json]:
    """What the journal tells of a grant, oldest first, without the note about its hour."""
    found = await world.get("/supply/events", object_type="support_grant", object_id=grant["id"], limit=200)
    return [row for row in reversed(found["rows"]) if row["kind"] != "support.grant_off_hours"]


async def test_the_customer_gives_less_time_than_asked_and_never_more(
    world: World, staff: tuple[Console, StaffMember]
) -> None:
    console, _ = staff
    for asked, given, hours in ((4, 2, 2), (1, 4, 1)):
        request = await console.ask(world.owner.slug, "orders", hours=asked)
        answer = await world.owner.post(
            world.owner.at(f"/administration/support/{request['id']}/approval"), json={"hours": given}
        )
        found = answer.json()
        lasts = datetime.fromisoformat(found["expires_at"]) - datetime.fromisoformat(found["starts_at"])
        assert lasts == timedelta(hours=hours)
    for hours in (0, 5):
        address = f"/staff/api/v1/organizations/{world.owner.slug}/grants"
        body = {"reason": "An order looks stuck", "ticket": "1", "scope": ["orders"], "hours": hours}
        assert (await console.post(address, json=body)).status_code == 422


async def test_approving_asks_for_a_fresh_factor(world: World, staff: tuple[Console, StaffMember]) -> None:
    console, _ = staff
    asked = await console.ask(world.owner.slug, "orders")
    async with tenant_session(None) as session:
        await session.execute(text("update sessions set fresh_at = now() - interval '11 minutes'"))
    address = world.owner.at(f"/administration/support/{asked['id']}/approval")
    stale = await world.owner.post(address, json={"hours": 1})
    assert (stale.status_code, stale.json()["code"]) == (403, "fresh_factor_required")
    async with tenant_session(None) as session:
        await session.execute(text("update sessions set fresh_at = now()"))
    assert (await world.owner.post(address, json={"hours": 1})).status_code == 200


async def test_two_other_staff_people_may_begin_an_emergency_and_the_customer_can_end_it(world: World) -> None:
    async with (
        open_console(world.app) as (anna, _),
        open_console(world.app, "Boris Klein") as (boris, _),
        open_console(world.app, "Carla Diaz") as (carla, _),
    ):
        plain = await anna.ask(world.owner.slug, "orders")
        assert (await boris.post(f"/staff/api/v1/grants/{plain['id']}/agreement")).status_code == 404
        grant = await anna.ask(world.owner.slug, "orders", emergency=True)
        address = f"/staff/api/v1/grants/{grant['id']}/agreement"
        own = await anna.post(address)
        assert (own.status_code, own.json()["code"]) == (403, "not_your_own")
        assert [row["id"] for row in (await boris.get("/staff/api/v1/grants")).json()["rows"]] == [grant["id"]]
        first = (await boris.post(address)).json()
        assert (first["state"], first["agreed"]) == ("requested", True)
        assert (await boris.post(address)).status_code == 403
        assert (await anna.see(world.owner.slug, "/orders")).status_code == 404
        second = (await carla.post(address)).json()
        assert (second["state"], second["decided_by"]) == ("granted", ["Boris Klein", "Carla Diaz"])
        assert (await anna.see(world.owner.slug, "/orders")).status_code == 200
        for other in (boris, carla):
            assert (await other.see(world.owner.slug, "/orders")).status_code == 404
        kinds = [e["kind"] for e in await journal_of(world, grant)]
        assert kinds == ["support.requested", "support.agreed", "support.granted"]
        await world.owner.delete(world.owner.at(f"/administration/support/{grant['id']}"))
        assert (await anna.see(world.owner.slug, "/orders")).status_code == 404
    await end_all(world)


@pytest.mark.parametrize(
    ("at", "off"),
    [
        (datetime(2026, 11, 24, 9, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 24, 5, 30, tzinfo=UTC), True),  # 06:30 in Paris
        (datetime(2026, 11, 24, 19, 30, tzinfo=UTC), True),
        (datetime(2026, 11, 28, 10, 0, tzinfo=UTC), True),  # a Saturday
    ],
)
def test_off_hours_are_those_of_the_organization(at: datetime, off: bool) -> None:
    assert grants.is_off_hours(at, "Europe/Paris") is off


async def test_a_grant_that_begins_off_hours_leaves_an_entry_for_the_detector(
    world: World, staff: tuple[Console, StaffMember]
) -> None:
    console, _ = staff
    expected = grants.is_off_hours(datetime.now(UTC), "Europe/Paris")
    grant = await granted(world, console, "orders")
    found = [row for row in await journal(world, "support.grant_off_hours") if row["object"]["id"] == grant["id"]]
    assert bool(found) is grant["off_hours"] is expected


async def test_a_request_lapses_and_several_at_once_are_too_many(
    world: World, staff: tuple[Console, StaffMember]
) -> None:
    console, _ = staff
    asked = [await console.ask(world.owner.slug, "orders") for _ in range(grants.MOST_OPEN)]
    body = {"reason": "An order looks stuck", "ticket": "1", "scope": ["orders"], "hours": 1}
    more = await console.post(f"/staff/api/v1/organizations/{world.owner.slug}/grants", json=body)
    assert (more.status_code, more.json()["code"]) == (409, "too_many_requests")
    assert (await console.delete(f"/staff/api/v1/grants/{asked[0]['id']}")).json()["state"] == "withdrawn"
    async with tenant_session(world.organization_id) as session:
        await session.execute(text("update support_grants set requested_at = now() - interval '4 days'"))
    late = await world.owner.post(
        world.owner.at(f"/administration/support/{asked[1]['id']}/approval"), json={"hours": 1}
    )
    assert late.status_code == 409


async def test_another_workspaces_owner_finds_no_grant_of_ours(
    world: World, staff: tuple[Console, StaffMember]
) -> None:
    console, _ = staff
    asked = await console.ask(world.owner.slug, "orders")
    at = world.stranger.at
    for answer in (
        await world.stranger.post(at(f"/administration/support/{asked['id']}/approval"), json={"hours": 1}),
        await world.stranger.post(at(f"/administration/support/{asked['id']}/refusal")),
        await world.stranger.delete(at(f"/administration/support/{asked['id']}")),
        await world.stranger.get(at(f"/administration/support/{asked['id']}/reads")),
    ):
        assert answer.status_code == 404
    assert (await world.get("/administration/support", world.stranger))["rows"] == []


def test_every_route_into_an_organization_asks_for_a_grant() -> None:
    """The name in the path is guarded by `visits`, but for asking for a grant and the stream, which ask themselves."""
    exempt = {"ask_for_grant", "stream_events_to_staff"}
    guarded = set()
    for router in console_routes.ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            if "{slug}" not in route.path:
                continue
            inside = {getattr(each.call, "opens_an_organization", False) for each in route.dependant.dependencies}
            assert (True in inside) is (route.name not in exempt), route.path
            guarded.add(route.name)
    assert exempt < guarded


async def test_without_a_session_every_route_of_the_console_is_closed(world: World) -> None:
    open_to_all = {"create_staff_session", "begin_staff_setup", "finish_staff_setup"}
    async with open_console(world.app) as (console, _):
        del console.headers["Cookie"]
        for router in console_routes.ROUTERS:
            for route in router.routes:
                assert isinstance(route, APIRoute)
                path = route.path.replace("{slug}", world.owner.slug).replace("{module}", "supply")
                for name in ("{order_id}", "{grant_id}", "{connection_id}"):
                    path = path.replace(name, str(uuid4()))
                for method in route.methods:
                    answer = await console.request(method, f"/staff/api/v1{path}", json={})
                    expected = 422 if route.name in open_to_all else 401
                    assert answer.status_code == expected, (route.name, answer.status_code)


async def test_owners_are_told_by_mail_at_request_approval_and_end(
    world: World, staff: tuple[Console, StaffMember], mailbox_of_world: Any
) -> None:
    console, member = staff
    owner = world.people["owner"]
    grant = await granted(world, console, "orders", "journal", ticket="9001", reason="Answers of order 4K8 are late")
    await world.owner.delete(world.owner.at(f"/administration/support/{grant['id']}"))
    await mailbox_of_world.deliver()
    subjects = [mail.subject for mail in mailbox_of_world.arrived if mail.to == owner.email]
    assert sorted(subjects) == [
        "OKTee support asks for access (ticket 9001)",
        "OKTee support has access (ticket 9001)",
        "OKTee support's access has ended (ticket 9001)",
    ]
    (first,) = [mail for mail in mailbox_of_world.arrived if "asks" in mail.subject]
    assert all(word in first.text for word in (member.name, "Answers of order 4K8 are late", "orders", "event log"))
    assert first.links[0].endswith(f"/{world.owner.slug}/administration/support")
    assert {mail.to for mail in mailbox_of_world.arrived} == {owner.email}


async def test_a_stream_tells_what_its_grant_opens_and_is_cut_when_it_ends(
    world: World, staff: tuple[Console, StaffMember], monkeypatch: pytest.MonkeyPatch
) -> None:
    from oktee.access.support.people import COOKIE, find_staff_session
    from oktee.staff import live

    monkeypatch.setattr(live, "LOOK", 0.05)
    console, _ = staff
    grant = await granted(world, console, "orders")
    cookie = console.headers["Cookie"].removeprefix(f"{COOKIE}=")
    person = await find_staff_session(cookie)
    assert person is not None
    stream = live.follow_as_staff(world.organization_id, person, cookie, 0)
    topics: set[str] = set()
    async with asyncio.timeout(10):
        assert b"ready" in await anext(stream)
        item = await world.item(5)
        await world.arrive(item.line(1))
        async for chunk in stream:
            topics.add(chunk.decode().split("event: ")[1].split("\n")[0])
            if "order.created" in topics or "order.changed" in topics:
                break
        await world.owner.delete(world.owner.at(f"/administration/support/{grant['id']}"))
        rest = [chunk async for chunk in stream]
    assert rest[-1].startswith(b"event: ended")
    assert not {topic for topic in topics if topic.startswith(("sync.", "import.", "connection."))}


async def test_operators_see_applications_clocks_and_the_switch_and_nothing_of_a_customer(
    world: World, staff: tuple[Console, StaffMember]
) -> None:
    console, member = staff
    get = "/staff/api/v1/operations"
    (row,) = (await console.get(f"{get}/applications")).json()["rows"]
    assert (row["breaker"], row["secret_days"]) == ("closed", 0)
    lasts = datetime.fromisoformat(row["secret_due_at"]) - datetime.now(UTC)
    assert timedelta(days=179) < lasts <= timedelta(days=180)
    async with tenant_session(None) as session:
        for organization, label in ((None, "Incident plan"), (world.organization_id, "Vendor Central DE, account A1")):
            session.add(ComplianceClock(kind="plan_review", organization_id=organization, label=label))
    clocks = await console.get(f"{get}/clocks")
    shown = {(row["organization"], row["label"]) for row in clocks.json()["rows"] if row["kind"] == "plan_review"}
    assert shown == {(None, "Incident plan"), (world.owner.slug, None)}
    stopped = await console.put(f"{get}/writes/stop", json={"reason": "A fault in our answers"})
    assert (stopped.status_code, stopped.json()["stopped_by"]) == (200, member.name)
    assert (await console.get(f"{get}/writes")).json()["everything"]["reason"] == "A fault in our answers"
    assert (await console.delete(f"{get}/writes/stop")).status_code == 204
    assert (await console.delete(f"{get}/writes/stop")).status_code == 409
    await granted(world, console, "connection")
    address = f"/staff/api/v1/organizations/{world.owner.slug}/connections/{world.connection_id}/write-stop"
    one = await console.put(address, json={"reason": "Wrong quantities"})
    assert (one.status_code, one.json()["by_customer"]) == (200, False)
    resumed = await world.owner.delete(world.owner.at(f"/administration/connections/{world.connection_id}/write-stop"))
    assert resumed.status_code == 204, "the customer lets it go on"
