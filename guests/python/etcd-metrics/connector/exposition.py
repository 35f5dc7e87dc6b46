"""What `/metrics` shows, in the text format of Prometheus: only as much of it as this connector needs."""

from dataclasses import dataclass, field


@dataclass
class Sample:
    """The numbers of one member at one moment: plain ones by name, histograms as bounds and cumulative counts."""

    values: dict[str, float] = field(default_factory=dict)
    buckets: dict[str, list[tuple[float, float]]] = field(default_factory=dict)


def parse(text: str, wanted: frozenset[str]) -> Sample:
    """Reads the wanted numbers; those of several label sets are added up. Lines that are no numbers say nothing."""
    sample = Sample()
    for line in text.splitlines():
        # Most of the text is not wanted, and cutting a line costs less than reading it.
        name = line.partition(" ")[0].partition("{")[0]
        histogram = name.removesuffix("_bucket")
        if name not in wanted and (histogram == name or histogram not in wanted):
            continue
        labels, _, number = line[len(name) :].rpartition(" ")
        try:
            value = float(number)
            if histogram == name:
                sample.values[name] = sample.values.get(name, 0.0) + value
            else:
                bound = float(labels.partition('le="')[2].partition('"')[0])
                sample.buckets.setdefault(histogram, []).append((bound, value))
        except ValueError:
            continue
    return sample


def quantile(share: float, before: list[tuple[float, float]], after: list[tuple[float, float]]) -> float | None:
    """The quantile of what happened between two readings of a histogram; `None` when nothing did.

    Within a bucket the values are taken as evenly spread, as Prometheus does; above the last bound it is that bound.
    """
    if [bound for bound, _ in before] != [bound for bound, _ in after]:
        return None
    counts = [(bound, late - early) for (bound, early), (_, late) in zip(before, after, strict=True)]
    if not counts or counts[-1][1] <= 0:
        return None
    rank = share * counts[-1][1]
    low, below = 0.0, 0.0
    for bound, count in counts:
        if count >= rank:
            if bound == float("inf"):
                return low
            return low + (bound - low) * (rank - below) / (count - below) if count > below else bound
        low, below = bound, count
    return low
