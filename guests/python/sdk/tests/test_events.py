"""Events and commands: what is declared of a method, and how it is called."""

import unittest
from dataclasses import dataclass

from servo_sdk import Answer, Failed, Rejected, argument, command, commands, event, events, handles, setting
from servo_sdk import _connector


@dataclass(kw_only=True)
class Wanted:
    most: int = setting("At most.", minimum=1)


class Sheep:
    @event("sheep.count", "Counts them.")
    def count(self, wanted: Wanted) -> int:
        return min(5, wanted.most)

    @handles("dog.bark")
    def flee(self, arguments: dict) -> None:
        self.fled = arguments["loud"]

    @command(
        "names",
        "Names them",
        argument("first-letter", "text", "How names begin", positional=True),
        argument("wait", "duration", "How long to wait", repeated=True),
    )
    def names(self, first_letter: str = "a", wait: tuple = ()) -> Answer:
        return Answer([{"name": first_letter + "dam", "waited": sum(wait)}], {"NAME": "/name"})


class EventsTest(unittest.TestCase):
    def test_the_types_of_the_method_are_declared(self) -> None:
        count, flee = events.of(Sheep)
        definition = count.definition()
        assert definition is not None
        self.assertEqual((definition.name, definition.returns), ("sheep.count", {"type": "integer"}))
        self.assertEqual(definition.parameters["required"], ["most"])
        self.assertEqual(definition.parameters["properties"]["most"]["minimum"], 1)
        self.assertIsNone(flee.definition())
        handled = _connector.Definition(Sheep, Wanted, {}).handles()
        self.assertEqual(handled, {"declarations", "events", "commands"})

    def test_arguments_arrive_as_their_type(self) -> None:
        sheep = Sheep()
        self.assertEqual(events.find(Sheep, "sheep.count").handle(sheep, '{"most": 3}'), 3)
        self.assertIsNone(events.find(Sheep, "dog.bark").handle(sheep, '{"loud": true}'))
        self.assertTrue(sheep.fled)
        with self.assertRaisesRegex(Rejected, "sheep.count.*/most: `many` is not of type integer"):
            events.find(Sheep, "sheep.count").handle(sheep, '{"most": "many"}')
        with self.assertRaisesRegex(Failed, "nothing handles the event `x`"):
            events.find(Sheep, "x")
        self.assertEqual(sheep.count(Wanted(most=2)), 2)


class CommandsTest(unittest.TestCase):
    def test_what_was_given_are_keywords(self) -> None:
        (names,) = commands.of(Sheep)
        self.assertEqual([each.name for each in names.arguments], ["first-letter", "wait"])
        self.assertEqual(names.call(Sheep(), "{}").value, [{"name": "adam", "waited": 0}])
        given = '{"first-letter": "ma", "wait": [1500, 500]}'
        self.assertEqual(names.call(Sheep(), given).value, [{"name": "madam", "waited": 2.0}])
        with self.assertRaisesRegex(Failed, "no command `x`"):
            commands.find(Sheep, "x")
