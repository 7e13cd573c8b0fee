"""The guided tour of a demonstration: five stops from ore to proof."""
