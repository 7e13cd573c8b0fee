"""Membership: who takes part, in which roles, with which keys, for whom, by whose leave.

    register_party     an operator or authority registers a party with its first key
    set_roles          … says anew what it is
    suspend, restore   … silences all its keys for a while
    add_key            a party names one more key, for all or some contracts, for a time
    rotate_key         … replaces one without a moment between
    revoke_key         … or an operator or authority ends one at once
    suspend_key        … or silences one for a while, which restore_key ends
    set_opening_key    … says for which key others close what it is to read
    register_device    … names a device with a key of its own, good for telemetry only
    delegate           … lets another act for it, in writing; revoke_delegation ends it
    grant_licence      an authority allows an activity at a site; revoke_licence takes it back

Invariant: a key speaks for one party for ever, and only while it is valid, neither revoked nor
suspended, meant for the contract it sends to, and its party is not suspended; nor does a mandate
speak for a suspended party. A key limited in purpose or time passes on no more than it has, and
ends no other of its party. Only a party itself sets its opening key, and its epochs leave no gap.
Power (operator, authority) is given by operators, by votes (`governance`) and the genesis file
alone. No party can take the name of a contract.
Nobody adds a key for another: a party that lost its last key registers under a new name.
"""

from cellchain.contracts.membership.add_key import AddKey, KeyAdded
from cellchain.contracts.membership.delegate import Delegate, Delegated
from cellchain.contracts.membership.grant_licence import GrantLicence, LicenceGranted
from cellchain.contracts.membership.members import MEMBERS, RegisteredMembers
from cellchain.contracts.membership.record import (
    ROLES,
    Delegation,
    Device,
    Key,
    Licence,
    LicenceId,
    OpeningKey,
    Party,
    delegation_key,
)
from cellchain.contracts.membership.register_device import DeviceRegistered, RegisterDevice
from cellchain.contracts.membership.register_party import PartyRegistered, RegisterParty
from cellchain.contracts.membership.restore import Restore, Restored
from cellchain.contracts.membership.restore_key import KeyRestored, RestoreKey
from cellchain.contracts.membership.revoke_delegation import DelegationRevoked, RevokeDelegation
from cellchain.contracts.membership.revoke_key import KeyRevoked, RevokeKey
from cellchain.contracts.membership.revoke_licence import LicenceRevoked, RevokeLicence
from cellchain.contracts.membership.rights import (
    GOVERNANCE,
    acts_for,
    is_contract,
    require_device,
    require_licence,
    require_party,
    require_role,
)
from cellchain.contracts.membership.rotate_key import KeyEnded, RotateKey
from cellchain.contracts.membership.set_opening_key import OpeningKeySet, SetOpeningKey
from cellchain.contracts.membership.set_roles import RolesSet, SetRoles
from cellchain.contracts.membership.suspend import Suspend, Suspended
from cellchain.contracts.membership.suspend_key import KeySuspended, SuspendKey
from cellchain.ledger.contract import Contract

CONTRACT = Contract(
    name="membership",
    messages=(
        RegisterParty,
        SetRoles,
        Suspend,
        Restore,
        AddKey,
        RotateKey,
        RevokeKey,
        SuspendKey,
        RestoreKey,
        SetOpeningKey,
        RegisterDevice,
        Delegate,
        RevokeDelegation,
        GrantLicence,
        RevokeLicence,
    ),
    events=(
        PartyRegistered,
        RolesSet,
        Suspended,
        Restored,
        KeyAdded,
        KeyEnded,
        KeyRevoked,
        KeySuspended,
        KeyRestored,
        OpeningKeySet,
        DeviceRegistered,
        Delegated,
        DelegationRevoked,
        LicenceGranted,
        LicenceRevoked,
    ),
)

__all__ = [
    "CONTRACT",
    "GOVERNANCE",
    "MEMBERS",
    "ROLES",
    "AddKey",
    "Delegate",
    "Delegated",
    "Delegation",
    "DelegationRevoked",
    "Device",
    "DeviceRegistered",
    "GrantLicence",
    "Key",
    "KeyAdded",
    "KeyEnded",
    "KeyRestored",
    "KeyRevoked",
    "KeySuspended",
    "Licence",
    "LicenceGranted",
    "LicenceId",
    "LicenceRevoked",
    "OpeningKey",
    "OpeningKeySet",
    "Party",
    "PartyRegistered",
    "RegisterDevice",
    "RegisterParty",
    "RegisteredMembers",
    "Restore",
    "RestoreKey",
    "Restored",
    "RevokeDelegation",
    "RevokeKey",
    "RevokeLicence",
    "RolesSet",
    "RotateKey",
    "SetOpeningKey",
    "SetRoles",
    "Suspend",
    "SuspendKey",
    "Suspended",
    "acts_for",
    "delegation_key",
    "is_contract",
    "require_device",
    "require_licence",
    "require_party",
    "require_role",
]
