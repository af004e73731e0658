from datetime import timedelta

from events.services.formats import BACKOFF, back_off


def test_waiting_grows_and_differs_by_a_fifth_at_most():
    for attempts, delay in enumerate(BACKOFF, start=1):
        waits = [back_off(attempts) for _ in range(50)]

        assert all(delay * 0.8 <= wait <= delay * 1.2 for wait in waits if wait)
        assert len(set(waits)) > 1


def test_after_three_days_it_is_given_up():
    assert back_off(len(BACKOFF) + 1) is None
    assert sum(BACKOFF, timedelta()) > timedelta(days=3)
