"""Statistical process control: is the process as it was, and if not, which variable says so.

shewhart    one quantity, sample by sample: individuals and averages, Western Electric rules
ewma        one quantity, small lasting shifts: exponentially weighted moving average
cusum       one quantity, small lasting shifts: cumulative sums and their run length
capability  one quantity against its tolerances: Cp and Cpk with intervals
principal   many quantities at once: principal components, T² and SPE
dynamic     many quantities and their recent past: lagged rows
canonical   many quantities and their memory: canonical variates, T² of states and residuals
monitoring  the charts of many quantities together: `fit` limits, `watch` samples

limits      what is usual and how far it may go, kept in a file
quadratic   what charts of many quantities have in common: a score and who contributes to it
quantiles   of the usual distributions, by SciPy
checked     arrays as they must be
"""
