# SPDX-License-Identifier: BSD-3-Clause
"""What a terminal shows, as a picture: SVG that any browser draws, with the text in it as text."""
import html
import pathlib
import re
import unicodedata

CELL, LINE, MARGIN = 8.4, 19, 16
HEAD = ('<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}">\n'
        '<rect width="{w}" height="{h}" rx="8" fill="#16181d"/>\n'
        '<g font-family="ui-monospace, DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14" fill="#d7dae0" '
        'xml:space="preserve">\n')
TYPED = re.compile(r"^(?:\w+)?# ")


def columns(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def svg(text, most=110):
    """Lines behind a prompt, and the first, are shown as typed ones. `most`: columns; what is beyond is cut."""
    lines = [line if columns(line) <= most else line[:most - 1] + "…" for line in text.rstrip("\n").splitlines()]
    width = round(max(map(columns, lines)) * CELL + 2 * MARGIN)
    out = [HEAD.format(w=width, h=len(lines) * LINE + 2 * MARGIN)]
    for number, line in enumerate(lines):
        style = ' fill="#7fd1ae" font-weight="bold"' if TYPED.match(line) or number == 0 else ""
        out.append(f'<text x="{MARGIN}" y="{MARGIN + LINE * number + 14}"{style}>{html.escape(line)}</text>\n')
    return "".join(out) + "</g>\n</svg>\n"


def text_in(picture):
    """The text in a picture."""
    return "".join(html.unescape(line) + "\n" for line in re.findall(r"<text [^>]*>(.*)</text>", picture))


def text_of(path):
    return text_in(pathlib.Path(path).read_text(encoding="utf-8"))
