"""What a used battery is worth: today, at a horizon, and what may be promised on it."""
