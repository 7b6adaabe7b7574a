"""Lift keeps a database in step with its schema."""
