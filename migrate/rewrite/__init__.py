"""The rewriter: findings → changes → one new text a file.

``plan`` decides what to do about each finding of a file, ``edits`` turns the chosen changes into the
new bytes, ``diff`` and ``write`` bring them out.  Python is read with libcst (``python/``), for its
structure only: what changes are byte spans, so that all else stays as it is, byte for byte.
"""
