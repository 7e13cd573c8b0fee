"""Order, run, prove: one deterministic application, its state, its proofs. Knows no batteries."""
