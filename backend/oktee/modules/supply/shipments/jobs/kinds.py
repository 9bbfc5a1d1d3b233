"""Every job of shipments. The steps schedule each other by these kinds, so this is imported before any of them."""

from oktee.kit import work
from oktee.modules.supply.shipments.jobs.departing import depart
from oktee.modules.supply.shipments.jobs.following import fetch_labels, follow
from oktee.modules.supply.shipments.jobs.submitting import submit
from oktee.modules.supply.shipments.jobs.verifying import verify

SUBMIT = work.Kind("submit_shipment", submit, queue="interactive", attempts=1_000_000, cap=60.0)
VERIFY = work.Kind("verify_shipment", verify, queue="interactive", attempts=1_000_000, cap=300.0)
FOLLOW = work.Kind("follow_shipment", follow, queue="sync", attempts=1_000_000, cap=300.0)
LABELS = work.Kind("fetch_labels", fetch_labels, queue="interactive", attempts=12, cap=300.0)
DEPART = work.Kind("confirm_departure", depart, queue="interactive", attempts=1_000_000, cap=60.0)
KINDS = (SUBMIT, VERIFY, FOLLOW, LABELS, DEPART)
