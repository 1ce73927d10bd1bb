"""`python -m sandbox` is `paysandbox`."""

from sandbox.cli import main

if __name__ == "__main__":
    main()
