"""Checks: rules that need the whole Site. Each is a function from the Site to Problems; none changes anything."""
