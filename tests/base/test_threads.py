"""Threads: how many, how long they wait, and what is said where a machine is busy."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import torch

import gankit
from gankit.base.threads import BLOCK, SPINS, crowded, threads, wait_briefly
from gankit.runs.options import Options


def test_waiting_is_bounded_where_the_environment_does_not_settle_it(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")
    for name in names:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    wait_briefly()
    assert "GOMP_SPINCOUNT" not in os.environ
    monkeypatch.delenv("OMP_WAIT_POLICY")
    monkeypatch.setenv("GOMP_SPINCOUNT", "7")
    wait_briefly()
    assert (os.environ["GOMP_SPINCOUNT"], os.environ["KMP_BLOCKTIME"]) == ("7", str(BLOCK))
    monkeypatch.delenv("KMP_BLOCKTIME")


def test_it_is_settled_before_torch_is_loaded() -> None:
    """In a process of its own, whose OpenMP is not loaded yet."""
    code = "import os, sys; from gankit.commands.main import main; main(['--version'])"
    code += "; assert 'torch' not in sys.modules; print(os.environ['GOMP_SPINCOUNT'])"
    environment = {name: value for name, value in os.environ.items() if name != "GOMP_SPINCOUNT"}
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert found.stdout.split()[-1] == str(SPINS)


def test_threads_are_as_asked_and_then_as_before() -> None:
    before = torch.get_num_threads()
    with threads(2):
        assert torch.get_num_threads() == 2
    with threads(0):
        assert torch.get_num_threads() == before
    assert torch.get_num_threads() == before
    with pytest.raises(gankit.UserError, match="threads"):
        Options(threads=-1)


def test_a_busy_machine_is_said_to_be_one() -> None:
    line = crowded(2, load=7.5, cores=2)
    assert line == "this machine is busy (load 7.5 on 2 cores): with --threads 1 a step may take less time"
    assert crowded(1, load=7.5, cores=2) is None
    assert crowded(2, load=0.5, cores=2) is None
