"""Company sign-in against the certified provider: who gets in, and everything that must not."""

import asyncio
import time
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

import pytest
from access.sso.conftest import Company
from factories import ORIGIN, Browser, Person, make_organization, make_person, open_browser
from oktee.access.sessions import COOKIE, end_sessions_of
from oktee.access.sso import discovery
from oktee.access.tables import User, UserSession
from oktee.access.workspaces import put_member
from oktee.kit.crypto import digest
from oktee.kit.database import global_session, tenant_session
from oktee.modules.administration.identity.mails import KINDS
from oktee.modules.administration.sso.signing_in import BROWSER
from sqlalchemy import select, text, update

Landing = tuple[str, Browser]


async def begin(company: Company, browser: Browser, **body: Any) -> str:
    answer = await browser.post("/api/v1/session/sso", json=body)
    assert answer.status_code == 200, answer.text
    cookie = answer.headers["set-cookie"].split(";")[0]
    assert cookie.startswith(f"{BROWSER}=")
    browser.headers["Cookie"] = cookie
    url: str = answer.json()["url"]
    return url


async def land(browser: Browser, back: str) -> str:
    """Follow the way back into OKTee: where the browser stands then. A session cookie is kept."""
    parts = urlsplit(back)
    answer = await browser.get(f"{parts.path}?{parts.query}")
    assert answer.status_code == 303, answer.text
    assert answer.headers["referrer-policy"] == "no-referrer"
    for value in answer.headers.get_list("set-cookie"):
        if value.startswith(f"{COOKIE}="):
            assert {"HttpOnly", "Secure", "SameSite=lax"} <= {part.strip() for part in value.split(";")}
            browser.headers["Cookie"] = value.split(";")[0]
    target: str = answer.headers["location"]
    return target


async def through(company: Company, browser: Browser, email: str) -> str:
    return await land(browser, await company.idp.sign_in(await begin(company, browser, email=email)))


async def me(browser: Browser) -> dict[str, Any]:
    answer = await browser.get("/api/v1/me")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    browser.headers["X-CSRF-Token"] = found["csrf_token"]
    return found


async def kinds(organization_id: UUID) -> list[tuple[str, Any]]:
    async with tenant_session(organization_id) as session:
        rows = await session.execute(text("select kind, payload from journal_entries order by sequence nulls first"))
        return [(row.kind, row.payload) for row in rows]


async def refusals(company: Company) -> list[str]:
    return [payload["reason"] for kind, payload in await kinds(company.owner.organization_id) if kind == "sso.refused"]


@pytest.fixture
async def browser(company: Company) -> Any:
    async with open_browser(company.app) as found:
        yield found


async def member(company: Company, **over: Any) -> Person:
    organization = (company.owner.organization_id, company.owner.slug)
    return await make_person(
        organization=organization, email=company.email(), **{"role": "analyst", "factor": False} | over
    )


async def test_the_request_carries_all_that_protects_it(company: Company, browser: Browser) -> None:
    url = await begin(company, browser, email=company.email())
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert query["response_type"] == "code"
    assert query["code_challenge_method"] == "S256"
    assert len(query["state"]) == len(query["nonce"]) == len(query["code_challenge"]) == 43
    assert query["redirect_uri"] == company.redirect_uri
    async with global_session() as session:
        row = (await session.execute(text("select * from sso_requests"))).one()
    assert bytes(row.state_hash) == digest(query["state"])
    assert query["state"] not in str(row)


async def test_a_member_signs_in_and_is_the_same_person_next_time(company: Company, browser: Browser) -> None:
    person = await member(company)
    assert await through(company, browser, person.email) == "/"
    found = await me(browser)
    assert (found["user"]["email"], [each["slug"] for each in found["workspaces"]]) == (person.email, [person.slug])
    assert (await browser.get(f"/api/v1/{person.slug}/supply/orders")).status_code == 200
    await company.idp.set(email=company.email("renamed"))  # the company changed the address: the subject stays
    async with open_browser(company.app) as again:
        assert await through(company, again, person.email) == "/"
        assert (await me(again))["user"]["id"] == str(person.id)
    async with global_session() as session:
        assert (await session.execute(text("select count(*) from users where email like '%renamed%'"))).scalar() == 0


