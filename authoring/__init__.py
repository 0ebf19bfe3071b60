"""What authors and the product share: the normal form of a notebook, its recorded run, and the makers of pages.

Nothing here judges: what must hold of a notebook stands in ``tests/gates``.
"""
