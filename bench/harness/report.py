"""The table for the eye and results.json for everything else."""

import json

_COLUMNS = ["subject", "peer", "value", "unit", "vs weft"]


def number(value):
    """Three significant digits at least: 0.834, 12.7, 1,832."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _ratio(row, peers):
    weft = peers.get("weft")
    if weft is None or weft["value"] == 0:
        return "-"
    return f"{row['value'] / weft['value']:.2f}"


def print_table(results):
    lines = [_COLUMNS]
    for (bench, unit), peers in results.groups().items():
        for peer, row in peers.items():
            lines.append([bench, peer, number(row["value"]), unit, _ratio(row, peers)])
    widths = [max(len(line[column]) for line in lines) for column in range(len(_COLUMNS))]
    previous = None
    for line in lines:
        group = line[0], line[3]
        if previous is not None and group != previous:
            print()
        same_subject = previous == group
        previous = group
        cells = ["" if same_subject else line[0]] + line[1:]
        print(
            f"{cells[0]:<{widths[0]}}  {cells[1]:<{widths[1]}}  {cells[2]:>{widths[2]}}  "
            f"{cells[3]:<{widths[3]}}  {cells[4]:>{widths[4]}}".rstrip()
        )


def write_json(results, path):
    lines = ",\n".join("  " + json.dumps(row) for row in results.rows())
    path.write_text(f"[\n{lines}\n]\n")
