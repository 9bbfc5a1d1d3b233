"""Where a journey goes and as whom: all that a journey is told."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can sign in. `totp_seed`: of their authenticator app, None where they have none."""

    email: str
    password: str
    totp_seed: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A deployment's address, an owner of a sandbox organization there, and the control address of its simulated Amazon.

    `mails`: address of a mail viewer like the demo's; its mails are at /mails.json. `staff`: an account of the staff
    console. `colleague`: somebody else of that organization. Without them the steps that need them are left out, and the
    journey says so.
    """

    url: str
    control: str
    account: Account
    mails: str | None = None
    staff: Account | None = None
    colleague: Account | None = None
