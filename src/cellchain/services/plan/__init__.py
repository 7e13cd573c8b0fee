"""Plans from the tables and scenarios in files: of stocks, flows and what is needed."""
