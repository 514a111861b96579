"""The Hugging Face hub: where runs are sent, and fetched from."""

from gankit.hub.client import PREFIX as PREFIX
from gankit.hub.client import fetch as fetch
from gankit.hub.client import repository as repository
from gankit.hub.client import send as send
