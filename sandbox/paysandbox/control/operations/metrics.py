"""Metrics for those who run a sandbox for others."""

from paysandbox.control.metrics_view import render_metrics
from paysandbox.core.messages import Call, Reply
from paysandbox.kit.metrics import Metrics
from paysandbox.kit.runtime import Runtime


def get_metrics(_call: Call, runtime: Runtime) -> Reply:
    """Return calls, durations, namespaces and what the store does, in the text format of Prometheus."""
    figures = (runtime.metrics or Metrics(runtime)).total()
    return Reply(200, render_metrics(runtime, figures), media_type="text/plain")
