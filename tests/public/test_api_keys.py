"""API keys: what they open, what refuses them, and that nothing keeps their words (trust/OAUTH 6)."""

import asyncio
import base64
import hmac
import itertools
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from conftest import Stack
from factories import make_person, open_browser
from modules.supply.world import Json, World
from oktee.access.keys import words as key_words
from oktee.access.keys.admission import is_inside
from oktee.access.keys.keeping import NEVER, OFFERED
from oktee.access.keys.words import DIGITS, KeyWords
from oktee.app import create_app
from oktee.modules.administration.security.detectors import refusals
from oktee.public import limits as counting
from public_keys import Open, make_key


@pytest.fixture(scope="module")
async def order(shared: World) -> Json:
    item = await shared.item(5000, brand="Aurea", title="Aurea day cream")
    other = await shared.item(5000, brand="Borealis")
    return await shared.arrive(item.line(48), other.line(24))


# -- what a key looks like -----------------------------------------------------------------------------------------------


def test_a_key_reads_back_and_a_mistyped_one_is_no_key(stack: Stack) -> None:
    for _ in range(20):
        made = KeyWords.make()
        full = made.full()
        assert KeyWords.read(full) == made
        assert full.startswith("okt_test_")
        assert made.secret not in repr(made)
        for place in range(4, len(full), 7):
            other = next(letter for letter in DIGITS if letter != full[place])
            assert KeyWords.read(full[:place] + other + full[place + 1 :]) is None
    for wrong in ("", "okt_test_", "Bearer x", full + "0", full[:-1], full.upper(), f" {full}"):
        assert KeyWords.read(wrong) is None


def test_an_address_is_inside_the_networks_of_a_key() -> None:
    nets = ["192.0.2.0/24", "2001:db8::/32"]
    inside = ("192.0.2.1", "192.0.2.255", "2001:db8::1", "::ffff:192.0.2.7")
    outside = ("192.0.3.1", "2001:db9::1", "unknown", "", "192.0.2.0/24")
    assert all(is_inside(address, nets) for address in inside)
    assert not any(is_inside(address, nets) for address in outside)


# -- what it opens -------------------------------------------------------------------------------------------------------


async def test_a_key_reads_orders_and_items_of_its_workspace(world: World, system: Open, order: Json) -> None:
    made = await make_key(world, name="SAP")
    client = system(made["key"])
    me = (await client.get("/v1/me")).json()
    assert (me["name"], me["scopes"], me["scope"]) == ("SAP", ["catalog.read", "orders.read"], None)
    assert me["organization"]["slug"] == world.owner.slug
    page = (await client.get("/v1/purchase-orders")).json()
    [row] = page["data"]
    assert (row["po_number"], row["asked"], row["taken"], page["has_more"]) == (order["po_number"], 72, 72, False)
    detail = (await client.get(f"/v1/purchase-orders/{row['id']}")).json()
    assert [line["taken"] for line in detail["lines"]] == [48, 24]
    items = (await client.get("/v1/items", params={"q": "Aurea day"})).json()
    assert [item["brand"] for item in items["data"]] == ["Aurea"]
    assert made["curl"] == f"curl -H 'Authorization: Bearer {made['key']}' http://localhost:8000/v1/me"


async def test_lists_are_paged_by_cursor(world: World, system: Open, order: Json) -> None:
    client = system((await make_key(world))["key"])
    seen, after = [], None
    for _ in range(10):
        query = {"limit": 1} | ({"after": after} if after else {})
        page = (await client.get("/v1/items", params=query)).json()
        seen += [item["sku"] for item in page["data"]]
        after = page["next_cursor"]
        if not page["has_more"]:
            break
    assert len(seen) == len(set(seen)) == 2
    damaged = await client.get("/v1/items", params={"after": "nonsense"})
    assert (damaged.status_code, damaged.json()["errors"][0]["code"]) == (422, "invalid_cursor")


async def test_a_key_with_a_brand_sees_its_lines_only(world: World, system: Open, order: Json) -> None:
    client = system((await make_key(world, scope={"brands": ["Aurea"]}))["key"])
    assert (await client.get("/v1/me")).json()["scope"]["brands"] == ["Aurea"]
    detail = await client.get(f"/v1/purchase-orders/{order['id']}")
    assert (detail.json()["asked"], detail.json()["hidden_lines"]) == (48, 1)
    assert "Borealis" not in detail.text
    assert {item["brand"] for item in (await client.get("/v1/items")).json()["data"]} == {"Aurea"}


