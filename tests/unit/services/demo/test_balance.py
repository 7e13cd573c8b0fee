"""Every run of the story weighed again, by fractions, from the events alone."""

from fractions import Fraction

from tests.unit.services.demo.given import story

PPM = 10**6


def share(ppm):
    return Fraction(ppm, PPM)


def lots():
    """Every lot that was opened, by name."""
    opened = ("material.created/1", "material.collected/1", "material.produced/1")
    return {event["lot"]: event for event in story().entries(*opened)}


def elements_in(portions):
    total = {}
    for lot, mass_mg in portions:
        for element, ppm in lots()[lot]["assay_ppm"].items():
            total[element] = total.get(element, 0) + mass_mg * share(ppm)
    return total


def runs():
    return story().entries("material.ran/1")


def inside_of():
    """What is in each item at the end of the story, by name: its own lots and its parts."""
    lots_of, parts_of = {}, {}
    kinds = ("assembly.made/1", "assembly.installed/1", "assembly.removed/1")
    for event in story().entries(*kinds):
        name = event["battery"]
        match event["kind"]:
            case "assembly.made/1":
                lots_of[name] = event["lots"]
            case "assembly.installed/1":
                parts_of.setdefault(event["whole"], set()).add(name)
            case "assembly.removed/1":
                parts_of[event["whole"]].remove(name)

    def inside(item):
        parts = [inside(part) for part in parts_of.get(item, ())]
        return [*lots_of[item], *(portion for part in parts for portion in part)]

    return inside


def taken(run):
    """The portions that went into a run; of batteries, all that is in them."""
    inside = inside_of()
    return [*run.get("inputs", ()), *(p for item in run.get("batteries", ()) for p in inside(item))]


def test_mass_is_conserved_in_every_run():
    assert len(runs()) == 17
    for run in runs():
        came = sum(mass for _, mass in taken(run)) + run.get("added_mg", 0)
        went = sum(mass for _, mass in run["outputs"]) + run.get("loss_mg", 0)
        assert came == went, run["run"]


def test_no_element_grows_in_any_run():
    for run in runs():
        there = elements_in(taken(run))
        for element, mass in elements_in(run["outputs"]).items():
            assert mass <= there[element], (run["run"], element)


def test_no_lot_gives_more_than_it_holds():
    used = {}
    for event in story().entries("material.consumed/1"):
        used[event["lot"]] = used.get(event["lot"], 0) + event["mass_mg"]
    assert used
    for lot, mass_mg in used.items():
        assert mass_mg <= lots()[lot]["mass_mg"], lot


def test_every_lot_of_cells_leads_back_to_licensed_ore():
    made_of = {}
    for run in runs():
        for lot, _ in run["outputs"]:
            made_of[lot] = [name for name, _ in run.get("inputs", ())]

    def sources(lot):
        return {lot} if lot not in made_of else set().union(*map(sources, made_of[lot]))

    cells = [lot for lot in lots() if lot.startswith("CELLS-")]
    assert cells
    for lot in cells:
        ores = [source for source in sources(lot) if "-ORE-" in source]
        assert len(ores) == 5
        assert all(lots()[ore]["licence"] for ore in ores)


def test_recycled_metal_says_where_it_comes_from():
    recycled = [event for lot, event in lots().items() if "-RECYCLED-" in lot]
    assert len(recycled) == 4
    assert {event["waste_origin"] for event in recycled} == {"post-consumer"}
