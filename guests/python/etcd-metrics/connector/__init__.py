"""Measures the members of an etcd cluster: what they store, how busy they are, how long their disks take.

    etcd-metrics:
      endpoints: [http://etcd-1:2379, http://etcd-2:2379]
      interval: 1s

Every member is asked for its own metrics at each interval; rates and percentiles are those of the interval. A check
finds wasted space, and its remedy defragments.
"""

from servo_sdk import (
    CheckOutcome,
    Control,
    Description,
    Measurement,
    Metric,
    Problem,
    Problems,
    Reading,
    check,
    connector,
    failed,
    log,
    passed,
    progress,
    time,
)
from servo_sdk.failure import Denied, Failure

from . import catalog
from .member import Member, MemberStatus
from .options import Settings

EXAMPLE = {"endpoints": ["http://etcd:2379"], "interval": "1s"}


@connector(Settings, example=EXAMPLE)
class EtcdMetrics:
    def __init__(self, settings: Settings) -> None:
        seen: set[str] = set()
        problems = []
        for index, endpoint in enumerate(settings.endpoints):
            if endpoint in seen:
                problems.append(Problem(f"/endpoints/{index}", f"`{endpoint}` stands here twice"))
            seen.add(endpoint)
        if not settings.endpoints:
            problems.append(Problem("/endpoints", "no member is given; add one like `http://etcd:2379`"))
        if settings.interval < 0.1:
            problems.append(Problem("/interval", "shorter than 100ms; etcd would be busy with being measured"))
        if problems:
            raise Problems(*problems)
        self.settings = settings
        self.members = [Member(endpoint) for endpoint in settings.endpoints]

    def metrics(self) -> list[Metric]:
        return [quantity.metric for quantity in catalog.ALL]

    def describe(self, _control: Control) -> Description:
        return Description(metrics=self.metrics())

    def measure(self, metrics: list[str], control: Control) -> Measurement:
        wanted = [quantity for quantity in catalog.ALL if not metrics or quantity.metric.name in metrics]
        if not wanted:
            return Measurement()
        progress.wait_showing(control.delay, "waiting before the measurement")
        progress.wait_showing(control.warmup, "warming up")
        runs = [catalog.Run(member.id, wanted) for member in self.members]
        lost = self._look(runs, first=True)
        for _ in progress.ticks(control.duration, self.settings.interval, "measuring etcd"):
            lost = self._look(runs)
        for run in runs:
            if not run.series and (failure := lost.get(run.id)):
                raise failure
        readings: list[Reading] = [series for run in runs for series in run.readings()]
        return Measurement(readings, {"members": str(len(self.members))})

    @check("connect", "Ask every member for its metrics", severity="critical")
    def connect(self) -> CheckOutcome:
        """Every endpoint is a member of etcd and shows its metrics."""
        for member in self.members:
            try:
                member.scrape()
            except Failure as failure:
                return failed(failure.message, _hint(member, failure))
        return passed(f"{len(self.members)} of {len(self.members)} members answer")

    @check("health", "Every member is healthy")
    def health(self) -> CheckOutcome:
        """Every member has a leader, and none reports an alarm."""
        for member in self.members:
            status = member.status()
            if not status.has_leader:
                hint = "see that more than half of the members run and reach each other on their peer addresses"
                return failed(f"{member.id} knows no leader", hint)
            if status.alarms:
                hint = "NOSPACE: compact, defragment, then `etcdctl alarm disarm`; CORRUPT: replace the member"
                return failed(f"{member.id} reports {', '.join(status.alarms)}", hint)
        return passed("all members have a leader and report no alarm")

    @check("space", "The database files are in use", severity="warning", tags=["space"])
    def space(self) -> CheckOutcome:
        """No member wastes more of its database file than `waste_max` allows."""
        wasted = [(member, status) for member, status in self._statuses() if self._wastes(status)]
        if not wasted:
            return passed("no member wastes space")
        shares = ", ".join(f"{member.id} {100 * status.waste:.0f} %" for member, status in wasted)
        return failed(f"unused space in database files: {shares}", "run `servo check --remedy`, or `etcdctl defrag`")

    @space.remedy
    def defragment(self) -> str:
        """One member after the other: each answers nobody while it defragments."""
        done = []
        for member, before in self._statuses():
            if self._wastes(before):
                member.defragment()
                after = member.status()
                done.append(f"{member.id} from {before.size} to {after.size} bytes")
                log.success(f"defragmented {done[-1]}")
        return f"defragmented {', '.join(done)}" if done else "nothing to defragment"

    def _statuses(self) -> list[tuple[Member, MemberStatus]]:
        return [(member, member.status()) for member in self.members]

    def _wastes(self, status: MemberStatus) -> bool:
        return status.size >= self.settings.waste_from and status.waste > self.settings.waste_max

    def _look(self, runs: list[catalog.Run], first: bool = False) -> dict[str, Failure]:
        """One sample of every member. A member that is away for a moment is a gap in its series."""
        lost = {}
        for run, sample in zip(runs, Member.scrape_all(self.members), strict=True):
            if isinstance(sample, Failure):
                lost[run.id] = sample
                if not first:
                    log.warning(f"no sample of {run.id}: {sample.message}")
            else:
                run.take(time.now(), sample)
        if first and len(lost) == len(runs):
            raise next(iter(lost.values()))
        return lost


def _hint(member: Member, failure: Failure) -> str:
    if isinstance(failure, Denied):
        return "grant the origin to this connector (`servo show grants` lists what it has)"
    if failure.reason == "not-etcd":
        return "name the client address of a member in `endpoints`, by default port 2379"
    return f"see that etcd runs and that `{member.endpoint}` is among its `--listen-client-urls`"
