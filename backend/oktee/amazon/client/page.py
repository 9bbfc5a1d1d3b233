"""A page of a listing, and how one is decoded: whole when all is well, element by element when one is not."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from oktee.amazon.client.models.fields import Pagination, tolerant

Model = TypeVar("Model")
Whole = TypeVar("Whole")


@dataclass(frozen=True, slots=True)
class Reject:
    """An element of a page that could not be read: its JSON as it came, and why. It never stops its page."""

    raw: bytes = field(repr=False)
    reason: str


@dataclass(frozen=True, slots=True)
class Page(Generic[Model]):
    """One answer of a listing: models and rejects of the window `since`..`until`, and the token of the next page.

    To go on later: the same listing with this `since`, `until` and `next_token`; None means that the window is read to
    its end. `body` is the answer as received.
    """

    models: list[Model]
    rejects: list[Reject]
    next_token: str | None
    since: datetime | None
    until: datetime | None
    received_at: datetime
    request_id: str | None
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Decoded(Generic[Model]):
    """What a listing's body holds."""

    models: list[Model]
    rejects: list[Reject]
    next_token: str | None


class PageDecoder(Generic[Model, Whole]):
    """Decodes `{"payload": {<key>: [...], "pagination": {...}}}` into models of one type.

    `elements` reads them from the whole payload type, `unusable` says what types cannot. Raises msgspec.DecodeError when
    the body is no such JSON at all.
    """

    def __init__(
        self,
        model: type[Model],
        *,
        whole: type[Whole],
        key: str,
        elements: Callable[[Whole], list[Model]],
        pagination: Callable[[Whole], Pagination | None],
        unusable: Callable[[Model], str | None],
    ) -> None:
        self._elements, self._pagination, self._unusable = elements, pagination, unusable
        self._model = model
        self._key = key
        envelope = msgspec.defstruct("Envelope", [("payload", whole)])
        self._fast: msgspec.json.Decoder[Any] = msgspec.json.Decoder(envelope)
        self._one = msgspec.json.Decoder(model)
        self._loose = msgspec.json.Decoder(dict[str, msgspec.Raw])

    def __call__(self, body: bytes) -> Decoded[Model]:
        try:
            payload: Whole = self._fast.decode(body).payload
        except msgspec.ValidationError:
            return self._slow(body)
        models, rejects = self._elements(payload), []
        if reasons := {at: reason for at, model in enumerate(models) if (reason := self._unusable(model))}:
            rejects = [Reject(msgspec.json.encode(models[at]), reason) for at, reason in reasons.items()]
            models = [model for at, model in enumerate(models) if at not in reasons]
        pagination = self._pagination(payload)
        return Decoded(models, rejects, (pagination.next_token if pagination else None) or None)

    def _slow(self, body: bytes) -> Decoded[Model]:
        envelope = self._loose.decode(body)
        if "payload" not in envelope:
            raise msgspec.ValidationError("the answer holds no payload")  # not an empty page: orders would be lost
        payload = self._loose.decode(envelope["payload"])
        models: list[Model] = []
        rejects: list[Reject] = []
        # An absent list is an empty one; null breaks Amazon's schema, and read as empty it would lose orders.
        for raw in msgspec.json.decode(payload.get(self._key, b"[]"), type=list[msgspec.Raw]):
            model = self._read(raw)
            if isinstance(model, Reject):
                rejects.append(model)
            else:
                models.append(model)
        pagination = msgspec.json.decode(payload.get("pagination", b"null"), type=Pagination | None)
        return Decoded(models, rejects, (pagination.next_token if pagination else None) or None)

    def _read(self, raw: msgspec.Raw) -> Model | Reject:
        try:
            model = self._one.decode(raw)
        except msgspec.ValidationError:
            try:
                model = msgspec.convert(tolerant(msgspec.json.decode(raw)), self._model)
            except msgspec.ValidationError as error:
                return Reject(bytes(raw), str(error))
        reason = self._unusable(model)
        return Reject(bytes(raw), reason) if reason else model


def read(body: bytes, model: type[Model]) -> Model:
    """One object, strictly, then tolerantly. Raises msgspec.DecodeError (ValidationError is one) when unreadable."""
    try:
        return msgspec.json.decode(body, type=model)
    except msgspec.ValidationError:
        return msgspec.convert(tolerant(msgspec.json.decode(body)), model)
