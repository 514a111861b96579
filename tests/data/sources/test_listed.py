"""Lists of addresses: shards fetched from a server, each whole or not at all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from gankit.base.errors import UserError
from gankit.data import open_data
from tests.data.sources.material import shards, values


class Handler(SimpleHTTPRequestHandler):
    """Serves a folder; of files whose name is in `cut` half of what it states."""

    served: list[str] = []  # noqa: RUF012
    cut: set[str] = set()  # noqa: RUF012

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def copyfile(self, source: Any, outputfile: Any) -> None:
        name = Path(source.name).name
        self.served.append(name)
        content = source.read()
        outputfile.write(content[: len(content) // 2] if name in self.cut else content)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    Handler.served.clear()
    Handler.cut.clear()
    shards(tmp_path / "served")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(tmp_path / "served"))) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{http.server_address[1]}"
        http.shutdown()
        thread.join()


def listed(path: Path, server: str, *names: str) -> Path:
    path.write_text("# a remark\n\n" + "".join(f"{server}/{name}\n" for name in names))
    return path


ALL = [f"train-{number:05d}.tar" for number in range(3)]


def test_the_shards_of_a_list_are_the_data(tmp_path: Path, server: str) -> None:
    pack = open_data(listed(tmp_path / "set.txt", server, *ALL))
    whole = open_data(tmp_path / "served")
    assert values(pack) == values(whole)
    assert pack.content == whole.content
    assert Handler.served == ALL
    again = open_data(tmp_path / "set.txt")
    assert again.key == pack.key
    assert Handler.served == ALL


def test_a_shard_that_comes_cut_is_one_line_and_only_it_is_fetched_again(tmp_path: Path, server: str) -> None:
    path = listed(tmp_path / "set.urls", server, *ALL)
    Handler.cut.add(ALL[1])
    with pytest.raises(
        UserError, match=r"train-00001.tar (came cut short|can't be fetched).* the same command goes on"
    ):
        open_data(path)
    Handler.cut.clear()
    Handler.served.clear()
    assert len(open_data(path)) == 12
    assert Handler.served == ALL[1:]


def test_what_is_not_there_or_no_shard_is_one_line(tmp_path: Path, server: str) -> None:
    with pytest.raises(UserError, match=r"train-9.tar can't be fetched \(HTTP Error 404: File not found\)"):
        open_data(listed(tmp_path / "set.txt", server, "train-9.tar"))
    for line, said in {
        f"{server}/a.zip": "give each line the http address of a .tar or .parquet",
        "file:///etc/passwd.tar": "give each line the http address",
        f"{server}/a.tar\n{server}/a.parquet": r"lists both .tar and .parquet files: list one kind",
        "": "lists nothing",
    }.items():
        (tmp_path / "other.txt").write_text(line)
        with pytest.raises(UserError, match=said) as caught:
            open_data(tmp_path / "other.txt")
        assert "\n" not in str(caught.value)


def test_a_test_split_is_told_by_name(tmp_path: Path, server: str) -> None:
    (tmp_path / "served" / ALL[2]).rename(tmp_path / "served" / "test-00000.tar")
    path = listed(tmp_path / "set.txt", server, *ALL[:2], "test-00000.tar")
    assert len(open_data(path)) == 8
    assert len(open_data(path, split="test")) == 4
    with pytest.raises(UserError, match="has no test split"):
        open_data(listed(tmp_path / "set.txt", server, *ALL[:2]), split="test")
