"""What a decorated class handles, and its checks."""

import unittest
from dataclasses import dataclass

from servo_sdk import CheckOutcome, Failed, check, checks, failed, passed, setting
from servo_sdk import _connector


@dataclass(kw_only=True)
class Settings:
    wanted: int = setting("How many.", default=2)


class Sheep:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.here = 1

    def metrics(self) -> list[object]:
        return []

    @check("all-here", "All sheep are here", severity="warning", tags=["sheep"])
    def all_here(self) -> CheckOutcome:
        """Counts
        them."""
        return passed("all") if self.here == self.settings.wanted else failed(f"{self.here} here", "look for them")

    @all_here.remedy
    def fetch_them(self) -> str:
        self.here = self.settings.wanted
        return "fetched"

    @check("fence", "The fence stands")
    def fence(self) -> CheckOutcome:
        return passed("it stands")


class ConnectorTest(unittest.TestCase):
    def test_methods_say_which_interfaces_are_handled(self) -> None:
        definition = _connector.Definition(Sheep, Settings, {})
        self.assertEqual(definition.handles(), {"inventory", "check"})
        self.assertEqual(_connector.interface("Declarations"), "declarations")

    def test_checks_run_in_order_and_are_repaired(self) -> None:
        sheep = Sheep(Settings())
        infos = [each.info for each in checks.of(Sheep)]
        self.assertEqual([(info.id, info.severity, info.remedy) for info in infos], [("all-here", "warning", True), ("fence", "common", False)])
        self.assertEqual(infos[0].description, "Counts them.")
        self.assertFalse(checks.find(Sheep, "all-here").run(sheep).passed)
        self.assertEqual(sheep.fetch_them(), "fetched")
        self.assertTrue(sheep.all_here().passed)
        with self.assertRaisesRegex(Failed, "no check `x`"):
            checks.find(Sheep, "x")
