"""Rows of a table that compares a program with its peers, each a contest.

Ratios are of speed: 2.00x is twice as fast as the peer, in the same round. Nothing here fails for being slow.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from dataclasses import dataclass

from contest import Result, contest
from report import Table, ms


@dataclass
class Row:
    """Work done by our program and by peers; speeds to reach are ratios to a peer."""

    work: str
    ours: list[str]  # what our program is asked to do
    peers: dict[str, list[str]]  # name to command
    reach: dict[str, float]
    rounds: int = 10


def arguments(description: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="three rounds of each")
    parser.add_argument("--only", default="", help="rows whose name contains this")
    parser.add_argument("--markdown", action="store_true")
    return parser.parse_args()


def table_of(name: str, program: str, rows: list[Row], args: argparse.Namespace) -> Table:
    """Measure the rows that were asked for. The name is that of our side."""
    table = Table(f"{name} beside its peers", ["work", "min", "median", "peer", "min", "median", "speed", "to reach"])
    for row in rows:
        if args.only in row.work:
            measure(row, program, args.quick, table)
    return table


def show(table: Table, args: argparse.Namespace) -> None:
    print(table.markdown() if args.markdown else table.text())


def measure(row: Row, program: str, quick: bool, table: Table) -> None:
    """Add a line for each peer. A ratio is the median of the rounds' ratios: both sides of a round met the same machine."""
    print(f"measuring {row.work}", file=sys.stderr)
    results = contest({"": [program, *row.ours], **row.peers}, 3 if quick else row.rounds)
    ours = results.pop("")
    if ours.problem:
        table.notes.append(f"{row.work}: not measured: {ours.problem}")
        return
    for name, peer in results.items():
        if peer.problem:
            table.notes.append(f"{row.work}: {name} not measured: {peer.problem}")
            continue
        table.add(row.work, *spread(ours), name, *spread(peer), speed(ours, peer), goal(row, name))
    table.notes.append(f"{row.work}: with {ours.uses}")


def spread(r: Result) -> tuple[str, str]:
    return ms(min(r.times)), ms(statistics.median(r.times))


def speed(ours: Result, peer: Result) -> str:
    return f"{statistics.median(p / o for o, p in zip(ours.times, peer.times)):.2f}x"


def goal(row: Row, peer: str) -> str:
    return f"{row.reach[peer]:.2f}x" if peer in row.reach else ""
