"""Settings: schema out, values in, every problem with its place."""

import unittest
from dataclasses import dataclass
from typing import Literal

from servo_sdk import Duration, Endpoint, Problems, setting
from servo_sdk.settings import schema
from servo_sdk.testing import read_settings


@dataclass(kw_only=True)
class Target:
    path: str = setting("Where.", pattern="^/")
    weight: int = setting("How often.", default=1, minimum=0)


@dataclass(kw_only=True)
class Settings:
    """What to look at."""

    url: Endpoint = setting("Where it listens.")
    targets: list[Target] = setting("What is asked.", default=[])
    every: Duration = setting("How often.", default=Duration("1m30s"))
    kind: Literal["fast", "slow"] = setting("Which.", default="fast")
    names: dict[str, float] = setting("More.", default={})
    note: str | None = setting("Optional.", default=None)


class SettingsTest(unittest.TestCase):
    def test_the_schema_is_closed_and_says_what_the_fields_say(self) -> None:
        found = schema(Settings)
        self.assertEqual(found["required"], ["url"])
        self.assertFalse(found["additionalProperties"])
        self.assertEqual(found["description"], "What to look at.")
        properties = found["properties"]
        self.assertEqual(properties["url"]["x-servo-grant"], "http")
        self.assertEqual(properties["every"]["default"], "1m30s")
        self.assertEqual(properties["kind"], {"enum": ["fast", "slow"], "default": "fast", "description": "Which."})
        self.assertEqual(properties["note"], {"type": "string", "description": "Optional."})
        item = properties["targets"]["items"]
        self.assertEqual(item["properties"]["path"], {"type": "string", "pattern": "^/", "description": "Where."})
        self.assertEqual(item["properties"]["weight"]["minimum"], 0)

    def test_values_become_what_the_types_say(self) -> None:
        read = read_settings(
            Settings,
            {"url": "http://app:80/", "targets": [{"path": "/a", "weight": 2.0}], "every": 5, "names": {"a": 1}},
        )
        self.assertEqual(read.url, "http://app:80")
        self.assertEqual(read.targets, [Target(path="/a", weight=2)])
        self.assertEqual((read.every, read.names, read.note), (5.0, {"a": 1.0}, None))

    def test_every_problem_has_its_place(self) -> None:
        wrong = {"url": "app", "targets": [{"weight": "x"}], "every": "soon", "kind": "odd", "naems": 1, "note": 3}
        with self.assertRaises(Problems) as raised:
            read_settings(Settings, wrong)
        found = [(problem.pointer, problem.text) for problem in raised.exception.problems]
        self.assertEqual(
            found,
            [
                ("/url", "`app` is not an address; write it like `http://host:8080`"),
                ("/targets/0/weight", "`x` is not of type integer"),
                ("/targets/0", "`path` is missing"),
                ("/every", "`soon` is not a duration: a number and a unit are missing; write it like `1m30s`"),
                ("/kind", "`odd` is none of `fast`, `slow`"),
                ("/naems", "there is no setting `naems`; there are url, targets, every, kind, names, note"),
                ("/note", "`3` is not of type string"),
            ],
        )

    def test_rules_are_kept(self) -> None:
        wrong = {"url": "http://a", "targets": [{"path": "a", "weight": -1}]}
        with self.assertRaises(Problems) as raised:
            read_settings(Settings, wrong)
        found = [(problem.pointer, problem.text) for problem in raised.exception.problems]
        expected = [
            ("/targets/0/path", "`a` is not allowed: pattern is ^/"),
            ("/targets/0/weight", "`-1` is not allowed: minimum is 0"),
        ]
        self.assertEqual(found, expected)

    def test_defaults_are_not_shared(self) -> None:
        first = Settings(url=Endpoint("http://a"))
        first.targets.append(Target(path="/"))
        self.assertEqual(Settings(url=Endpoint("http://a")).targets, [])


class DurationTest(unittest.TestCase):
    def test_durations_are_read_and_shown(self) -> None:
        for text, seconds, shown in [
            ("1m30s", 90, "1m30s"),
            ("300ms", 0.3, "300ms"),
            ("1 h 0.5s", 3600.5, "1h0.5s"),
            ("2d", 172_800, "2d"),
            ("0", 0, "0s"),
            ("250us", 0.00025, "0.25ms"),
        ]:
            with self.subTest(text):
                self.assertEqual(Duration(text), seconds)
                self.assertEqual(str(Duration(text)), shown)
        for wrong in ["", "5", "5 parsecs", "s", "-1s"]:
            with self.subTest(wrong), self.assertRaises(ValueError):
                Duration(wrong)
