"""Structures as PostgreSQL's SQL: what makes them, fills them, takes them away, and proves them right."""
