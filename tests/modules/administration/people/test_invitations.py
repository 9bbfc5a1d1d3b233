"""Invitations: to one address, good once, never more than the inviter holds; and that they tell strangers nothing."""

import asyncio
from typing import Any

import factories
from factories import Browser, Person
from mailbox_server import Mailbox
from modules.administration.people.acting import code, colleague, entries, people
from oktee.access.people.tables import Invitation
from oktee.access.sso.tables import SsoDomain, SsoProvider
from oktee.kit.clock import now
from oktee.kit.database import global_session
from sqlalchemy import func, text, update

INVITATIONS = "/administration/invitations"
PASSWORD = "Fr3sh-and-Long-Words!"


async def invite(browser: Browser, *emails: str, role: str = "analyst", **over: Any) -> list[dict[str, Any]]:
    answer = await browser.post(browser.at(INVITATIONS), json={"emails": list(emails), "role": role} | over)
    assert answer.status_code == 201, answer.text
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


async def token_for(mailbox: Mailbox, email: str) -> str:
    mail = await mailbox.next(to=email)
    [link] = [each for each in mail.links if "/invitation#" in each]
    return link.split("#", 1)[1]


async def test_a_new_person_joins_by_the_link_of_the_mail(
    browser: Browser, nobody: Browser, owner: Person, mailbox: Mailbox
) -> None:
    await invite(browser, "new@example.com", role="analyst", locale="fr", scope={"brands": ["Lumea"]})
    mail = await mailbox.next(to="new@example.com")
    assert "Olive Owner" in mail.subject
    assert f"Organization {owner.slug}" in mail.subject
    token = mail.links[0].split("#", 1)[1]
    shown = (await nobody.post("/api/v1/invitation-readings", json={"token": token})).json()
    assert (shown["email"], shown["role"], shown["has_account"]) == ("new@example.com", "analyst", False)
    weak = await nobody.post(
        "/api/v1/invitation-accounts", json={"token": token, "name": "Nina Nouvelle", "password": "short"}
    )
    assert weak.status_code == 422
    answer = await nobody.post(
        "/api/v1/invitation-accounts",
        json={"token": token, "name": "Nina Nouvelle", "password": PASSWORD, "locale": "fr"},
    )
    assert answer.status_code == 201, answer.text
    [workspace] = answer.json()["me"]["workspaces"]
    assert (workspace["slug"], workspace["role"]) == (owner.slug, "analyst")
    assert workspace["scope"]["brands"] == ["Lumea"]
    found = await people(browser)
    assert found["invitations"] == []
    assert {row["name"]: row["invited_by"] for row in found["members"]}["Nina Nouvelle"] == "Olive Owner"
    [entry] = await entries(owner, "people.joined")
    assert entry.payload["after"] == {"role": "analyst", "scope": {"brands": ["Lumea"]}}
    again = await nobody.post("/api/v1/invitation-readings", json={"token": token})
    assert (again.status_code, code(again)) == (404, "link_expired")


async def test_a_role_with_power_sets_a_factor_up_before_anything_else(
    browser: Browser, nobody: Browser, mailbox: Mailbox, owner: Person
) -> None:
    await invite(browser, "new@example.com", role="supply_manager")
    token = await token_for(mailbox, "new@example.com")
    answer = await nobody.post("/api/v1/invitation-accounts", json={"token": token, "name": "N", "password": PASSWORD})
    assert answer.json()["me"]["next"] == "enrol"
    cookie = answer.headers["set-cookie"].split(";")[0]
    refused = await nobody.get(f"/api/v1/{owner.slug}/supply/orders", headers={"Cookie": cookie})
    assert (refused.status_code, code(refused)) == (403, "mfa_required")


