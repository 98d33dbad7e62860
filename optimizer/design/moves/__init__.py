"""What every move looks at and hands over, and the moves that documents and tables share."""