async def test_a_key_of_one_organization_opens_nothing_of_another(world: World, system: Open, order: Json) -> None:
    stranger = world.people["stranger"]
    answer = await world.stranger.post(
        world.stranger.at("/administration/api-keys"), json={"name": "theirs", "scopes": ["orders.read"]}
    )
    client = system(answer.json()["key"])
    assert (await client.get("/v1/purchase-orders")).json()["data"] == []
    theirs, missing = [(await client.get(f"/v1/purchase-orders/{name}")).json() for name in (order["id"], str(uuid4()))]
    assert theirs["status"] == missing["status"] == 404
    assert theirs["detail"] == missing["detail"]
    ours = str(world.organization_id)
    for sent in ({"params": {"organization_id": ours}}, {"headers": {"X-Organization": ours}}):
        assert (await client.get("/v1/purchase-orders", **sent)).json()["data"] == []  # type: ignore[arg-type]
    body = {"name": "x", "scopes": ["orders.read"], "organization_id": ours}
    refused = await world.stranger.post(world.stranger.at("/administration/api-keys"), json=body)
    assert refused.status_code == 422
    assert stranger.organization_id != world.organization_id
    made = await make_key(world)
    gone = await world.stranger.delete(world.stranger.at(f"/administration/api-keys/{made['row']['id']}"))
    never = await world.stranger.delete(world.stranger.at("/administration/api-keys/aaaaaaaaaa"))
    assert gone.status_code == never.status_code == 404
    assert gone.json()["detail"] == never.json()["detail"]


# -- what refuses it -----------------------------------------------------------------------------------------------------


async def test_no_key_an_unknown_one_and_one_with_a_wrong_secret_are_refused(world: World, system: Open) -> None:
    made = KeyWords.read((await make_key(world))["key"])
    assert made is not None
    none = await system().get("/v1/me")
    assert (none.status_code, none.json()["code"]) == (401, "api_key_missing")
    assert none.headers["www-authenticate"] == 'Bearer realm="OKTee"'
    answers = []
    for key in (KeyWords("test", "zzzzzzzzzz", made.secret), KeyWords("test", made.id, "0" * 43)):
        answer = await system(key.full()).get("/v1/me")
        said = answer.json()
        said.pop("request_id")
        answers.append((answer.status_code, said, answer.headers["www-authenticate"]))
    assert answers[0] == answers[1]
    assert answers[0][0] == 401
    assert answers[0][2] == 'Bearer realm="OKTee", error="invalid_token"'
    for scheme in ("Basic", "Token"):
        answer = await system().get("/v1/me", headers={"Authorization": f"{scheme} {made.full()}"})
        assert answer.status_code == 401
    other_mode = KeyWords("live", made.id, made.secret).full()
    assert (await system(other_mode).get("/v1/me")).status_code == 401


async def test_an_unknown_id_costs_the_same_comparison_as_a_wrong_secret(
    world: World, system: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = KeyWords.read((await make_key(world))["key"])
    assert made is not None
    compared: list[tuple[int, int]] = []

    def counted(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return hmac.compare_digest(one, other)

    class Counting:
        digest = staticmethod(hmac.digest)
        compare_digest = staticmethod(counted)

    monkeypatch.setattr(key_words, "hmac", Counting)
    for key in (KeyWords("test", "zzzzzzzzzz", made.secret), KeyWords("test", made.id, "0" * 43)):
        compared.clear()
        assert (await system(key.full()).get("/v1/me")).status_code == 401
        assert compared == [(6, 6), (32, 32)]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ("revoked_at = now()", 401, "api_key_revoked"),
        ("expires_at = now() - interval '1 second'", 401, "api_key_expired"),
        ("allowed_cidrs = '{192.0.2.0/24}'", 403, "address_not_allowed"),
        ("replaced_at = now() - interval '1 second'", 401, "api_key_replaced"),
    ],
)
async def test_a_key_that_ended_or_comes_from_elsewhere_is_refused(
    world: World, system: Open, change: str, status: int, code: str
) -> None:
    key = (await make_key(world))["key"]
    assert (await system(key).get("/v1/me")).status_code == 200
    await world.db.execute(f"update api_keys set {change}")
    answer = await system(key).get("/v1/me")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await system(key, address="192.0.2.9").get("/v1/me")).status_code == (200 if status == 403 else 401)


