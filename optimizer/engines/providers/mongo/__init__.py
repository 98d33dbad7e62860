"""How a MongoDB server is had: a container, a mongod of this machine, or one that already runs elsewhere."""
