"""gankit completion."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
from importlib import import_module

from gankit.base.errors import UserError, nearest
from gankit.commands.main import COMMANDS

SHELLS = ("bash", "zsh", "fish")
USAGE = """\
usage: gankit completion bash|zsh|fish

Print a script that completes commands, methods and options in a shell. Keep it where the shell looks:

  bash  gankit completion bash > ~/.local/share/bash-completion/completions/gankit
  zsh   gankit completion zsh  > ~/.zfunc/_gankit      (with fpath+=~/.zfunc before compinit in ~/.zshrc)
  fish  gankit completion fish > ~/.config/fish/completions/gankit.fish"""
OPTION = re.compile(r"(?<![\w-])(--[a-z][\w.-]*)")
QUIET = ("completion",)
"""Commands that take no options."""


def completion(arguments: list[str]) -> None:
    match arguments:
        case [] | ["-h"] | ["--help"]:
            print(USAGE)
        case [shell] if shell in SHELLS:
            print(script(shell, words()))
        case [shell, *_]:
            raise UserError(f"no completion for {shell!r}{nearest(shell, SHELLS)}: there is {', '.join(SHELLS)}")


def words() -> dict[str, list[str]]:
    """What may follow each beginning of a command line, "train dcgan" say, beside files: names and options."""
    from gankit.methods import METHODS

    explore = import_module("gankit.commands.explore")
    questions = list(explore.QUESTIONS)
    found = {"": list(COMMANDS), "train": list(METHODS), "explore": questions, "completion": list(SHELLS)}
    lines = [[name] for name in COMMANDS if name not in QUIET and name != "explore"]
    lines += [["train", method] for method in METHODS] + [["explore", question] for question in questions]
    for line in lines:
        key = " ".join(line)
        found[key] = [*found.get(key, []), *_options(line)]
    return found


def _options(line: list[str]) -> list[str]:
    """The options that the help of a command line names first in a row."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit, UserError):
        getattr(import_module(f"gankit.commands.{line[0]}"), line[0])(
            [*line[1:], "--help-all" if line[0] == "train" else "--help"]
        )
    rows = (row.strip(" │") for row in said.getvalue().splitlines())
    return sorted({option for row in rows if row.startswith("-") for option in OPTION.findall(row)})


def script(shell: str, found: dict[str, list[str]]) -> str:
    """The script for `shell` that offers what was `found`."""
    cases = "\n".join(
        f"    {shlex.quote(key)}) offered={shlex.quote(' '.join(value))} ;;" for key, value in found.items()
    )
    if shell == "fish":
        lines = [
            "function __gankit_words",
            "  set -l line (commandline -opc)[2..-1]",
            "  switch (string join ' ' $line[1..2])",
        ]
        keys = sorted(found, key=lambda key: -len(key.split()))
        for key in keys:
            pattern = json.dumps(key) if len(key.split()) != 1 else f"{json.dumps(key)} {json.dumps(key + ' *')}"
            lines.append(f"    case {pattern}\n      printf '%s\\n' {' '.join(found[key])}")
        return "\n".join([*lines, "  end", "end", "complete -c gankit -a '(__gankit_words)'"])
    pick = f"""  case "$key" in
{cases}
    *) offered="" ;;
  esac"""
    if shell == "bash":
        return f"""_gankit() {{
  local key offered current="${{COMP_WORDS[COMP_CWORD]}}"
  key="${{COMP_WORDS[*]:1:COMP_CWORD-1}}"
  [[ "$key" == "train "* || "$key" == "explore "* ]] && key="${{COMP_WORDS[*]:1:2}}" || key="${{key%% *}}"
{pick}
  COMPREPLY=($(compgen -W "$offered" -- "$current"))
}}
complete -o default -F _gankit gankit"""
    return f"""#compdef gankit
local key offered
key="${{words[2,CURRENT-1]}}"
[[ "$key" == "train "* || "$key" == "explore "* ]] && key="${{words[2,3]}}" || key="${{key%% *}}"
{pick}
compadd -- ${{=offered}}
_files"""
