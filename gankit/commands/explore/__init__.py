"""gankit explore: one question, one file."""

from gankit.commands.explore.questions import explore as explore
