"""Profile definitions: the grammar, its files, and the catalogue of all profiles.

`profile.py` says what a definition can say; `load.py` reads the YAML files, and tells all slips.
"""
