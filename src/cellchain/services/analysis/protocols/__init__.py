"""How estimates are judged: cells that the model has not seen, the naive answer beside it."""