async def test_a_new_person_gets_an_account_and_no_role(company: Company, browser: Browser) -> None:
    email = company.email("new")
    assert await through(company, browser, email) == "/"
    found = await me(browser)
    assert (found["user"]["email"], found["workspaces"]) == (email, [])
    assert (await browser.get(f"/api/v1/{company.owner.slug}/supply/orders")).status_code == 404
    assert "sso.arrived" in [kind for kind, _ in await kinds(company.owner.organization_id)]
    answer = await browser.post("/api/v1/session", json={"email": email, "password": "Kx9!long-enough-word"})
    assert answer.status_code == 401, "the account has no password anybody knows"


async def test_a_state_is_used_once_even_side_by_side(company: Company, browser: Browser) -> None:
    person = await member(company)
    back = await company.idp.sign_in(await begin(company, browser, email=person.email))
    cookie = browser.headers["Cookie"]
    async with AsyncExitStack() as stack:
        tabs = [await stack.enter_async_context(open_browser(company.app)) for _ in range(5)]
        for tab in tabs:
            tab.headers["Cookie"] = cookie
        landed = await asyncio.gather(*(land(tab, back) for tab in tabs))
    assert sorted(landed) == ["/", *["/sign-in?sso=state"] * 4]
    assert await refusals(company) == ["state"] * 4


async def test_a_state_of_another_browser_is_refused(company: Company, browser: Browser) -> None:
    """Somebody is sent the attacker's way back: they are not signed in as the attacker."""
    person = await member(company)
    back = await company.idp.sign_in(await begin(company, browser, email=person.email))
    async with open_browser(company.app) as victim:
        assert await land(victim, back) == "/sign-in?sso=state"
        await begin(company, victim, email=person.email)
        assert await land(victim, back) == "/sign-in?sso=state"
        assert COOKIE not in victim.headers.get("Cookie", "")


async def test_a_late_state_is_refused(company: Company, browser: Browser) -> None:
    back = await company.idp.sign_in(await begin(company, browser, email=company.email()))
    async with global_session() as session:
        await session.execute(text("update sso_requests set expires_at = now() - interval '1 second'"))
    assert await land(browser, back) == "/sign-in?sso=state"


async def test_two_tabs_of_one_browser_do_not_disturb_each_other(company: Company, browser: Browser) -> None:
    person = await member(company)
    first = await company.idp.sign_in(await begin(company, browser, email=person.email))
    second = await company.idp.sign_in(await begin(company, browser, email=person.email))
    cookie = browser.headers["Cookie"]
    assert await land(browser, first) == "/"
    browser.headers["Cookie"] = cookie
    assert await land(browser, second) == "/"


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"}, {"nonce": None}, {"aud": "other"}, {"aud": ["oktee", "other"]}, {"aud": None},
        {"aud": ["oktee", "other"], "azp": "other"}, {"azp": "other"},
        {"iss": "https://evil.test"}, {"iss": None}, {"sub": None}, {"sub": ""}, {"sub": "x" * 256}, {"sub": 7},
        {"exp": 1}, {"exp": None}, {"exp": "soon"}, {"nbf": 4102444800}, {"iat": 4102444800}, {"iat": 1}, {"iat": None},
        {"at_hash": "wrong"}, {"unsigned": True},
    ],
    ids=str,
)  # fmt: skip
async def test_a_token_with_a_wrong_claim_opens_nothing(
    company: Company, browser: Browser, claims: dict[str, Any]
) -> None:
    person = await member(company)
    await company.idp.set(claims=claims)
    assert await through(company, browser, person.email) == "/sign-in?sso=token"
    assert await refusals(company) == ["token"]
    assert (await browser.get("/api/v1/me")).status_code == 401