async def test_of_many_who_use_a_link_at_once_one_gets_in(browser: Browser, nobody: Browser, mailbox: Mailbox) -> None:
    await invite(browser, "new@example.com")
    token = await token_for(mailbox, "new@example.com")
    body = {"token": token, "name": "Nina", "password": PASSWORD}
    answers = await asyncio.gather(*(nobody.post("/api/v1/invitation-accounts", json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers)[0] == 201
    assert [answer.status_code for answer in answers].count(201) == 1
    assert {answer.status_code for answer in answers} <= {201, 404, 409}


async def test_somebody_with_an_account_joins_with_it_and_no_other(
    app: Any, browser: Browser, nobody: Browser, owner: Person, stranger: Person, mailbox: Mailbox
) -> None:
    await invite(browser, stranger.email.upper(), role="finance")
    token = await token_for(mailbox, stranger.email.lower())
    shown = (await nobody.post("/api/v1/invitation-readings", json={"token": token})).json()
    assert shown["has_account"] is True
    taken = await nobody.post("/api/v1/invitation-accounts", json={"token": token, "name": "X", "password": PASSWORD})
    assert (taken.status_code, code(taken)) == (409, "account_exists")
    assert (await nobody.post("/api/v1/invitation-acceptances", json={"token": token})).status_code == 401
    wrong = await browser.post("/api/v1/invitation-acceptances", json={"token": token})
    assert (wrong.status_code, code(wrong)) == (403, "invitation_for_another")
    async with factories.open_browser(app, stranger) as theirs:
        answer = await theirs.post("/api/v1/invitation-acceptances", json={"token": token})
        assert answer.json()["slug"] == owner.slug
        assert {each["slug"]: each["role"] for each in (await theirs.get("/api/v1/me")).json()["workspaces"]} == {
            owner.slug: "finance", stranger.slug: "owner",
        }  # fmt: skip


async def test_a_link_sent_again_voids_the_one_before_and_a_revoked_one_opens_nothing(
    browser: Browser, nobody: Browser, mailbox: Mailbox
) -> None:
    await invite(browser, "new@example.com")
    first = await token_for(mailbox, "new@example.com")
    [row] = (await people(browser))["invitations"]
    sent = await browser.post(browser.at(f"{INVITATIONS}/sendings"), json={"ids": [row["id"]]})
    assert sent.json()["results"] == [{"id": row["id"], "ok": True, "code": None, "detail": None}]
    second = await token_for(mailbox, "new@example.com")
    assert (await nobody.post("/api/v1/invitation-readings", json={"token": first})).status_code == 404
    assert (await nobody.post("/api/v1/invitation-readings", json={"token": second})).status_code == 200
    assert (await browser.delete(browser.at(f"{INVITATIONS}/{row['id']}"))).status_code == 200
    assert (await nobody.post("/api/v1/invitation-readings", json={"token": second})).status_code == 404
    assert (await browser.delete(browser.at(f"{INVITATIONS}/{row['id']}"))).status_code == 404


async def test_where_the_company_s_sign_in_is_required_an_invitation_makes_no_password(
    browser: Browser, nobody: Browser, owner: Person, mailbox: Mailbox
) -> None:
    """Also one from the owner who may still use theirs: what is let through for that person is for nobody else."""
    domain = f"{owner.slug}.example.com"
    await invite(browser, f"new@{domain}")
    token = await token_for(mailbox, f"new@{domain}")
    async with global_session() as session:
        session.add(SsoDomain(organization_id=owner.organization_id, domain=domain, proof="x", verified_at=now()))
        session.add(
            SsoProvider(
                organization_id=owner.organization_id, name="Acme", issuer="https://idp.example.com", client_id="x",
                enabled=True, required=True, mfa_values=[], acr_values=[], break_glass_user_id=owner.id,
            )
        )  # fmt: skip
    answer = await nobody.post(
        "/api/v1/invitation-accounts", json={"token": token, "name": "Nina Nouvelle", "password": PASSWORD}
    )
    assert (answer.status_code, code(answer)) == (403, "sso_required")


async def test_a_link_lapses_after_three_days(browser: Browser, nobody: Browser, mailbox: Mailbox) -> None:
    await invite(browser, "new@example.com")
    token = await token_for(mailbox, "new@example.com")
    async with global_session() as session:
        left = await session.scalar(text("select expires_at - now() > interval '71 hours' from invitations"))
        assert left is True
        await session.execute(update(Invitation).values(expires_at=func.now()))
    assert (await nobody.post("/api/v1/invitation-readings", json={"token": token})).status_code == 404
    assert [row["state"] for row in (await people(browser))["invitations"]] == ["expired"]


async def test_an_inviter_who_lost_their_rights_lets_nobody_in(
    app: Any, browser: Browser, nobody: Browser, owner: Person, mailbox: Mailbox
) -> None:
    admin = await colleague(owner, "admin")
    async with factories.open_browser(app, admin) as his:
        await invite(his, "new@example.com", role="admin")
    token = await token_for(mailbox, "new@example.com")
    assert (await nobody.post("/api/v1/invitation-readings", json={"token": token})).status_code == 200
    await browser.put(browser.at(f"/administration/people/{admin.id}/suspension"))
    answer = await nobody.post("/api/v1/invitation-accounts", json={"token": token, "name": "N", "password": PASSWORD})
    assert (answer.status_code, code(answer)) == (404, "link_expired")


async def test_inviting_tells_nothing_about_accounts_elsewhere(
    browser: Browser, owner: Person, stranger: Person, mailbox: Mailbox
) -> None:
    results = await invite(browser, stranger.email, "nobody@example.com", owner.email)
    assert {each["id"]: each["code"] for each in results} == {
        stranger.email.lower(): None, "nobody@example.com": None, owner.email.lower(): "already_member",
    }  # fmt: skip
    known, unknown = await mailbox.next(to=stranger.email), await mailbox.next(to="nobody@example.com")
    assert known.subject == unknown.subject
    again = await invite(browser, stranger.email, "nobody@example.com")
    assert {each["code"] for each in again} == {"already_invited"}


async def test_an_invitation_of_another_workspace_does_not_exist_here(
    app: Any, browser: Browser, stranger: Person, mailbox: Mailbox
) -> None:
    async with factories.open_browser(app, stranger) as theirs:
        await invite(theirs, "new@example.com")
        [row] = (await people(theirs))["invitations"]
    assert (await people(browser))["invitations"] == []
    assert (await browser.delete(browser.at(f"{INVITATIONS}/{row['id']}"))).status_code == 404
    sent = await browser.post(browser.at(f"{INVITATIONS}/sendings"), json={"ids": [row["id"]]})
    assert [each["code"] for each in sent.json()["results"]] == ["not_found"]


async def test_the_token_is_nowhere_in_the_database(browser: Browser, mailbox: Mailbox) -> None:
    await invite(browser, "new@example.com")
    token = await token_for(mailbox, "new@example.com")
    async with global_session() as session:
        found = await session.scalar(
            text("select count(*) from invitations i where i::text like :t"), {"t": f"%{token}%"}
        )
    assert found == 0
