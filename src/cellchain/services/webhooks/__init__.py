"""Webhooks: members are told of events by signed requests, again and again until they answer.

    block → events of the kinds that somebody wants → deliveries → signed POST → answered, or later

The form is that of Standard Webhooks (standardwebhooks.com, version 1.0).
"""

from cellchain.services.webhooks.records import Delivery, Webhook
from cellchain.services.webhooks.sending import Webhooks

__all__ = ["Delivery", "Webhook", "Webhooks"]
