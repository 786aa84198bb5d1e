"""The engine of cimconform: from profile definitions to a conformance report.

The flow goes one way, and each stage is one function:

    profiles/*.yaml --load--> Profile --plan--> Checks --+--> Queries --ask--> Snapshot   --+
                                                         +--> Scenarios --play--> Transcript +
    reports <--render-- results.ndjson <--Results-- evaluate(check, evidence) <--------------+

A profile is data, a check is a value, an endpoint is asked once, a verdict is a pure function,
a report is a view.
"""
