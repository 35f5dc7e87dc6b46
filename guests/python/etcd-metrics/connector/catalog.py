"""What is measured: each quantity, and how it follows from the samples of a member."""

from collections.abc import Callable
from dataclasses import dataclass

from servo_sdk import Metric, Series

from .exposition import Sample, quantile

MIB = 1024.0 * 1024.0

Rule = Callable[[Sample | None, Sample, float], float | None]
"""From the sample before (if any), this one and the seconds between them to a value (if there is one)."""


@dataclass(frozen=True)
class Quantity:
    """A metric, the names in etcd's text that it needs, and its rule."""

    metric: Metric
    needs: frozenset[str]
    rule: Rule


def _gauge(name: str, unit: str, source: str, scale: float = 1.0) -> Quantity:
    def rule(_before: Sample | None, now: Sample, _seconds: float) -> float | None:
        value = now.values.get(source)
        return None if value is None else value / scale

    return Quantity(Metric(name, unit), frozenset([source]), rule)


def _rate(name: str, unit: str, *sources: str, scale: float = 1.0) -> Quantity:
    """Of several sources the first that etcd shows: names have changed between its versions."""

    def rule(before: Sample | None, now: Sample, seconds: float) -> float | None:
        for source in sources:
            if before is not None and source in now.values and source in before.values:
                grown = now.values[source] - before.values[source]
                # A counter that shrinks belongs to a member that was restarted.
                return grown / seconds / scale if grown >= 0 and seconds > 0 else None
        return None

    return Quantity(Metric(name, unit), frozenset(sources), rule)


def _p99(name: str, source: str) -> Quantity:
    def rule(before: Sample | None, now: Sample, _seconds: float) -> float | None:
        if before is None:
            return None
        seconds = quantile(0.99, before.buckets.get(source, []), now.buckets.get(source, []))
        return None if seconds is None else seconds * 1000

    return Quantity(Metric(name, "ms"), frozenset([source]), rule)


ALL = (
    _gauge("etcd_db_size", "MiB", "etcd_mvcc_db_total_size_in_bytes", MIB),
    _gauge("etcd_db_in_use", "MiB", "etcd_mvcc_db_total_size_in_use_in_bytes", MIB),
    _gauge("etcd_keys", "", "etcd_debugging_mvcc_keys_total"),
    _gauge("etcd_watchers", "", "etcd_debugging_mvcc_watcher_total"),
    _gauge("etcd_proposals_pending", "", "etcd_server_proposals_pending"),
    _gauge("etcd_memory", "MiB", "process_resident_memory_bytes", MIB),
    _rate("etcd_puts", "rps", "etcd_mvcc_put_total", "etcd_debugging_mvcc_put_total"),
    _rate("etcd_ranges", "rps", "etcd_mvcc_range_total", "etcd_debugging_mvcc_range_total"),
    _rate("etcd_bytes_sent", "MiB/s", "etcd_network_client_grpc_sent_bytes_total", scale=MIB),
    _rate("etcd_proposals_failed", "rps", "etcd_server_proposals_failed_total"),
    _rate("etcd_cpu", "cores", "process_cpu_seconds_total"),
    _p99("etcd_commit_p99", "etcd_disk_backend_commit_duration_seconds"),
    _p99("etcd_fsync_p99", "etcd_disk_wal_fsync_duration_seconds"),
)
"""In the order in which people should see them."""

LEADER = "etcd_server_has_leader"
"""What only etcd shows."""

NEEDED = frozenset([LEADER]).union(*(quantity.needs for quantity in ALL))
"""All names that are read."""


class Run:
    """The series of one member during one measurement."""

    def __init__(self, id: str, wanted: list[Quantity]) -> None:
        self.id = id
        self.series: dict[str, list[tuple[float, float]]] = {}
        self._wanted = wanted
        self._before: tuple[float, Sample] | None = None

    def take(self, at: float, sample: Sample) -> None:
        """Adds what a sample says."""
        then, before = self._before or (at, None)
        for quantity in self._wanted:
            value = quantity.rule(before, sample, at - then)
            if value is not None:
                self.series.setdefault(quantity.metric.name, []).append((at, value))
        self._before = (at, sample)

    def readings(self) -> list[Series]:
        """What was seen, in the order of the catalog."""
        return [
            Series(name, [at for at, _ in points], [value for _, value in points], id=f"{{member={self.id}}}")
            for name in (quantity.metric.name for quantity in self._wanted)
            if (points := self.series.get(name))
        ]
