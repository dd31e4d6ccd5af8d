"""``python -m acuse``, as the supervisor runs each role."""

from acuse.cli import main

if __name__ == "__main__":
    main()
