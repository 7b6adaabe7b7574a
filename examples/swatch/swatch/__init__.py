"""Swatch shows the colours of a palette."""
