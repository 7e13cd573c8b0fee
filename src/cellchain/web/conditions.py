"""Conditional requests: whether a caller has already what it asks for (RFC 9110, section 13)."""

from __future__ import annotations


def has_already(if_none_match: str, etag: str) -> bool:
    """Whether one of the tags in ``If-None-Match`` is ``etag``; weak ones count as well."""
    tags = (tag.strip().removeprefix("W/") for tag in if_none_match[:4096].split(","))
    return any(tag in {etag, "*"} for tag in tags)
