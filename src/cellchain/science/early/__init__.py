"""Cycle life from the discharge curves of the first hundred cycles.

curves      one cell's curves on the grid of a model: gaps filled, spikes left out
features    what the change of the curves says: ΔQ(V) and the fade of capacity
gaussian    a Gaussian process of few cells, fitted by scikit-learn, evaluated here
life        the model of a life: a committee of processes and its jackknife+ interval
"""