async def test_a_token_signed_by_a_stranger_opens_nothing(company: Company, browser: Browser) -> None:
    person = await member(company)
    await company.idp.set(stranger=True, claims={"name": "x"})
    assert await through(company, browser, person.email) == "/sign-in?sso=token"


async def test_the_provider_may_change_its_keys(
    company: Company, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await member(company)
    assert await through(company, browser, person.email) == "/"
    await company.idp.set(rotate=True)
    monkeypatch.setattr(discovery, "LEAST_BETWEEN", 0.0)
    async with open_browser(company.app) as again:
        assert await through(company, again, person.email) == "/"


async def test_an_answer_of_another_issuer_is_refused(company: Company, browser: Browser) -> None:
    """Mix-up: the answer says another issuer, says none though the provider always does, or is of another provider."""
    person = await member(company)
    for over in ({"iss": ["https://evil.test"]}, {"iss": []}):
        back = await company.idp.sign_in(await begin(company, browser, email=person.email))
        query = parse_qs(urlsplit(back).query) | over
        assert query["code"]
        assert await land(browser, f"{urlsplit(back).path}?{urlencode(query, doseq=True)}") == "/sign-in?sso=issuer"
    stranger = await make_person()
    async with open_browser(company.app, stranger) as desk:
        theirs = Company(company.app, company.idp, stranger, desk, f"other-{company.domain}", company.txt)
        await theirs.configure()
        await theirs.prove(theirs.domain)
        their_uri = (await theirs.switch(enabled=True)).json()["provider"]["redirect_uri"]
    back = await company.idp.sign_in(await begin(company, browser, email=person.email))
    assert await land(browser, f"{urlsplit(their_uri).path}?{urlsplit(back).query}") == "/sign-in?sso=state"


async def test_a_code_is_worth_nothing_without_its_verifier(company: Company, browser: Browser) -> None:
    """A stolen code in the attacker's own sign-in: PKCE and nonce are of another state."""
    person = await member(company)
    stolen = parse_qs(urlsplit(await company.idp.sign_in(await begin(company, browser, email=person.email))).query)
    async with open_browser(company.app) as attacker:
        own = await company.idp.sign_in(await begin(company, attacker, email=company.email("evil")))
        query = parse_qs(urlsplit(own).query) | {"code": stolen["code"]}
        landed = await land(attacker, f"{urlsplit(own).path}?{urlencode(query, doseq=True)}")
    assert landed == "/sign-in?sso=exchange"


async def test_an_address_outside_the_proved_domains_opens_nothing(company: Company, browser: Browser) -> None:
    victim = await make_person(email=f"boss-{company.domain}@elsewhere.example.org", factor=False)
    await company.idp.set(email=victim.email)
    assert await through(company, browser, company.email()) == "/sign-in?sso=domain"
    await company.idp.set(email=company.email(), verified=False)
    assert await through(company, browser, company.email()) == "/sign-in?sso=email"
    assert await refusals(company) == ["domain", "email"]


async def test_an_account_is_never_linked_to_a_second_subject(company: Company, browser: Browser) -> None:
    person = await member(company)
    assert await through(company, browser, person.email) == "/"
    await company.idp.set(sub="somebody-who-got-the-address-later")
    async with open_browser(company.app) as later:
        assert await through(company, later, person.email) == "/sign-in?sso=linked"


async def test_a_domain_counts_only_with_its_record_and_for_one_company(company: Company, browser: Browser) -> None:
    stranger = await make_person()
    async with open_browser(company.app, stranger) as desk:
        theirs = Company(company.app, company.idp, stranger, desk, "x.test", company.txt)
        await theirs.configure()
        answer = await theirs.switch(enabled=True)
        assert (answer.status_code, answer.json()["code"]) == (409, "not_ready")
        path = desk.at("/administration/sso/domains")
        made = (await desk.post(path, json={"domain": f"claimed-{company.domain}"})).json()
        answer = await desk.post(f"{path}/{made['id']}/verification")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "record_missing")
        company.txt[made["record_name"]] = ["oktee-verification=wrong"]
        assert (await desk.post(f"{path}/{made['id']}/verification")).status_code == 422
        assert (
            await browser.post("/api/v1/session/sso", json={"email": f"a@claimed-{company.domain}"})
        ).status_code == 404
        answer = await theirs.prove(company.domain)
        assert (answer.status_code, answer.json()["code"]) == (409, "domain_taken")
        for name, code in (
            ("gmail.com", "public_domain"),
            ("no domain", "invalid_domain"),
            ("1.2.3.4", "invalid_domain"),
        ):
            answer = await desk.post(path, json={"domain": name})
            assert answer.json()["errors"][0]["code"] == code
        [ours] = (await company.desk.get(company.desk.at("/administration/sso"))).json()["domains"]
        assert (await desk.delete(f"{path}/{ours['id']}")).status_code == 404


