"""The second factor and the sessions of one person."""

from contextlib import closing

from oktee.check.client import Client
from oktee.check.codes import next_code
from oktee.check.desk import Desk
from oktee.check.place import Account
from oktee.check.story import expect


def codes_and_sessions(desk: Desk, who: Account) -> None:
    """Another browser of the same person: a wrong code is refused, a right one opens a session and never a second one,
    and that session is ended from this browser's list."""
    code = next_code(who.totp_seed or "")
    wrong = "000000" if code != "000000" else "111111"
    url = desk.client.url
    with closing(Client(url)) as first, closing(Client(url)) as other, closing(Client(url)) as third:
        for browser, attempt, status in ((first, wrong, 422), (other, code, 200), (third, code, 422)):
            found = browser.try_factor(who.email, who.password, attempt)
            expect(found == status, f"the second factor answered {found}, not {status}")
        desk.story.step("a wrong code is refused, a right one opens a session, and never a second one")
        ended = desk.client.send("DELETE", "/api/v1/me/sessions")["sessions"]
        expect(len(ended) == 1, f"{len(ended)} sessions are listed after the others were ended")
        found = other.status("GET", "/api/v1/me")
        expect(found == 401, f"the cookie of an ended session answers {found}, not 401")
    desk.story.step("ended every other session: its cookie is worth nothing at once")
