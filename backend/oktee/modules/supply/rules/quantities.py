"""Amazon's quantities in eaches: an amount of a unit, and cases with their size."""


def eaches_ordered(amount: int, *, unit_of_measure: str, unit_size: int | None) -> int | None:
    """Eaches of an ItemQuantity; None when the unit is unknown or a case has no size.

    Units are read case-insensitively: Amazon's own sandbox has one CASES.
    """
    unit = unit_of_measure.casefold()
    if unit == "eaches":
        return amount
    if unit == "cases" and unit_size is not None and unit_size > 0:
        return amount * unit_size
    return None
