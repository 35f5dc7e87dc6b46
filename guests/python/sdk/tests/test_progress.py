"""Waiting: planned ticks, progress, and a cancel that ends it."""

import unittest

from servo_sdk import Cancelled, progress
from servo_sdk.testing import Host


class ProgressTest(unittest.TestCase):
    def test_ticks_come_when_planned_and_the_last_one_at_the_end(self) -> None:
        with Host() as host:
            self.assertEqual(list(progress.ticks(2.5, 1.0, "measuring")), [1.0, 2.0, 2.5])
        self.assertEqual(host.reports, [(40.0, "measuring for 2.5s"), (80.0, "measuring for 2.5s"), (100.0, "measuring for 2.5s")])

    def test_a_slow_body_does_not_shift_the_ticks(self) -> None:
        seen = []
        with Host() as host:
            for passed in progress.ticks(4.0, 1.0):
                seen.append(passed)
                host.clock += 1.5 if passed == 1.0 else 0.0
        self.assertEqual(seen, [1.0, 3.0, 4.0])

    def test_the_last_tick_comes_also_after_a_very_slow_body(self) -> None:
        seen = []
        with Host() as host:
            for passed in progress.ticks(2.0, 1.0):
                seen.append(passed)
                host.clock += 5.0
        self.assertEqual(seen, [1.0, 2.0])

    def test_nothing_asked_is_no_wait(self) -> None:
        with Host() as host:
            self.assertEqual(list(progress.ticks(0.0)), [])
            progress.wait(0.0)
        self.assertEqual(host.clock, 0.0)

    def test_a_cancel_ends_the_wait(self) -> None:
        with Host() as host, self.assertRaises(Cancelled):
            host.cancel_at = 1.25
            progress.wait_showing(60.0, "waiting")
        self.assertEqual(host.clock, 1.25)