async def test_a_key_does_what_it_holds_and_no_more(world: World, system: Open, order: Json) -> None:
    client = system((await make_key(world, scopes=["catalog.read"]))["key"])
    assert (await client.get("/v1/items")).status_code == 200
    for path in ("/v1/purchase-orders", f"/v1/purchase-orders/{order['id']}"):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
        assert answer.headers["www-authenticate"].endswith('error="insufficient_scope", scope="orders.read"')


async def test_a_key_never_does_more_than_the_person_who_answers_for_it(world: World, system: Open) -> None:
    owner = world.people["owner"]
    person = await make_person(organization=(owner.organization_id, owner.slug), role="developer")
    async with open_browser(world.app, person) as browser:
        body = {"name": "x", "scopes": ["orders.read", "catalog.read"]}
        made = (await browser.post(browser.at("/administration/api-keys"), json=body)).json()
    client = system(made["key"])
    assert (await client.get("/v1/purchase-orders")).status_code == 200
    await world.db.execute("update memberships set role = 'marketing_editor' where user_id = $1", person.id)
    assert (await client.get("/v1/purchase-orders")).json()["code"] == "insufficient_scope"
    assert (await client.get("/v1/items")).status_code == 200
    await world.db.execute("delete from memberships where user_id = $1", person.id)
    assert (await client.get("/v1/items")).status_code == 401


async def test_cookies_open_nothing_there_and_keys_nothing_on_the_pages(world: World, system: Open) -> None:
    assert (await world.owner.get("/v1/me")).status_code == 401
    client = system((await make_key(world))["key"])
    for path in ("/api/v1/me", world.owner.at("/supply/orders"), world.owner.at("/administration/api-keys")):
        assert (await client.get(path)).status_code == 401
    answer = await client.get("/v1/me")
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


async def test_what_is_not_there_answers_in_the_same_shape(world: World, system: Open) -> None:
    client = system((await make_key(world))["key"])
    for method, path, status in (
        ("GET", "/v1/nothing", 404),
        ("DELETE", "/v1/me", 405),
        ("GET", "/v1/purchase-orders/x", 422),
    ):
        answer = await client.request(method, path)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status


async def test_a_key_in_an_address_is_refused_and_counts_as_leaked(world: World, system: Open, letters: Any) -> None:
    made = await make_key(world, name="Shop")
    for query in (f"key={made['key']}", f"a=1&api_key=Bearer%20{made['key']}", f"x={made['key'].replace('_', '%5F')}"):
        for key in (None, made["key"]):
            answer = await system(key).get(f"/v1/me?{query}")
            assert (answer.status_code, answer.json()["code"]) == (401, "api_key_in_address")
            assert made["key"] not in answer.text
    rows = (await world.get("/administration/api-keys"))["rows"]
    assert rows[0]["leaked_at"] is not None
    told = await world.get("/supply/events", kind="api_key.leaked", object_id=made["row"]["id"])
    entry = (await world.get("/administration/audit", kind="api_key.leaked"))["rows"][0]
    actor = entry["actor"]
    assert (actor["type"], actor["id"]) == ("key", made["row"]["id"])
    assert actor["on_behalf_of"] == str(world.people["owner"].id), "the person who made the key"
    assert len(told["rows"]) == 1
    await world.turn()
    mail = await letters.next(to=world.people["owner"].email)
    assert "Shop" in mail.subject
    assert made["key"] not in mail.text
    assert (await system(made["key"]).get("/v1/me")).status_code == 200


