"""How a route of the control API reaches the simulated Amazon it was called on."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from simulator.amazon import Amazon

BOUND = "simulator.amazon"
"""Scope key under which the mounted control API finds its Amazon."""


def amazon_of(request: Request) -> Amazon:
    amazon = request.scope[BOUND]
    assert isinstance(amazon, Amazon)
    return amazon


Simulated = Annotated[Amazon, Depends(amazon_of)]
"""The simulated Amazon that the called control API belongs to."""