async def test_a_deactivated_person_stays_out(company: Company, browser: Browser) -> None:
    person = await member(company)
    assert await through(company, browser, person.email) == "/"
    async with global_session() as session:
        await session.execute(update(User).where(User.id == person.id).values(disabled_at=text("now()")))
    await end_sessions_of(person.id)
    assert (await browser.get("/api/v1/me")).status_code == 401
    async with open_browser(company.app) as again:
        assert await through(company, again, person.email) == "/sign-in?sso=disabled"


async def test_a_second_factor_counts_only_from_a_provider_trusted_for_it(company: Company, browser: Browser) -> None:
    """An owner needs one. The provider says `mfa`, but only once the company says that this is to be believed."""
    owner = await member(company, role="owner", factor=False)
    path = f"/api/v1/{owner.slug}/supply/orders"
    await company.idp.set(amr=["pwd", "mfa"])
    assert await through(company, browser, owner.email) == "/"
    assert (await browser.get(path)).json()["code"] == "mfa_required"
    assert (await company.configure(client_secret=None, trusts_mfa=True)).status_code == 200
    async with open_browser(company.app) as trusted:
        assert await through(company, trusted, owner.email) == "/"
        assert (await trusted.get(path)).status_code == 200
    await company.idp.set(amr=["pwd"])
    async with open_browser(company.app) as plain:
        assert await through(company, plain, owner.email) == "/"
        assert (await plain.get(path)).json()["code"] == "mfa_required"


async def test_whoever_has_a_factor_here_still_owes_it(company: Company, browser: Browser) -> None:
    person = await member(company, factor=True)
    assert await through(company, browser, person.email) == "/"
    assert (await browser.get(f"/api/v1/{person.slug}/supply/orders")).json()["code"] == "mfa_required"


async def test_an_old_sign_in_and_a_weak_one_are_refused_where_the_company_asks_for_more(
    company: Company, browser: Browser
) -> None:
    person = await member(company)
    await company.configure(client_secret=None, max_age_seconds=300)
    assert "max_age=300" in await begin(company, browser, email=person.email)
    assert await through(company, browser, person.email) == "/"
    for claims, reason in (({"auth_time": int(time.time()) - 900}, "too_old"), ({"auth_time": None}, "token")):
        await company.idp.set(claims=claims)
        async with open_browser(company.app) as other:
            assert await through(company, other, person.email) == f"/sign-in?sso={reason}"
    await company.idp.set(claims={"acr": "low"})
    await company.configure(client_secret=None, acr_values=["high"])
    async with open_browser(company.app) as other:
        assert await through(company, other, person.email) == "/sign-in?sso=acr"
    await company.idp.set(claims={"acr": "high"})
    async with open_browser(company.app) as other:
        assert await through(company, other, person.email) == "/"


