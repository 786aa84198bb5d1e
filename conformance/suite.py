"""The place of the checks in a pytest run: `pytest_plugin.Suite` collects them here."""
