"""Every installed client against every rule of a worker and every parameter, on the wire. Prints a table; fails when a cell is wrong.

    dyno clients setup
    python3 python/tests/contenders.py --dyno target/release/dyno --environments ~/.local/share/dynamometer/clients

Not part of the unit tests, since it needs the clients' environments and `dyno`, whose embedded target is asked; the tests
of `dyno` itself run it with the base set. Clients that are not installed are named and left out, unless they need nothing.

`docs/client-parameters.md` says of each client what it refuses and how it differs. A row that is not what was seen is
wrong; `--write` renews the rows of those that played.
"""

import argparse
import concurrent.futures
import os
import sys
import tomllib
from pathlib import Path

from page import Page
from parameters import Parameters
from playing import ROOT, Target, Wrong, command_of, expect
from recorder import Recorder
from rules import Rules

from dynamometer.host import Skipped, WorkerError, WorkerProcess


def contest(client, command, environment, target, cells):
    """What came of one client: (title, results by cell) of each mode and profile, and the rows of the page."""
    played, rows = [], {}
    with Recorder() as recorder, WorkerProcess(command, environment) as worker:
        hello = worker.hello
        expect((hello["name"], hello["modes"], hello["http"]), (client["name"], client["modes"], client["http"]), "name, modes, http")
        for mode in hello["modes"]:
            by_profile = {}
            for profile in ("matched", "defaults"):
                player = Parameters(worker, mode, profile, target, recorder)
                # Facts are the library's in both.
                names = [it for it in Parameters.CELLS if profile == "matched" or it not in Parameters.FACTS]
                results = {cell: parameter(player, cell) for cell in names if cell in cells}
                by_profile[profile] = results
                played.append((f"{hello['name']} {hello['version']} {mode}, {profile}", results))
            rules = Rules(worker, mode, "matched", target, recorder)
            results = {cell: attempt(rules, cell) for cell in Rules.CELLS if cell in cells}
            played.append((f"{hello['name']} {hello['version']} {mode}, rules", results))
            rows[hello["name"], mode] = by_profile
    return played, rows


def attempt(player, cell):
    try:
        return getattr(player, cell)()
    except Skipped as reason:
        return f"refused: {reason}"
    except Wrong as wrong:
        return f"WRONG: {wrong}"
    except WorkerError as failure:
        # What it said of one setup; one that has died plays nothing more.
        if player.worker.process.poll() is not None:
            raise
        return f"WRONG: {failure}"


def parameter(player, cell):
    """The same for a cell of a parameter, which is refused by its own name and not where the list promises it."""
    result = attempt(player, cell)
    if not result.startswith("refused: "):
        return result
    field, _, reason = result.removeprefix("refused: ").partition(": ")
    fields = Parameters.CELLS[cell][1]
    if field not in fields or not reason:
        return f"WRONG: the refusal does not begin with {' or '.join(fields) or 'anything: none is allowed'}: {result}"
    promised = {"http_1": "1.1", "http_2_tls": "2", "http_3": "3"}.get(cell)
    if field == "http" and promised in player.worker.hello["http"]:
        return f"WRONG: the list says that it speaks HTTP/{promised}: {result}"
    return result


def tell(client, played, rows, page):
    """Prints what a client did; returns how much of it is wrong."""
    wrong = 0
    for title, results in played:
        if results:
            print(title)
        for cell, result in results.items():
            wrong += result.startswith("WRONG")
            print(f"  {cell:12} {result}")
    for (name, mode), by_profile in rows.items():
        problem = page.check(name, mode, by_profile, client["http"])
        if problem:
            wrong += 1
            print(f"{name} {mode}: WRONG: {problem}")
    sys.stdout.flush()
    return wrong


def main():
    every = [*Parameters.CELLS, *Rules.CELLS]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    parser.add_argument("--dyno", type=Path, default=ROOT / "target" / "debug" / "dyno", help="the binary")
    parser.add_argument(
        "--environments", type=Path, action="append", metavar="FOLDER",
        help="where `dyno clients setup` has installed them: the folder `clients` beside the store; repeatable",
    )  # fmt: skip
    parser.add_argument("--cells", nargs="*", default=every, choices=every, metavar="CELL", help=", ".join(every))
    parser.add_argument("--base", action="store_true", help="only the base set")
    parser.add_argument("--jobs", type=int, default=2, help="clients that play at a time")
    parser.add_argument("--write", action="store_true", help="renew the rows of the page")
    parser.add_argument("names", nargs="*", help="clients; all when none is named")
    options = parser.parse_args()
    environments = options.environments or [data / "dynamometer" / "clients"]
    known = tomllib.loads((ROOT / "clients" / "contenders.toml").read_text())["client"]
    clients = [it for it in known if (not options.names or it["name"] in options.names) and (it["base"] or not options.base)]
    page = Page(is_renewed=options.write, is_whole=set(options.cells) >= set(Parameters.CELLS))
    wrong = count = 0
    with Target(options.dyno) as target, concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        futures = []
        for client in clients:
            started = command_of(client, environments, options.dyno.resolve())
            if started is None:
                print(f"{client['name']}: not installed, left out")
                continue
            futures.append((client, pool.submit(contest, client, *started, target, options.cells)))
        for client, future in futures:
            try:
                played, rows = future.result()
            except (WorkerError, Wrong) as failure:
                wrong += 1
                print(f"{client['name']}: FAILED: {failure}")
                continue
            count += len(rows)
            wrong += tell(client, played, rows, page)
    page.save([it["name"] for it in known])
    print(f"{count} clients by mode played, {wrong} cells wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
