"""The rules by which refresh tokens replace each other, with a clock of the test's own."""

import threading
import unittest

import stand_in  # noqa: F401 - makes the modules importable
from oauth.authority import Authority
from oauth.clients import CLIENTS
from oauth.grants import LIFE_OF_CODE
from oauth.refusals import OAuthError

REDIRECT = "https://localhost/callback"


class Rotation(unittest.TestCase):
    cloud = True

    def setUp(self):
        self.now = 0.0
        self.authority = Authority(self.cloud, lambda: self.now)
        self.client = CLIENTS[self.cloud][0]
        self.first = self.family()

    def family(self):
        code = self.authority.consent(self.client, ("read:jira-work", "offline_access"), REDIRECT)
        return self.authority.exchange(self.client, code, REDIRECT)

    def refresh(self, issued):
        return self.authority.refresh(self.client, issued.refresh)

    def assert_refused(self, issued):
        with self.assertRaisesRegex(OAuthError, "Unknown or invalid refresh token"):
            self.refresh(issued)

    def assert_good(self, issued, good=True):
        self.assertEqual(self.authority.use(issued.access) is not None, good)

    def outcomes(self):
        counts = self.authority.state()["counts"]["refreshes"]
        return {name: count for name, count in counts.items() if count}


class OnCloud(Rotation):
    def test_a_chain(self):
        issued, seen = self.first, {self.first.refresh}
        for _ in range(5):
            self.now += 1000
            issued = self.refresh(issued)
            self.assertNotIn(issued.refresh, seen)
            seen.add(issued.refresh)
            self.assert_good(issued)
        self.assertEqual(self.outcomes(), {"fresh": 5})

    def test_the_one_just_replaced_within_the_leeway(self):
        second = self.refresh(self.first)
        self.now += 599
        again = self.refresh(self.first)
        self.assertNotEqual(second.refresh, again.refresh)
        self.assert_good(second)
        self.assert_good(again)
        third = self.refresh(again)
        self.assert_good(third)
        self.assertEqual(self.outcomes(), {"fresh": 2, "replayed": 1})

    def test_the_pair_answered_before_stays_valid(self):
        second = self.refresh(self.first)
        again = self.refresh(self.first)
        self.refresh(second)
        self.assertTrue(self.refresh(again).refresh)
        self.assertEqual(self.outcomes(), {"fresh": 2, "replayed": 2})

    def test_the_one_just_replaced_after_the_leeway(self):
        second = self.refresh(self.first)
        self.now += 600
        self.assert_refused(self.first)
        self.assert_good(second, False)
        self.assert_refused(second)
        self.assertEqual(self.outcomes(), {"fresh": 1, "revoked": 1, "refused": 1})

    def test_the_leeway_does_not_begin_again(self):
        self.refresh(self.first)
        self.now += 599
        self.refresh(self.first)
        self.now += 1
        self.assert_refused(self.first)

    def test_an_older_one_within_the_leeway(self):
        self.refresh(self.refresh(self.first))
        self.assert_refused(self.first)
        self.assertEqual(self.outcomes(), {"fresh": 2, "revoked": 1})

    def test_another_family_is_left_alone(self):
        other = self.family()
        self.refresh(self.refresh(self.first))
        self.assert_refused(self.first)
        self.assert_good(other)
        self.refresh(other)

    def test_another_client(self):
        other = CLIENTS[self.cloud][1]
        with self.assertRaises(OAuthError):
            self.authority.refresh(other, self.first.refresh)
        self.refresh(self.first)
        code = self.authority.consent(self.client, (), REDIRECT)
        with self.assertRaises(OAuthError):
            self.authority.exchange(other, code, REDIRECT)

    def test_access_tokens_outlive_the_rotation(self):
        self.refresh(self.first)
        self.now += 3599
        self.assert_good(self.first)
        self.now += 1
        self.assert_good(self.first, False)

    def test_codes_expire(self):
        code = self.authority.consent(self.client, (), REDIRECT)
        self.now += LIFE_OF_CODE
        with self.assertRaises(OAuthError):
            self.authority.exchange(self.client, code, REDIRECT)

    def test_many_at_once(self):
        """Of all who show the same token at the same time exactly one rotates it."""
        threads = [threading.Thread(target=self.refresh, args=(self.first,)) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.outcomes(), {"fresh": 1, "replayed": 19})


class OnServer(Rotation):
    cloud = False

    def test_the_old_one_dies_at_once(self):
        second = self.refresh(self.first)
        self.assert_refused(self.first)
        self.assert_good(second)
        self.refresh(second)
        self.assertEqual(self.outcomes(), {"fresh": 2, "refused": 1})


if __name__ == "__main__":
    unittest.main()
