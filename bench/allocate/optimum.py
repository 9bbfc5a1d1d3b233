"""Runs in the environment of highs.txt: exact optima by scipy.optimize.milp (HiGHS); batches on stdin, values on stdout."""

import json
import sys

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp


def margin(batch):
    """max sum(margin * multiple * cases) within the supply; whole cases."""
    lines = batch["lines"]
    gain = np.array([line["margin"] * line["multiple"] for line in lines])
    taking = np.array([[line["pieces"].get(sku, 0) * line["multiple"] for line in lines] for sku in batch["supply"]])
    most = np.array([line["asked"] // line["multiple"] for line in lines])
    found = milp(
        -gain,
        constraints=LinearConstraint(taking, -np.inf, np.array(list(batch["supply"].values()))),
        bounds=Bounds(0, most),
        integrality=np.ones(len(lines)),
        options={"mip_rel_gap": 0, "time_limit": 30},
    )
    assert found.status == 0, found.message
    return -found.fun


def charges(batch):
    """max sum(cost * units up to 80 % of the line): what is spared of the charge for rejected units, over its rate."""
    lines, count = batch["lines"], len(batch["lines"])
    gain = np.array([0.0] * count + [line["cost"] for line in lines])
    multiple = np.array([line["multiple"] for line in lines])
    taking = np.array([[line["pieces"].get(sku, 0) * line["multiple"] for line in lines] for sku in batch["supply"]])
    rows = [
        LinearConstraint(np.hstack([taking, np.zeros_like(taking)]), -np.inf, np.array(list(batch["supply"].values())))
    ]
    rows.append(LinearConstraint(np.hstack([np.diag(-multiple), np.eye(count)]), -np.inf, 0))
    most = np.array([line["asked"] // line["multiple"] for line in lines] + [0.8 * line["asked"] for line in lines])
    found = milp(
        -gain,
        constraints=rows,
        bounds=Bounds(0, most),
        integrality=np.array([1] * count + [0] * count),
        options={"mip_rel_gap": 0, "time_limit": 30},
    )
    assert found.status == 0, found.message
    return -found.fun


batches = json.load(sys.stdin)
json.dump([{"margin": margin(each), "charges": charges(each)} for each in batches], sys.stdout)
