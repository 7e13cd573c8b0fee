"""Words every other storey speaks: names, quantities, money, time, errors, canonical bytes."""
