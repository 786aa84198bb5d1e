"""Profile definitions, CIM class facts and the JSON Schemas of both: data only."""
