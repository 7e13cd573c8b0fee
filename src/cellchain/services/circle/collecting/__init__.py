"""A day of collecting used batteries: lorries of class 9, drivers with hours, roads with tunnels.

goods         what ADR asks for of each state of a battery
day           depots, lorries, stops and roads, as numbers that were checked
entries       how they stand in a file, an entry each
day_file      the files that they come from: TOML, and CSV of stops, lorries and distances
roads         distances and driving times between all places, by which tunnels are open
task          the day as a problem of routing, and what a lorry's day looks like on the clock
first_trips   who fetches critical packs, each alone, before anything else
day_clashes   what of a day cannot be, with what it clashes with
day_routes    the plan
stop_list     the stops of a lorry in order, with times and goods
papers        what a driver carries: that list as CSV and PDF, and the papers by name
papers_pdf    a list on paper
"""
