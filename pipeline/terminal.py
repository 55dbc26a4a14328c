"""One record in the terminal: its text with the layers in colour, then its commitments with their slots."""

from __future__ import annotations

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pipeline.console import printable
from pipeline.records import Commitment, Party, Record

STYLES = {  # a later one is drawn over an earlier one
    "statements": "italic",
    "entities": "magenta",
    "dates": "cyan",
    "quantities": "green",
    "commitments": "underline",
}


def show(record: Record) -> Group:
    """A record for rich to print: legend, highlighted text, commitments, warnings."""
    text = Text(printable(record.text.replace("\r", " ")))
    for layer, style in STYLES.items():
        for item in getattr(record, layer):
            for span in item.mentions if layer == "entities" else [item]:
                text.stylize(style, span.start, span.end)
    title = f"{record.id}, published {record.published or 'unknown'}"
    legend = Text.assemble(*((f"{layer} ", style) for layer, style in STYLES.items()))
    warnings = [Text(f"{warning.code}: {printable(warning.message)}", "yellow") for warning in record.warnings]
    slots = [Padding(_slots(record, commitment), (1, 0, 0, 0)) for commitment in record.commitments]
    return Group(Text(printable(title), "bold"), legend, Text(), text, *slots, *warnings)


def _slots(record: Record, commitment: Commitment) -> Table:
    spans = {date.id: date.text for date in record.dates} | {q.id: q.text for q in record.quantities}
    force = [commitment.force, *(flag for flag in ("negated", "conditional") if getattr(commitment, flag))]
    page = next(segment.page for segment in record.segments if segment.id == commitment.segment)
    rows = {
        "force": f"{', '.join(force)} ({commitment.trigger.text}, rule {commitment.trigger.rule})",
        "who": _parties(commitment.committers),
        "does": commitment.action + (f": {commitment.object.text}" if commitment.object else ""),
        "for": _parties(commitment.beneficiaries),
        "how much": ", ".join(spans[id_] for id_ in commitment.quantities),
        "by when": spans[commitment.deadline] if commitment.deadline else "",
        "said on": spans[commitment.made_on] if commitment.made_on else "",
        "said at": _parties([commitment.made_at] if commitment.made_at else []),
        "said by": _parties([commitment.speaker] if commitment.speaker else []),
        "page": str(page or ""),
    }
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 0))
    table.add_row(Text(commitment.id, "bold"), Text(printable(commitment.text), "underline"))
    for name, value in rows.items():
        if value:
            table.add_row(name, Text(printable(value)))
    return table


def _parties(parties: list[Party]) -> str:
    return ", ".join(party.name if party.name is not None else f"{party.text} (unresolved)" for party in parties)
