"""Counters of the running process, as Prometheus reads them. Labels are names of ours, never anything of a patient."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

HANDLED: Final = Counter("claimloom_handled", "Events handled", ["service", "topic"])
RETRIED: Final = Counter("claimloom_retried", "Events taken again after a fault", ["service"])
DEAD: Final = Counter("claimloom_dead_letters", "Events given up on", ["service"])
PASSED_OVER: Final = Counter("claimloom_passed_over", "Events of erased tenants, passed over", ["service"])
PUBLISHED: Final = Counter("claimloom_published", "Events sent to topics", ["service", "topic"])
STEP_SECONDS: Final = Histogram(
    "claimloom_step_seconds",
    "Duration of a step, one database transaction",
    ["service"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
WAITING: Final = Gauge("claimloom_waiting", "1 while it waits for what is away", ["service", "for"])
LAG: Final = Gauge("claimloom_lag", "Events of a partition that are not handled yet", ["service", "topic", "partition"])
OLDEST: Final = Gauge("claimloom_oldest_unhandled_seconds", "Age of the oldest event that waits", ["service"])

CLAIMS: Final = Gauge("claimloom_claims", "Claims by state", ["state"])
BILLED: Final = Gauge("claimloom_billed_dollars", "Billed dollars by state of the claim", ["state"])
PAID: Final = Gauge("claimloom_paid_dollars", "Paid dollars by state of the claim", ["state"])
DEAD_OPEN: Final = Gauge("claimloom_dead_letters_open", "Dead letters that nobody mended yet")
UNBALANCED: Final = Gauge("claimloom_unbalanced_remittances", "Remittances in suspense")
SUSPENSE: Final = Gauge("claimloom_suspense_dollars", "Dollars of remittances in suspense")
SILENT: Final = Gauge(
    "claimloom_payer_silent_days", "Days since a payer's oldest sent claim without an answer", ["payer"]
)
WORK: Final = Gauge("claimloom_work_items", "Open work items", ["kind"])
DUE: Final = Gauge("claimloom_work_items_due", "Open work items due within 7 days or overdue", ["kind"])
RECOVERABLE: Final = Gauge("claimloom_recoverable_dollars", "Dollars that open work items may bring", ["kind"])


def away(service: str) -> list[str]:
    """What a service waits for now."""
    return [
        sample.labels["for"]
        for metric in WAITING.collect()
        for sample in metric.samples
        if sample.value and sample.labels["service"] == service
    ]
