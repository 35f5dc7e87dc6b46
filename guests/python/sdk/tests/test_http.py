"""Requests as they are sent, and what comes back."""

import unittest

from servo_sdk import Cancelled, Denied, Failed, http
from servo_sdk.testing import Host, response

URL = "http://app/x"


class HttpTest(unittest.TestCase):
    def test_requests_carry_query_body_and_type(self) -> None:
        sent = http.request("POST", URL, query={"a b": "c&d", "n": 1}, json={"k": [1]}, headers={"x-y": "z"})
        self.assertEqual(sent.url, "http://app/x?a%20b=c%26d&n=1")
        self.assertEqual(sent.headers, [("x-y", "z"), ("content-type", "application/json")])
        self.assertEqual(sent.body, b'{"k": [1]}')

    def test_a_status_is_an_answer_and_no_answer_is_raised(self) -> None:
        host = Host()
        host.answers("GET", URL, response(404, "no\x00body"), Denied("not granted"))
        with host:
            answer = http.get(URL)
            self.assertFalse(answer.ok)
            with self.assertRaisesRegex(Failed, "not the JSON expected.*`no body`"):
                answer.json()
            with self.assertRaises(Denied):
                http.get(URL)
            with self.assertRaises(http.Unreachable):
                http.get("http://other/")

    def test_together_every_request_has_its_answer_and_a_cancel_is_raised(self) -> None:
        host = Host()
        host.answers("GET", URL, json={"a": 1})
        with host:
            good, bad = http.fetch_all([http.request("GET", URL), http.request("GET", "http://other/")])
            self.assertEqual(good.json(), {"a": 1})
            self.assertIsInstance(bad, http.Unreachable)
            host.answers("GET", URL, Cancelled("cancelled"))
            with self.assertRaises(Cancelled):
                http.fetch_all([http.request("GET", URL)])
