"""Product pictures: a drawn tile for each ASIN, neutral shapes with the brand's initials, always the same."""

import hashlib
from html import escape

GROUNDS = ("#eef0ee", "#f1eee9", "#ecf0f3", "#f2eef0", "#f0f1e8", "#eceef2")
INKS = ("#5b7083", "#7b6a58", "#4f7a6b", "#84606f", "#6b6f4a", "#55608a", "#8a6d3b", "#4b7183")
SHAPES = (
    '<rect x="84" y="62" width="72" height="116" rx="12" fill="{ink}"/><rect x="102" y="40" width="36" height="22" rx="4" fill="{ink}" opacity=".6"/>',
    '<rect x="62" y="86" width="116" height="88" rx="16" fill="{ink}"/><rect x="56" y="62" width="128" height="26" rx="8" fill="{ink}" opacity=".6"/>',
    '<path d="M66 82 120 56l54 26v72l-54 26-54-26z" fill="{ink}"/><path d="M66 82l54 26 54-26" stroke="{ground}" stroke-width="3" fill="none"/>',
    '<circle cx="120" cy="120" r="62" fill="{ink}"/><circle cx="120" cy="120" r="46" fill="{ink}" stroke="{ground}" stroke-width="3"/>',
    '<path d="M96 58h48l10 122H86z" fill="{ink}"/><rect x="100" y="38" width="40" height="20" rx="4" fill="{ink}" opacity=".6"/>',
    '<rect x="60" y="60" width="120" height="120" rx="8" fill="{ink}"/><rect x="60" y="60" width="120" height="30" rx="8" fill="{ink}" stroke="{ground}" stroke-width="3"/>',
)


def draw_tile(asin: str, *, brand: str | None, title: str | None) -> bytes:
    """An SVG of 240 x 240."""
    draw = hashlib.sha256(asin.encode()).digest()
    ground, ink, shape = GROUNDS[draw[0] % len(GROUNDS)], INKS[draw[1] % len(INKS)], SHAPES[draw[2] % len(SHAPES)]
    initials = "".join(word[0] for word in (brand or asin).replace("&", " ").split())[:2].upper()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 240" width="240" height="240" role="img" aria-label="{escape(title or asin)}">'
        f'<rect width="240" height="240" fill="{ground}"/>{shape.format(ink=ink, ground=ground)}'
        f'<text x="120" y="142" text-anchor="middle" font-family="Georgia,serif" font-size="34" fill="#fff">{escape(initials)}</text></svg>'
    ).encode()
