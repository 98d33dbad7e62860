"""How a TimescaleDB is had: a container, WebAssembly on Node, or one that already runs elsewhere."""
