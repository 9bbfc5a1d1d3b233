"""How a person wants the pages and which notices they want where: stored with the account, typed, every value with a default."""

from typing import Annotated, Any, Final, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from oktee.notify.notices import DIGEST_AT, QUIET, Channels, Notice

CLOCK: Final = r"^([01]\d|2[0-3]):[0-5]\d$"


def _notices() -> dict[Notice, Channels]:
    return {notice: QUIET.get(notice, Channels()).model_copy() for notice in Notice}


def _zone(value: str | None) -> str | None:
    if value is not None and value not in available_timezones():
        raise ValueError("is not a time zone of the IANA database")
    return value


class Preferences(BaseModel):
    """Everything of it. None: as the browser or the workspace has it."""

    model_config = ConfigDict(extra="forbid")

    number_style: Literal["en-GB", "en-US", "fr-FR", "de-DE", "de-CH"] | None = None
    time_zone: Annotated[str | None, AfterValidator(_zone)] = None
    density: Literal["comfortable", "compact"] = "compact"
    theme: Literal["light", "dark", "system"] = "system"
    shortcuts: bool = True
    digest_at: Annotated[str, Field(pattern=CLOCK)] = DIGEST_AT
    quiet_from: Annotated[str | None, Field(pattern=CLOCK)] = None
    quiet_until: Annotated[str | None, Field(pattern=CLOCK)] = None
    notices: dict[Notice, Channels] = Field(default_factory=_notices)


def preferences_of(stored: dict[str, Any]) -> Preferences:
    """What was stored, with the defaults of today; a value that is not known any more is left out."""
    known = {name: value for name, value in stored.items() if name in Preferences.model_fields}
    notices = {
        name: value for name, value in dict(known.pop("notices", {})).items() if name in {each.value for each in Notice}
    }
    found = Preferences.model_validate(known)
    given = {Notice(name): Channels.model_validate(value) for name, value in notices.items()}
    return found.model_copy(update={"notices": found.notices | given})