async def test_a_module_that_is_switched_off_answers_no_key(world: World, system: Open) -> None:
    client = system((await make_key(world))["key"])
    organization = world.people["owner"].organization_id
    before = await world.db.fetchval("select modules from organizations where id = $1", organization)
    await world.db.execute("update organizations set modules = '{administration}' where id = $1", organization)
    try:
        for path in ("/v1/purchase-orders", f"/v1/purchase-orders/{uuid4()}"):
            refused = await client.get(path)
            assert (refused.status_code, refused.json()["code"]) == (403, "module_off"), path
            assert "supply" in refused.json()["detail"]
        assert (await client.get("/v1/items")).status_code == 200, "the catalogue is of no module"
        assert (await client.get("/v1/me")).status_code == 200
    finally:
        await world.db.execute("update organizations set modules = $1 where id = $2", before, organization)
    assert (await client.get("/v1/purchase-orders")).status_code == 200


async def test_a_key_asks_so_often_and_every_answer_says_how_it_stands(
    world: World, system: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "PER_KEY", 3)
    client = system((await make_key(world))["key"])
    answers = [await client.get("/v1/me") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[0].headers["ratelimit-policy"] == '"key";q=3;w=60'
    assert answers[0].headers["ratelimit"].startswith('"key";r=2;t=')
    assert answers[3].headers["ratelimit"].startswith('"key";r=0;t=')
    assert answers[3].json()["code"] == "rate_limited"
    assert 1 <= int(answers[3].headers["retry-after"]) <= 60
    other = system((await make_key(world))["key"])
    assert (await other.get("/v1/me")).status_code == 200
    monkeypatch.setattr(counting, "PER_ORGANIZATION", 3)
    assert (await other.get("/v1/me")).status_code == 429


async def test_without_valkey_a_key_is_counted_by_the_process(
    world: World, system: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "PER_KEY", 2)
    monkeypatch.setattr(counting.limits, "_away_until", float("inf"))
    monkeypatch.setattr(counting.limits, "_own", {})
    client = system((await make_key(world))["key"])
    assert [(await client.get("/v1/me")).status_code for _ in range(3)] == [200, 200, 429]


async def test_guessing_from_one_address_is_slowed(world: World, system: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "PER_ADDRESS", 3)
    codes = [(await system(KeyWords.make().full(), address="198.51.100.7").get("/v1/me")).status_code for _ in range(5)]
    assert codes == [401, 401, 401, 429, 429]


@pytest.mark.parametrize("change", ["revoked_at = now()", "allowed_cidrs = '{192.0.2.0/24}'"])
async def test_a_refused_key_uses_up_its_address_and_nothing_of_its_organization(
    world: World, system: Open, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    monkeypatch.setattr(counting, "PER_ADDRESS", 3)
    monkeypatch.setattr(counting, "PER_ORGANIZATION", 3)
    monkeypatch.setattr(counting.limits, "_away_until", float("inf"))  # counted from nothing, by this process
    monkeypatch.setattr(counting.limits, "_own", {})
    stolen, good = await make_key(world), await make_key(world)
    await world.db.execute(f"update api_keys set {change} where id = $1", stolen["key"].split("_")[2])
    thief = system(stolen["key"], address="198.51.100.8")
    codes = [(await thief.get("/v1/me")).json()["code"] for _ in range(5)]
    assert codes[:3] == ["api_key_revoked" if "revoked" in change else "address_not_allowed"] * 3
    assert codes[3:] == ["rate_limited"] * 2
    assert [(await system(good["key"]).get("/v1/me")).status_code for _ in range(3)] == [200, 200, 200]


async def test_the_refusals_of_a_key_are_counted_for_the_detector(
    world: World, system: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[tuple[UUID, str, str]] = []

    async def note(organization_id: UUID, who_id: str, who: str) -> None:
        noted.append((organization_id, who_id, who))

    monkeypatch.setattr(refusals, "note", note)
    words = (await make_key(world, scopes=["catalog.read"]))["key"]
    assert (await system(words).get("/v1/purchase-orders")).status_code == 403
    await world.db.execute("update api_keys set allowed_cidrs = '{192.0.2.0/24}'")
    assert (await system(words).get("/v1/me")).status_code == 403
    assert [(each[0], each[1]) for each in noted] == [(world.people["owner"].organization_id, words.split("_")[2])] * 2


async def test_a_key_ends_with_the_account_of_its_person(world: World, system: Open) -> None:
    owner = world.people["owner"]
    person = await make_person(organization=(owner.organization_id, owner.slug), role="developer")
    async with open_browser(world.app, person) as browser:
        body = {"name": "x", "scopes": ["orders.read"]}
        made = (await browser.post(browser.at("/administration/api-keys"), json=body)).json()
    client = system(made["key"])
    assert (await client.get("/v1/me")).status_code == 200
    await world.db.execute("update users set disabled_at = now() where id = $1", person.id)
    assert (await client.get("/v1/me")).status_code == 401


# -- making, rotating, ending --------------------------------------------------------------------------------------------


async def test_a_key_is_given_what_is_offered_and_what_its_maker_holds(world: World) -> None:
    owner = world.owner
    for scopes, code in (
        (["users.manage"], "not_for_keys"),
        (["nonsense"], "not_for_keys"),
        (["orders.confirm"], "not_for_keys"),
    ):
        answer = await owner.post(owner.at("/administration/api-keys"), json={"name": "x", "scopes": scopes})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)
    for wrong in (
        {"allowed_cidrs": ["300.0.0.0/8"]}, {"days": 366}, {"scope": {"brands": []}}, {"scope": {"marketplaces": ["x'"]}},
        {"scopes": []}, {"name": ""}, {"owner_id": str(uuid4())}, {"expires_at": "2030-01-01T00:00:00Z"},
    ):  # fmt: skip
        body = {"name": "x", "scopes": ["orders.read"]} | wrong
        assert (await owner.post(owner.at("/administration/api-keys"), json=body)).status_code == 422, wrong
    assert (await world.analyst.get(world.analyst.at("/administration/api-keys"))).status_code == 403


def test_what_is_offered_is_what_the_public_api_asks_for() -> None:
    from oktee.public.door import declared
    from oktee.public.operations import router

    asked = {found.permission for route in router.routes if (found := declared(route.dependencies)) is not None}  # type: ignore[attr-defined]
    offered = set(itertools.chain.from_iterable(OFFERED.values()))
    assert asked - {None} == offered
    assert NEVER.isdisjoint(offered)


async def test_making_a_key_asks_for_a_fresh_factor(world: World) -> None:
    person = world.people["owner"]
    async with open_browser(world.app, person) as browser:
        await world.db.execute(
            "update sessions set fresh_at = now() - interval '11 minutes' where user_id = $1", person.id
        )
        made = await make_nothing(browser)
        await world.db.execute("update sessions set fresh_at = now() where user_id = $1", person.id)
    assert made == (403, "fresh_factor_required")


async def make_nothing(browser: Any) -> tuple[int, str]:
    answer = await browser.post(browser.at("/administration/api-keys"), json={"name": "x", "scopes": ["orders.read"]})
    return answer.status_code, answer.json()["code"]


async def test_a_rotation_under_load_fails_no_request(world: World, system: Open, letters: Any) -> None:
    made = await make_key(world, name="Busy", scope={"brands": ["Aurea"]}, allowed_cidrs=["127.0.0.0/8"])
    current = [made["key"]]
    statuses: list[int] = []
    stop = asyncio.Event()

    async def ask() -> None:
        while not stop.is_set():
            statuses.append((await system(current[0]).get("/v1/me")).status_code)

    callers = [asyncio.create_task(ask()) for _ in range(4)]
    await asyncio.sleep(0.2)
    answer = await world.owner.post(
        world.owner.at(f"/administration/api-keys/{made['row']['id']}/rotation"), json={"overlap_hours": 24}
    )
    await asyncio.sleep(0.2)
    current[0] = answer.json()["key"]
    await asyncio.sleep(0.2)
    stop.set()
    await asyncio.gather(*callers)
    assert answer.status_code == 201
    assert set(statuses) == {200}
    assert len(statuses) > 10
    new = answer.json()["row"]
    assert (new["replaces_id"], new["scope"]["brands"], new["allowed_cidrs"]) == (
        made["row"]["id"], ["Aurea"], ["127.0.0.0/8"],
    )  # fmt: skip
    again = await world.owner.post(
        world.owner.at(f"/administration/api-keys/{made['row']['id']}/rotation"), json={"overlap_hours": 1}
    )
    assert (again.status_code, again.json()["code"]) == (409, "key_ended")
    longer = await world.owner.post(
        world.owner.at(f"/administration/api-keys/{new['id']}/rotation"), json={"overlap_hours": 169}
    )
    assert longer.status_code == 422

    await world.db.execute(
        "update api_keys set replaced_at = now() - interval '1 second' where id = $1", made["row"]["id"]
    )
    for _ in range(3):
        old = await system(made["key"]).get("/v1/me")
        assert (old.status_code, old.json()["code"]) == (401, "api_key_replaced")
    told = await world.get("/supply/events", kind="api_key.used_after_rotation", object_id=made["row"]["id"])
    assert len(told["rows"]) == 1
    await world.turn()
    mail = await letters.next(to=world.people["owner"].email)
    assert "Busy" in mail.subject


async def test_several_keys_are_ended_at_once_and_each_act_is_noted(world: World, system: Open) -> None:
    made = [await make_key(world, name=f"n{n}") for n in range(3)]
    ids = [one["row"]["id"] for one in made]
    answer = await world.owner.post(
        world.owner.at("/administration/api-keys/revocations"), json={"ids": [*ids[:2], "aaaaaaaaaa"]}
    )
    results = {one["id"]: (one["ok"], one["code"]) for one in answer.json()["results"]}
    assert results == {ids[0]: (True, None), ids[1]: (True, None), "aaaaaaaaaa": (False, "not_found")}
    assert [(await system(one["key"]).get("/v1/me")).status_code for one in made] == [401, 401, 200]
    states = {row["id"]: row["state"] for row in (await world.get("/administration/api-keys"))["rows"]}
    assert [states[key] for key in ids] == ["revoked", "revoked", "active"]
    noted = [row["object"]["id"] for row in (await world.get("/supply/events", kind="api_key.revoked"))["rows"]]
    assert sorted(noted) == sorted(ids[:2])


async def test_use_is_noted_at_most_once_a_minute_and_disuse_is_flagged(world: World, system: Open) -> None:
    made = await make_key(world)
    client = system(made["key"], address="127.0.0.5")
    for _ in range(3):
        await client.get("/v1/me")
    [before] = await world.rows("select last_used_at, last_used_address, xmin::text from api_keys")
    await client.get("/v1/me")
    [after] = await world.rows("select last_used_at, last_used_address, xmin::text from api_keys")
    assert before == after
    assert after["last_used_address"] == "127.0.0.5"
    assert (await world.get("/administration/api-keys"))["rows"][0]["unused"] is False
    await world.db.execute("update api_keys set last_used_at = now() - interval '91 days'")
    assert (await world.get("/administration/api-keys"))["rows"][0]["unused"] is True


async def test_no_table_keeps_the_words_of_a_key(world: World, system: Open, opened: Stack) -> None:
    made = [await make_key(world, name=f"dump {n}") for n in range(3)]
    for one in made:
        assert (await system(one["key"]).get("/v1/me")).status_code == 200
        await system(one["key"]).get(f"/v1/me?k={one['key']}")
    await world.turn()
    dump = await everything(opened.owner_dsn)
    for one in made:
        read = KeyWords.read(one["key"])
        assert read is not None
        raw = read.secret.encode()
        for form in (read.secret, raw.hex(), base64.b64encode(raw).decode().rstrip("="), read.secret[8:30]):
            assert form not in dump


async def everything(dsn: str) -> str:
    """Every row of every table as text, as the superuser of row security would dump it."""
    connection = await asyncpg.connect(dsn)
    transaction = connection.transaction()
    await transaction.start()
    try:
        tables = await connection.fetch(
            "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
        )
        found = []
        for row in tables:
            await connection.execute(f"alter table {row['relname']} disable row level security")
            found += [
                str(one["line"]) for one in await connection.fetch(f"select t::text as line from {row['relname']} t")
            ]
        return "\n".join(found)
    finally:
        await transaction.rollback()
        await connection.close()


async def test_the_public_application_starts_with_a_scope_on_every_route(stack: Stack) -> None:
    from fastapi import APIRouter
    from oktee.public import operations

    router = APIRouter()

    @router.get("/open")
    async def read_open() -> None:
        """Declares nothing."""

    before = list(operations.router.routes)
    operations.router.routes.extend(router.routes)
    try:
        with pytest.raises(RuntimeError, match="declares no scope"):
            create_app()
    finally:
        operations.router.routes[:] = before
