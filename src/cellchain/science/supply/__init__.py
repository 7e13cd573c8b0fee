"""What a supply hangs on: how few make it, and how long it lasts without one of them."""
