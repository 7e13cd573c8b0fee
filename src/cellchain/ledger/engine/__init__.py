"""Engines put transactions in order; what they mean is the application's affair."""
