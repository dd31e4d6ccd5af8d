"""What a plan would have done with the messages of the past: the same rules, driven by a clock of events.

Pure, as the rest of the domain: records go in, figures come out, and chance follows from a seed.
"""
