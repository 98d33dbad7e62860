REFRESH MATERIALIZED VIEW numbers;

-- unread: REFRESH is a command that has no tree
