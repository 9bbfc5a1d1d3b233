"""BENCH=policy: what a quarter of answers costs and brings under OKTee's default rules and under three simpler policies."""
