"""Applications, authorisations and tokens: who may call on whose behalf, kept over a restart."""

import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from simulator.instants import Clock
from simulator.settings import LiveSettings
from simulator.store import Store

CODE_LIFETIME = timedelta(minutes=5)
AUTHORISED_FOR = timedelta(days=365)
"""An authorisation is renewed each year, or refused (amazon/FACTS b)."""
ARRIVAL_LIFETIME = timedelta(minutes=30)


@dataclass(slots=True, kw_only=True)
class Application:
    client_id: str
    client_secret: str
    application_id: str
    name: str
    redirect_uris: list[str]
    roles: list[str]
    draft: bool = False
    """A draft application is authorised with version=beta only (amazon/FACTS b)."""
    login_uri: str | None = None
    """The application's own login page, opened when a vendor re-authorises from Manage Your Apps."""


@dataclass(slots=True, kw_only=True)
class Grant:
    """One authorisation: a refresh token of one application for one vendor group."""

    refresh_token: str
    client_id: str
    selling_partner_id: str
    roles: list[str]
    """The application's roles when the vendor consented: a role added later needs a new consent."""
    granted_at: datetime
    revoked_at: datetime | None = None

    @property
    def expires_at(self) -> datetime:
        return self.granted_at + AUTHORISED_FOR


@dataclass(slots=True, kw_only=True)
class Arrival:
    """A re-authorisation that began on Manage Your Apps: Amazon's own state, until the application sends the vendor back."""

    state: str
    client_id: str
    selling_partner_id: str
    country: str
    expires_at: datetime
    used: bool = False


@dataclass(slots=True, kw_only=True)
class Code:
    code: str
    client_id: str
    selling_partner_id: str
    redirect_uri: str
    expires_at: datetime
    used: bool = False


@dataclass(slots=True, kw_only=True)
class AccessToken:
    token: str
    client_id: str
    expires_at: datetime
    refresh_token: str | None = None
    """The grant it came from; None for a grantless token."""
    scopes: list[str] = field(default_factory=list)


