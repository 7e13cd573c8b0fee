"""Who may do what here: members of organisations, their keys, sessions and what they did."""
