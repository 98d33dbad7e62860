"""How the engines' servers are had: containers, embedded servers, or servers that already run elsewhere."""
