"""The script that hook lines name: it finds the package by its own place and hands over to `slim` or `spawned`.

A script is compiled anew each time that it runs, a module once: that is why it does no more. A line with `--resident` is
`slim`'s first, which is taken by its place, before anything else is imported; so is what finds all other modules in one file.
Where the package is gone or broken, it says so in the line's failure mode.
"""

import sys

if __name__ == "__main__":  # under -I -S: its own package stands behind the standard library
    heard = None
    try:
        if "--resident" in sys.argv and __file__[:1] == "/":
            sys.path.insert(0, __file__.rpartition("/")[0])
            heard = __import__("slim").main(__file__, lambda: __import__("web4_governance.spawned", fromlist="_"))
        import os

        sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
        __import__("packed").install()
        from web4_governance.spawned import leave, main
    except Exception as error:  # noqa: BLE001  # whatever is broken, the line's failure mode answers
        import os

        words = " ".join(sys.argv)
        blocks = "--on-failure=block" in words or "--on-failure block" in words
        what = "call blocked" if blocks else "call not judged"
        mend = "install it again, or take its hooks out of the host's settings"
        os.write(2, f"web4-governance: {what}: its package cannot be loaded ({error}); {mend}\n".encode())
        os._exit(2 if blocks else 0)
    leave(main(heard=heard))
