"""What is proposed on TimescaleDB: chunks of time, columns for old chunks, kept buckets."""
