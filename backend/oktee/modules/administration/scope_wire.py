"""A scope on the wire: which marketplaces, vendor codes and brands; null = all. The same for people and for API keys."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from oktee.access.scope import LONGEST_BRAND, MOST, Scope, checked

Names = Annotated[list[Annotated[str, Field(max_length=LONGEST_BRAND)]], Field(min_length=1, max_length=MOST)]


class ScopeOut(BaseModel):
    """What somebody sees; each null = all."""

    marketplaces: list[str] | None
    vendor_codes: list[str] | None
    brands: list[str] | None


class ScopeIn(BaseModel):
    """What somebody is to see; each left out = all."""

    model_config = ConfigDict(extra="forbid")

    marketplaces: Names | None = None
    vendor_codes: Names | None = None
    brands: Names | None = None


def scope_out(scope: Scope | None) -> ScopeOut | None:
    """None = all of the workspace."""
    if scope is None:
        return None
    parts = (scope.marketplaces, scope.vendor_codes, scope.brands)
    marketplaces, vendor_codes, brands = (None if names is None else list(names) for names in parts)
    return ScopeOut(marketplaces=marketplaces, vendor_codes=vendor_codes, brands=brands)


def scope_in(given: ScopeIn | None) -> Scope | None:
    """Checked. Raises Invalid naming the wrong name."""
    if given is None:
        return None
    parts = (given.marketplaces, given.vendor_codes, given.brands)
    return checked(Scope(*(None if names is None else tuple(names) for names in parts)))
