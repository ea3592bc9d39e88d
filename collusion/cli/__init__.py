"""The command line: arguments, progress, exit codes; no policy.

Nothing heavy is imported until a command runs, so that ``--help`` and completion are quick.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

import typer

from collusion.base.errors import BudgetError, CollusionError, ConfigError, InputError
from collusion.base.hints import for_command_line
from collusion.cli.append import append
from collusion.cli.ask import ask
from collusion.cli.bench import bench
from collusion.cli.check import check
from collusion.cli.decide import decide, decisions
from collusion.cli.detectors import detectors
from collusion.cli.docstring import docstring
from collusion.cli.encode import encode
from collusion.cli.ending import NO_MEMORY, ends_in_order, in_child, is_out_of_memory, run_to_end
from collusion.cli.expand import expand
from collusion.cli.export import export
from collusion.cli.guide import guide
from collusion.cli.key import key
from collusion.cli.pack import pack, verify
from collusion.cli.report import report
from collusion.cli.reveal import reveal
from collusion.cli.scan import scan
from collusion.cli.signals import signals
from collusion.cli.simulate import simulate
from collusion.cli.streams import open_closed_streams
from collusion.cli.terminal import Terminal
from collusion.cli.warmup import warmup

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["app", "exit_code", "main", "program"]

INTERRUPTED = 130

_UsageError: type[Exception] = typer.BadParameter.__base__  # type: ignore[assignment]  # typer has no name of its own for this class

app = typer.Typer(
    name="collusion",
    help="Find coordinated review rings in a review log, with the evidence for and against each.",
    epilog="Exit codes: 0 done, 1 failed at run time, 2 usage or config, 3 input rejected, 4 --fail-on met, 5 over the memory budget, "
    "129, 130 or 143 interrupted.",
    rich_markup_mode=None,  # plain help: half the time, and the same words on every terminal
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _command in (
    scan,
    check,
    encode,
    append,
    detectors,
    signals,
    ask,
    expand,
    decide,
    decisions,
    report,
    export,
    pack,
    verify,
    key,
    reveal,
    simulate,
    guide,
):
    app.command(help=docstring(_command))(_command)
app.command(help=docstring(warmup), hidden=True)(warmup)
app.add_typer(bench, name="bench")


def _version(wanted: bool) -> None:  # noqa: FBT001  # typer's form of a callback
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415  # 0.02 s that no other command needs

        typer.echo(f"collusion {version('collusion')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _top(
    context: typer.Context,
    *,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")] = False,  # noqa: ARG001  # its callback does it
) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program, with the arguments of the process where None are given, and return its exit code (see `exit_code`)."""
    open_closed_streams()
    if arguments is None:
        arguments = sys.argv[1:]
        if (code := in_child(arguments)) is not None:
            return code
    terminal, begun = _terminal_of(arguments), time.monotonic()
    code = _run(arguments, terminal)
    if terminal.is_json:
        terminal.say(f"ended with exit code {code}", exit_code=code, seconds=round(time.monotonic() - begun, 3))
    return code


def program() -> int:
    """Run `main` as a process of its own."""
    return run_to_end(main)


def _run(arguments: Sequence[str], terminal: Terminal) -> int:
    """Run a command, report what goes wrong, and return the exit code."""
    interrupted = False
    with ends_in_order() as signals_:
        try:
            code = typer.main.get_command(app).main(args=list(arguments), prog_name="collusion", standalone_mode=False)
            interrupted = code == INTERRUPTED  # what typer makes of the error
        except (KeyboardInterrupt, typer.Abort):
            interrupted = True
        except _UsageError as error:
            context = getattr(error, "ctx", None)
            hint = f"{context.get_usage()}\nTry '{context.command_path} --help' for help.\n\n" if context is not None else ""
            message = error.format_message() if hasattr(error, "format_message") else str(error)
            terminal.complain(f"{hint}Error: {message}")
            code = 2
        except Exception as error:  # noqa: BLE001  # whatever went wrong is reported in words and by exit code
            # What a signal raised may have become an error of a library on its way.
            interrupted = signals_.number is not None
            if not interrupted:
                code = exit_code(error)
                try:
                    if terminal.verbose:
                        terminal.complain("".join(traceback.format_exception(error)).rstrip())
                    terminal.complain(_message(error))
                except MemoryError:  # no memory left to format the message
                    os.write(2, NO_MEMORY.encode() + b"\n")
        if interrupted:
            terminal.complain("Interrupted; nothing was written.")
            code = signals_.code()
    return code if isinstance(code, int) else 0


def exit_code(error: BaseException) -> int:
    """Return the exit code of an error.

    1 failed at run time; 2 usage or config; 3 input rejected; 5 over the memory budget. (0 is done, 4 is ``--fail-on`` met; 129, 130 and
    143 are interrupted by SIGHUP, Ctrl-C and SIGTERM.)
    """
    codes: tuple[tuple[type[BaseException], int], ...] = ((ConfigError, 2), (InputError, 3), (BudgetError, 5))
    return next((code for kind, code in codes if isinstance(error, kind)), 1)


def _message(error: Exception) -> str:
    if isinstance(error, CollusionError):
        return f"Error: {for_command_line(str(error))}"
    if is_out_of_memory(error):
        return NO_MEMORY
    if isinstance(error, OSError):
        return f"Error: {error}"
    return f"Error: {type(error).__name__}: {error}\nThis is a defect of the program; -v shows where it happened."


def _terminal_of(arguments: Sequence[str]) -> Terminal:
    """Return where errors go. The command may never get to read its options, so they are looked up here as well."""
    flags = [one for one in arguments if one.startswith("-")]
    verbose = any(one == "--verbose" or (one.startswith("-v") and set(one[1:]) == {"v"}) for one in flags)
    as_json = "--log-format=json" in flags or ("--log-format", "json") in pairwise(arguments)
    return Terminal(quiet=bool({"-q", "--quiet"} & {*flags}), verbose=int(verbose), log_format="json" if as_json else "text")
