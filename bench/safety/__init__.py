"""Texts that the safety filter must refuse or let pass, and the fitting of its model of meaning."""
