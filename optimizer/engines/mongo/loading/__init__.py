"""Loading documents from a dataset, and reading rows back out of them."""
