"""The duties there are: each with its period, how early it is told, and who is told (Amazon's agreements and ours)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Duty:
    """How: `periodic` = again every `period`, done by `oktee clocks done`; `derived` = its dates are read from what it is
    about; `event` = due `period` after something happened (`oktee clocks start`); `enforced` = code keeps it, `by` says
    where. `customer`: owners are told too. `warn`: before the due date; of the LWA secret Amazon warns 90 days before."""

    kind: str
    label: str
    how: Literal["periodic", "derived", "event", "enforced"]
    period: timedelta
    warn: timedelta = timedelta(0)
    customer: bool = False
    by: str | None = None


def days(number: float) -> timedelta:
    return timedelta(days=number)


DUTIES: Final = (
    Duty("lwa_secret", "Rotate the application's client secret at Amazon", "derived", days(180), days(90)),
    Duty("lwa_old_secret", "Retire the replaced client secret at Amazon", "event", days(7), days(2)),
    Duty("reauthorization", "Renew the authorisation of an Amazon account", "derived", days(365), days(60)),
    Duty("lwa_code", "Redeem an authorisation code", "enforced", timedelta(minutes=5), by="amazon/connection/consent.py"),
    Duty("lwa_token", "Refresh an access token", "enforced", timedelta(hours=1), by="amazon/connection/tokens.py"),
    Duty("api_key_rotation", "Rotate an API key", "derived", days(365), days(30), customer=True),
    Duty("kek_rotation", "Rotate the key-encryption keys", "periodic", days(365), days(30)),
    Duty("signing_key_rotation", "Rotate the key that signs the audit trail", "periodic", days(365), days(30)),
    Duty("credential_rotation", "Rotate passwords of databases, Valkey and mail", "periodic", days(365), days(30)),
    Duty("access_review", "Review who has access", "derived", days(90), days(14), customer=True),
    Duty("staff_access_review", "Review who of OKTee has access", "periodic", days(90), days(14)),
    Duty("access_removal", "Remove the access of a person who left", "event", timedelta(hours=24), timedelta(hours=12)),
    Duty("incident_notice", "Tell Amazon and the customers of an incident", "event", timedelta(hours=24), timedelta(hours=12)),
    Duty("legal_process", "Tell Amazon of a legal process about its data", "event", timedelta(hours=24), timedelta(hours=12)),
    Duty("incident_plan", "Review the incident plan", "periodic", days(182), days(21)),
    Duty("amazon_deletion", "Delete or return on Amazon's notice", "event", timedelta(hours=72), timedelta(hours=24)),
    Duty("security_log_retention", "Keep security logs", "enforced", days(400), by="docs/data-inventory.yaml"),
    Duty("log_review", "Review the security logs", "periodic", days(14), days(3)),
    Duty("pii_retention", "Consumer data: none is fetched", "enforced", days(30), by="amazon/client: no operation brings it"),
    Duty("amazon_retention", "Delete Amazon data", "enforced", days(548), by="modules/administration/privacy/retention.py"),
    Duty("vulnerability_scan", "Scan for vulnerabilities", "periodic", days(30), days(5)),
    Duty("penetration_test", "Penetration test", "periodic", days(365), days(45)),
    Duty("critical_fix", "Mend a critical vulnerability", "event", days(7), days(3)),
    Duty("high_fix", "Mend a vulnerability of high severity", "event", days(30), days(7)),
    Duty("records", "Keep the records of compliance", "enforced", days(365), by="tombstones, audit archive: contract + 12 months"),
    Duty("organization_change", "Tell Amazon of a change of the organization", "event", days(30), days(14)),
    Duty("restore_test", "Restore a backup and check it", "periodic", days(7), days(2)),
)  # fmt: skip
BY_KIND: Final = {duty.kind: duty for duty in DUTIES}
