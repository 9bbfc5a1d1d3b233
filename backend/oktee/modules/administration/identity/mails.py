"""The kinds of work behind mails: what a worker has to know."""

from typing import Final

from oktee.kit.work import Kind
from oktee.modules.administration.identity.notices import LOCKED
from oktee.modules.administration.identity.passwords import RESET_MAIL
from oktee.notify.mail import MAIL

KINDS: Final[tuple[Kind, ...]] = (MAIL, LOCKED, RESET_MAIL)
