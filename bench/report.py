"""What a measurement prints: one JSON object a line on stdout, progress on stderr."""

import json
import sys
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class Line:
    """One figure: `ratio` = value over the value of `reference`, None where a ratio says nothing."""

    name: str
    value: float
    unit: str
    reference: str
    ratio: float | None


@dataclass(slots=True)
class Report:
    """Prints figures as they come and remembers the goals that were missed."""

    missed: list[str] = field(default_factory=list)

    def line(self, name: str, value: float, *, unit: str, reference: str, ratio: float | None) -> None:
        rounded = Line(name, round(value, 4), unit, reference, None if ratio is None else round(ratio, 4))
        print(json.dumps(asdict(rounded)), flush=True)

    def goal(self, sentence: str, *, met: bool) -> None:
        """Check one goal of the figures printed."""
        progress(f"{'met   ' if met else 'MISSED'} {sentence}")
        if not met:
            self.missed.append(sentence)

    @property
    def exit_code(self) -> int:
        return 1 if self.missed else 0


def progress(text: str) -> None:
    """A line for the person who waits."""
    print(text, file=sys.stderr, flush=True)
