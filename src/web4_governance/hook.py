"""The script that hook lines name: it finds the package by its own place and hands over to `spawned`.

A script is compiled anew each time that it runs, a module once: that is why it does no more. Where the package is gone or
broken, it says so in the line's failure mode.
"""

import gc
import os
import sys

if __name__ == "__main__":  # under -I -S: its own package, then the environment's packages, behind the standard library
    gc.disable()  # the process ends within milliseconds: collecting what it made costs more than keeping it
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    beside = os.path.dirname(os.path.dirname(sys.executable))
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    sys.path += [here, os.path.join(beside, "lib", version, "site-packages")]
    try:
        from web4_governance.spawned import main
    except Exception as error:  # noqa: BLE001  # whatever is broken, the line's failure mode answers
        words = " ".join(sys.argv)
        blocks = "--on-failure=block" in words or "--on-failure block" in words
        what = "call blocked" if blocks else "call not judged"
        mend = "install it again, or take its hooks out of the host's settings"
        os.write(2, f"web4-governance: {what}: its package cannot be loaded ({error}); {mend}\n".encode())
        os._exit(2 if blocks else 0)
    os._exit(main())
