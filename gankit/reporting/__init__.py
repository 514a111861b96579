"""A run on one page: from what is known of it to HTML that needs nothing else, and asks nobody."""

from gankit.reporting.facts import Facts as Facts
from gankit.reporting.facts import Picture as Picture
from gankit.reporting.facts import Setting as Setting
from gankit.reporting.facts import Shown as Shown
from gankit.reporting.page import is_ours as is_ours
from gankit.reporting.page import page as page
