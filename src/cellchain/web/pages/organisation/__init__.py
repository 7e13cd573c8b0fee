"""An organisation: its members, keys, roles, API keys and webhooks."""

from cellchain.web.pages.organisation.doing import ACTIONS
from cellchain.web.pages.organisation.showing import DELIVERIES, ORGANISATION

PAGES = (ORGANISATION, DELIVERIES)

__all__ = ["ACTIONS", "PAGES"]