class Identity:
    def __init__(self, store: Store, *, clock: Clock, live: Callable[[], LiveSettings]) -> None:
        self._store = store
        self._clock = clock
        self._live = live
        self._applications = {key: Application(**row) for key, row in store.all("application")}
        self._grants = {key: Grant(**_dated(row, "granted_at", "revoked_at")) for key, row in store.all("grant")}
        self._arrivals = {key: Arrival(**_dated(row, "expires_at")) for key, row in store.all("arrival")}
        self._codes = {key: Code(**_dated(row, "expires_at")) for key, row in store.all("code")}
        self._access = {key: AccessToken(**_dated(row, "expires_at")) for key, row in store.all("access")}

    def register(self, application: Application) -> None:
        """Make the application known, or change it; its authorisations stay."""
        self._applications[application.client_id] = application
        self._store.put("application", application.client_id, asdict(application))

    def applications(self) -> list[Application]:
        return list(self._applications.values())

    def find_client(self, client_id: str) -> Application | None:
        return self._applications.get(client_id)

    def find_application(self, application_id: str) -> Application | None:
        return next((each for each in self._applications.values() if each.application_id == application_id), None)

    def begin_arrival(self, application: Application, *, selling_partner_id: str, country: str) -> Arrival:
        """Amazon's state of a re-authorisation that the vendor began on Manage Your Apps."""
        arrival = Arrival(
            state=secrets.token_urlsafe(24),
            client_id=application.client_id,
            selling_partner_id=selling_partner_id,
            country=country,
            expires_at=self._clock() + ARRIVAL_LIFETIME,
        )
        self._save_arrival(arrival)
        return arrival

    def end_arrival(self, state: str, *, client_id: str) -> Arrival | None:
        """The arrival of this state, once; None when unknown, used, too old or of another application."""
        known = self._arrivals.get(state)
        if known is None or known.used or known.client_id != client_id or known.expires_at <= self._clock():
            return None
        known.used = True
        self._save_arrival(known)
        return known

    def issue_code(self, application: Application, *, selling_partner_id: str, redirect_uri: str) -> str:
        code = Code(
            code="RH" + secrets.token_hex(9),
            client_id=application.client_id,
            selling_partner_id=selling_partner_id,
            redirect_uri=redirect_uri,
            expires_at=self._clock() + CODE_LIFETIME,
        )
        self._save_code(code)
        return code.code

    def redeem_code(self, application: Application, *, code: str, redirect_uri: str | None) -> Grant | None:
        """The grant of a code that is fresh, unused and of this application and redirect_uri; None otherwise. A code works once."""
        known = self._codes.get(code)
        if known is None or known.used or known.client_id != application.client_id:
            return None
        known.used = True
        self._save_code(known)
        if known.expires_at <= self._clock() or (redirect_uri is not None and redirect_uri != known.redirect_uri):
            return None
        return self.grant(application, selling_partner_id=known.selling_partner_id)

    def grant(self, application: Application, *, selling_partner_id: str) -> Grant:
        """A new authorisation; those given before stay valid beside it (trust/OAUTH 1)."""
        grant = Grant(
            refresh_token="Atzr|" + secrets.token_urlsafe(48),
            client_id=application.client_id,
            selling_partner_id=selling_partner_id,
            roles=list(application.roles),
            granted_at=self._clock(),
        )
        self._save_grant(grant)
        return grant

    def find_grant(self, refresh_token: str, *, client_id: str) -> Grant | None:
        """The live grant of this application; None when unknown, another's, revoked, or older than a year."""
        grant = self._grants.get(refresh_token)
        if grant is None or grant.client_id != client_id or grant.revoked_at is not None:
            return None
        return grant if self._clock() < grant.expires_at else None

    def authorised(self, *, selling_partner_id: str) -> list[Grant]:
        """The latest grant of each application for this vendor group that was not disabled, lapsed ones too."""
        latest: dict[str, Grant] = {}
        for grant in sorted(self._grants.values(), key=lambda each: each.granted_at):
            if grant.selling_partner_id == selling_partner_id and grant.revoked_at is None:
                latest[grant.client_id] = grant
        return list(latest.values())

    def grants(self) -> list[Grant]:
        return list(self._grants.values())

    def revoke(self, *, selling_partner_id: str, client_id: str | None) -> int:
        """Revoke every grant of the vendor group (to one application, or to all); returns how many were live."""
        count = 0
        for grant in self._grants.values():
            mine = grant.selling_partner_id == selling_partner_id and client_id in (None, grant.client_id)
            if mine and grant.revoked_at is None:
                grant.revoked_at = self._clock()
                self._save_grant(grant)
                count += 1
        return count

    def issue_access(
        self, application: Application, *, grant: Grant | None = None, scopes: list[str] | None = None
    ) -> AccessToken:
        token = AccessToken(
            token=("Atza|" if grant else "Atc|") + secrets.token_urlsafe(48),
            client_id=application.client_id,
            expires_at=self._clock() + timedelta(seconds=self._live().token_ttl_seconds),
            refresh_token=grant.refresh_token if grant else None,
            scopes=scopes or [],
        )
        self._access[token.token] = token
        self._store.put("access", token.token, asdict(token))
        return token

    def find_access(self, token: str) -> AccessToken | None:
        return self._access.get(token)

    def grant_of(self, token: AccessToken) -> Grant | None:
        return None if token.refresh_token is None else self._grants.get(token.refresh_token)

    def _save_grant(self, grant: Grant) -> None:
        self._grants[grant.refresh_token] = grant
        self._store.put("grant", grant.refresh_token, asdict(grant))

    def _save_arrival(self, arrival: Arrival) -> None:
        self._arrivals[arrival.state] = arrival
        self._store.put("arrival", arrival.state, asdict(arrival))

    def _save_code(self, code: Code) -> None:
        self._codes[code.code] = code
        self._store.put("code", code.code, asdict(code))

    def forget_grants(self) -> None:
        """Drop what a rebuilt world no longer honours: authorisations, codes and tokens. Applications stay."""
        self._grants.clear()
        self._arrivals.clear()
        self._codes.clear()
        self._access.clear()


def _dated(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {**row, **{name: datetime.fromisoformat(row[name]) for name in names if row[name]}}
