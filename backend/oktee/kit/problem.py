"""The shape of every error on the wire (RFC 9457)."""

from pydantic import BaseModel, Field


class ProblemField(BaseModel):
    """One wrong field: a JSON Pointer, a stable code and a sentence."""

    pointer: str = Field(examples=["/lines/0/taken"])
    code: str = Field(examples=["more_than_ordered"])
    message: str


class Problem(BaseModel):
    """What failed, under a stable code, with a reference to quote."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    request_id: str
    errors: list[ProblemField] = []
