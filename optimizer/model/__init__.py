"""The ground floor: frozen values that every room shares. Imports nothing but `optimizer.errors`."""
