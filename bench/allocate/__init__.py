"""BENCH=allocate: what our allocation of scarce stock is worth, beside the exact optimum of the same batches."""
