"""The public page Trust: security, privacy, the agreement and the sub-processors, readable before anybody signs up."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from oktee.modules.administration.privacy import dpa
from oktee.modules.administration.privacy.inventory import inventory, notice_days, sub_processors
from oktee.modules.administration.privacy.measures import measures
from oktee.modules.administration.privacy.wire import SubProcessorRow, sub_processor_row

router = APIRouter(tags=["administration"])


class MeasureRow(BaseModel):
    """A technical or organisational measure."""

    about: str
    title: str
    text: str


class StoredRow(BaseModel):
    """A table: what it is for, where it comes from, how long it is kept and why it may be."""

    table: str
    purpose: str
    category: str
    module: str
    origin: str
    retention: str
    legal_basis: str


class TrustPages(BaseModel):
    """What the pages Security, Privacy, Data processing agreement and Sub-processors say, in one language. `retentions`
    and `legal_bases` say what the words of `stored` mean."""

    measures: list[MeasureRow]
    stored: list[StoredRow]
    retentions: dict[str, str]
    legal_bases: dict[str, str]
    agreement_version: str
    agreement: str
    sub_processors: list[SubProcessorRow]
    notice_days: int


@router.get("/trust")
async def get_trust_pages(language: Literal["en", "fr"] = "en") -> TrustPages:
    """Made from the same files as what a customer sees of its own workspace. Nothing of any customer is in it."""
    known, agreement = inventory(), dpa.agreement(language)
    return TrustPages(
        measures=[
            MeasureRow(about=each.about, title=each.title[language], text=each.text[language]) for each in measures()
        ],
        stored=[
            StoredRow(
                table=table.name, purpose=table.purpose[language], category=table.category, module=table.module,
                origin=table.origin, retention=table.retention, legal_basis=table.legal_basis,
            )
            for table in known.tables.values()
        ],
        retentions=known.retentions,
        legal_bases=known.legal_bases,
        agreement_version=agreement.version,
        agreement=agreement.text,
        sub_processors=[sub_processor_row(row, language) for row in sub_processors()],
        notice_days=notice_days(),
    )  # fmt: skip
