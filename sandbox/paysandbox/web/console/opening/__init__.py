"""A recording that a browser opens: read and judged for each view, shown as the live calls are, and kept nowhere."""
