"""Tables of measurements, as aligned text for a terminal or as Markdown for a page."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field


@dataclass
class Table:
    """A titled table. The first column holds names and is aligned left, the others hold figures."""

    title: str
    columns: list[str]
    rows: list[list[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *cells: str) -> None:
        assert len(cells) == len(self.columns), (cells, self.columns)
        self.rows.append(list(cells))

    def text(self) -> str:
        widths = [max(map(len, column)) for column in zip(self.columns, *self.rows)]

        def line(cells: list[str]) -> str:
            first, *rest = (c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(cells, widths)))
            return "  ".join([first, *rest]).rstrip()

        rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
        return "\n".join([self.title, line(self.columns), rule, *map(line, self.rows), *self.notes])

    def markdown(self) -> str:
        def line(cells: list[str]) -> str:
            return "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |"

        ruler = "|---" + "|---:" * (len(self.columns) - 1) + "|"
        notes = [f"\n{note}" for note in self.notes]
        return "\n".join([f"**{self.title}**\n", line(self.columns), ruler, *map(line, self.rows), *notes])


def ms(seconds: float) -> str:
    """A time, with as many digits as mean something."""
    value = seconds * 1000
    if value < 0.1:
        return f"{value * 1000:.2f} µs"
    return f"{value:.2f} ms" if value < 10 else f"{value:.1f} ms" if value < 100 else f"{value:.0f} ms"


def median_ms(times: list[float]) -> str:
    return ms(statistics.median(times))


def ratio(value: float, base: float) -> str:
    return f"{value / base:.2f}x"


def kib(size: float) -> str:
    return f"{size:.0f} KiB" if abs(size) < 10_000 else f"{size / 1024:.0f} MiB"
