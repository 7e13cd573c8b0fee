"""The vault of a home on this machine: `opening` puts its parts together.

vault/index.db       what there is, its wraps, unfinished uploads (SQLite)
vault/objects/ab/…   ciphertexts by SHA-256, unless they are in S3
vault/incoming/      what is being written; what a crash left there goes after a day
vault/uploads/       pieces on their way, encrypted
keys/opening/        private halves of opening keys, encrypted
../HOME.erasures     the journal of erasures, beside the home
"""

from cellchain.adapters.vault.erasures import ErasureFile, journal_path
from cellchain.adapters.vault.opening import OpenedVault, open_vault

__all__ = ["ErasureFile", "OpenedVault", "journal_path", "open_vault"]
