"""`python -m oktee.cli` is `oktee`."""

from oktee.cli.commands import main

main()
