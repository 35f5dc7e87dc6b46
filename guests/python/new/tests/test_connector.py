"""Runs without WebAssembly and without servo: `python3 -m unittest`."""

import unittest

from connector import {{Name}}, Settings
from servo_sdk import Problems
from servo_sdk.testing import read_settings


class ConnectorTest(unittest.TestCase):
    def test_the_settings_are_checked(self) -> None:
        self.assertEqual({{Name}}(read_settings(Settings, {"value": 100})).value, 100)
        for wrong in [{"value": 101}, {"value": "many"}, {}]:
            with self.assertRaises(Problems):
                read_settings(Settings, wrong)
