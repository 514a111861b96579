"""The version of this release, as packages and saved files state it."""

VERSION = "0.1.0"
