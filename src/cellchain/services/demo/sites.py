"""Where the players work: each place ends in the name of a country, so that it is on a map."""

REFINERY = "refinery, Finland"
CELL_WORKS = "gigafactory, Sweden"
PACK_WORKS = "pack works, Poland"
CAR_WORKS = "car works, Germany"
STORAGE_WORKS = "storage works, Germany"
RECYCLING_WORKS = "recycling works, Germany"
