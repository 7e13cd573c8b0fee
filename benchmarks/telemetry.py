"""The figures of telemetry."""

FIGURES = {}
