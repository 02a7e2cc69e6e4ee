"""What measuring costs and how true it is: the decorator, the worker beside real clients, known times. Prints; judges nothing.

    python3 python/tests/overhead.py
    dyno clients setup
    python3 python/tests/overhead.py --dyno target/release/dyno

The first plays the decorator alone, the second the workers as well, against the embedded target.
Everything plays in turns, round by round, so that a busy machine disturbs all alike: figures are medians over the rounds with
the range of the middle 80 %, and a share is the median of the shares of each round.
"""

import argparse
import sys
import time
import tomllib
from contextlib import ExitStack
from pathlib import Path

from playing import ROOT, Player, Target, command_of

from dynamometer import benchmark, span
from dynamometer.host import WorkerProcess, clean_environment

CALLS = 20_000
# Requests of a round: of clients that ask, of the ones that do nothing.
ASKED, IDLE = 300, 20_000
# Asked for, and how often in a round.
DELAYS_MS = ((10, 10), (100, 5), (900, 1))


def bare():
    pass


def two_clock_reads():
    begin = time.perf_counter_ns()
    return time.perf_counter_ns() - begin


@benchmark
def decorated():
    pass


def in_a_span():
    with span("spanned"):
        pass


def show(name, values, unit):
    values = sorted(values)
    low, middle, high = (values[round(share * (len(values) - 1))] for share in (0.1, 0.5, 0.9))
    print(f"  {name:24} {middle:8.3f} {unit} ({low:.3f} to {high:.3f})")
    return middle


def decorator(rounds):
    print(f"CPU of a call of Python, mean of {CALLS:,} calls in each of {rounds} rounds")
    functions = [bare, two_clock_reads, decorated, in_a_span]
    times = {function: [] for function in functions}
    for number in range(rounds + 1):
        for function in functions:
            # CPU, which is the time that it takes when nobody else wants the processor.
            begin = time.thread_time_ns()
            for _ in range(CALLS):
                function()
            # The first round warms everything up.
            if number:
                times[function].append((time.thread_time_ns() - begin) / CALLS / 1000)
    for function in functions:
        show(function.__name__, times[function], "µs")
    show("@benchmark beside bare", [a - b for a, b in zip(times[decorated], times[bare])], "µs more")


class Played(Player):
    """A worker that stays up; `title` is that of its lines."""

    def __init__(self, worker, mode, target):
        super().__init__(worker, mode, "matched", target, None)
        self.lang = worker.hello["lang"]
        self.is_idle = worker.hello["name"] == "idle"
        self.title = f"idle {self.lang} {mode}" if self.is_idle else f"{worker.hello['name']} {mode}"

    def cpu_us(self):
        """CPU of the whole process per request, in µs, with one lane in a closed loop."""
        count = IDLE if self.is_idle else ASKED
        done = self.run(count).done
        return (done["utime"] + done["stime"]) / count / 1000


def players(stack, target, environments, dyno, names):
    """The idle workers of Python and Node, and the clients that were asked for."""
    known = {it["name"]: it for it in tomllib.loads((ROOT / "clients" / "contenders.toml").read_text())["client"]}
    tests = ROOT / "python" / "tests", ROOT / "node" / "tests"
    idle = [[sys.executable, tests[0] / "idle_worker.py"], ["node", tests[1] / "idle.mjs"]]
    commands = [(it, clean_environment()) for it in idle]
    for name in names:
        started = command_of(known[name], environments, dyno)
        if started is None:
            print(f"{name} is not installed, left out")
            continue
        commands.append(started)
    for command, environment in commands:
        # In each mode a process of its own, which has its client once.
        for mode in _modes(command, environment):
            yield Played(stack.enter_context(WorkerProcess(command, environment)), mode, target)


def _modes(command, environment):
    with WorkerProcess(command, environment) as worker:
        return worker.hello["modes"]


def harness(playing, target, rounds):
    """What a request costs a worker whose client does nothing, beside those whose client asks."""
    print(f"\nCPU of a worker per request, one lane, {ASKED} requests ({IDLE:,} idle) in each of {rounds} rounds")
    for player in playing:
        player.setup([("GET", target.url + "/plaintext")])
        player.cpu_us()
    seen = [[player.cpu_us() for player in playing] for _ in range(rounds)]
    by_player = dict(zip(playing, zip(*seen)))
    for player in playing:
        show(player.title, by_player[player], "µs")
    print("\nof it the worker's own, by the idle one of the same language and mode")
    for player in playing:
        for idle in playing:
            if idle.is_idle and not player.is_idle and (idle.lang, idle.mode) == (player.lang, player.mode):
                show(player.title, [100 * a / b for a, b in zip(by_player[idle], by_player[player])], "%")


def accuracy(playing, target, rounds):
    """Times that the server knows: what a client says beyond what the server took by its own clock."""
    for delay_ms, count in DELAYS_MS:
        print(f"\ntime beyond a delay of {delay_ms} ms, of each of {rounds * count} requests; the largest of all behind")
        beyond = {player: [] for player in playing}
        tags = {player: player.tag() for player in playing}
        for _ in range(rounds):
            for player in playing:
                player.setup([("GET", f"{target.url}/delay/{delay_ms}ms?run={tags[player]}")])
                durations = player.run(count).columns["dur"]
                beyond[player] += [dur / 1e6 - delay_ms for dur in durations]
        for player, values in beyond.items():
            show(player.title, values, "ms")
            truth = target.ledger(tags[player])["service_time_ns"]
            at_server = truth["p50"] / 1e6 - delay_ms
            print(f"  {'':24} at most {max(values):.3f} ms; the server itself {at_server:.3f} ms late in the median")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dyno", type=Path, help="the binary; without it, only the decorator is played")
    parser.add_argument("--environments", type=Path, action="append", default=[], help="as for contenders.py; repeatable")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("names", nargs="*", default=["raw", "stdlib", "requests", "httpx", "aiohttp", "raw-node", "undici"], help="clients")
    options = parser.parse_args()
    environments = options.environments or [Path.home() / ".local" / "share" / "dynamometer" / "clients"]
    decorator(4 * options.rounds)
    if options.dyno is None:
        return
    with ExitStack() as stack:
        target = stack.enter_context(Target(options.dyno))
        playing = list(players(stack, target, environments, options.dyno.resolve(), options.names))
        harness(playing, target, options.rounds)
        accuracy([it for it in playing if not it.is_idle], target, options.rounds)


if __name__ == "__main__":
    main()
