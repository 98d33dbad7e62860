"""The clock's room: repetitions, interleaved rounds, concurrent clients. Knows no engine."""
