"""MongoDB: the same rooms as PostgreSQL's. Only server, database, session, loading and the like import pymongo."""
