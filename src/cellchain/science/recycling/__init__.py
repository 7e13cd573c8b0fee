"""What comes out of a cell that is recycled, what it costs and emits, and which routes to weigh."""
