"""Verify: drop a proof, scan a code; checked in the browser, or here for those without scripts."""
