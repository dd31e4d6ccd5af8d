"""Notices out: our caller's application is told what became of its messages, by signed webhooks.

They follow Standard Webhooks 1.0.0 (https://github.com/standard-webhooks/standard-webhooks): an id that stays, the time
of each try, and a signature over both and the body.
"""
