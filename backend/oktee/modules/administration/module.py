"""The Administration family, declared."""

from oktee.amazon.connection import write_stops
from oktee.amazon.mirror import care, inbox, runner
from oktee.catalog import imports
from oktee.kit.module import Module
from oktee.modules.administration import (
    access_requests,
    api_keys,
    arrivals,
    catalog,
    connection,
    housekeeping,
    logistics,
    modules,
    permission_pdf,
    permissions,
    private_app,
    recurring,
    settings,
    setup,
    sync,
    teams,
)
from oktee.modules.administration.audit import screen as audit
from oktee.modules.administration.identity import mails
from oktee.modules.administration.keys.reseal import RESEAL
from oktee.modules.administration.people import inviting, preview, review_screen, role_screen
from oktee.modules.administration.people import screen as people
from oktee.modules.administration.privacy import deletion, exporting, purge
from oktee.modules.administration.privacy import screen as privacy
from oktee.modules.administration.sso import screen as sso
from oktee.modules.administration.support import screen as support
from oktee.modules.administration.support.watch import WATCH
from oktee.notify.alerts.handing_over import HAND_OVER
from oktee.notify.alerts.mailing import ALERTS, DIGEST

ADMINISTRATION = Module(
    name="administration",
    title="Administration",
    screens=(
        connection.router,
        access_requests.router,
        arrivals.router,
        private_app.router,
        permissions.router,
        permission_pdf.router,
        modules.router,
        settings.router,
        sync.router,
        catalog.router,
        logistics.router,
        api_keys.router,
        setup.router,
        sso.router,
        people.router,
        preview.router,
        inviting.router,
        role_screen.router,
        review_screen.router,
        teams.router,
        privacy.router,
        support.router,
        audit.router,
    ),
    jobs=(
        runner.POLL,
        care.CARE,
        inbox.INBOX,
        imports.LOAD,
        housekeeping.HOUSEKEEPING,
        RESEAL,
        *mails.KINDS,
        exporting.EXPORT,
        deletion.REMIND,
        purge.PURGE,
        WATCH,
        ALERTS,
        DIGEST,
        HAND_OVER,
        *write_stops.KINDS,
        *recurring.KINDS,
    ),
)
