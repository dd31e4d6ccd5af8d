"""Five providers, as their documents describe them, in a world that can be told how to behave.

How a simulator is built (`mensatek.py` and `enviosms.py` are examples)
-----------------------------------------------------------------------
One file a provider, with ``def create(world: World, post: CallbackPoster, clock: Clock) -> Starlette``, entered in
``app.SIMULATORS`` under the provider's name and mounted under ``/<name>``. It speaks the provider's protocol from the
provider's document and imports nothing of ``ingest.providers``, so that client and simulator cannot share a mistake.

A send, once validated and authenticated against ``world.account(NAME).credentials``::

    if not world.charge(NAME, cost):
        ...                                   # the provider's words for "no credit"
    message = world.take(
        NAME, channel=Channel.SMS, recipient="+34600000000", id="123", reference="…", sender="…", text="…",
        scheduled_for=None,                   # or a datetime to come
    )
    if message.fate.refused: ...              # refuse it at once, in the provider's words, for that reason;
                                              # then call world.refuse(message), and answer
    await post.plan(message, [
        Callback(due=message.due(beat), code="11", body=…, content_type=…, beat=beat) for beat in message.fate.beats
    ])                                        # applies the world's callback faults; see ``callbacks.py``
    return answer

- ``message.fate`` says what becomes of it, in the words of ``delivery``: ``beats`` (each ``after`` so many seconds,
  with ``stage`` and ``reason``), ``timed``, ``reply``. Which of several codes of the provider says so is drawn from
  ``message.fate.chance``, and from nothing else, so that the same seed tells the same story.
- Two times: ``message.due(beat)`` is when it happens here (the world's ``speed`` compresses it), and
  ``message.said(beat)`` is the time to write in reports and status answers (not compressed).
- ``message.standing(clock())`` is the last beat that has happened, for status queries; None before the first.
- ``world.cancel(message)`` and ``world.reschedule(message, at)`` for what is ``not message.released(clock())``; then
  ``post.withdraw(message)``, and ``post.plan`` anew where it was rescheduled.
- ``world.number(NAME)`` counts from a start of this run's own, for ids that are integers; ``world.uuid(NAME)`` is for
  others.
- More attempts of one message (a fallback channel): ``world.take`` once for each, with ids of their own, and with the
  ``leg`` it is, from 1 on for those that the provider made by itself.
- Free words of WhatsApp go out while ``world.window_is_open``; else ``world.turn_away`` puts them into the ledger.
- ``post.inboxes[NAME]`` makes the callbacks of what a person writes in answer to nothing, for the control API.

HTTP faults, outages and the record of requests are none of a simulator's business: ``faults.py`` wraps it.
"""
