"""Chemistries that ship, as files: each rests on a parameter set of PyBaMM and its paper.

lfp.toml       LiFePO4 against graphite: Prada2013
ncm811.toml    LiNi0.8Co0.1Mn0.1O2 against graphite with silicon: Chen2020
sodium.toml    Na3V2(PO4)2F3 against hard carbon: Chayambuka2022

None ships without source and range; `docs/explanation/models/design.md` says which do not, and why.
"""
