"""plot(): the seconds that reads take, as bars in an SVG."""

SHOWN = (("jira_spoke", "#0b6e4f"), ("chain", "#8d99ae"), ("floor", "#d9dce3"))
WIDTH, BAR, GAP, LEFT = 720, 14, 16, 250


def bars(results):
    """Those with latency, where the network decides."""
    return [result for result in results if result["latency"] == 50 and not result["fat"]]


def label(result):
    batch = f", {result['batch']} in a request" if result["issues"] > 100 else ""
    return f"{result['issues']:,} issues{batch}"


def plot(results, path):
    shown = bars(results)
    group = BAR * len(SHOWN) + GAP
    height = 60 + group * len(shown)
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12">',
             f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
             f'<text x="10" y="20" font-size="14">Reading all issues of a query from Jira Cloud, 50 ms away: seconds</text>']
    x = LEFT
    for name, color in SHOWN:
        title = {"chain": "one page after the other", "floor": "least possible"}.get(name, name)
        lines.append(f'<rect x="{x}" y="30" width="10" height="10" fill="{color}"/><text x="{x + 15}" y="39">{title}</text>')
        x += 40 + 7 * len(title)
    for row, result in enumerate(shown):
        y = 56 + group * row
        longest = max(result[name] for name, _ in SHOWN)
        lines.append(f'<text x="{LEFT - 10}" y="{y + 2 * BAR - 3}" text-anchor="end">{label(result)}</text>')
        for offset, (name, color) in enumerate(SHOWN):
            width = max(1, (WIDTH - LEFT - 80) * result[name] / longest)
            top = y + BAR * offset
            lines.append(f'<rect x="{LEFT}" y="{top}" width="{width:.0f}" height="{BAR - 2}" fill="{color}"/>'
                         f'<text x="{LEFT + width + 5:.0f}" y="{top + BAR - 4}">{result[name]:.2f}</text>')
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines + ["</svg>", ""]))
