"""A client of the public kind: it keeps no cookie jar, reads Set-Cookie and sends the Cookie header itself."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.cookies import SimpleCookie
from typing import Any
from uuid import uuid4

import httpx

from oktee.check.codes import next_code
from oktee.check.story import Failed, expect

SESSION = "__Host-oktee_session"
STAFF_SESSION = "__Host-oktee_staff"
AT_ONCE = 5.0
"""Seconds within which a live stream is cut once its reader may read no longer."""


class Refused(Failed):
    """The API answered with a problem."""

    def __init__(self, request: str, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(f"{request} answered {status} {body.get('code', '')}: {body.get('detail', body)}")
        self.status = status
        self.body = body


def _with_code(seed: str, prove: Callable[[str], Any]) -> Any:
    """Prove with a code; with the two after it when somebody, perhaps this journey a moment ago, has used it already."""
    for _ in range(2):
        try:
            return prove(next_code(seed))
        except Refused as refused:
            if refused.status not in (401, 422):
                raise
    return prove(next_code(seed))


class Stream:
    """A live stream that was opened: the server ends it when its reader may read no longer."""

    def __init__(self, path: str, lines: Iterator[str]) -> None:
        self._path = path
        self._lines = lines

    def cut(self, *, within: float) -> float:
        """Read on to the end; gives the seconds it took. Raises Failed when it goes on."""
        began = time.monotonic()
        for _ in self._lines:
            if time.monotonic() - began > within:
                raise Failed(f"the stream {self._path} still tells after {within:.0f} s")
        took = time.monotonic() - began
        expect(took <= within, f"the stream {self._path} was cut after {took:.1f} s, not {within:.0f}")
        return took


class Browser:
    """One browser at the deployment: the cookie of one kind of session, and the token its unsafe requests carry."""

    def __init__(self, url: str, cookie: str) -> None:
        self.url = url.rstrip("/")
        self._name = cookie
        self._http = httpx.Client(base_url=self.url, timeout=30, follow_redirects=False, trust_env=False)
        self._cookie: str | None = None
        self._csrf: str | None = None

    def close(self) -> None:
        """Give the connections back; the session stays open."""
        self._http.close()

    def get(self, path: str, **query: Any) -> Any:
        return self._json(f"GET {path}", self.raw("GET", path, params=query))

    def send(
        self, method: str, path: str, body: object = None, *, headers: Mapping[str, str] | None = None, **query: Any
    ) -> Any:
        """An unsafe request: with the CSRF token and our origin, as the page sends it."""
        return self._json(f"{method} {path}", self._unsafe(method, path, body, headers=headers, params=query))

    def status(self, method: str, path: str, body: object = None) -> int:
        """Only the status of the answer, for what is to be refused."""
        answer = self.raw(method, path) if method == "GET" else self._unsafe(method, path, body)
        return answer.status_code

    def post_once(self, path: str, body: object, key: str | None = None) -> Any:
        """A POST with an Idempotency-Key."""
        return self.send("POST", path, body, headers={"Idempotency-Key": key or str(uuid4())})

    def raw(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **options: Any
    ) -> httpx.Response:
        """The answer as it came, with our cookie sent."""
        sent = dict(headers or {})
        if self._cookie is not None:
            sent["Cookie"] = f"{self._name}={self._cookie}"
        try:
            return self._http.request(method, path, headers=sent, **options)
        except httpx.HTTPError as error:
            raise Failed(f"{method} {path}: {type(error).__name__} {error}") from None

    @contextmanager
    def listening(self, path: str) -> Iterator["Stream"]:
        """An open live stream; what it tells is left unread until `Stream.cut`."""
        headers = {"Accept": "text/event-stream", "Cookie": f"{self._name}={self._cookie}"}
        with self._http.stream("GET", path, headers=headers) as answer:
            expect(answer.status_code == 200, f"the stream {path} answers {answer.status_code}")
            lines = answer.iter_lines()
            expect("event: ready" in (next(lines), next(lines)), f"the stream {path} does not begin with `ready`")
            yield Stream(path, lines)

    def _unsafe(
        self, method: str, path: str, body: object, *, headers: Mapping[str, str] | None = None, **options: Any
    ) -> httpx.Response:
        sent = {"Origin": self.url, "X-CSRF-Token": self._csrf or "", **(headers or {})}
        if isinstance(body, bytes):
            options["content"] = body
        elif body is not None:
            options["json"] = body
        return self.raw(method, path, headers=sent, **options)

    def _begin(self, path: str, body: object, *, me: str | None = None) -> Any:
        """POST what begins a session, or goes on with it as a new one. Checks the cookie as a careful browser would.

        `me`: the field of the answer that tells who is signed in, None when it is the whole answer.
        """
        answer = self._unsafe("POST", path, body)
        found = self._json(f"POST {path}", answer)
        cookies = SimpleCookie()
        for header in answer.headers.get_list("set-cookie"):
            cookies.load(header)
        morsel = cookies.get(self._name)
        if morsel is None:
            raise Failed(f"POST {path} set no cookie {self._name}")
        attributes = {"Secure": morsel["secure"], "HttpOnly": morsel["httponly"], "SameSite": morsel["samesite"]}
        expect(all(attributes.values()), f"the session cookie lacks one of Secure, HttpOnly, SameSite: {attributes}")
        expect(morsel["path"] == "/" and not morsel["domain"], "a __Host- cookie has Path=/ and no Domain")
        self._cookie, self._csrf = morsel.value, (found[me] if me else found)["csrf_token"]
        return found

    @staticmethod
    def _json(request: str, answer: httpx.Response) -> Any:
        if answer.status_code == 204 or not answer.content:
            body: Any = {}
        elif "json" not in answer.headers.get("content-type", ""):
            raise Failed(f"{request} answered {answer.status_code} with {answer.headers.get('content-type')}, not JSON")
        else:
            body = answer.json()
        if answer.status_code >= 400:
            raise Refused(request, answer.status_code, body)
        return body


class Client(Browser):
    """One person at the pages of a customer."""

    def __init__(self, url: str) -> None:
        super().__init__(url, SESSION)
        self.me: dict[str, Any] = {}

    def sign_in(self, email: str, password: str, totp_seed: str | None = None) -> dict[str, Any]:
        """Open a session: the password, then a code where one is asked for."""
        self.me = self._begin("/api/v1/session", {"email": email, "password": password})
        if self.me["next"] == "factor":
            expect(bool(totp_seed), f"{email} is asked for a second factor: give the seed of the authenticator app")
            half = self.status("GET", "/api/v1/me/sessions")
            expect(half == 403, f"half signed in, /me/sessions answers {half}, not 403")
            self.me = _with_code(totp_seed or "", lambda code: self._begin("/api/v1/session/factor", {"code": code}))
        return self.me

    def try_factor(self, email: str, password: str, code: str) -> int:
        """The password, then this code: the status of the second step."""
        self._begin("/api/v1/session", {"email": email, "password": password})
        try:
            self.me = self._begin("/api/v1/session/factor", {"code": code})
        except Refused as refused:
            return refused.status
        return 200

    def join(self, token: str, name: str, password: str) -> dict[str, Any]:
        """Make the account that an invitation's link leads to; it is signed in then."""
        found = self._begin(
            "/api/v1/invitation-accounts", {"token": token, "name": name, "password": password}, me="me"
        )
        self.me = found["me"]
        return self.me

    def enrol(self) -> str:
        """Set up an authenticator app; gives its seed. The session goes on as one that has proved a factor."""
        made = self.send("POST", "/api/v1/me/factors/totp", {"name": "Journey"})
        code = {"code": next_code(made["seed"])}
        found = self._begin(f"/api/v1/me/factors/totp/{made['id']}/confirm", code, me="me")
        expect(len(set(found["recovery_codes"] or ())) >= 8, "the first factor brought no recovery codes")
        self.me = found["me"]
        return str(made["seed"])

    def step_up(self, totp_seed: str) -> None:
        """Prove the factor again, for dangerous acts."""
        self.me = _with_code(totp_seed, lambda code: self.send("POST", "/api/v1/session/step-up", {"code": code}))

    def sign_out(self) -> None:
        """End the session; the cookie is sent once more afterwards to see that it is worth nothing."""
        self.send("DELETE", "/api/v1/session")
        after = self.status("GET", "/api/v1/me")
        expect(after == 401, f"after signing out the cookie answers {after}, not 401")


