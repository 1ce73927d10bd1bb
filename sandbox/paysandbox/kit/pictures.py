"""Pictures of documents."""

import io


def draw_qr_code(text: str, title: str) -> str:
    """Draw a QR code that reads `text`, as an SVG with a title."""
    import segno  # noqa: PLC0415 - few calls draw one, and a start must not wait for it

    drawn = io.BytesIO()
    segno.make_qr(text).save(drawn, kind="svg", scale=4, xmldecl=False, title=title)
    return drawn.getvalue().decode()
