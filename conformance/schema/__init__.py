"""CIM class facts: what a schema release declares, and the comparison with an official one.

`classes.py` answers questions about classes; `maintain.py` is what `cimconform schema` does.
"""
