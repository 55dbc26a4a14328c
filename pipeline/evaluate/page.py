"""The page of errors: figures and differences as one HTML file to read offline.

It needs no script; its content security policy allows one style and nothing else, and all words of documents are
escaped, so that a text full of markup shows as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from pipeline.evaluate.counting import Count, Disagreement, Score
from pipeline.report import content_hash, page_part

FIGURES = ("figure", "precision", "recall", "F1", "right", "gold", "predicted")
DIFFERENCES = ("what", "document", "gold", "predicted", "words")


def render(scores: dict[str, Score], fingerprint: str) -> str:
    """The page for some scores; `fingerprint` names the gold. The same scores give the same page."""
    style = page_part("report.css")
    policy = f"default-src 'none'; style-src '{content_hash(style)}'; base-uri 'none'"
    sections = "".join(_section(layer, scored) for layer, scored in scores.items())
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>communique against gold</title>
<style>{style}</style>
</head>
<body>
<header>
<h1>Records against gold</h1>
<p class="faint">Gold {escape(fingerprint)}</p>
</header>
<main>
{sections}</main>
</body>
</html>
"""


def _section(layer: str, scored: Score) -> str:
    figures = [(name, *_figure(figure)) for name, figure in scored.figures.items() if figure is not None]
    differences = [_difference(d) for d in scored.disagreements]
    found = _table(f"{layer}-differences", f"{len(differences)} differences", DIFFERENCES, differences)
    head = f'<section aria-labelledby="{layer}">\n<h2 id="{layer}">{layer.capitalize()}</h2>\n'
    return head + _table(f"{layer}-figures", "Figures", FIGURES, figures) + found + "</section>\n"


def _figure(figure: Count | float) -> tuple[str, ...]:
    if not isinstance(figure, Count):
        return "", "", f"{figure:.3f}", "", "", ""
    shares = (f"{share:.3f}" for share in (figure.precision, figure.recall, figure.f1))
    return *shares, f"{figure.right:g}", f"{figure.gold:g}", f"{figure.predicted:g}"


def _difference(d: Disagreement) -> tuple[str, ...]:
    return d.kind, f"{d.document}:{d.start}", d.gold or "nothing", d.predicted or "nothing", d.context


def _table(id_: str, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n" for row in rows)
    return (
        f'<h3 id="{id_}">{escape(title)}</h3>\n<div class="scroll" tabindex="0" role="group" aria-labelledby="{id_}">\n'
        f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n</div>\n"
    )
