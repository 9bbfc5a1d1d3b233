"""The modules of OKTee, listed once."""

from oktee.kit.module import installed
from oktee.modules.administration.module import ADMINISTRATION
from oktee.modules.supply.module import SUPPLY

MODULES = (SUPPLY, ADMINISTRATION)


def install() -> None:
    """Tell this process which modules there are."""
    installed().fill(MODULES)
