"""Playing what changes the server under test: transitions and scenarios on the run's own systems.

Shell. `Player.play` returns a transcript of values; `evaluate/transcript.py` judges it.
"""

from conformance.play.player import Player, PlayOptions, Progress
from conformance.play.polling import Clock, Deadlines

__all__ = ["Clock", "Deadlines", "PlayOptions", "Player", "Progress"]
