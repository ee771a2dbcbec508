"""Reads ``rules/`` and answers: (symbol, target, versions) → judgement.  Knows no syntax."""
