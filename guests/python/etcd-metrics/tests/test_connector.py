"""The connector against a made-up etcd: values over time, gaps, failures, cancel, checks."""

import unittest
from typing import Any

from connector import EXAMPLE, EtcdMetrics
from connector.options import Settings
from servo_sdk import Cancelled, Control, Failed, Measurement, Problems, http
from servo_sdk.testing import Host, read_settings, response

A, B = "http://a:2379", "http://b:2379"


def metrics_text(puts: float, size: int = 2_097_152) -> str:
    return (
        f"etcd_server_has_leader 1\netcd_mvcc_put_total {puts}\n"
        f"etcd_mvcc_db_total_size_in_bytes {size}\nprocess_cpu_seconds_total 1\n"
    )


def made(**values: Any) -> EtcdMetrics:
    return EtcdMetrics(read_settings(Settings, {"endpoints": [A], **values}))


def values(measurement: Measurement, metric: str) -> list[list[float]]:
    return [reading.values for reading in measurement.readings if reading.metric == metric]


class MeasureTest(unittest.TestCase):
    def test_gauges_and_rates_over_time(self) -> None:
        host = Host()
        counts = iter([100, 110, 130, 5, 9])
        host.answers("GET", f"{A}/metrics", lambda _: response(body=metrics_text(next(counts))))
        with host:
            measured = made().measure([], Control(delay=2, warmup=3, duration=4))
        self.assertEqual(host.clock, 9)
        self.assertEqual(values(measured, "etcd_db_size"), [[2.0] * 5])
        # The member was restarted in between: no rate is made up.
        self.assertEqual(values(measured, "etcd_puts"), [[10.0, 20.0, 4.0]])
        series = measured.readings[0]
        self.assertEqual(series.id, "{member=a:2379}")
        self.assertEqual([at - Host.START for at in series.times], [5, 6, 7, 8, 9])
        self.assertEqual(values(measured, "etcd_commit_p99"), [])

    def test_only_what_is_wanted(self) -> None:
        host = Host()
        host.answers("GET", f"{A}/metrics", body=metrics_text(1))
        with host:
            measured = made().measure(["etcd_puts", "other"], Control(duration=1))
            self.assertEqual({reading.metric for reading in measured.readings}, {"etcd_puts"})
            self.assertEqual(made().measure(["other"], Control(duration=1)), Measurement())
        self.assertEqual(host.clock, 1)

    def test_a_member_that_is_away_for_a_moment_is_a_gap(self) -> None:
        host = Host()
        host.answers("GET", f"{A}/metrics", body=metrics_text(1))
        back = response(body=metrics_text(1))
        host.answers("GET", f"{B}/metrics", back, http.Unreachable("gone"), back)
        with host:
            measured = made(endpoints=[A, B]).measure([], Control(duration=3))
        self.assertEqual([len(each) for each in values(measured, "etcd_db_size")], [4, 3])
        self.assertEqual(host.logs, [("warning", "no sample of b:2379: gone")])

    def test_a_cancel_ends_the_wait(self) -> None:
        host = Host()
        host.answers("GET", f"{A}/metrics", body=metrics_text(1))
        host.cancel_at = 2.5
        with host, self.assertRaises(Cancelled):
            made().measure([], Control(duration=600))
        self.assertEqual(host.clock, 2.5)

    def test_failures_name_the_member(self) -> None:
        host = Host()
        with host, self.assertRaisesRegex(Failed, f"{A}/metrics: connection refused"):
            made().measure([], Control(duration=1))
        host.answers("GET", f"{A}/metrics", body="<html>hello</html>")
        with host, self.assertRaisesRegex(Failed, "does not answer like etcd .HTTP 200: `<html>hello") as raised:
            made().measure([], Control(duration=1))
        self.assertEqual(raised.exception.reason, "not-etcd")
        self.assertEqual(host.clock, 0)


class SettingsTest(unittest.TestCase):
    def test_the_example_works_and_mistakes_have_their_place(self) -> None:
        EtcdMetrics(read_settings(Settings, EXAMPLE))
        for wrong, pointers in [
            ({"endpoints": []}, ["/endpoints"]),
            ({"endpoints": [A, B, f"{A}/"], "interval": "10ms"}, ["/endpoints/2", "/interval"]),
        ]:
            with self.subTest(wrong), self.assertRaises(Problems) as raised:
                made(**wrong)
            self.assertEqual([problem.pointer for problem in raised.exception.problems], pointers)


class CheckTest(unittest.TestCase):
    def host(self, size: int = 4_000_000, in_use: int = 1_000_000, leader: str = "7", **alarm: str) -> Host:
        host = Host()
        status = {"header": {"member_id": "1"}, "dbSize": str(size), "dbSizeInUse": str(in_use), "leader": leader}
        host.answers("GET", f"{A}/metrics", body=metrics_text(1))
        host.answers("POST", f"{A}/v3/maintenance/status", json=status)
        alarms = {"alarms": [{"memberID": "1", **alarm}]} if alarm else {}
        host.answers("POST", f"{A}/v3/maintenance/alarm", json=alarms)
        host.answers("POST", f"{A}/v3/maintenance/defragment", json={})
        return host

    def test_what_is_seen_and_what_to_do(self) -> None:
        for host, check, passed, message in [
            (self.host(), "connect", True, "1 of 1"),
            (Host(), "connect", False, "refused"),
            (self.host(), "health", True, "no alarm"),
            (self.host(leader="0"), "health", False, "knows no leader"),
            (self.host(alarm="NOSPACE"), "health", False, "NOSPACE"),
            (self.host(), "space", False, "a:2379 75 %"),
            (self.host(in_use=3_000_000), "space", True, "no member"),
            (self.host(size=40_000, in_use=1), "space", True, "no member"),
        ]:
            with self.subTest(check, message=message), host:
                outcome = getattr(made(), check)()
                self.assertEqual(outcome.passed, passed, outcome)
                self.assertIn(message, outcome.message)
                self.assertEqual(outcome.hint is None, passed)

    def test_the_remedy_defragments_only_what_wastes(self) -> None:
        wasting = self.host()
        with wasting:
            self.assertIn("a:2379 from 4000000", made().defragment())
        self.assertIn(f"{A}/v3/maintenance/defragment", [request.url for request in wasting.requests])
        with self.host(in_use=3_900_000):
            self.assertEqual(made().defragment(), "nothing to defragment")

    def test_a_refusal_says_what_etcd_says(self) -> None:
        host = self.host()
        host.answers("POST", f"{A}/v3/maintenance/status", response(400, json={"error": "user name is empty"}))
        with host, self.assertRaisesRegex(Failed, "user name is empty; grant it credentials"):
            made().space()
