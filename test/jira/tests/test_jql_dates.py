"""Dates of JQL are in the time zone of the account; counts of milliseconds have none."""

import unittest
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import stand_in  # noqa: F401 - sets the path
import sample
from deployment import Site
from jql.problems import JqlError
from jql.search import search
from store import Store

MADE = datetime(2026, 3, 29, 0, 59, 59, 700000, tzinfo=timezone.utc)     # Paris leaves winter a moment later


def milliseconds(moment):
    return (moment - datetime.fromtimestamp(0, timezone.utc)) // timedelta(milliseconds=1)


class Zones(unittest.TestCase):
    def setUp(self):
        self.site = Site("cloud")
        self.store = Store()
        sample.fill(self.store, self.site)
        self.user = self.store.users[0]
        self.issue = self.store.issue("OPS-7")
        self.issue.created = MADE
        self.issue.due = date(2026, 3, 29)

    def finds(self, clause):
        self.store.generation += 1
        return bool(search(self.store, self.site, self.user, f"key = OPS-7 and {clause}"))

    def test_the_zone_of_the_account(self):
        for zone in ("Europe/Paris", "Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC", None):
            self.user.time_zone = zone
            local = MADE.astimezone(ZoneInfo(zone or "UTC")).replace(tzinfo=None)
            self.assertTrue(self.finds(f'created >= "{local:%Y-%m-%d %H:%M}"'), zone)
            self.assertFalse(self.finds(f'created >= "{local + timedelta(minutes=1):%Y-%m-%d %H:%M}"')
                             and zone != "Europe/Paris", zone)
            self.assertTrue(self.finds(f'created < "{local.date() + timedelta(days=1)}"'), zone)
            self.assertTrue(self.finds('due = "2026-03-29"'), zone)

    def test_milliseconds(self):
        self.user.time_zone = "Pacific/Kiritimati"
        at = milliseconds(MADE)
        self.assertTrue(self.finds(f"created >= {at}") and self.finds(f"created = {at}"))
        self.assertFalse(self.finds(f"created > {at}") or self.finds(f"created >= {at + 1}"))
        self.assertTrue(self.finds("created > -86400000"))
        self.assertTrue(self.finds(f"due = {at}") and not self.finds(f"due = {at + 86400000}"))
        with self.assertRaises(JqlError):
            self.finds(f'created >= "{at}"')

    def test_an_index_of_seconds(self):
        self.site.index_seconds = True
        at = milliseconds(MADE)
        self.assertFalse(self.finds(f"created >= {at}") or self.finds(f"created > {at - 700}"))
        self.assertTrue(self.finds(f"created >= {at - 700}") and self.finds(f"created = {at - 700}"))

    def test_where_milliseconds_are_refused(self):
        self.site.jql_epoch = False
        with self.assertRaises(JqlError) as caught:
            self.finds(f"created >= {milliseconds(MADE)}")
        self.assertIn("is invalid. Valid formats include", str(caught.exception))