async def test_a_session_is_fresh_only_when_the_provider_asked_just_now(company: Company, browser: Browser) -> None:
    person = await member(company)
    for claims, fresh in (({"auth_time": int(time.time()) - 3600}, False), ({"auth_time": int(time.time())}, True)):
        await company.idp.set(claims=claims)
        async with open_browser(company.app) as each:
            assert await through(company, each, person.email) == "/"
            token = each.headers["Cookie"].split("=", 1)[1]
        async with global_session() as session:
            row = await session.scalar(select(UserSession).where(UserSession.token_hash == digest(token)))
            assert row is not None
            assert (row.vouched_fresh_at is not None) is fresh
            assert row.fresh_at is None, "the person proved nothing here"


async def trusted_for_factors(company: Company) -> None:
    """The company says that a second factor at its provider is one, and the provider says it asked for one just now."""
    assert (await company.configure(client_secret=None, trusts_mfa=True)).status_code == 200
    await company.idp.set(amr=["pwd", "mfa"], claims={"auth_time": int(time.time())})


async def test_one_company_s_provider_opens_nothing_of_another_company(company: Company, browser: Browser) -> None:
    """An admin runs the provider, and says that they are somebody who works for another company too, by a second factor."""
    person = await member(company, role="owner", factor=True)
    elsewhere = await make_organization()
    await put_member(elsewhere[0], person.id, "owner")
    await trusted_for_factors(company)
    assert await through(company, browser, person.email) == "/"
    assert (await me(browser))["next"] is None
    here, there = (f"/api/v1/{slug}/supply/orders" for slug in (person.slug, elsewhere[1]))
    assert (await browser.get(here)).status_code == 200
    for method, path in (
        ("GET", there),
        ("DELETE", f"/api/v1/workspaces/{elsewhere[1]}/membership"),
        ("POST", "/api/v1/me/factors/totp"),
        ("POST", "/api/v1/me/recovery-codes"),
        ("POST", "/api/v1/me/email"),
    ):
        body = {"json": {"name": "x"} if "totp" in path else {"email": "x@example.com"}} if method == "POST" else {}
        answer = await browser.request(method, path, **body)
        assert (answer.status_code, answer.json()["code"]) == (403, "fresh_factor_required"), path
    listed = {each["slug"]: each for each in (await browser.get("/api/v1/workspaces")).json()["rows"]}
    assert (listed[person.slug]["locked"], listed[elsewhere[1]]["locked"]) == (False, True)
    answer = await browser.post("/api/v1/session/step-up", json={"code": person.code()})
    assert answer.status_code == 200, answer.text
    assert (await browser.get(there)).status_code == 200, "the person's own factor opens what is theirs"
    assert (await browser.post("/api/v1/me/factors/totp", json={"name": "Phone"})).status_code < 300


async def test_a_provider_sets_up_no_factor_for_a_person_who_works_elsewhere_too(
    company: Company, browser: Browser
) -> None:
    """Without a factor of their own it is the password that proves the person; else a new factor would open everything."""
    person, alone = await member(company), await member(company)
    elsewhere = await make_organization()
    await put_member(elsewhere[0], person.id, "analyst")
    await trusted_for_factors(company)
    assert await through(company, browser, person.email) == "/"
    await me(browser)
    there = f"/api/v1/{elsewhere[1]}/supply/orders"
    for answer in (await browser.get(there), await browser.post("/api/v1/me/factors/totp", json={"name": "Phone"})):
        assert (answer.status_code, answer.json()["code"]) == (403, "fresh_factor_required")
    assert (await browser.post("/api/v1/session/step-up", json={"password": person.password})).status_code == 200
    assert (await browser.get(there)).status_code == 200
    async with open_browser(company.app) as other:
        assert await through(company, other, alone.email) == "/"
        await me(other)
        answer = await other.post("/api/v1/me/factors/totp", json={"name": "Phone"})
        assert answer.status_code < 300, "whoever works for this company alone sets one up by its word"


async def test_an_account_is_linked_only_where_it_belongs_to_the_company(company: Company, browser: Browser) -> None:
    stranger = await make_person(email=company.email("stranger"))
    assert await through(company, browser, stranger.email) == "/sign-in?sso=member"
    await put_member(company.owner.organization_id, stranger.id, "analyst")
    async with tenant_session(company.owner.organization_id) as session:
        await session.execute(
            text("update memberships set state = 'suspended' where user_id = :user and organization_id = :here"),
            {"user": stranger.id, "here": company.owner.organization_id},
        )
    async with open_browser(company.app) as again:
        assert await through(company, again, stranger.email) == "/sign-in?sso=member"
    assert await refusals(company) == ["member", "member"]


