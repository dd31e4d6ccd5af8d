"""The composition of each process, a module each: what runs in it, and who tells whether it is ready.

Each has ``run(settings)``, which blocks until SIGTERM or SIGINT.
"""
