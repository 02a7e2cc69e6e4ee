"""`docs/client-parameters.md`: a row for each client and mode, held against what was seen. Read and written by `contenders.py`."""

from parameters import Parameters
from playing import ROOT

PATH = ROOT / "docs" / "client-parameters.md"


class Page:
    def __init__(self, is_renewed, is_whole):
        """`is_whole`: all cells of parameters are played, so that there is something to hold against a row."""
        self.is_renewed, self.is_whole = is_renewed, is_whole
        self.lines = PATH.read_text().splitlines() if is_whole else []

    def check(self, name, mode, by_profile, http):
        """What is wrong with the row of this client, or `None`."""
        if not self.is_whole or any(it.startswith("WRONG") for results in by_profile.values() for it in results.values()):
            return None
        row = row_of(name, mode, by_profile, http)
        start = row_start(name, mode)
        at = next((at for at, line in enumerate(self.lines) if line.startswith(start)), None)
        if at is not None and self.lines[at] == row:
            return None
        if not self.is_renewed:
            there = "has no row" if at is None else f"says {self.lines[at]}"
            return f"{PATH.name} {there}, seen {row}"
        if at is None:
            self.lines.append(row)
        else:
            self.lines[at] = row
        return None

    def save(self, names):
        """Writes it, with the rows in the order of the list of clients."""
        if not (self.is_renewed and self.is_whole):
            return
        first = next(at for at, line in enumerate(self.lines) if line.startswith("| client |")) + 2
        rows = {name: [line for line in self.lines[first:] if line.startswith(f"| {name} |")] for name in names}
        self.lines[first:] = [line for name in names for line in sorted(rows[name], reverse=True)]
        PATH.write_text("\n".join(self.lines) + "\n")


def row_start(name, mode):
    return f"| {name} | {mode} |"


def row_of(name, mode, by_profile, http):
    """In the order of the page's columns: the facts, then what is refused beside the versions of HTTP that it does not speak."""
    matched = by_profile["matched"]
    facts = [matched[cell] if not is_refused(matched[cell]) else "–" for cell in Parameters.FACTS]
    here, there = (refused(by_profile[profile], http) for profile in ("matched", "defaults"))
    words = ", ".join(here) or "nothing"
    for also, names in (("also", [it for it in there if it not in here]), ("not", [it for it in here if it not in there])):
        words += f"; in `defaults` {also} {', '.join(names)}" if names else ""
    return f"{row_start(name, mode)} {' | '.join(facts)} | {words} |"


def is_refused(result):
    return result.startswith("refused: ")


def refused(results, http):
    """What a client refuses, in words of the page."""
    cells = [cell for cell, result in results.items() if is_refused(result) and cell not in Parameters.FACTS]
    versions = {"http_2": "2", "http_2_tls": "2", "http_3": "3"}
    cells = [it for it in cells if versions.get(it, http[0]) in http]
    # One that cannot leave out verifying has its own cell for that.
    cells = [it for it in cells if it == "unverified" or not results[it].startswith("refused: tls.verify: ")]
    if "verified" in cells:
        cells = [it for it in cells if it not in ("unverified", "authority", "http_1_tls", "http_2_tls", "http_3")]
    return [Parameters.CELLS[it][0] for it in cells]
