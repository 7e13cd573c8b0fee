"""Static files: our sheet and scripts, and in ``vendor`` those of others, as they published them."""