async def require(company: Company, browser: Browser) -> None:
    tester = await member(company)
    assert await through(company, browser, tester.email) == "/"
    answer = await company.switch(enabled=True, required=True, break_glass_user_id=str(company.owner.id))
    assert answer.status_code == 200, answer.text


async def test_where_it_is_required_passwords_open_nothing_but_for_the_break_glass_owner(
    company: Company, browser: Browser
) -> None:
    inside, agency = await member(company), await make_person(factor=False, role="analyst")
    await put_member(company.owner.organization_id, agency.id, "analyst")
    async with open_browser(company.app, agency) as outsider:
        path = f"/api/v1/{company.owner.slug}/supply/orders"
        assert (await outsider.get(path)).status_code == 200
        await require(company, browser)
        assert (await outsider.get(path)).json()["code"] == "sso_required", "at once, for sessions that exist too"
        assert (await outsider.get(f"/api/v1/{agency.slug}/supply/orders")).status_code == 200, (
            "elsewhere nothing changes"
        )
    async with open_browser(company.app) as other:
        answer = await other.post("/api/v1/session", json={"email": inside.email, "password": inside.password})
        assert (answer.status_code, answer.json()["code"]) == (403, "sso_required")
        answer = await other.post("/api/v1/session", json={"email": inside.email, "password": "wrong"})
        assert (answer.status_code, answer.json()["code"]) == (401, "wrong_credentials"), "nobody learns who exists"
        assert await through(company, other, inside.email) == "/"
        assert (await other.get(path)).status_code == 200
    assert (await company.desk.get(path)).status_code == 200
    async with open_browser(company.app, company.owner) as glass:
        assert (await glass.get(path)).status_code == 200


async def test_where_it_is_required_no_password_is_reset_by_mail_but_for_the_break_glass_owner(
    company: Company, browser: Browser, mailbox: Any
) -> None:
    inside = await member(company)

    async def ask(email: str) -> Any:
        answer = await browser.post("/api/v1/password-reset-requests", json={"email": email})
        assert answer.status_code == 202, "the answer says nothing about anybody"
        return await mailbox.next(to=email, kinds=KINDS)

    earlier = next(link for link in (await ask(inside.email)).links if "/reset-password#" in link)
    async with open_browser(company.app) as tester:
        await require(company, tester)
    body = {"token": earlier.partition("#")[2], "password": "Another-long-Passw0rd!"}
    answer = await browser.post("/api/v1/password-resets", json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "sso_required"), "a link from before opens nothing"
    mail = await ask(inside.email)
    assert "your company's account" in mail.subject
    assert not any("#" in link for link in mail.links)
    assert any("/reset-password#" in link for link in (await ask(company.owner.email)).links)


async def test_it_is_required_only_when_it_works_and_somebody_can_still_get_in(
    company: Company, browser: Browser
) -> None:
    owner = str(company.owner.id)
    answer = await company.switch(enabled=True, required=True, break_glass_user_id=owner)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_ready"), "nobody tried it yet"
    person, bare = await member(company), await member(company, role="owner", factor=False)
    assert await through(company, browser, person.email) == "/"
    stranger = await make_person()
    for chosen in (None, str(person.id), str(bare.id), str(stranger.id)):
        answer = await company.switch(enabled=True, required=True, break_glass_user_id=chosen)
        assert answer.json()["errors"][0]["code"] == "owner_with_factor"
    assert (await company.switch(enabled=True, required=True, break_glass_user_id=owner)).status_code == 200
    [domain] = (await company.desk.get(company.desk.at("/administration/sso"))).json()["domains"]
    answer = await company.desk.delete(company.desk.at(f"/administration/sso/domains/{domain['id']}"))
    assert (answer.status_code, answer.json()["code"]) == (409, "not_ready")


