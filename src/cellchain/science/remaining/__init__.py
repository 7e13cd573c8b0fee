"""How many cycles remain: from a cell's group, its beginning, and how it has faded so far.

course     what was measured of one cell, and when it came to its end
fading     how far it had faded at each cycle, by what was known then
prior      what its group and its first ten cycles say of a life
matching   how long mates took to where a cell is now
law        how a cell fades: a square root, a straight line, a knee
evidence   how well the law follows a cell, for each life it may have
population how long cells live and how they fade, learnt from those that ended or still run
choosing   how much of an opinion to take: as much as pays on cells not seen
weighing   that by stage of fade
learning   what cells teach
model      all together, asked of one cell
"""
