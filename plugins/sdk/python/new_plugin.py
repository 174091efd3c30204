"""Counts the words of a text, and stays up for the next one. Everything that a program may rely on stands in docs/plugins.md.

orc_plugin.py is the kit for Python. With "mode": "once" in plugin.json the same program is started for each job.
"""
from orc_plugin import BadInput, serve


def load():
    """Called once, before the first job: models are read here. It may take warm.start_seconds."""


def answer(document, context):
    context.log("counting")  # and what is printed is the job's log too
    context.progress(0.5, "counting")  # as often as you like
    words = document["text"].split()
    if not words:
        raise BadInput("the text has no words")  # the job is not tried again
    return {"words": len(words), "longest": max(words, key=len)}


serve(answer, load)
