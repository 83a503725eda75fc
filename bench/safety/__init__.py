"""Texts that the safety filter must refuse or pass, and the fitting of its model of meaning."""
