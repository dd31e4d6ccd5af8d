"""Executes decisions: sends, polls, cancels and settles, each once, and asks providers for inbound messages.

A message is sent only under a claim that stands first in the topic of calls (``ledger``, ``claiming``), so that two
dispatchers, one of them cut off and not aware of it, cannot both send it. What became of it is written before the
decision counts as done; after a crash in between, it is in doubt and settled as its plan says (``doubts``).
"""