async def test_another_issuer_or_client_switches_it_off_until_it_is_tried(company: Company, browser: Browser) -> None:
    await require(company, browser)
    assert (await company.configure(client_id="other", client_secret=None)).status_code == 422
    found = (await company.configure(client_id="other", client_secret="x")).json()["provider"]
    assert (found["enabled"], found["required"], found["tested_at"]) == (False, False, None)
    assert (await browser.post("/api/v1/session/sso", json={"email": company.email()})).status_code == 404


async def test_the_client_secret_is_sealed_and_never_answered(company: Company) -> None:
    answer = await company.desk.get(company.desk.at("/administration/sso"))
    assert "secret-of-oktee" not in answer.text
    async with tenant_session(company.owner.organization_id) as session:
        row = (await session.execute(text("select blob from secrets where kind = 'sso_client_secret'"))).one()
    assert b"secret-of-oktee" not in bytes(row.blob)
    assert (await company.desk.delete(company.desk.at("/administration/sso/provider"))).status_code == 204
    async with tenant_session(company.owner.organization_id) as session:
        assert await session.scalar(text("select count(*) from secrets where kind = 'sso_client_secret'")) == 0


async def test_a_wrong_client_secret_is_named_so(company: Company, browser: Browser) -> None:
    person = await member(company)
    await company.configure(client_secret="not-the-secret")
    assert await through(company, browser, person.email) == "/sign-in?sso=exchange"


@pytest.mark.parametrize(
    ("issuer", "code"),
    [
        ("https://169.254.169.254", "provider_blocked_address"),
        ("https://10.1.2.3/oidc", "provider_blocked_address"),
        ("ftp://idp.test", "invalid_issuer"),
        ("https://user:word@idp.test", "invalid_issuer"),
        ("https://idp.test/?a=b", "invalid_issuer"),
        ("http://localhost:1", "provider_no_answer"),
    ],
)
async def test_the_address_of_a_provider_goes_through_the_guard(company: Company, issuer: str, code: str) -> None:
    answer = await company.configure(issuer=issuer)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)


async def test_a_provider_that_says_it_is_another_is_refused(company: Company) -> None:
    answer = await company.configure(issuer=company.idp.issuer + "/")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "provider_issuer_mismatch"


async def test_only_who_manages_people_sets_it_up_and_only_for_their_own(company: Company) -> None:
    person = await member(company)
    async with open_browser(company.app, person) as plain:
        assert (await plain.get(plain.at("/administration/sso"))).status_code == 403
    organization, slug = await make_organization()
    assert organization != company.owner.organization_id
    assert (await company.desk.get(f"/api/v1/{slug}/administration/sso")).status_code == 404


async def test_declining_at_the_provider_and_unknown_addresses_end_kindly(company: Company, browser: Browser) -> None:
    url = await begin(company, browser, email=company.email())
    state = parse_qs(urlsplit(url).query)["state"][0]
    path = urlsplit(company.redirect_uri).path
    assert (
        await land(browser, f"{path}?{urlencode({'state': state, 'error': 'access_denied'})}")
        == "/sign-in?sso=declined"
    )
    assert await land(browser, f"/oauth/sso/{company.owner.id}/callback?state=x&code=y") == "/sign-in?sso=state"
    assert (await browser.post("/api/v1/session/sso", json={"email": "a@nowhere.example.net"})).json()[
        "code"
    ] == "no_company_sign_in"
    assert (await browser.post("/api/v1/session/sso", json={})).status_code == 422
    answer = await browser.post("/api/v1/session/sso", json={"workspace": company.owner.slug})
    assert answer.json()["name"] == "Acme"
    answer = await browser.post(
        "/api/v1/session/sso", json={"workspace": company.owner.slug}, headers={"Origin": "https://evil.test"}
    )
    assert answer.status_code == 403
    assert ORIGIN == "http://localhost:8000"
