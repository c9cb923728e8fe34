"""Draws the results: a panel for each subject, a bar for each peer with its name, its value, how many times weft's that is, and its instructions where they were counted.

The best value is on top; weft is dark, the floor outlined, the others pale. Bars are on a logarithmic scale, in each panel from half of its smallest value on.
"""

import html
import math

from report import number

_COLUMNS = 3
_PANEL_WIDTH = 440
_ROW = 19
_NAME_WIDTH = 104
_BAR_WIDTH = 170
_TIMES_END = 372  # where the last digit of each column stands
_COUNTED_END = _PANEL_WIDTH
_GAP = 30
_TITLE = 42
_HEADING = 44

# What the panels' subjects begin with.
_SECTIONS = [
    ("Callbacks on the loop", ("tick_", "immediate_", "loop_turn", "observed_tick")),
    ("Timers", ("timer_",)),
    ("To and from other threads", ("post_", "pool_")),
    ("Contexts: made, read, carried over a step", ("context_", "coroutine_")),
    ("Events", ("emit_",)),
    ("Files and network", ("read_file", "tcp_", "http_")),
    ("Others", ("",)),
]

_EXPLAINED = (
    "Shorter is better. 5.2× is a peer that takes 5.2 times as much as weft. Bars are logarithmic, each panel on a scale of its own. "
    "floor: hand-written code for this alone; weft-off: weft built without contexts; weft-timer: its loop::Timer in place of setTimeout()."
)

_STYLE = """
text { font-family: system-ui, "DejaVu Sans", sans-serif; font-size: 12px; fill: #333 }
.heading { font-size: 18px; font-weight: 600; fill: #111 }
.title { font-size: 14px; font-weight: 600; fill: #111 }
.unit { font-size: 11px; fill: #777 }
.name, .times, .counted, .column { text-anchor: end }
.times, .counted { fill: #777 }
.mark, .column { font-size: 9px; fill: #999 }
.mark { text-anchor: middle }
.grid { stroke: #e4e4e4; stroke-width: 1 }
.rule { stroke: #bbb; stroke-width: 1 }
.bar { fill: #c3cbd6 }
.floor .bar { fill: #fff; stroke: #8a94a3; stroke-dasharray: 3 2 }
.weft .bar { fill: #0b6e99 }
.weft .name, .weft .value, .weft .counted { font-weight: 700; fill: #0b6e99 }
.weft-off .bar, .weft-timer .bar { fill: #6fb3cf }
"""

_UNITS = {
    "ns/op": "nanoseconds",
    "instr/op": "instructions",
    "bytes": "bytes",
    "us-cpu/req": "CPU µs a request",
}
_COUNTED = "instr/op"


def _text(x, y, content, kind):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{html.escape(content)}</text>'


def _scale(values):
    """A function from a value to the length of its bar, and the round values along the scale."""
    low = math.log10(min(values) / 2)
    high = math.log10(max(values) * 1.05)
    steps = (1, 2, 5) if high - low < 1.5 and high < 4 else (1,)  # as many as there is room for
    powers = range(math.floor(low), math.ceil(high) + 1)
    marks = [step * 10.0**power for power in powers for step in steps]

    def length(value):
        return (math.log10(value) - low) / (high - low) * _BAR_WIDTH

    return length, [mark for mark in marks if low < math.log10(mark) < high]


def _times(row, peers):
    weft = peers.get("weft")
    if weft is None or row is weft or weft["value"] == 0:
        return ""
    times = row["value"] / weft["value"]
    return f"{times:,.{2 if times < 0.1 else 1 if times < 10 else 0}f}×"


def _panel(bench, by_unit):
    """(lines of SVG drawn from 0, 0, height)"""
    unit = next(unit for unit in _UNITS if unit in by_unit)
    peers = by_unit[unit]
    counted = by_unit.get(_COUNTED, {}) if unit != _COUNTED else {}
    rows = sorted(peers.values(), key=lambda row: row["value"])
    length, marks = _scale([row["value"] for row in rows])
    height = _TITLE + len(rows) * _ROW
    lines = [_text(0, 13, bench, "title"), _text(0, 28, _UNITS[unit], "unit")]
    if counted:
        lines.append(_text(_COUNTED_END, _TITLE - 7, _UNITS[_COUNTED], "column"))
    for mark in marks:
        x = _NAME_WIDTH + length(mark)
        lines.append(_text(x, _TITLE - 7, f"{mark:,.0f}" if mark >= 1 else f"{mark:g}", "mark"))
        lines.append(
            f'<line class="grid" x1="{x:.1f}" y1="{_TITLE - 4}" x2="{x:.1f}" y2="{height}"/>'
        )
    for index, row in enumerate(rows):
        y = _TITLE + index * _ROW
        bar = length(row["value"])
        instructions = counted.get(row["peer"])
        lines += [
            f'<g class="{row["peer"]}">',
            _text(_NAME_WIDTH - 6, y + 12, _short(row["peer"]), "name"),
            f'<rect class="bar" x="{_NAME_WIDTH}" y="{y}" width="{bar:.1f}" height="{_ROW - 5}"/>',
            _text(_NAME_WIDTH + bar + 5, y + 12, number(row["value"]), "value"),
            _text(_TIMES_END, y + 12, _times(row, peers), "times"),
            _text(_COUNTED_END, y + 12, number(instructions["value"]) if instructions else "", "counted"),
            "</g>",
        ]
    return lines, height


def _short(peer):
    return "c-l-storage" if peer == "continuation-local-storage" else peer


def _by_section(results):
    """(heading, [(bench, {unit: {peer: row}})]), those that measure alike beside one another."""
    benches = {}
    for (bench, unit), peers in results.groups().items():
        if unit in _UNITS:
            benches.setdefault(bench, {})[unit] = peers
    families = list(dict.fromkeys(bench.split("/")[0] for bench in benches))
    for heading, beginnings in _SECTIONS:
        chosen = []
        for family in [f for beginning in beginnings for f in families if f.startswith(beginning)]:
            families.remove(family)
            chosen += [item for item in benches.items() if item[0].split("/")[0] == family]
        if chosen:
            yield heading, chosen


def write_svg(results, path):
    width = _GAP + _COLUMNS * (_PANEL_WIDTH + _GAP)
    body = [_text(_GAP, _GAP, _EXPLAINED, "explained")]
    top = 2 * _GAP
    for heading, benches in _by_section(results):
        body.append(f'<line class="rule" x1="{_GAP}" y1="{top}" x2="{width - _GAP}" y2="{top}"/>')
        body.append(_text(_GAP, top + 26, heading, "heading"))
        top += _HEADING
        panels = [_panel(bench, by_unit) for bench, by_unit in benches]
        for start in range(0, len(panels), _COLUMNS):
            row = panels[start : start + _COLUMNS]
            for column, (lines, _) in enumerate(row):
                x = _GAP + column * (_PANEL_WIDTH + _GAP)
                body += [f'<g transform="translate({x}, {top})">', *lines, "</g>"]
            top += max(height for _, height in row) + _GAP
    svg = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {top}" width="{width}">',
        f"<style>{_STYLE}</style>",
        f'<rect width="{width}" height="{top}" fill="#fff"/>',
        *body,
        "</svg>",
    ]
    path.write_text("\n".join(svg) + "\n")
