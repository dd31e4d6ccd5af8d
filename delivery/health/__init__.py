"""How well providers do of late, from the attempts themselves: what moves their shares and what is worth an alarm.

Pure, as all of ``delivery`` is: what is known goes in with the time, and what is to be known next comes out.
"""
