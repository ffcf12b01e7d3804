"""Does some test fail when a guard or a verification is broken? ``make mutation``; not in CI, it takes minutes.

Each mutation of ``mutations.yaml`` is made in a copy of the tree, alone, and the tests that are named for it are run
there, in a process namespace of their own: a broken check of identity could otherwise signal whoever is on the machine.
One that every test lets pass is a survivor; it is mended by a test, or explained.
"""
