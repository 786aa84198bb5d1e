"""`python -m conformance.cli`, where the command is not on the path."""

from conformance.cli import main

if __name__ == "__main__":
    main(prog_name="cimconform")
