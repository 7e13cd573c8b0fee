"""The book in a notebook: the same object over a folder and over a URL.

question   what may be asked: a path of the API, and the query that answers it
source     the port: who answers questions
folder     answers from a home on this machine
served     answers from a home behind a URL
project    what a reader holds in hand; its batteries and lots
rows       what comes back: sequences that become frames
card       how they look in a notebook
"""

from cellchain.notebook.battery import Battery
from cellchain.notebook.folder import FolderSource
from cellchain.notebook.project import Project
from cellchain.notebook.proved import Proved
from cellchain.notebook.rows import Readings, Rows
from cellchain.notebook.served import ServedSource
from cellchain.notebook.source import Head, Sent

__all__ = [
    "Battery",
    "FolderSource",
    "Head",
    "Project",
    "Proved",
    "Readings",
    "Rows",
    "Sent",
    "ServedSource",
]
