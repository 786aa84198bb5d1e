"""Reports: pure views of a results stream, without a clock, a network or a file of their own."""

from __future__ import annotations

from conformance.report.html import render_html
from conformance.report.junit import render_junit
from conformance.report.summary import summarise

__all__ = ["render_html", "render_junit", "summarise"]
