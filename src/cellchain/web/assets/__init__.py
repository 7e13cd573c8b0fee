"""Static files: our sheet and scripts; in ``vendor`` those of others, as they published them."""
