"""Shapes on the wire, and how values become them.

Shapes are typed dictionaries: the type checker compares them with what is built, OpenAPI is generated from
them, and answers of 50,000 spans are written without validating what was just made.
"""
