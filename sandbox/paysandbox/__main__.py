"""Entry point of the console script and of `python -m paysandbox`."""

import signal


def main() -> None:
    """Run the command line.

    Importing it takes a tenth of a second, in which Ctrl+C would print a traceback. So Ctrl+C is noted first, and
    handled once the command is known.
    """
    interrupts: list[int] | None = None
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # a shell may have set it to be ignored
        interrupts = []
        signal.signal(signal.SIGINT, lambda number, _: interrupts.append(number))
    from paysandbox.cli.main import main as command_line  # noqa: PLC0415 - after the handler, as said above

    command_line(obj=interrupts)


if __name__ == "__main__":
    main()
