"""Instances of routing as others publish them: files of VRPLIB, PyVRP, Solomon, Homberger.

lines       the text of a file, bounded
rounding    by which rule numbers become integers
sections    a VRPLIB file, cut into specifications and sections
vrplib      what they say, as a problem
solomon     a file of Solomon, or of Gehring and Homberger, as a problem
instance    a problem with the numbers that the file gave its places and vehicles
reading     which of these a file is
"""
