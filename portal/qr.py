"""A link as a picture that a phone's camera reads."""

from io import BytesIO

import segno
from django.utils.safestring import SafeString, mark_safe

QUIET_ZONE = 2


def draw_svg(link: str) -> SafeString:
    """For inside a page: without a size of its own, so that the style sheet gives it one."""
    drawing = _encode(link).svg_inline(
        border=QUIET_ZONE, omitsize=True, svgclass="qr", lineclass=None, dark="#10201b", light="#fff"
    )
    return mark_safe(drawing)  # noqa: S308 (modules of a code, and nothing of the link in words)


def draw_png(link: str) -> bytes:
    """To keep and to print."""
    out = BytesIO()
    _encode(link).save(out, kind="png", scale=24, border=4)
    return out.getvalue()


def _encode(link: str) -> segno.QRCode:
    return segno.make(link, error="m", micro=False)
