"""The staff console: own router, own cookie, own database role. It is off where STAFF_DATABASE_URL is not set."""
