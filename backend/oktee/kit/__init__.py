"""What every part of OKTee stands on; it knows no Amazon word."""
