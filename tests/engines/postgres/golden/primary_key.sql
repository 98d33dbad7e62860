-- A key finds the row: nothing
SELECT o.notes FROM orders o WHERE o.id = :id AND o.status = 'pending';

-- candidates
