"""The formulas of taxes: each of one rule, exact, without rates, dates or tables."""
