"""The runner of webhooks, in direct calls: nothing ends its thread but its end."""

from __future__ import annotations

from threading import Event
from types import SimpleNamespace

import pytest

from cellchain.adapters import webhook_runner
from cellchain.adapters.webhook_runner import WebhookRunner


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(webhook_runner, "PERIOD_S", 0.01)


def test_a_round_that_fails_is_told_and_the_next_one_is_tried():
    failed, rounds, whole = [], [], Event()

    def collect():
        rounds.append(1)
        if len(rounds) < 3:
            raise ZeroDivisionError("a bug")

    def due():
        if len(rounds) > 3:
            whole.set()
        return []

    runner = WebhookRunner(SimpleNamespace(due=due), collect, failed.append)
    assert whole.wait(10)
    runner.close()
    assert [type(error) for error in failed] == [ZeroDivisionError] * 2
    assert runner.problem is None


def test_a_webhook_that_fails_holds_up_no_other():
    told, failed, both = [], [], Event()
    deliveries = [SimpleNamespace(webhook=name) for name in ("broken", "broken", "fine", "fine")]

    def attempt(delivery):
        if delivery.webhook == "broken":
            raise ZeroDivisionError("a bug")
        told.append(delivery)
        return True

    def fail(error):
        failed.append(error)
        both.set()

    webhooks = SimpleNamespace(due=lambda: deliveries, attempt=attempt)
    runner = WebhookRunner(webhooks, lambda: None, fail)
    assert both.wait(10)
    assert isinstance(runner.problem, ZeroDivisionError)
    runner.close()
    assert deliveries[2] in told
    assert deliveries[3] in told
