"""One member of the cluster, over its HTTP interface."""

from dataclasses import dataclass

from servo_sdk import Endpoint, Failed, Failure, http

from . import catalog
from .exposition import Sample, parse

DEFRAGMENT_SECONDS = 25.0
"""A member rewrites its whole file; less than the time that a call has."""


@dataclass(frozen=True)
class MemberStatus:
    """What a member says about itself; sizes in bytes."""

    size: int
    in_use: int
    has_leader: bool
    alarms: list[str]

    @property
    def waste(self) -> float:
        """The unused share of the database file, 0 to 1."""
        return 1 - self.in_use / self.size if self.size else 0.0


class Member:
    """A member at the address that the operator gave."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.id = endpoint.partition("://")[2]

    @staticmethod
    def scrape_all(members: "list[Member]") -> list[Sample | Failure]:
        """The metrics of all members at one moment, or why there are none."""
        answers = http.fetch_all(http.request("GET", f"{member.endpoint}/metrics") for member in members)
        samples: list[Sample | Failure] = []
        for member, answer in zip(members, answers, strict=True):
            try:
                samples.append(member._sample(answer))
            except Failure as failure:
                samples.append(failure)
        return samples

    def scrape(self) -> Sample:
        """Its metrics now."""
        return self._sample(http.get(f"{self.endpoint}/metrics"))

    def status(self) -> MemberStatus:
        """What it says about itself. Its gateway shows 64-bit numbers as text, and leaves out what is zero."""
        said = self._call("/v3/maintenance/status", {})
        alarms = self._call("/v3/maintenance/alarm", {"action": "GET"}).get("alarms", [])
        mine = said.get("header", {}).get("member_id")
        return MemberStatus(
            size=int(said.get("dbSize", 0)),
            in_use=int(said.get("dbSizeInUse", 0)),
            has_leader=int(said.get("leader", 0)) != 0,
            alarms=[alarm.get("alarm", "") for alarm in alarms if alarm.get("memberID") == mine],
        )

    def defragment(self) -> None:
        """Rewrites its database file; it answers nobody meanwhile."""
        self._call("/v3/maintenance/defragment", {}, timeout=DEFRAGMENT_SECONDS)

    def _sample(self, answer: http.Response | Failure) -> Sample:
        if isinstance(answer, Failure):
            raise answer
        sample = parse(answer.text, catalog.NEEDED) if answer.ok else Sample()
        if catalog.LEADER not in sample.values:
            raise self._stranger(answer)
        return sample

    def _call(self, path: str, body: dict[str, str], timeout: float | None = None) -> dict:
        answer = http.post(f"{self.endpoint}{path}", json=body, timeout=timeout)
        try:
            said = answer.json()
        except Failure:
            raise self._stranger(answer) from None
        if not answer.ok:
            why = said.get("error", answer.excerpt) if isinstance(said, dict) else answer.excerpt
            hint = "; grant it credentials that etcd accepts (`grants`)" if "user name is empty" in why else ""
            raise Failed(f"{self.id} refused {path}: {why}{hint}", "refused")
        if not isinstance(said, dict):
            raise self._stranger(answer)
        return said

    def _stranger(self, answer: http.Response) -> Failed:
        what = f"HTTP {answer.status}: `{answer.excerpt}`"
        return Failed(f"{self.endpoint} does not answer like etcd ({what}); check `endpoints`", "not-etcd")