class Console(Browser):
    """One of OKTee's own people at the staff console: another cookie, and no way into a customer but a grant."""

    def __init__(self, url: str) -> None:
        super().__init__(url, STAFF_SESSION)

    def sign_in(self, email: str, password: str, totp_seed: str) -> dict[str, Any]:
        """Password and code at once."""
        body = {"email": email, "password": password}
        found: dict[str, Any] = _with_code(
            totp_seed, lambda code: self._begin("/staff/api/v1/session", body | {"code": code})
        )
        return found

    def sign_out(self) -> None:
        """End the session."""
        self.send("DELETE", "/staff/api/v1/session")


class Control:
    """The simulator's control address: the customers' files, orders, the ledger."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/").removesuffix("/_control")
        self._http = httpx.Client(base_url=f"{self.address}/_control", timeout=30, trust_env=False)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def get(self, path: str, **query: Any) -> Any:
        return self._http.get(path, params=query).raise_for_status().json()

    def post(self, path: str, body: object) -> Any:
        return self._http.post(path, json=body).raise_for_status().json()

    def file(self, address: str) -> bytes:
        return self._http.get(address).raise_for_status().content

    def customer(self, workspace: str) -> dict[str, Any]:
        """The simulated customer with this workspace's slug, else the first."""
        customers: list[dict[str, Any]] = self.get("/customers")
        return next((each for each in customers if each["key"] == workspace), customers[0])

    def submissions(self, number: str | None = None) -> list[dict[str, Any]]:
        """Acknowledgements the simulated Amazon got: all, or those for one order."""
        calls: list[dict[str, Any]] = self.get("/ledger", operation="submitAcknowledgement")["calls"]
        return [call for call in calls if number is None or number in call["purchase_orders"]]
