"""BENCH=sync: our SP-API client beside its peers, on the same simulated Amazon, over real sockets."""
