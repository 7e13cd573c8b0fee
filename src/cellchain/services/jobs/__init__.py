"""Bulk jobs: a sheet of rows becomes messages, one by one, and every row is answered for.

sheet → rows → messages → sent → accepted | rejected | duplicate, per row → error sheet back
"""

from cellchain.services.jobs.records import Job, RowResult
from cellchain.services.jobs.running import Jobs

__all__ = ["Job", "Jobs", "RowResult"]
