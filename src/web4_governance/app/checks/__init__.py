"""Every way in which hooks, policy or ledger are silently lost, one subject a file: each looks and says what it found.

A check reads; what it can mend it says by a `Finding.mend` that `doctor --fix` runs.
"""
