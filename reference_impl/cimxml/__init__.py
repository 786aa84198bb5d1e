"""CIM-XML (DSP0201): requests read with lxml, replies built as strings."""
