"""Journey `trust`: who may do what, what Amazon is asked for, what leaves the company, and how all of it is ended."""

from contextlib import closing

from oktee.check.client import Client, Control
from oktee.check.desk import connect, sign_in
from oktee.check.place import Place
from oktee.check.story import Failed, Story
from oktee.check.trust import amazon, custody, people, record, sessions, support


def walk(story: Story, place: Place) -> None:
    """The whole journey. Raises Failed.

    The export is begun early and fetched late: it takes the worker longer than anything else here, and nobody waits for
    it with their hands in their lap. An authenticator app gives two codes within half a minute, so each person is asked
    for no more than two.
    """
    account, seed = place.account, place.account.totp_seed
    if seed is None:
        raise Failed("this journey asks for dangerous things: give the seed of the account's authenticator app")
    with closing(Client(place.url)) as client, closing(Control(place.control)) as simulator:
        desk = sign_in(story, client, simulator, account)
        since = record.newest_entry(desk)
        amazon.what_leaves_is_shown_before(desk)
        connect(desk)
        colleague = people.somebody_is_invited(desk, place.mails) if place.mails else None
        if colleague:
            sessions.codes_and_sessions(colleague.desk, colleague.account)
            people.a_part_is_seen_and_no_more(desk, colleague)
        else:
            story.note("no mail viewer is named: nobody is invited, and the owner's own codes and sessions are tried")
            sessions.codes_and_sessions(desk, account)
        export = custody.ask_for_everything(desk)
        if colleague:
            people.suspended_is_out_at_once(desk, colleague)
        people.access_is_reviewed(desk, colleague)
        staff = support.support_looks_in_by_grant_only(desk, place.staff, place.mails) if place.staff else None
        if not staff:
            story.note("no staff account is named: support grants are not tried")
        custody.a_key_opens_what_it_names(desk)
        client.step_up(seed)
        story.step("proved the factor again, for what is dangerous")
        amazon.a_module_off_collects_nothing(desk)
        custody.everything_can_be_taken_out(desk, export)
        custody.deletion_waits_and_can_be_cancelled(desk)
        amazon.revoked_at_amazon(desk)
        amazon.disconnected_here(desk)
        record.every_act_is_on_record(desk, since, colleague=colleague.name if colleague else None, staff=staff)
        client.sign_out()
        story.step("signed out; the cookie is worth nothing any more")
