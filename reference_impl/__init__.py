"""The bundled reference CIM server: CIM-XML protocol, repository, simulated hypervisor, faults."""
