"""How many cycles remain: from a cell's group, its beginning, and how it has faded so far.

course    what was measured of one cell, and when it came to its end
fading    how far it had faded at each cycle, by what was known then
beginning what the first ten cycles say of a life
matching  how long mates took to where a cell is now
model     the three together, each weighed by what it is worth on cells not seen
"""
