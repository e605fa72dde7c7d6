"""Training sessions: whether the minutes add up, and whether there is a session where a pack is wanted."""

from __future__ import annotations

from collections.abc import Iterator

from sitegen.connect import Site
from sitegen.problems import Problem, error


def check_training(site: Site) -> Iterator[Problem]:
    """A stated duration other than the sum of the activities, and a pack without any.

    Also of what isn't published yet, so that nothing comes up on the day it is.
    """
    for entry in site.library.entries["briefing"].values():
        if site.states["briefing", entry.slug] == "withdrawn":
            continue
        training = entry.record.training
        activities = training.activities if training else ()
        minutes = sum(activity.minutes for activity in activities)
        if training and activities and training.duration is not None and training.duration != minutes:
            message = f"The session is to take {training.duration} minutes, and its activities take {minutes}."
            hint = "Change the minutes of an activity or the duration. Breaks, welcome and close are activities too."
            yield error("content/timings", entry.place("training", "duration"), message, hint)
        if not activities and "training-pack" in entry.record.formats:
            message = "A training pack is wanted, and there is no session to make it from."
            hint = (
                "Add 'training' with at least one activity, each with 'title', 'minutes' and 'instructions', or take "
                "'training-pack' out of 'formats'."
            )
            yield error("content/no-training", entry.place("formats"), message, hint)
