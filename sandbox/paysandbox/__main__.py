"""`python -m sandbox` is `paysandbox`."""

from paysandbox.cli.main import main

if __name__ == "__main__":
    main()
