"""OKTee: answers Amazon Vendor Central purchase orders correctly and on time, and says why."""
