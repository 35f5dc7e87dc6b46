"""Reading the text that etcd shows."""

import unittest

from connector.exposition import parse, quantile

TEXT = """\
# HELP etcd_server_has_leader Whether or not a leader exists.
etcd_server_has_leader 1
etcd_mvcc_put_total 1.5e+03
etcd_grpc{method="a",code="b c"} 2
etcd_grpc{method="d"} 3
not_wanted 9
broken
etcd_mvcc_put_total broken
etcd_commit_seconds_bucket{le="0.001"} 3
etcd_commit_seconds_bucket{le="+Inf"} 4
etcd_commit_seconds_sum 7
"""


class ExpositionTest(unittest.TestCase):
    def test_only_the_wanted_numbers_are_read(self) -> None:
        wanted = frozenset(["etcd_server_has_leader", "etcd_mvcc_put_total", "etcd_grpc", "etcd_commit_seconds"])
        sample = parse(TEXT, wanted)
        self.assertEqual(sample.values, {"etcd_server_has_leader": 1, "etcd_mvcc_put_total": 1500, "etcd_grpc": 5})
        self.assertEqual(sample.buckets, {"etcd_commit_seconds": [(0.001, 3), (float("inf"), 4)]})

    def test_quantiles_of_what_happened_in_between(self) -> None:
        infinite = float("inf")
        none = [(1.0, 5.0), (2.0, 5.0), (infinite, 5.0)]
        for after, share, expected in [
            ([(1.0, 5.0), (2.0, 15.0), (infinite, 15.0)], 0.5, 1.5),
            ([(1.0, 15.0), (2.0, 15.0), (infinite, 15.0)], 0.99, 0.99),
            ([(1.0, 5.0), (2.0, 5.0), (infinite, 6.0)], 0.99, 2.0),
            (none, 0.99, None),
            ([(1.0, 1.0), (infinite, 1.0)], 0.99, None),
        ]:
            with self.subTest(after=after):
                self.assertEqual(quantile(share, none, after), expected)
