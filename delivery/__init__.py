"""The domain: what can happen to a message, and what follows from it.

Pure: no input or output, no clock, no environment. Everything else imports this; this imports nothing of ours.
"""
