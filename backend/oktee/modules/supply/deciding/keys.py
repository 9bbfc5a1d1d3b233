"""The keys of the jobs about orders and their answers."""

from oktee.modules.supply.tables import Acknowledgement

ALL = "all"
"""The key with which a new catalogue, stock file or rule asks for every waiting order to be decided again; with a moment
behind it (`all@...`) for one that is yet to come."""
CLOCKS = "clocks"
"""The key of the one run that watches all clocks of an organization."""
WHOLE = "whole"
"""The key of the one run that looks for anomalies in an organization."""


def answer_key(answer: Acknowledgement) -> str:
    """The key of the jobs about one answer."""
    return f"{answer.connection_id}/{answer.po_number}/{answer.answer}"
