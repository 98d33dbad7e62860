"""The search: which of the candidates to choose, from what was explained and measured. Optuna only here.

Candidates of a structure are numbered from 0; a set of them is an int, bit i set where candidate i is shown.
"""
