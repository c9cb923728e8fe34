"""Draws the results: a small panel for each subject, a bar for each peer with its name and value.

Bars are on a logarithmic scale, in each panel from half of its smallest value on. The best value is on top; weft is dark, the floor outlined, the others pale.
"""

import html
import math

from report import number

_COLUMNS = 3
_PANEL_WIDTH = 400
_ROW = 19
_NAME_WIDTH = 138
_BAR_WIDTH = 190
_GAP = 26
_TITLE = 42

_STYLE = """
text { font-family: system-ui, "DejaVu Sans", sans-serif; font-size: 12px; fill: #333 }
.title { font-size: 14px; font-weight: 600; fill: #111 }
.unit { font-size: 11px; fill: #777 }
.name { text-anchor: end }
.mark { font-size: 9px; fill: #999; text-anchor: middle }
.grid { stroke: #ddd; stroke-width: 1 }
.bar { fill: #c3cbd6 }
.floor .bar { fill: #fff; stroke: #8a94a3; stroke-dasharray: 3 2 }
.weft .bar { fill: #0b6e99 }
.weft text { font-weight: 700; fill: #0b6e99 }
.weft-off .bar { fill: #6fb3cf }
"""

_NOT_DRAWN = {"req/s"}


def _text(x, y, content, kind):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{html.escape(content)}</text>'


def _scale(values):
    """A function from a value to the length of its bar, and the round values along the scale."""
    low = math.log10(min(values) / 2)
    high = math.log10(max(values) * 1.05)
    steps = (1, 2, 5) if high - low < 1.5 else (1,)
    powers = range(math.floor(low), math.ceil(high) + 1)
    marks = [step * 10.0**power for power in powers for step in steps]

    def length(value):
        return (math.log10(value) - low) / (high - low) * _BAR_WIDTH

    return length, [mark for mark in marks if low < math.log10(mark) < high]


def _panel(bench, unit, peers):
    """(lines of SVG drawn from 0, 0, height)"""
    rows = sorted(peers.values(), key=lambda row: row["value"])
    length, marks = _scale([row["value"] for row in rows])
    height = _TITLE + len(rows) * _ROW
    lines = [_text(0, 13, bench, "title"), _text(0, 28, unit, "unit")]
    for mark in marks:
        x = _NAME_WIDTH + length(mark)
        lines.append(_text(x, _TITLE - 7, f"{mark:,.0f}" if mark >= 1 else f"{mark:g}", "mark"))
        lines.append(
            f'<line class="grid" x1="{x:.1f}" y1="{_TITLE - 4}" x2="{x:.1f}" y2="{height}"/>'
        )
    for index, row in enumerate(rows):
        y = _TITLE + index * _ROW
        bar = length(row["value"])
        lines += [
            f'<g class="{row["peer"]}">',
            _text(_NAME_WIDTH - 6, y + 12, _short(row["peer"]), "name"),
            f'<rect class="bar" x="{_NAME_WIDTH}" y="{y}" width="{bar:.1f}" height="{_ROW - 5}"/>',
            _text(_NAME_WIDTH + bar + 5, y + 12, number(row["value"]), "value"),
            "</g>",
        ]
    return lines, height


def _short(peer):
    return "c-l-storage" if peer == "continuation-local-storage" else peer


def write_svg(results, path):
    groups = results.groups().items()
    panels = [_panel(bench, unit, peers) for (bench, unit), peers in groups if unit not in _NOT_DRAWN]
    body = []
    top = _GAP
    for start in range(0, len(panels), _COLUMNS):
        row = panels[start : start + _COLUMNS]
        for column, (lines, _) in enumerate(row):
            x = _GAP + column * (_PANEL_WIDTH + _GAP)
            body.append(f'<g transform="translate({x}, {top})">')
            body += lines
            body.append("</g>")
        top += max(height for _, height in row) + _GAP
    width = _GAP + _COLUMNS * (_PANEL_WIDTH + _GAP)
    svg = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {top}" width="{width}">',
        f"<style>{_STYLE}</style>",
        f'<rect width="{width}" height="{top}" fill="#fff"/>',
        *body,
        "</svg>",
    ]
    path.write_text("\n".join(svg) + "\n")
