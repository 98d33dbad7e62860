"""The structures of tables that a workload's statements may gain by."""
